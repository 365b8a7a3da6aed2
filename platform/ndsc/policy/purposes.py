"""The closed lists that a request is judged by, as rules name them; the manifests of agreements name the same ones."""

from __future__ import annotations

from ndsc.model.sharing import Clearance, Purpose, Role

__all__ = ["Clearance", "Purpose", "Role"]
