"""The Kubernetes operator: it turns Force and DataNode resources into tenants. It comes after the embedded platform."""
