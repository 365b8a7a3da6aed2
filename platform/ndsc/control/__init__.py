"""Keeps resources where no API server does, with the manners of one: what ``kubectl`` would see, ``ndsc`` sees."""
