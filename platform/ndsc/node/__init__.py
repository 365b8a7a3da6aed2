"""A force's data node: its own records, loaded, indexed, and given out by its own judgement of each request."""
