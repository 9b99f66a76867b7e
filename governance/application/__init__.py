"""One module per use case, each reading like the procedure it carries out, and the ports they need.

Every use case is a function of `Governance` (everything that is plugged in) and one command. It raises `Refused` where
a rule says no, after the refusal was written to the log.
"""
