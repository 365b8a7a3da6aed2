"""What every part measures of itself, whatever it does, for Prometheus: its process, its interpreter, its version."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge, GCCollector, PlatformCollector, ProcessCollector

import ndsc


def registry_of(part: str) -> CollectorRegistry:
    """With those, for a part to add its own to."""
    made = CollectorRegistry()
    ProcessCollector(registry=made)
    PlatformCollector(registry=made)
    GCCollector(registry=made)
    build = Gauge("ndsc_build_info", "1, with what runs.", ("part", "version"), registry=made)
    build.labels(part, ndsc.__version__).set(1)
    return made
