"""Signed notes and verifier keys are read in one spelling only, and every line of a known key must be good."""

import base64
from collections.abc import Callable

import pytest

from contracts.signature import SigningKey
from governance.adapters.signatures import ed25519_verifies
from governance.audit.checkpoint import Checkpoint, signed_note, verified_checkpoint
from governance.audit.errors import CheckpointRefused, LogError, NoteRefused
from governance.audit.note import (
    COSIGNATURE_ED25519,
    COSIGNATURE_ML_DSA_44,
    ED25519,
    MAX_CHARACTERS,
    MAX_SIGNATURES,
    Note,
    NoteSignature,
    VerifierKey,
    format_note,
    parse_note,
    parse_signature_lines,
)

ORIGIN = "log.example/2026"
OLD, NEW, STRANGER = (SigningKey.from_seed(bytes([n]) * 32) for n in (1, 2, 3))
HEAD = Checkpoint(origin=ORIGIN, size=3, root=b"\x05" * 32)


def vkey(key: SigningKey, name: str = ORIGIN, algorithm: int = ED25519) -> VerifierKey:
    return VerifierKey(name=name, algorithm=algorithm, public_key=key.public)


def line_by(key: SigningKey, text: str = HEAD.body(), name: str = ORIGIN) -> NoteSignature:
    return NoteSignature(name=name, key_id=vkey(key, name).id, signature=key.private.sign(text.encode()))


def note_of(*lines: NoteSignature, text: str = HEAD.body()) -> str:
    return f"{text}\n" + "".join(line.line for line in lines)


def opened(note: str, *keys: VerifierKey) -> Checkpoint:
    return verified_checkpoint(parse_note(note), keys=keys, verify=ed25519_verifies)


def test_a_note_is_read_back_as_it_was_written() -> None:
    note = Note(text="one\n\ntwo\n", signatures=(line_by(OLD), line_by(STRANGER, name="somebody")))
    assert parse_note(format_note(note)) == note
    assert parse_note(format_note(note).encode()) == note


@pytest.mark.parametrize(
    "note",
    [
        Note(text="no newline at its end", signatures=(line_by(OLD),)),
        Note(text="text\n", signatures=()),
        Note(text="tab\t\n", signatures=(line_by(OLD),)),
        Note(text="\ud800\n", signatures=(line_by(OLD),)),
        Note(text="text\n", signatures=(NoteSignature(name="two words", key_id=b"1234", signature=b"x"),)),
        Note(text="text\n", signatures=(NoteSignature(name="name", key_id=b"123", signature=b"x"),)),
        Note(text="text\n", signatures=(NoteSignature(name="name", key_id=b"1234", signature=b""),)),
        Note(text="text\n", signatures=(line_by(OLD),) * (MAX_SIGNATURES + 1)),
    ],
)
def test_what_would_be_read_otherwise_is_not_written(note: Note) -> None:
    with pytest.raises(NoteRefused):
        format_note(note)


@pytest.mark.parametrize("count", [1, 16, MAX_SIGNATURES])
def test_a_note_may_carry_many_signatures(count: int) -> None:
    strangers = [NoteSignature(name=f"w{n}", key_id=b"1234", signature=b"s" * 64) for n in range(count - 1)]
    assert opened(note_of(*strangers, line_by(OLD)), vkey(OLD)) == HEAD


def test_a_note_with_more_signatures_than_the_limit_is_refused() -> None:
    strangers = [NoteSignature(name=f"w{n}", key_id=b"1234", signature=b"s") for n in range(MAX_SIGNATURES)]
    with pytest.raises(NoteRefused):
        parse_note(note_of(*strangers, line_by(OLD)))


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note.replace("— ", "- "),
        lambda note: note.replace("— ", "—  "),
        lambda note: note.replace("— ", " — "),
        lambda note: note.removesuffix("\n"),
        lambda note: note + "\n",
        lambda note: note + "Unexpected line.\n",
        lambda note: note + "— nobody\n",
        lambda note: note + "— nobody !!!!\n",
        lambda note: note + f"— nobody {base64.b64encode(b'1234').decode()}\n",
        lambda note: note.removesuffix("\n") + " \n",
        lambda note: note.replace("\n— ", "\u2028— "),
        lambda note: note.removesuffix("\n") + "\u2028",
        lambda note: note.removesuffix("\n") + "\x0b",
        lambda note: note.replace("\n", "\r\n"),
        lambda note: note.replace(ORIGIN + " ", ORIGIN + "\u00a0"),
        lambda note: "\x01" + note,
        lambda note: "\ufeff" * MAX_CHARACTERS + note,
        lambda _note: "",
        lambda _note: "\n\n",
    ],
)
def test_a_malformed_note_is_refused_whole_even_where_a_good_signature_stands(change: Callable[[str], str]) -> None:
    with pytest.raises(LogError):
        opened(change(note_of(line_by(OLD))), vkey(OLD))


def test_stray_bits_in_base64_are_refused() -> None:
    for line in (line_by(OLD), NoteSignature(name="stranger", key_id=b"1234", signature=b"x" * 64)):
        encoded = line.line.rstrip("\n").rsplit(" ", 1)[1]
        assert encoded.endswith("=")
        place = len(encoded.rstrip("=")) - 1
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        stray = encoded[:place] + alphabet[alphabet.index(encoded[place]) + 1] + encoded[place + 1 :]
        assert base64.b64decode(stray) == base64.b64decode(encoded)
        with pytest.raises(NoteRefused):
            parse_note(note_of(line_by(OLD), line).replace(encoded, stray))
        with pytest.raises(NoteRefused):
            parse_note(note_of(line).replace(encoded, encoded.rstrip("=")))


