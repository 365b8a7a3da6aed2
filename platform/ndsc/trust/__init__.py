"""Who signed it: Ed25519 keys on disk, and the short-lived tokens of officers and services."""
