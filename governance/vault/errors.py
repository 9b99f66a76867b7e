"""The errors of the vault. Each carries one sentence for a person, with classes, days and counts in it at most."""

from governance.audit.errors import LogUnavailable


class VaultRefused(LogUnavailable):
    """The vault does not believe what it was shown, or what it was asked for is not permitted by it."""


class VaultUnusable(LogUnavailable):
    """The vault's copies are missing, damaged, older than they must be, or cannot be written. A person has to act."""
