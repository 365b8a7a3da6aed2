"""Files that say to a client where the API server is and who it itself is."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

from ndsc_cluster.pki import Pair


def write(path: Path, server: str, authority: Pair, client: Pair) -> Path:
    """A kubeconfig with everything in it, readable by its owner only. JSON is YAML."""

    def encoded(file: Path) -> str:
        return base64.b64encode(file.read_bytes()).decode()

    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "ndsc",
                "cluster": {"server": server, "certificate-authority-data": encoded(authority.certificate)},
            }
        ],
        "users": [
            {
                "name": client.name,
                "user": {
                    "client-certificate-data": encoded(client.certificate),
                    "client-key-data": encoded(client.key),
                },
            }
        ],
        "contexts": [{"name": "ndsc", "context": {"cluster": "ndsc", "user": client.name}}],
        "current-context": "ndsc",
    }
    text = json.dumps(config, indent=1)
    if not path.is_file() or path.read_text() != text:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
    return path
