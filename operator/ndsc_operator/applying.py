"""Children are brought to what they should be: applied in order, and pruned when they are no longer wanted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import structlog
from kubernetes.aio.client.exceptions import ApiException

from ndsc_operator import conditions
from ndsc_operator.api import Api, KindMissingError, why
from ndsc_operator.children.common import Object
from ndsc_operator.conditions import Reason
from ndsc_operator.kinds import Kind
from ndsc_operator.plan import Step
from ndsc_operator.queue import PermanentError, TemporaryError
from ndsc_operator.refs import Ref
from ndsc_operator.seen import Whose

_log = structlog.get_logger(__name__)

_FORBIDDEN = 403
_NO_RIGHT = re.compile(r"is forbidden: User .{1,300} cannot ", re.DOTALL)
"""How the API server tells it from the other things that it forbids: a quota that is exceeded, an insecure pod."""
_REFUSED = frozenset({400, 403, 405, 422})
"""Answers that the same request would get again (Kubernetes API conventions, "HTTP status codes")."""


class Unwell(Exception):  # noqa: N818  # not an error of the program: the state of a resource
    """The resource is not as it should be, for this reason. A permanent one waits for a change."""

    def __init__(self, reason: Reason, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.reason, self.permanent = reason, permanent

    def error(self, *, within: float | None = None) -> PermanentError | TemporaryError:
        """What a round ends with for it: a change is waited for, or it is tried again."""
        kind = PermanentError if self.permanent else TemporaryError
        return kind(str(self), within=within, reason=self.reason.name)


@contextmanager
def explained(about: str) -> Iterator[None]:
    """What the API server does not do is a state of the resource: raises Unwell for it, in the server's own words."""
    try:
        yield
    except KindMissingError as error:
        raise Unwell(conditions.KIND_MISSING, f"{about}: {error}", permanent=False) from None
    except ApiException as error:
        permanent = error.status in _REFUSED and not _may_not_yet(error)
        reason = conditions.REFUSED if permanent else conditions.UNREACHABLE
        raise Unwell(reason, f"{about}: {why(error)}", permanent=permanent) from None
    except (TimeoutError, OSError) as error:
        raise Unwell(conditions.UNREACHABLE, f"{about}: {error or 'no answer in time'}", permanent=False) from None


def _may_not_yet(error: ApiException) -> bool:
    """Whether it is a right that is missing: it may be given at any time, and is a moment after a namespace is made."""
    return error.status == _FORBIDDEN and bool(_NO_RIGHT.search(why(error)))


async def apply(api: Api, step: Step) -> dict[str, Object]:
    """Each child that was applied as the server has it now, by its kind: those that stand are not. Raises Unwell."""
    applied = {}
    for child in step.children:
        if not api.children.stands(child):
            with explained(f"{step.name}: {Ref.of(child)}"):
                applied[child["kind"]] = found = await api.apply(child)
            api.children.answered(child, found)
    return applied


async def prune(api: Api, kinds: Iterable[Kind], wanted: Iterable[Object], *, namespace: str, whose: Whose) -> None:
    """Delete what an earlier version of the resource or of this operator made: ours by label, owned by nobody.

    Only a kind of which more is known than is wanted is asked for; what is not known yet will wake whose it is.
    """
    kept = {Ref.of(child) for child in wanted}
    for kind in kinds:
        if not api.children.has_more(kind, namespace, whose, kept):
            continue
        with explained(f"Pruning: {kind[1]}"):
            try:
                there = await api.list(*kind, namespace=namespace, labels=whose.selector)
            except KindMissingError:
                continue  # of a kind that the server has not, there is nothing
            for one in there:
                its = one["metadata"]
                if Ref.of(one) not in kept and not its.get("deletionTimestamp") and not its.get("ownerReferences"):
                    _log.info("pruned", resource=str(Ref.of(one)))
                    await api.delete(Ref.of(one), uid=its["uid"])
