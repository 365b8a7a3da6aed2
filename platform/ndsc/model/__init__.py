"""The common data model: a POLE-aligned profile (person, object, location, event, link), its codes and identifiers.

It knows nothing else of this project. JSON Schema, the API, the tables and the reference pages are made from it.
"""
