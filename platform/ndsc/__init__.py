"""National Data Sharing Capability: forces keep their own data; one search asks only those that hold something."""

__version__ = "0.1.0"
