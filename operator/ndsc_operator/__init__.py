"""The Kubernetes operator: it turns ``Force``, ``DataNode`` and ``DataSharingAgreement`` into running tenants."""
