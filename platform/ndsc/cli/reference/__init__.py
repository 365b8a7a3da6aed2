"""The reference pages of the documentation, made from the code that they describe.

``make docs`` writes them; a test compares them, so that a page can be neither forgotten nor wrong. Each page is a
function without parameters that gives Markdown; ``pages.PAGES`` is the list of them.
"""
