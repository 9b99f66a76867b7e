"""The witnesses of the pinned policy, whose word is carried to the key vault as soon as it is there.

The vault gives nothing out, and lets nothing run out, on a time that no quorum confirms: so each newer word reaches it
before anybody goes on.
"""

import threading
from datetime import datetime

from governance.adapters.log.witnessing import Witnessing
from governance.application.ports import KeyVault, Log
from governance.audit.checkpoint import parse_body
from governance.audit.note import parse_note


class WitnessesForVault:
    """What the application's port asks for, over `Witnessing`. Safe to be used by many threads."""

    def __init__(self, witnessing: Witnessing, *, log: Log, vault: KeyVault) -> None:
        self._witnessing = witnessing
        self._log = log
        self._vault = vault
        self._told: str | None = None
        self._telling = threading.Lock()

    @property
    def are_configured(self) -> bool:
        """Whether the policy asks for witnesses."""
        return self._witnessing.are_configured

    def require_cosigned(self, size: int) -> None:
        """Have the log of at least this size cosigned, and the vault know it.

        Raises:
            LogUnavailable: too few witnesses answer, or the vault does not believe them.
        """
        self._witnessing.require_cosigned(size)
        self._tell()

    def require_fresh(self, now: datetime) -> None:
        """Accept that the quorum confirmed the log within the last 15 minutes.

        Raises:
            LogUnavailable: it did not.
        """
        self._witnessing.require_fresh(now)

    def newest(self) -> str | None:
        """Return the newest checkpoint that the quorum cosigned."""
        return self._witnessing.newest()

    def refresh(self) -> None:
        """Have the newest checkpoint cosigned, and the vault know it. To be called every minute.

        Raises:
            LogUnavailable: the log or the vault does not answer. Too few witnesses are no error yet.
        """
        if self._witnessing.are_configured:
            self._witnessing.refresh()
            self._tell()

    def _tell(self) -> None:
        note = self._witnessing.newest()
        with self._telling:
            if note is None or note == self._told:
                return
            size = parse_body(parse_note(note).text).size
            older, newer = sorted((self._vault.seen()[0], size))
            proof = () if older in (0, newer) else self._log.consistency(older, newer)
            self._vault.witnessed(note, proof)
            self._told = note
