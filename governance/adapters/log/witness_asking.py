"""The conversation with one witness: the log is proven from where the witness stands; only its own key is believed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final, Protocol

from governance.audit.add_checkpoint import format_request, parse_conflict
from governance.audit.checkpoint import Checkpoint, parse_body
from governance.audit.cosignature import Verifiers, verified_cosignatures
from governance.audit.errors import LogError, RequestRefused
from governance.audit.note import Note, NoteSignature, format_note, parse_note, parse_signature_lines
from governance.audit.policy import Witness

Ask = Callable[[str, bytes], tuple[int, bytes]]
"""(address, request body) -> (HTTP status, answer body); `LogUnavailable` where there is no answer."""

_TRIES: Final = 3
_REFUSALS: Final = {
    HTTPStatus.BAD_REQUEST: "does not understand the request",
    HTTPStatus.FORBIDDEN: "does not know the log's key; have its operator add it",
    HTTPStatus.NOT_FOUND: "was not told of this log; have its operator add its key",
    HTTPStatus.GONE: "is retired; put another in its place in the policy",
    HTTPStatus.SERVICE_UNAVAILABLE: "cannot cosign now; have its operator look at it",
}


class LogSource(Protocol):
    """What the witnesses are told of: a sequencer, or its client."""

    def checkpoint(self) -> str:
        """Return the newest signed note."""

    def consistency(self, old: int, new: int) -> Sequence[bytes]:
        """Return the proof that the log of `new` entries extends the one of `old`; none where it is trivial."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A checkpoint that witnesses are asked to cosign, as its signed note and as what that says."""

    note: Note
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of one witness: its verified lines, or a sentence. An alarm says that somebody's past changed."""

    name: str
    lines: tuple[NoteSignature, ...] = ()
    sentence: str = ""
    alarm: bool = False
    known: int = 0


def ask_witness(told: Told, witness: Witness, *, known: int, log: LogSource, ask: Ask, verify: Verifiers) -> Answer:
    """Have one witness cosign; `known` is the greatest size that it is known to have cosigned. Never raises.

    A witness that stands elsewhere is proven the way from there. One that stands behind what it cosigned itself has
    forgotten, and is not helped to cosign again what it may have cosigned otherwise.
    """
    answer = Answer(name=witness.name, known=known)
    try:
        return _conversed(answer, told, witness, log=log, ask=ask, verify=verify)
    except LogError as error:
        return replace(answer, sentence=f"The witness {witness.name!a} did not cosign: {error}")


def _conversed(answer: Answer, told: Told, witness: Witness, *, log: LogSource, ask: Ask, verify: Verifiers) -> Answer:
    if witness.url is None:
        return replace(answer, sentence=f"The witness {witness.name!a} has no address; ask it by file.")
    old = answer.known
    for _ in range(_TRIES):
        status, body = ask(witness.url, _request(told, old, log))
        if status == HTTPStatus.OK:
            lines = own_lines(told, body, witness, verify)
            return replace(answer, lines=lines, known=max(old, told.checkpoint.size))
        if status != HTTPStatus.CONFLICT:
            return _refused(answer, status)
        size = parse_conflict(body)
        verdict = _ahead(answer, size, log) if size > told.checkpoint.size else _verdict(answer, size, old)
        if verdict is not None:
            return verdict
        old = size
    return replace(answer, sentence=f"The witness {witness.name!a} stands elsewhere every time that it is asked.")


def own_lines(told: Told, answer: bytes, witness: Witness, verify: Verifiers) -> tuple[NoteSignature, ...]:
    """Return those lines of an answer that are this witness's good cosignatures; others' lines are ignored.

    Raises:
        LogError: the answer is malformed, or holds no cosignature or a wrong one by this witness.
    """
    try:
        text = answer.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestRefused("its answer is not made of signature lines.") from error
    wanted = (witness.key.name, witness.key.id)
    lines = tuple(one for one in parse_signature_lines(text) if (one.name, one.key_id) == wanted)
    if not lines:
        raise RequestRefused("its answer bears another's signature.")
    note = Note(text=told.note.text, signatures=lines)
    if not verified_cosignatures(note, {witness.name: witness.key}, verify=verify):
        raise RequestRefused("its cosignature states no time.")
    return lines[:1]


def _request(told: Told, old: int, log: LogSource) -> bytes:
    new = told.checkpoint.size
    proof = tuple(log.consistency(old, new)) if 0 < old < new else ()
    return format_request(old, proof, format_note(told.note))


def _refused(answer: Answer, status: int) -> Answer:
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        sentence = (
            f"The witness {answer.name!a} holds another past of this log than the one that lies here: "
            "one of the two was rewritten."
        )
        return replace(answer, sentence=sentence, alarm=True)
    reason = _REFUSALS.get(HTTPStatus(status)) if status in {one.value for one in HTTPStatus} else None
    return replace(answer, sentence=f"The witness {answer.name!a} {reason or f'answers with the status {status}'}.")


def _verdict(answer: Answer, size: int, old: int) -> Answer | None:
    """Say what a 409 means where nothing can be proven from the size that the witness states; nothing where it can."""
    if size == old:
        sentence = f"The witness {answer.name!a} cosigned another tree of {size} entries of this log: the log forked."
        return replace(answer, sentence=sentence, alarm=True)
    if size < answer.known:
        sentence = (
            f"The witness {answer.name!a} cosigned {answer.known} entries and remembers only {size}: an old copy was "
            "put in its place. It must be retired."
        )
        return replace(answer, sentence=sentence, alarm=True)
    return None


def _ahead(answer: Answer, size: int, log: LogSource) -> Answer:
    """Say why a witness saw more than it is now told of: the log has grown meanwhile, or it was put back."""
    ours = parse_body(parse_note(log.checkpoint()).text).size
    if ours < size:
        sentence = (
            f"The witness {answer.name!a} cosigned {size} entries of this log, and here it has {ours}: it was cut, or "
            "an older copy was put in its place."
        )
        return replace(answer, sentence=sentence, alarm=True)
    return replace(answer, sentence=f"The witness {answer.name!a} was told of more entries meanwhile.", known=size)
