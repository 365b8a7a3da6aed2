"""What the cluster offers besides Kubernetes itself, from the manifests that each project ships with its source."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from ndsc_cluster.builds import module_folder, version
from ndsc_cluster.images import BASE
from ndsc_cluster.kubectl import Kubectl
from ndsc_cluster.settings import ROOT, Settings

_MANIFESTS = ROOT / "infra" / "local" / "manifests"
Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Addon:
    """Objects to apply, and what to wait for afterwards: ``namespace/deployment``."""

    name: str
    objects: list[Object]
    deployment: str


def addons(settings: Settings, kubectl: Kubectl) -> Iterator[Addon]:
    """Each addon, in the order of their need."""
    yield _coredns(settings)
    yield _storage(settings)
    yield _metrics(kubectl)
    yield databases()
    yield _kwok(kubectl)


def _coredns(settings: Settings) -> Addon:
    text = (_MANIFESTS / "coredns.yaml").read_text().replace("DNS_ADDRESS", str(settings.dns))
    text = text.replace("coredns:VERSION", f"coredns:{version('coredns', 'github.com/coredns/coredns')}")
    return Addon("coredns", _objects(text), "kube-system/coredns")


def _storage(settings: Settings) -> Addon:
    """Volumes are folders of the cluster's own state, so that they go with it."""
    source = module_folder("local-path-provisioner", "github.com/rancher/local-path-provisioner")
    text = (source / "deploy" / "local-path-storage.yaml").read_text()
    text = text.replace("/opt/local-path-provisioner", str(settings.folder / "volumes"))
    text = text.replace("image: busybox", f"image: {BASE}")
    objects = _objects(re.sub(r"image: rancher/", "image: ndsc.local/", text))
    for one in objects:
        if one["kind"] == "StorageClass":
            one["metadata"]["annotations"] = {"storageclass.kubernetes.io/is-default-class": "true"}
    return Addon("local-path-provisioner", objects, "local-path-storage/local-path-provisioner")


def _metrics(kubectl: Kubectl) -> Addon:
    source = module_folder("metrics-server", "sigs.k8s.io/metrics-server")
    objects = _objects(kubectl.kustomize(source / "manifests" / "base"))
    image = f"ndsc.local/metrics-server:{version('metrics-server', 'sigs.k8s.io/metrics-server')}"
    for container in _containers(objects):
        container["image"] = image
        # The kubelet's certificate is signed by the cluster's own authority, which every pod is given.
        container["args"] += ["--kubelet-certificate-authority=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"]
        container["readinessProbe"]["initialDelaySeconds"] = 1
    return Addon("metrics-server", objects, "kube-system/metrics-server")


def databases() -> Addon:
    """CloudNativePG, from the manifest that it ships."""
    source = module_folder("cloudnative-pg", "github.com/cloudnative-pg/cloudnative-pg")
    its = version("cloudnative-pg", "github.com/cloudnative-pg/cloudnative-pg").removeprefix("v")
    objects = _objects((source / "releases" / f"cnpg-{its}.yaml").read_text())
    for container in _containers(objects):
        container["imagePullPolicy"] = "Never"
    return Addon("cloudnative-pg", objects, "cnpg-system/cnpg-controller-manager")


def _kwok(kubectl: Kubectl) -> Addon:
    """Nodes that only seem to be: for what is measured in hundreds of forces."""
    source = module_folder("kwok", "sigs.k8s.io/kwok") / "kustomize"
    text = "\n---\n".join(kubectl.kustomize(source / part) for part in ("kwok", "stage/fast"))
    objects = _objects(text)
    for container in _containers(objects):
        container["image"] = f"ndsc.local/kwok:{version('kwok', 'sigs.k8s.io/kwok')}"
        container["imagePullPolicy"] = "Never"
    return Addon("kwok", objects, "kube-system/kwok-controller")


def _objects(text: str) -> list[Object]:
    return [one for one in yaml.safe_load_all(text) if one]


def _containers(objects: list[Object]) -> Iterator[Object]:
    for one in objects:
        if one["kind"] == "Deployment":
            yield from one["spec"]["template"]["spec"]["containers"]


def as_text(objects: list[Object]) -> str:
    """Documents that kubectl reads."""
    return "\n---\n".join(json.dumps(one) for one in objects)
