"""A force's own connectors: keys of its ConfigMaps, each a file under the connector's name."""

from __future__ import annotations

from ndsc.resources.datanode import DataNode
from ndsc_operator.children.common import Object

FOLDER = "/etc/ndsc/connectors"
_VOLUME = "connectors"


def volume(node: DataNode) -> tuple[list[Object], list[Object]]:
    """Volume and mount of those that are not shipped. A ConfigMap that is missing keeps no pod from starting."""
    sources = [
        {
            "configMap": {
                "name": connector.config_map_ref.name,
                "items": [{"key": connector.config_map_ref.key, "path": f"{connector.name}.yaml"}],
                "optional": True,
            }
        }
        for connector in node.spec.connectors
        if connector.config_map_ref is not None
    ]
    if not sources:
        return [], []
    return (
        [{"name": _VOLUME, "projected": {"sources": sources, "defaultMode": 0o444}}],
        [{"name": _VOLUME, "mountPath": FOLDER, "readOnly": True}],
    )
