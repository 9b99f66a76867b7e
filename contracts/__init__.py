"""What crosses a boundary between edge, matcher and governance: signed records, and the one place that verifies them.

A leaf: it imports none of the other packages, no database, no web and no imaging.
"""
