"""The hub: tells every part of a cluster how the network stands."""
