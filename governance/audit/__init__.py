"""The transparency log, pure: hashing, proofs, checkpoints, entries and their verification.

Standard library only; signatures come in as functions. So the same code runs alone on an auditor's laptop.
"""
