"""The control plane and the node: the command line and configuration of each component, in the order of their start."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ndsc_cluster import kubeconfig, pki
from ndsc_cluster.builds import Builds
from ndsc_cluster.commands import inside
from ndsc_cluster.processes import Daemon
from ndsc_cluster.settings import Settings

SANDBOX_IMAGE = "ndsc.local/pause:1"
"""The container that holds a pod's network; built here, for there is no registry to pull one from."""


class Components:
    """Writes what the components need and knows how each is started."""

    def __init__(self, settings: Settings, builds: Builds) -> None:
        self._settings = settings
        self._builds = builds
        self._folder = settings.folder
        self._keys = self._folder / "pki"

    def prepare(self) -> None:
        """Keys, certificates, kubeconfigs and configuration files, each kept while it is good."""
        self._certificates()
        (self._folder / "containerd.toml").write_text(self._containerd_toml())
        cni = self._folder / "cni" / "net.d"
        cni.mkdir(parents=True, exist_ok=True)
        (cni / "10-ndsc.conflist").write_text(json.dumps(self._cni(), indent=1))
        (self._folder / "resolv.conf").write_text("# The machine's name server cannot be reached from in here.\n")
        self._write("kubelet.yaml", self._kubelet())
        self._write("kube-proxy.yaml", self._proxy())
        self._write("audit-policy.yaml", _AUDIT_POLICY)

    def daemons(self) -> Iterator[Daemon]:
        """Each component, in the order in which they are started."""
        yield from self.control_plane()
        yield self._containerd()
        yield self._daemon("kubelet", "kubernetes", "kubelet", self._kubelet_flags())
        yield self._daemon("kube-proxy", "kubernetes", "kube-proxy", {"config": self._folder / "kube-proxy.yaml"})

    def control_plane(self, more: Mapping[str, Mapping[str, object]] | None = None) -> Iterator[Daemon]:
        """What there is of it without a node, with ``more`` flags by name."""
        kubernetes = {
            "kube-apiserver": self._apiserver_flags(),
            "kube-controller-manager": self._manager_flags(),
            "kube-scheduler": self._scheduler_flags(),
        }
        yield self._daemon("etcd", "etcd", "server", self._etcd_flags())
        for name, flags in kubernetes.items():
            yield self._daemon(name, "kubernetes", name, {**flags, **(more or {}).get(name, {})})

    @property
    def containerd_socket(self) -> Path:
        """Where the container runtime listens."""
        return self._folder / "containerd" / "containerd.sock"

    def _daemon(self, name: str, family: str, tool: str, flags: dict[str, object]) -> Daemon:
        words = [f"--{flag}={value}" for flag, value in flags.items()]
        command = inside(self._settings.name, self._builds.tool(family, tool), *words)
        return Daemon(name, command, self._folder / "run")

    def _containerd(self) -> Daemon:
        tool = self._builds.tool("runtime", "containerd")
        words = inside(self._settings.name, tool, "--config", self._folder / "containerd.toml")
        # The runtime finds its shim and runc beside itself.
        path = f"PATH={tool.parent}:/usr/sbin:/usr/bin:/sbin:/bin"
        return Daemon("containerd", ["env", path, *words], self._folder / "run")

    def _certificates(self) -> None:
        settings, keys = self._settings, self._keys
        ca, proxy_ca = pki.authority(keys, "ca"), pki.authority(keys, "front-proxy-ca")
        api_names = (
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
            "localhost",
            "127.0.0.1",
            str(settings.address),
            str(settings.services[1]),
        )
        pki.issued(ca, "apiserver", "kube-apiserver", names=api_names)
        pki.issued(ca, "apiserver-kubelet-client", "kube-apiserver-kubelet-client", "system:masters")
        pki.issued(proxy_ca, "front-proxy-client", "front-proxy-client")
        pki.issued(ca, "kubelet-server", settings.node, names=(settings.node, str(settings.address)))
        pki.signing_key(keys, "service-accounts")
        for name, common_name, organisation in (
            ("admin", "kubernetes-admin", "system:masters"),
            ("kubelet", f"system:node:{settings.node}", "system:nodes"),
            ("controller-manager", "system:kube-controller-manager", ""),
            ("scheduler", "system:kube-scheduler", ""),
            ("kube-proxy", "system:kube-proxy", ""),
        ):
            pair = pki.issued(ca, name, common_name, organisation)
            kubeconfig.write(self._folder / f"{name}.kubeconfig", settings.api, ca, pair)

    def _etcd_flags(self) -> dict[str, object]:
        url = "http://127.0.0.1:2379"  # the loopback of the cluster's own network namespace
        return {
            "data-dir": self._folder / "etcd",
            "listen-client-urls": url,
            "advertise-client-urls": url,
            "listen-peer-urls": "http://127.0.0.1:2380",
            "unsafe-no-fsync": "true",  # what a crash of the machine may lose here is a test's
        }

    def _apiserver_flags(self) -> dict[str, object]:
        keys = self._keys
        return {
            "etcd-servers": "http://127.0.0.1:2379",
            "advertise-address": self._settings.address,
            "secure-port": 6443,
            "service-cluster-ip-range": self._settings.services,
            "allow-privileged": "true",
            "authorization-mode": "Node,RBAC",
            "enable-admission-plugins": "NodeRestriction",
            "tls-cert-file": keys / "apiserver.crt",
            "tls-private-key-file": keys / "apiserver.key",
            "client-ca-file": keys / "ca.crt",
            "kubelet-certificate-authority": keys / "ca.crt",
            "kubelet-preferred-address-types": "InternalIP",
            "kubelet-client-certificate": keys / "apiserver-kubelet-client.crt",
            "kubelet-client-key": keys / "apiserver-kubelet-client.key",
            "requestheader-client-ca-file": keys / "front-proxy-ca.crt",
            "requestheader-allowed-names": "front-proxy-client",
            "requestheader-extra-headers-prefix": "X-Remote-Extra-",
            "requestheader-group-headers": "X-Remote-Group",
            "requestheader-username-headers": "X-Remote-User",
            "proxy-client-cert-file": keys / "front-proxy-client.crt",
            "proxy-client-key-file": keys / "front-proxy-client.key",
            "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
            "service-account-signing-key-file": keys / "service-accounts.key",
            "service-account-key-file": keys / "service-accounts.pub",
            "audit-policy-file": self._folder / "audit-policy.yaml",
            "audit-log-path": self._folder / "audit.log",
            "audit-log-maxsize": 200,
            "audit-log-maxbackup": 2,
        }

    def _manager_flags(self) -> dict[str, object]:
        keys, config = self._keys, self._folder / "controller-manager.kubeconfig"
        return {
            "kubeconfig": config,
            "authentication-kubeconfig": config,
            "authorization-kubeconfig": config,
            "requestheader-client-ca-file": keys / "front-proxy-ca.crt",
            "bind-address": "127.0.0.1",
            "allocate-node-cidrs": "true",
            "cluster-cidr": self._settings.pods,
            "service-cluster-ip-range": self._settings.services,
            "root-ca-file": keys / "ca.crt",
            "cluster-signing-cert-file": keys / "ca.crt",
            "cluster-signing-key-file": keys / "ca.key",
            "service-account-private-key-file": keys / "service-accounts.key",
            "use-service-account-credentials": "true",
            "leader-elect": "false",
            "horizontal-pod-autoscaler-sync-period": "5s",
        }

    def _scheduler_flags(self) -> dict[str, object]:
        config = self._folder / "scheduler.kubeconfig"
        return {
            "kubeconfig": config,
            "authentication-kubeconfig": config,
            "authorization-kubeconfig": config,
            "bind-address": "127.0.0.1",
            "leader-elect": "false",
        }

    def _kubelet_flags(self) -> dict[str, object]:
        return {
            "config": self._folder / "kubelet.yaml",
            "kubeconfig": self._folder / "kubelet.kubeconfig",
            "root-dir": self._folder / "kubelet",
            "hostname-override": self._settings.node,
            "node-ip": self._settings.address,
        }

    def _kubelet(self) -> dict[str, Any]:
        keys = self._keys
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": True},
                "x509": {"clientCAFile": str(keys / "ca.crt")},
            },
            "authorization": {"mode": "Webhook"},
            "tlsCertFile": str(keys / "kubelet-server.crt"),
            "tlsPrivateKeyFile": str(keys / "kubelet-server.key"),
            "containerRuntimeEndpoint": f"unix://{self.containerd_socket}",
            "podLogsDir": str(self._folder / "pod-logs"),
            "clusterDNS": [str(self._settings.dns)],
            "clusterDomain": "cluster.local",
            "resolvConf": str(self._folder / "resolv.conf"),
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": f"/{self._settings.cgroup}",
            "failCgroupV1": False,
            "failSwapOn": False,
            "maxPods": 250,
            "serializeImagePulls": False,
            "imageGCHighThresholdPercent": 100,  # an image taken away here cannot be pulled again
            "imageMinimumGCAge": "24h",
            "evictionHard": {"memory.available": "200Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
            "shutdownGracePeriod": "0s",
            "volumePluginDir": str(self._folder / "kubelet" / "plugins-exec"),
        }

    def _proxy(self) -> dict[str, Any]:
        return {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "clientConnection": {"kubeconfig": str(self._folder / "kube-proxy.kubeconfig")},
            "hostnameOverride": self._settings.node,
            "clusterCIDR": str(self._settings.pods),
            "mode": "iptables",
            "bindAddress": str(self._settings.address),
            # The kernel's connection table is the machine's: leave its limits alone.
            "conntrack": {"maxPerCore": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
        }

    def _cni(self) -> dict[str, Any]:
        return {
            "cniVersion": "1.0.0",
            "name": "ndsc",
            "plugins": [
                {
                    "type": "bridge",
                    "bridge": "cni0",
                    "isGateway": True,
                    "ipMasq": True,
                    "hairpinMode": True,
                    "ipam": {
                        "type": "host-local",
                        "dataDir": str(self._folder / "cni" / "addresses"),
                        "ranges": [[{"subnet": f"{self._settings.pods.network_address}/24"}]],
                        "routes": [{"dst": "0.0.0.0/0"}],
                    },
                },
                {"type": "portmap", "capabilities": {"portMappings": True}},
            ],
        }

    def _containerd_toml(self) -> str:
        folder = self._folder / "containerd"
        text = {
            "root": folder / "root",
            "state": folder / "state",
            "socket": self.containerd_socket,
            "cni": self._folder / "cni" / "net.d",
            "sandbox": SANDBOX_IMAGE,
        }
        return _CONTAINERD.format(**text)

    def _write(self, name: str, content: object) -> None:
        (self._folder / name).write_text(json.dumps(content, indent=1))


_CONTAINERD = """\
version = 3
root = "{root}"
state = "{state}"

[grpc]
  address = "{socket}"

[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "{sandbox}"

[plugins."io.containerd.cri.v1.runtime"]
  # Without the capability SYS_RESOURCE a process may not lower its score, and the runtime would fail to start any.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["/usr/lib/cni"]
    conf_dir = "{cni}"
  [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
      SystemdCgroup = false
"""

_AUDIT_POLICY: dict[str, Any] = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "None", "users": ["system:apiserver", "system:kube-scheduler", "system:kube-proxy"]},
        {"level": "None", "userGroups": ["system:nodes"]},
        {"level": "None", "nonResourceURLs": ["/healthz*", "/livez*", "/readyz*", "/version"]},
        {"level": "Metadata"},
    ],
}
"""Who asked what of which resource, never what was in it: tests compare it with the rights that were granted."""
