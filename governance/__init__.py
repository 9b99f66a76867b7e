"""Governance holds the law: warrants, watchlists, leases, review, retention, the log and the consoles.

It sees names and law; it never opens an image.
"""
