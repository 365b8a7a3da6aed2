"""The index key service: turns blinded keys into blinded tokens, and has never seen a name or a token."""
