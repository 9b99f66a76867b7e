"""A checkpoint that a policy accepts: signed by one of its logs, cosigned by its quorum."""

from dataclasses import dataclass

from governance.audit.checkpoint import Checkpoint, parse_body
from governance.audit.cosignature import (
    Cosignature,
    Verifiers,
    split_time,
    subtree_message,
    verified_cosignatures,
)
from governance.audit.errors import CheckpointRefused, NoteRefused, PolicyRefused
from governance.audit.note import COSIGNATURE_ML_DSA_44, Note, VerifierKey, parse_note
from governance.audit.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The checkpoint, the log's keys that signed it, and what the policy's witnesses said of it."""

    checkpoint: Checkpoint
    signers: tuple[VerifierKey, ...]
    cosignatures: tuple[Cosignature, ...]


def accept(note: bytes | str, *, policy: Policy, verify: Verifiers) -> Accepted:
    """Return the checkpoint of a note that the policy accepts.

    Raises:
        CheckpointRefused: it is malformed, or a signature of a key that the policy knows is wrong.
        PolicyRefused: no log of the policy signed it, or too few witnesses cosigned it.
    """
    try:
        parsed = parse_note(note)
        checkpoint = parse_body(parsed.text)
        signers = _signers(parsed, checkpoint, policy, verify)
        cosignatures = verified_cosignatures(parsed, policy.witness_keys, verify=verify)
    except NoteRefused as error:
        raise CheckpointRefused(str(error)) from error
    if not signers:
        raise PolicyRefused("No log that the policy names has signed this checkpoint.")
    if not policy.is_satisfied(one.name for one in cosignatures):
        raise PolicyRefused("Too few of the policy's witnesses have cosigned this checkpoint.")
    return Accepted(checkpoint=checkpoint, signers=signers, cosignatures=cosignatures)


def _signers(note: Note, checkpoint: Checkpoint, policy: Policy, verify: Verifiers) -> tuple[VerifierKey, ...]:
    keys = [log.key for log in policy.logs if log.key.name == checkpoint.origin]
    return tuple(key for key in keys if _signed_by(note, checkpoint, key, verify))


def _signed_by(note: Note, checkpoint: Checkpoint, key: VerifierKey, verify: Verifiers) -> bool:
    check, signatures = verify.for_key(key), note.signatures_of(key)
    if check is None:
        return False
    for stated in signatures:
        message, signature = note.text.encode(), stated
        if key.algorithm == COSIGNATURE_ML_DSA_44:
            time_s, signature = split_time(stated, algorithm=key.algorithm)
            message = subtree_message(checkpoint, start=0, time_s=time_s, name=key.name)
        if not check(key.public_key, signature, message):
            raise CheckpointRefused("The log's signature on the checkpoint is wrong.")
    return bool(signatures)
