"""Matching: which records, of which forces, speak of the same person or thing, and why.

A Fellegi-Sunter model in Splink's own format is trained by ``train`` and read by ``scorer``, which gives the same
numbers as Splink at the speed a search needs.
"""
