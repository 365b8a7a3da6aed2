"""Exports in, POLE records out: declarative mappings, streamed readers, and help for writing a mapping.

A connector is a file that says which column becomes which attribute; it holds no code, and the transforms it may name
are a fixed list. Nothing here stores anything: the node does.
"""
