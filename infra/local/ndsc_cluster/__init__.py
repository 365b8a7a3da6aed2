"""A real Kubernetes of one node, on this machine alone: no Docker, no image registry, no address outside it."""
