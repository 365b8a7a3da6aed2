"""The platform as Pulumi components: what a cluster needs, and the forces in it."""
