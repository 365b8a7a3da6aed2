"""The parts as processes of their own in a cluster: what each is told, who it is, whom it believes, how it serves."""
