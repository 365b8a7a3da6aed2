"""The manifests: ``Force``, ``DataNode`` and ``DataSharingAgreement``, their rules, life cycle and signatures.

They are Kubernetes resources (group ``ndsc.police.uk``) and the one source of the custom resource definitions, of what
``ndsc apply`` accepts without a cluster, and of what ``ndsc explain`` says.
"""
