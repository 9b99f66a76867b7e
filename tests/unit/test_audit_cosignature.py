"""A witness's word counts where its own key said it, over this checkpoint, at a stated time."""

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from contracts.signature import SigningKey
from governance.adapters.signatures import ed25519_verifies, ml_dsa_44_verifies
from governance.audit.checkpoint import Checkpoint
from governance.audit.cosignature import (
    MAX_TIME,
    Cosignature,
    Verifiers,
    cosign,
    cosigned_message,
    split_time,
    subtree_message,
    verified_cosignatures,
)
from governance.audit.errors import CheckpointRefused, NoteRefused
from governance.audit.note import (
    COSIGNATURE_ED25519,
    COSIGNATURE_ML_DSA_44,
    ED25519,
    Note,
    NoteSignature,
    VerifierKey,
    parse_note,
    parse_signature_lines,
)
from tests.builders_tiles import LOG_VKEY, numbered, tiled_log

NOW = 1_780_000_000
SIGNER = SigningKey.from_seed(b"\x21" * 32)
WITNESS = VerifierKey(name="witness.example/w1", algorithm=COSIGNATURE_ED25519, public_key=SIGNER.public)
LATTICE = MLDSA44PrivateKey.from_seed_bytes(b"\x22" * 32)
POST_QUANTUM = VerifierKey(
    name="witness.example/w2",
    algorithm=COSIGNATURE_ML_DSA_44,
    public_key=LATTICE.public_key().public_bytes_raw(),
)
LOG = tiled_log(numbered(5))
NOTE = parse_note(LOG.note)
BOTH = Verifiers(ed25519=ed25519_verifies, ml_dsa_44=ml_dsa_44_verifies)


def line(time_s: int = NOW, *, key: VerifierKey = WITNESS, text: str = NOTE.text) -> NoteSignature:
    sign = LATTICE.sign if key.algorithm == COSIGNATURE_ML_DSA_44 else SIGNER.private.sign
    return parse_signature_lines(cosign(text, time_s=time_s, key=key, sign=sign))[0]


def said(*lines: NoteSignature, verify: Verifiers = BOTH) -> tuple[Cosignature, ...]:
    witnesses = {"w1": WITNESS, "w2": POST_QUANTUM}
    note = Note(text=NOTE.text, signatures=(*NOTE.signatures, *lines))
    return verified_cosignatures(note, witnesses, verify=verify)


def test_the_message_of_an_ed25519_witness_is_header_time_and_text() -> None:
    assert cosigned_message(LOG.checkpoint, time_s=7, key=WITNESS) == f"cosignature/v1\ntime 7\n{NOTE.text}".encode()


def test_the_message_of_an_ml_dsa_witness_names_cosigner_and_log() -> None:
    origin = LOG.checkpoint.origin.encode()
    expected = (
        b"subtree/v1\n\x00"
        + bytes([18])
        + b"witness.example/w2"
        + (7).to_bytes(8)
        + bytes([len(origin)])
        + origin
        + (0).to_bytes(8)
        + (5).to_bytes(8)
        + LOG.checkpoint.root
    )
    assert cosigned_message(LOG.checkpoint, time_s=7, key=POST_QUANTUM) == expected


def test_witnesses_of_both_kinds_are_heard_and_named_as_the_caller_knows_them() -> None:
    assert said(line(), line(NOW + 1, key=POST_QUANTUM)) == (
        Cosignature(name="w1", time_s=NOW),
        Cosignature(name="w2", time_s=NOW + 1),
    )


def test_a_witness_that_nobody_asked_for_is_ignored() -> None:
    assert verified_cosignatures(NOTE.with_signatures([line()]), {"w2": POST_QUANTUM}, verify=BOTH) == ()


def test_one_witness_may_say_it_twice_at_two_times() -> None:
    assert said(line(NOW), line(NOW + 60)) == (
        Cosignature(name="w1", time_s=NOW),
        Cosignature(name="w1", time_s=NOW + 60),
    )


def test_without_a_function_for_ml_dsa_such_a_witness_counts_for_nothing() -> None:
    alone = Verifiers(ed25519=ed25519_verifies)
    assert said(line(key=POST_QUANTUM), verify=alone) == ()
    assert said(line(), line(key=POST_QUANTUM), verify=alone) == (Cosignature(name="w1", time_s=NOW),)


