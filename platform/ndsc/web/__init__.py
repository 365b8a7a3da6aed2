"""What every service's web face has in common: problems, request ids, health, logs without personal data."""
