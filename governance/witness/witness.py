"""What a witness does with a checkpoint: C2SP tlog-witness v1.0.0, add-checkpoint, in the order of that text.

Comparing with what was seen last and storing what is seen now are one step under one lock, durable before anything is
signed. Whatever is killed in between, no two trees of one size are ever cosigned.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from governance.audit.add_checkpoint import AddCheckpoint, parse_request
from governance.audit.checkpoint import Checkpoint, parse_body, verified_checkpoint
from governance.audit.cosignature import cosign
from governance.audit.errors import CheckpointRefused, NoteRefused, ProofRefused, RequestRefused
from governance.audit.note import ED25519, Note, VerifierKey, parse_note
from governance.audit.verify import verify_consistency
from governance.witness.errors import (
    ClockWentBack,
    Conflict,
    NotARequest,
    NotProven,
    NotSigned,
    UnknownLog,
    WitnessUnusable,
)
from governance.witness.state import Seen, WitnessFile

LARGEST_SIZE: Final = 2**53 - 1
LARGEST_BODY: Final = 64 * 1024
"""A request is smaller: 63 hashes, and a note of a few signatures."""

_MOST_EVIDENCE: Final = 32

Logs = Mapping[str, tuple[VerifierKey, ...]]
"""By its origin, each log that the witness was told of, with the keys that may sign for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a witness is asked to cosign, signed by a log that it knows, and what it saw of that log last."""

    request: AddCheckpoint
    note: Note
    checkpoint: Checkpoint
    seen: Seen


class Witness:
    """A witness in office. Safe to be used by many threads, and beside other processes on the same folder."""

    def __init__(
        self, file: WitnessFile, logs: Logs, *, now_s: Callable[[], int], evidence: Path | None = None
    ) -> None:
        self._file, self._logs, self._now_s, self._evidence = file, logs, now_s, evidence

    def ask(self, body: bytes) -> Asked:
        """Read a request and say what it is about. Nothing is cosigned and nothing remembered.

        Raises:
            Refused: it is malformed, of an unknown log, or not signed by it.
            WitnessUnusable, WitnessRetired: this witness signs nothing now.
        """
        request, note, checkpoint = self._read(body)
        state = self._file.read()
        state.require_in_office()
        return Asked(request=request, note=note, checkpoint=checkpoint, seen=state.seen.get(checkpoint.origin, Seen()))

    def add_checkpoint(self, body: bytes) -> str:
        """Return the cosignature line over the request's checkpoint, its newline included.

        Raises:
            Refused: it is not cosigned; the error says why, and with which HTTP status.
            WitnessUnusable, WitnessRetired: this witness signs nothing now.
        """
        request, note, checkpoint = self._read(body)
        with self._file.locked():
            state = self._file.read()
            state.require_in_office()
            seen = state.seen.get(checkpoint.origin, Seen())
            try:
                require_successor(request, checkpoint, seen)
            except (Conflict, NotProven):
                self._keep_evidence(body, checkpoint, seen)
                raise
            time_s = self._now_s()
            if time_s < seen.time_s:
                raise ClockWentBack("This witness's clock went back; it cosigns again once it is put right.")
            newest = Seen(size=checkpoint.size, root=checkpoint.root, time_s=time_s, note=request.note)
            self._file.replace(state.having_seen(checkpoint.origin, newest))
        return cosign(note.text, time_s=time_s, key=state.verifier, sign=state.sign)

    def _read(self, body: bytes) -> tuple[AddCheckpoint, Note, Checkpoint]:
        try:
            request = parse_request(body)
            note = parse_note(request.note)
            checkpoint = parse_body(note.text)
        except (RequestRefused, NoteRefused, CheckpointRefused) as error:
            raise NotARequest(str(error)) from error
        keys = self._logs.get(checkpoint.origin)
        if keys is None:
            raise UnknownLog("This witness was told of no log with this origin.")
        try:
            verified_checkpoint(note, keys=keys, verify=ed25519_verifies)
        except CheckpointRefused as error:
            raise NotSigned(str(error)) from error
        if request.old > checkpoint.size:
            raise NotARequest("The old size is greater than the checkpoint's.")
        if checkpoint.size > LARGEST_SIZE:
            raise NotARequest("The checkpoint's size is greater than that of any log.")
        return request, note, checkpoint

    def _keep_evidence(self, body: bytes, checkpoint: Checkpoint, seen: Seen) -> None:
        """Keep both where the log signed two trees of one size: together they prove to everybody that it forked."""
        if self._evidence is None or checkpoint.size != seen.size or checkpoint.root == seen.root:
            return
        # A full disk must not change the answer: nothing is cosigned either way.
        with suppress(OSError):
            self._evidence.mkdir(mode=0o700, exist_ok=True)
            if len(list(self._evidence.iterdir())) < _MOST_EVIDENCE:
                name = f"{checkpoint.size}-{sha256(body).hexdigest()[:16]}"
                (self._evidence / f"{name}.refused").write_bytes(body)
                (self._evidence / f"{name}.cosigned").write_text(seen.note, encoding="utf-8")


def require_successor(request: AddCheckpoint, checkpoint: Checkpoint, seen: Seen) -> None:
    """Accept that the checkpoint extends what was seen last, and that the log knew what that was.

    Raises:
        Conflict: the log believes another size to be the last, or this is another tree of that very size.
        NotProven: the proof does not lead from there to here.
    """
    if request.old != seen.size:
        raise Conflict("This witness cosigned another size last.", size=seen.size)
    if checkpoint.size == seen.size and checkpoint.root != seen.root and seen.time_s:
        raise Conflict("This witness cosigned another tree of this size: the log forked.", size=seen.size)
    try:
        verify_consistency(
            old=seen.size, old_root=seen.root, new=checkpoint.size, new_root=checkpoint.root, proof=request.proof
        )
    except ProofRefused as error:
        raise NotProven(f"The consistency proof does not verify. {error}") from error


def read_logs(text: str) -> Logs:
    """Read the logs that a witness is told of: one vkey a line; empty lines and those that begin with # are skipped.

    Raises:
        WitnessUnusable: a line is no log's key, or there is none.
    """
    logs: dict[str, tuple[VerifierKey, ...]] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            key = VerifierKey.parse(line)
        except NoteRefused as error:
            raise WitnessUnusable(f"Line {number} of the logs' keys: {error}") from error
        if key.algorithm != ED25519:
            raise WitnessUnusable(f"Line {number} of the logs' keys is not a log's: its key must be of type 1.")
        logs[key.name] = (*logs.get(key.name, ()), key)
    if not logs:
        raise WitnessUnusable("The witness was told of no log; write each log's vkey on a line of its file.")
    return logs


def known_origins(logs: Logs) -> Iterable[str]:
    """Return the origins of the logs in order."""
    return sorted(logs)


def ed25519_verifies(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether the Ed25519 signature over the message is good; for bytes of another shape the answer is no."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