@pytest.mark.parametrize("key", [WITNESS, POST_QUANTUM])
def test_a_cosignature_with_another_time_than_the_signed_one_refuses_the_note(key: VerifierKey) -> None:
    good = line(key=key)
    later = NoteSignature(name=good.name, key_id=good.key_id, signature=(NOW + 1).to_bytes(8) + good.signature[8:])
    with pytest.raises(CheckpointRefused, match="wrong"):
        said(later)
    with pytest.raises(CheckpointRefused, match="wrong"):
        said(good, later)


@pytest.mark.parametrize("key", [WITNESS, POST_QUANTUM])
def test_a_cosignature_over_another_checkpoint_refuses_the_note(key: VerifierKey) -> None:
    other = Checkpoint(origin=LOG.checkpoint.origin, size=5, root=b"\x01" * 32).body()
    with pytest.raises(CheckpointRefused, match="wrong"):
        said(line(key=key, text=other))


def test_a_plain_signature_of_the_witness_is_no_cosignature() -> None:
    plain = NoteSignature(name=WITNESS.name, key_id=WITNESS.id, signature=SIGNER.private.sign(NOTE.text.encode()))
    with pytest.raises(CheckpointRefused, match="malformed"):
        said(plain)


def test_a_statement_without_a_time_is_checked_and_not_counted() -> None:
    message = subtree_message(LOG.checkpoint, start=0, time_s=0, name=POST_QUANTUM.name)
    timeless = NoteSignature(name=POST_QUANTUM.name, key_id=POST_QUANTUM.id, signature=bytes(8) + LATTICE.sign(message))
    assert said(timeless, line()) == (Cosignature(name="w1", time_s=NOW),)
    wrong = NoteSignature(name=POST_QUANTUM.name, key_id=POST_QUANTUM.id, signature=bytes(8 + 2420))
    with pytest.raises(CheckpointRefused, match="wrong"):
        said(wrong)


@pytest.mark.parametrize("time_s", [0, -1, MAX_TIME + 1])
def test_a_time_that_is_none_is_never_signed(time_s: int) -> None:
    with pytest.raises(NoteRefused):
        line(time_s)


def test_a_time_beyond_the_limit_is_refused() -> None:
    with pytest.raises(NoteRefused):
        split_time((MAX_TIME + 1).to_bytes(8) + bytes(64), algorithm=COSIGNATURE_ED25519)
    assert split_time(MAX_TIME.to_bytes(8) + bytes(64), algorithm=COSIGNATURE_ED25519) == (MAX_TIME, bytes(64))


@pytest.mark.parametrize("length", [0, 7, 8, 64, 71, 73, 2428])
def test_a_cosignature_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(NoteRefused):
        split_time(bytes(length), algorithm=COSIGNATURE_ED25519)
    with pytest.raises(NoteRefused):
        split_time(bytes(8 + 64), algorithm=ED25519)


@pytest.mark.parametrize("text", ["", "a\n", "a\n1\n", f"{NOTE.text}extension\n", NOTE.text[:-1]])
def test_only_the_text_of_a_checkpoint_is_cosigned(text: str) -> None:
    with pytest.raises(CheckpointRefused):
        line(text=text)


def test_only_a_note_with_a_checkpoint_has_cosignatures() -> None:
    with pytest.raises(CheckpointRefused):
        verified_cosignatures(Note(text="hello\n", signatures=(line(),)), {"w1": WITNESS}, verify=BOTH)


def test_the_key_of_a_log_is_no_witness() -> None:
    with pytest.raises(NoteRefused):
        verified_cosignatures(NOTE, {"w1": LOG_VKEY}, verify=BOTH)
    with pytest.raises(NoteRefused):
        line(key=VerifierKey(name="w", algorithm=ED25519, public_key=SIGNER.public))


def test_a_signature_of_the_wrong_length_is_not_handed_out() -> None:
    with pytest.raises(NoteRefused):
        cosign(NOTE.text, time_s=NOW, key=WITNESS, sign=lambda _message: b"short")


def test_a_name_too_long_for_ml_dsa_is_refused() -> None:
    with pytest.raises(NoteRefused):
        subtree_message(LOG.checkpoint, start=0, time_s=0, name="w" * 256)
    assert subtree_message(LOG.checkpoint, start=0, time_s=0, name="w" * 255)


def test_a_part_of_the_tree_states_no_time() -> None:
    with pytest.raises(NoteRefused):
        subtree_message(LOG.checkpoint, start=1, time_s=1, name="w")
