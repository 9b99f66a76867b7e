"""Signing the log's heads and reading them back, with one key, or with two while one takes over from the other."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from contracts.signature import SigningKey
from governance.adapters.signatures import ed25519_verifies
from governance.audit.checkpoint import Checkpoint, signed_note, verified_checkpoint
from governance.audit.errors import CheckpointRefused, NoteRefused
from governance.audit.note import ED25519, VerifierKey, format_note, parse_note

MOST_KEYS: Final = 2
"""One key signs; while one takes over from another, both do."""


class HeadSigner:
    """Signs the heads of one log, and reads back only what these keys signed.

    Raises:
        CheckpointRefused: there is no key, or more than two, or the origin cannot be written in a note.
    """

    def __init__(self, origin: str, keys: Sequence[SigningKey]) -> None:
        if not 1 <= len(keys) <= MOST_KEYS:
            raise CheckpointRefused("A log is signed with one key, or with two while one takes over from the other.")
        self.origin = origin
        self._keys = tuple(keys)
        try:
            self.verifiers = tuple(VerifierKey(name=origin, algorithm=ED25519, public_key=key.public) for key in keys)
        except NoteRefused as error:
            raise CheckpointRefused(
                "A log's origin has no spaces and no '+', and its key is an Ed25519 key."
            ) from error

    @property
    def public_key(self) -> bytes:
        """The 32 bytes by which everybody verifies this log's checkpoints."""
        return self.verifiers[0].public_key

    def sign(self, size: int, root: bytes) -> str:
        """Return the signed note over a head, read back and verified."""
        checkpoint = Checkpoint(origin=self.origin, size=size, root=root)
        notes = [
            parse_note(signed_note(checkpoint, public_key=key.public, sign=key.private.sign)) for key in self._keys
        ]
        note = format_note(replace(notes[0], signatures=tuple(line for one in notes for line in one.signatures)))
        if self.open(note) != checkpoint:
            raise CheckpointRefused("The log's signature says something else than it was made over; nothing is signed.")
        return note

    def open(self, note: str | bytes) -> Checkpoint:
        """Return the checkpoint of a note that this log's key signed.

        Raises:
            CheckpointRefused: it is malformed, of another log, or without a good signature of these keys.
        """
        try:
            parsed = parse_note(note)
        except NoteRefused as error:
            raise CheckpointRefused(str(error)) from error
        return verified_checkpoint(parsed, keys=self.verifiers, verify=ed25519_verifies)
