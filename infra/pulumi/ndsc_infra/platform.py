"""The platform on a cluster: the operator of the databases, our definitions, and our own parts."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from ndsc_infra import settings

_SECONDS = 900


class Platform(pulumi.ComponentResource):
    """Charts are installed as releases, so that their hooks run (the Job that makes the index keys is one)."""

    def __init__(self, name: str, its: settings.Platform, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ndsc:index:Platform", name, {}, options)
        self._inside = pulumi.ResourceOptions(parent=self)
        databases = [self._databases(its.cloudnative_pg)] if its.cloudnative_pg.install else []
        namespace = self._namespace(its)
        definitions = self._release("ndsc-crds", namespace, its, {})
        self.release = self._release("ndsc", namespace, its, _values(its), after=[definitions, *databases])
        self.namespace = its.namespace
        self.register_outputs({"namespace": its.namespace})

    def _namespace(self, its: settings.Platform) -> pulumi.Resource:
        metadata = {
            "name": its.namespace,
            "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
        }
        # Databases and index keys are in it: a stack that is destroyed by mistake must not take them with it.
        options = pulumi.ResourceOptions(parent=self, retain_on_delete=True)
        made: pulumi.Resource = kubernetes.core.v1.Namespace(its.namespace, metadata=metadata, opts=options)
        return made

    def _databases(self, its: settings.CloudNativePg) -> pulumi.Resource:
        made: pulumi.Resource = kubernetes.helm.v3.Release(
            "cloudnative-pg",
            name="cloudnative-pg",
            chart="cloudnative-pg",
            repository_opts={"repo": its.repository},
            version=its.version,
            namespace=its.namespace,
            create_namespace=True,
            atomic=True,
            timeout=_SECONDS,
            opts=self._inside,
        )
        return made

    def _release(
        self,
        chart: str,
        namespace: pulumi.Resource,
        its: settings.Platform,
        values: dict[str, Any],
        *,
        after: list[pulumi.Resource] | None = None,
    ) -> pulumi.Resource:
        made: pulumi.Resource = kubernetes.helm.v3.Release(
            chart,
            name=chart,
            chart=str(its.charts / chart),
            namespace=its.namespace,
            values=values,
            timeout=_SECONDS,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace, *(after or [])]),
        )
        return made


def _values(its: settings.Platform) -> dict[str, Any]:
    image = {"repository": its.image.repository} | ({"tag": its.image.tag} if its.image.tag else {})
    own = {name: value for name, value in its.values.items() if name != "image"}
    return own | {"image": image | its.values.get("image", {})}
