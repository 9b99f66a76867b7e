"""The auditor's tool: one small program that holds an exported log against what was promised, on any laptop.

It needs Python, `cryptography` and `rfc3161-client`, nothing else of this project but `governance.audit`.
"""