@pytest.mark.parametrize("data", [b"\xff\n\n", b"\xed\xa0\x80\n\n", b"\xc0\xaf\n\n"])
def test_bytes_that_are_not_utf_8_are_refused(data: bytes) -> None:
    with pytest.raises(NoteRefused):
        parse_note(data + line_by(OLD).line.encode())


def test_in_a_rotation_either_key_opens_the_checkpoint() -> None:
    both = note_of(line_by(OLD), line_by(NEW))
    for keys in ((OLD,), (NEW,), (OLD, NEW), (NEW, STRANGER)):
        assert opened(both, *map(vkey, keys)) == HEAD


def test_a_bad_signature_of_one_known_key_refuses_the_note_though_the_other_signed_well() -> None:
    bad = NoteSignature(name=ORIGIN, key_id=vkey(NEW).id, signature=bytes(64))
    with pytest.raises(CheckpointRefused, match="wrong"):
        opened(note_of(line_by(OLD), bad), vkey(OLD), vkey(NEW))
    assert opened(note_of(line_by(OLD), bad), vkey(OLD)) == HEAD


def test_a_key_of_another_name_or_another_id_is_not_this_key() -> None:
    other_name = NoteSignature(name="else.example", key_id=vkey(OLD).id, signature=bytes(64))
    other_id = NoteSignature(name=ORIGIN, key_id=b"\x00" * 4, signature=bytes(64))
    assert opened(note_of(other_name, other_id, line_by(OLD)), vkey(OLD)) == HEAD
    with pytest.raises(CheckpointRefused):
        opened(note_of(other_name, other_id), vkey(OLD))


def test_a_log_that_signs_in_anothers_name_is_not_believed() -> None:
    text = Checkpoint(origin="else.example/2026", size=3, root=b"\x05" * 32).body()
    with pytest.raises(CheckpointRefused, match="another log"):
        opened(note_of(line_by(OLD, text), text=text), vkey(OLD))


@pytest.mark.parametrize("rest", ["extension\n", "\n", "\nextension\n", "extension\n\nmore\n"])
def test_a_checkpoint_has_three_lines_even_where_the_log_signed_more(rest: str) -> None:
    text = HEAD.body() + rest
    with pytest.raises(CheckpointRefused):
        opened(note_of(line_by(OLD, text), text=text), vkey(OLD))


def test_without_keys_no_checkpoint_is_believed() -> None:
    with pytest.raises(CheckpointRefused):
        opened(note_of(line_by(OLD)))


def test_a_log_does_not_sign_with_the_key_of_a_witness() -> None:
    with pytest.raises(CheckpointRefused):
        opened(note_of(line_by(OLD)), vkey(OLD, algorithm=COSIGNATURE_ED25519))


def test_lines_are_added_in_order_and_once_for_each_key() -> None:
    note = parse_note(signed_note(HEAD, public_key=OLD.public, sign=OLD.private.sign))
    witness = parse_signature_lines(line_by(STRANGER, name="w").line)
    forged = NoteSignature(name=ORIGIN, key_id=vkey(OLD).id, signature=bytes(64))
    grown = note.with_signatures([forged, *witness]).with_signatures(witness)
    assert grown.signatures == (*note.signatures, *witness)


@pytest.mark.parametrize("algorithm", [ED25519, COSIGNATURE_ED25519])
def test_a_verifier_key_is_read_back_as_it_was_written(algorithm: int) -> None:
    key = vkey(OLD, algorithm=algorithm)
    assert VerifierKey.parse(key.text) == key


def test_an_ml_dsa_key_is_read_back_and_one_of_another_length_is_refused() -> None:
    key = VerifierKey(name="w", algorithm=COSIGNATURE_ML_DSA_44, public_key=bytes(1312))
    assert VerifierKey.parse(key.text) == key
    with pytest.raises(NoteRefused):
        VerifierKey(name="w", algorithm=COSIGNATURE_ML_DSA_44, public_key=bytes(32))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("log.", "lag."),
        lambda text: text + "=",
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: text.replace("+", "-", 1),
        lambda text: text.replace("+", "++", 1),
        lambda text: text.split("+", 1)[0],
        lambda text: "+" + text.split("+", 1)[1],
        lambda text: text.split("+")[0] + "+" + text.split("+")[1].upper() + "+" + text.split("+", 2)[2],
        lambda text: text.rsplit("+", 1)[0] + "+",
        lambda text: text.replace("log.example/2026", "log example"),
    ],
)
def test_a_changed_verifier_key_is_refused(change: Callable[[str], str]) -> None:
    text = vkey(NEW).text
    changed = change(text)
    if changed == text:  # an id without letters has no capital
        pytest.fail("choose another key")
    with pytest.raises(NoteRefused):
        VerifierKey.parse(changed)


@pytest.mark.parametrize("algorithm", [0, 2, 3, 5, 7, 255])
def test_an_unknown_algorithm_is_refused(algorithm: int) -> None:
    with pytest.raises(NoteRefused):
        vkey(OLD, algorithm=algorithm)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\nb", "a\x7f\x00", "\ud800"])
def test_a_name_that_a_note_cannot_carry_names_no_key(name: str) -> None:
    with pytest.raises(NoteRefused):
        vkey(OLD, name=name)
