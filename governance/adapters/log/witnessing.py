"""Having the log cosigned by other organisations, and saying how lately that was.

All witnesses are asked at once. What they answer is believed only as far as their keys in the pinned policy say so, and
counts only once a quorum is there: until then nothing that waits for it goes on.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from governance.adapters.log.anchors import Anchors
from governance.adapters.log.witness_asking import Answer, Ask, LogSource, Told, ask_witness, own_lines
from governance.audit.accepted import accept
from governance.audit.add_checkpoint import format_request, parse_request
from governance.audit.checkpoint import Checkpoint, parse_body
from governance.audit.cosignature import Cosignature, Verifiers, verified_cosignatures
from governance.audit.errors import CheckpointRefused, LogError, LogUnavailable, NoteRefused, PolicyRefused
from governance.audit.independence import require_independent
from governance.audit.note import NoteSignature, format_note, parse_note
from governance.audit.policy import NONE, Policy, Witness

FRESH: Final = timedelta(minutes=15)
"""Older than this, a quorum's word is not enough to show anything."""

_TOLERANCE: Final = timedelta(seconds=60)
_GRACE_S: Final = 0.5
_LONGEST_S: Final = 45.0
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessedHead:
    """A checkpoint that the quorum cosigned. `time` is the latest time that a whole quorum states to have come."""

    note: str
    checkpoint: Checkpoint
    time: datetime

    def age(self, now: datetime) -> timedelta:
        """Return how long ago the quorum confirmed it. Negative where its clocks are ahead of this one."""
        return now - self.time

    def is_stale(self, now: datetime, limit: timedelta = FRESH) -> bool:
        """Say whether it is too old, or this machine's clock and the quorum's are more than a minute apart."""
        return not -_TOLERANCE <= self.age(now) <= limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What the witnesses answered about one checkpoint; `head` is there where they are a quorum."""

    note: str
    head: WitnessedHead | None
    answers: tuple[Answer, ...]

    @property
    def alarms(self) -> tuple[str, ...]:
        """Sentences about a past that changed: the log's, or a witness's."""
        return tuple(answer.sentence for answer in self.answers if answer.alarm)

    @property
    def refusals(self) -> str:
        """What every witness that did not cosign gave as its reason, alarms first."""
        return " ".join(one.sentence for one in sorted(self.answers, key=lambda one: not one.alarm) if one.sentence)


def witnessed_head(note: str, *, policy: Policy, verify: Verifiers) -> WitnessedHead:
    """Return what a cosigned note says.

    Raises:
        CheckpointRefused: it is malformed, or a signature of a known key is wrong.
        PolicyRefused: the log did not sign it, or too few witnesses cosigned it.
    """
    accepted = accept(note, policy=policy, verify=verify)
    time_s = policy.time_at_least(accepted.cosignatures)
    if time_s is None:
        raise PolicyRefused("The policy asks for no witness, so nobody states a time.")
    return WitnessedHead(note=note, checkpoint=accepted.checkpoint, time=_instant(time_s))


class Witnessing:
    """The witnesses that this machine's pinned policy names (`governance.application.ports.Witnesses`).

    Safe to be used by many threads: at one time one of them asks, and the others take what it was told.

    Raises:
        PolicyRefused: one of the controller's own witnesses would count.
    """

    def __init__(
        self,
        *,
        policy: Policy,
        log_source: LogSource,
        anchors: Anchors,
        verify: Verifiers,
        ask: Ask,
        now: Callable[[], datetime],
        controllers: Iterable[str] = (),
        addresses: Mapping[str, str] | None = None,
    ) -> None:
        if policy.quorum != NONE:
            require_independent(policy, controllers)
        self._policy, self._log, self._anchors, self._verify = policy, log_source, anchors, verify
        self._ask, self._now = ask, now
        self._witnesses = tuple(replace(one, url=(addresses or {}).get(one.name, one.url)) for one in policy.witnesses)
        self._turn = threading.Lock()
        self._known: dict[str, int] = {}
        self._head: WitnessedHead | None = None
        self._load()

    @property
    def are_configured(self) -> bool:
        """Whether the policy asks for witnesses."""
        return self._policy.quorum != NONE

    def head(self) -> WitnessedHead | None:
        """Return the newest checkpoint that a quorum cosigned, with the time that the quorum confirmed."""
        return self._head

    def newest(self) -> str | None:
        """Return the note of that checkpoint."""
        return None if self._head is None else self._head.note

    def require_fresh(self, now: datetime) -> None:
        """Accept that the quorum confirmed the log within the last 15 minutes.

        Raises:
            LogUnavailable: it did not.
        """
        if self._head is None:
            raise LogUnavailable("No checkpoint of the log was cosigned yet; see that the witnesses are reached.")
        if self._head.is_stale(now):
            raise LogUnavailable(
                "The newest cosigned checkpoint is older than 15 minutes, or this machine's clock is wrong; see that "
                "the witnesses are reached."
            )

    def require_cosigned(self, size: int) -> None:
        """Have the log of at least this size cosigned by the quorum, unless that is so already and fresh.

        Raises:
            LogUnavailable: too few witnesses answer, or they refuse; the sentence names each with its reason.
        """
        if not self.are_configured or self._has(size):
            return
        with self._turn:
            if self._has(size):
                return
            gathered = self._renew()
        if not self._has(size):
            raise LogUnavailable(f"Too few witnesses cosigned the log. {gathered.refusals}".rstrip())

    def refresh(self) -> Gathered:
        """Have the newest checkpoint cosigned, as it is done every minute, so that views go on.

        Raises:
            LogUnavailable: the log itself gives no checkpoint, or the disk keeps none.
        """
        with self._turn:
            return self._renew()

    def gather(self, note: str) -> Gathered:
        """Ask every witness about this checkpoint at once, and return what is verified. Nothing is kept.

        Raises:
            LogUnavailable: the note is no checkpoint.
        """
        told = _told(note)
        answers = self._answers(told)
        lines = [line for answer in answers for line in answer.lines]
        cosigned = format_note(told.note.with_signatures([*lines, *self._lines_before(told)]))
        return Gathered(note=cosigned, head=self._accepted(cosigned), answers=answers)

    def take(self, note: str) -> WitnessedHead:
        """Keep a note that was cosigned by file, with what its anchor bears already; return it if a quorum did.

        Raises:
            LogUnavailable: a signature on it is wrong, or it has not yet a quorum: then it is kept, but not the newest.
        """
        told = _told(note)
        with self._turn:
            kept = self._anchors.note(told.checkpoint.size)
            same = _told(kept).note if kept is not None else None
            lines = same.signatures if same is not None and same.text == told.note.text else ()
            merged = format_note(told.note.with_signatures(lines))
            try:
                accept(merged, policy=replace(self._policy, quorum=NONE), verify=self._verify)
            except (CheckpointRefused, PolicyRefused) as error:
                raise LogUnavailable(f"The cosigned checkpoint is not believed. {error}") from error
            head = self._accepted(merged)
            if head is None:
                self._anchors.keep(merged)
                raise LogUnavailable("With this answer the checkpoint has not yet the quorum that the policy asks for.")
            self._keep(head)
            return head

    def _renew(self) -> Gathered:
        gathered = self.gather(self._log.checkpoint())
        for answer, witness in zip(gathered.answers, self._witnesses, strict=True):
            self._known[answer.name] = max(self._known.get(answer.name, 0), answer.known if answer.lines else 0)
            if answer.sentence and witness.url is not None:
                log.warning("not cosigned", witness=answer.name, sentence=answer.sentence, alarm=answer.alarm)
        if gathered.head is not None:
            self._keep(gathered.head)
        return gathered

    def _keep(self, head: WitnessedHead) -> None:
        before = self._head
        if before is None or _newness(head) >= _newness(before):
            self._anchors.keep_newest(head.note)
            self._head = head
        else:
            self._anchors.keep(head.note)

    def _has(self, size: int) -> bool:
        head = self._head
        return head is not None and head.checkpoint.size >= size and not head.is_stale(self._now())

    def _answers(self, told: Told) -> tuple[Answer, ...]:
        """Return the answers once all are there, or soon after they are a quorum; who is missing is said to be."""
        pool = ThreadPoolExecutor(max_workers=max(1, len(self._witnesses)), thread_name_prefix="witness")
        asked = {pool.submit(self._ask_one, told, witness): witness for witness in self._witnesses}
        pool.shutdown(wait=False)
        done: set[Future[Answer]] = set()
        pending, limit_s = set(asked), _LONGEST_S
        while pending:
            more, pending = wait(pending, timeout=limit_s, return_when=FIRST_COMPLETED)
            done |= more
            if not more:
                break
            if self._policy.is_satisfied(one.result().name for one in done if one.result().lines):
                limit_s = _GRACE_S
        answers = {one.result().name: one.result() for one in done}
        return tuple(answers.get(witness.name) or _silent(witness) for witness in self._witnesses)

    def _ask_one(self, told: Told, witness: Witness) -> Answer:
        known = min(self._known.get(witness.name, 0), told.checkpoint.size)
        return ask_witness(told, witness, known=known, log=self._log, ask=self._ask, verify=self._verify)

    def _lines_before(self, told: Told) -> tuple[NoteSignature, ...]:
        """Return the lines that the same checkpoint bears already, where a quorum was reached for it before."""
        if self._head is None or self._head.checkpoint != told.checkpoint:
            return ()
        return parse_note(self._head.note).signatures

    def _accepted(self, note: str) -> WitnessedHead | None:
        try:
            return witnessed_head(note, policy=self._policy, verify=self._verify)
        except (CheckpointRefused, PolicyRefused):
            return None

    def _load(self) -> None:
        note = self._anchors.newest()
        self._head = None if note is None else self._accepted(note)
        if self._head is not None:
            for one in cosignatures(self._head.note, policy=self._policy, verify=self._verify):
                self._known[one.name] = self._head.checkpoint.size


def cosignatures(note: str, *, policy: Policy, verify: Verifiers) -> tuple[Cosignature, ...]:
    """Return what the policy's witnesses said on a note.

    Raises:
        LogUnavailable: it is no checkpoint, or a witness's cosignature on it is wrong.
    """
    try:
        return verified_cosignatures(parse_note(note), policy.witness_keys, verify=verify)
    except (CheckpointRefused, NoteRefused) as error:
        raise LogUnavailable(f"The cosigned checkpoint is not what it was. {error}") from error


def write_request(path: Path, *, log_source: LogSource, old: int) -> Checkpoint:
    """Write a request for a witness without a network: its body for the newest checkpoint, proven from `old`.

    Take the file there, have it signed (`insyn witness sign`), and bring the answer back to `read_answer`.

    Raises:
        LogUnavailable: the log cannot prove the way from there, or the file is there already or cannot be written.
    """
    note = log_source.checkpoint()
    told = _told(note)
    if not 0 <= old <= told.checkpoint.size:
        raise LogUnavailable(f"The witness cannot have cosigned {old} entries: the log has {told.checkpoint.size}.")
    proof = tuple(log_source.consistency(old, told.checkpoint.size)) if 0 < old < told.checkpoint.size else ()
    try:
        with path.open("xb") as file:
            file.write(format_request(old, proof, note))
    except OSError as error:
        raise LogUnavailable(f"The request cannot be written to {path}: {error.strerror}.") from error
    return told.checkpoint


def read_answer(request: Path, answer: Path, *, policy: Policy, name: str, verify: Verifiers) -> str:
    """Return the note of a written request with the cosignature that this witness's answer file brings.

    Raises:
        LogUnavailable: the files do not belong together, or the cosignature is not this witness's.
    """
    witness = next((one for one in policy.witnesses if one.name == name), None)
    if witness is None:
        raise LogUnavailable(f"The policy names no witness {name!a}.")
    try:
        note = parse_request(request.read_bytes()).note
        told = _told(note)
        lines = own_lines(told, answer.read_bytes(), witness, verify)
    except OSError as error:
        raise LogUnavailable(f"The file {error.filename} cannot be read: {error.strerror}.") from error
    except LogError as error:
        raise LogUnavailable(f"The answer of {name!a} is not believed: {error}") from error
    return format_note(told.note.with_signatures(lines))


def _newness(head: WitnessedHead) -> tuple[int, datetime]:
    """Order heads by their size, and those of one size by the time that the quorum states."""
    return head.checkpoint.size, head.time


def _told(note: str) -> Told:
    try:
        parsed = parse_note(note)
        return Told(note=parsed, checkpoint=parse_body(parsed.text))
    except (NoteRefused, CheckpointRefused) as error:
        raise LogUnavailable(f"What is to be cosigned is no checkpoint. {error}") from error


def _silent(witness: Witness) -> Answer:
    return Answer(name=witness.name, sentence=f"The witness {witness.name!a} does not answer.")


def _instant(time_s: int) -> datetime:
    try:
        return _EPOCH + timedelta(seconds=time_s)
    except OverflowError as error:
        raise PolicyRefused("The quorum states a time beyond the year 9999.") from error
