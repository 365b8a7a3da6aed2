"""The API server, as far as the platform's own commands ask it: from a pod, or by the kubeconfig of who runs them."""

from __future__ import annotations

import base64
from typing import Any

import urllib3
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from ndsc.cluster.platform_keys import Secret
from ndsc.errors import UnavailableError

_TIMEOUT = 15
_CLUSTERS = ("postgresql.cnpg.io", "v1", "clusters")
_ABSENT, _TAKEN = 404, 409


class ApiServerError(UnavailableError):
    """The API server refuses or does not answer."""

    code = "api-server"
    title = "The API server refuses or does not answer"


def connect() -> client.ApiClient:
    """With the rights of the pod that this runs in, else of the kubeconfig. Raises :class:`ApiServerError`."""
    settings = client.Configuration()
    try:
        try:
            config.load_incluster_config(settings)
        except config.ConfigException:
            config.load_kube_config(client_configuration=settings)
    except config.ConfigException as error:
        raise ApiServerError(
            f"No cluster is known here: {error}", hint="Set KUBECONFIG to the file that your cluster's owner gave you."
        ) from None
    return client.ApiClient(settings)


class ClusterNamespace:
    """A namespace of a cluster. Every call raises :class:`ApiServerError`, in the server's words."""

    def __init__(self, api: client.ApiClient, name: str) -> None:
        self._core = client.CoreV1Api(api)
        self._custom = client.CustomObjectsApi(api)
        self._name = name

    def has_secret(self, name: str) -> bool:
        """Whether there is a Secret of that name."""
        return self._found(self._core.read_namespaced_secret, name, self._name)

    def has_database(self, name: str) -> bool:
        """Whether there is a CloudNativePG cluster of that name."""
        group, version, plural = _CLUSTERS
        return self._found(self._custom.get_namespaced_custom_object, group, version, self._name, plural, name)

    def add_secret(self, secret: Secret) -> bool:
        """Make a Secret; false where another was there first."""
        body = {
            "metadata": {"name": secret.name, "labels": {"app.kubernetes.io/part-of": "ndsc", **secret.labels}},
            "type": secret.type,
            "data": {key: base64.b64encode(value).decode() for key, value in secret.data.items()},
        }
        return self._done(_TAKEN, self._core.create_namespaced_secret, self._name, body)

    def _found(self, call: Any, *arguments: object) -> bool:
        return self._done(_ABSENT, call, *arguments)

    def _done(self, unless: int, call: Any, *arguments: object) -> bool:
        """Whether the call was done; false for the one status that is an answer too."""
        try:
            call(*arguments, _request_timeout=_TIMEOUT)
        except ApiException as error:
            if error.status == unless:
                return False
            raise ApiServerError(f"The API server answered {error.status} {error.reason}.") from None
        except urllib3.exceptions.HTTPError as error:
            raise ApiServerError(f"The API server does not answer: {type(error).__name__}.") from None
        return True
