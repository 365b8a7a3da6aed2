"""Whether a force's quota leaves room for a pod that is not there yet.

A pod that goes beyond a quota is never made, and nothing that the operator made says so: the server tells it to whoever
tried, a Job's controller or CloudNativePG, and they to an event.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from ndsc_operator.api import Api
from ndsc_operator.children.common import Object

_FORM = re.compile(r"([0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?)([numk]|[MGTPE]i?|Ki)?")
_SCALE = {
    **{
        unit: Decimal(1000) ** power for power, unit in enumerate(("n", "u", "m", "", "k", "M", "G", "T", "P", "E"), -3)
    },
    **{unit: Decimal(1024) ** power for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)},
}


def amount(quantity: str) -> Decimal:
    """The number of a Kubernetes quantity: ``1500m`` is 1.5, ``1Ki`` is 1024. Raises ``ValueError``."""
    found = _FORM.fullmatch(quantity)
    if found is None:
        raise ValueError(f"{quantity!r} is no quantity")
    return Decimal(found[1]) * _SCALE[found[2] or ""]


def wanted(resources: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """What a container counts for against a quota, by the quota's own names."""
    return {
        **{f"requests.{name}": value for name, value in resources.get("requests", {}).items()},
        **{f"limits.{name}": value for name, value in resources.get("limits", {}).items()},
    }


def lacking(quotas: Iterable[Object], asked: Mapping[str, str]) -> str:
    """Of what quotas leave too little; empty where all that is asked for fits, or nobody has counted yet."""
    return "; ".join(said for quota in quotas for said in _beyond(quota.get("status", {}), asked))


def is_counted(pod: Object) -> bool:
    """Whether a pod has its room: one that is there, and has not ended."""
    return pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")


async def beyond(api: Api, namespace: str, asked: Mapping[str, str]) -> str:
    """Of what the quotas of a namespace leave too little."""
    return lacking(await api.list("v1", "ResourceQuota", namespace=namespace), asked)


def _beyond(status: Object, asked: Mapping[str, str]) -> Iterator[str]:
    hard, used = status.get("hard", {}), status.get("used", {})
    for name, value in asked.items():
        if name in hard and name in used and amount(used[name]) + amount(value) > amount(hard[name]):
            yield f"{name} {value} asked for, {used[name]} of {hard[name]} in use"
