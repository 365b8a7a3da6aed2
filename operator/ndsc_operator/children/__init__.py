"""The children of a resource: a module a kind, each a pure function from resource and settings to manifests."""
