"""The command line: a module for each group of commands, registered by name in ``main``."""
