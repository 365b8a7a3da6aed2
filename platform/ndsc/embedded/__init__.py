"""The whole network on one machine, in one process: the same parts, the same HTTP between them."""
