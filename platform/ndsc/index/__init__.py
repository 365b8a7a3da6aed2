"""Which exact keys a record gives, how a key becomes a token that names nobody, and how good the keys are."""
