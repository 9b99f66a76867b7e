"""A signed checkpoint is read strictly, in the same way here and at the recipient of a receipt."""

import base64
from collections.abc import Callable

import pytest

from contracts.receipt import log_key_id
from contracts.signature import SigningKey
from governance.adapters.signatures import ed25519_verifies
from governance.audit.checkpoint import Checkpoint, key_hash, open_checkpoint, signed_note
from governance.audit.errors import CheckpointRefused
from governance.audit.merkle import tree_root

ORIGIN = "insyn.invalid/demo/2026"
KEY = SigningKey.from_seed(b"\x07" * 32)
OTHER = SigningKey.from_seed(b"\x08" * 32)
HEAD = Checkpoint(origin=ORIGIN, size=2, root=tree_root([b"a", b"b"]))


def note_by(key: SigningKey, head: Checkpoint = HEAD) -> str:
    return signed_note(head, public_key=key.public, sign=key.private.sign)


def opened(note: str, origin: str = ORIGIN) -> Checkpoint:
    return open_checkpoint(note, origin=origin, public_key=KEY.public, verify=ed25519_verifies)


def test_what_was_signed_is_read_back() -> None:
    assert opened(note_by(KEY)) == HEAD


def test_the_key_has_one_name_here_and_at_the_recipient() -> None:
    assert key_hash(ORIGIN, KEY.public) == log_key_id(ORIGIN, KEY.public)


def test_another_key_is_refused() -> None:
    with pytest.raises(CheckpointRefused):
        opened(note_by(OTHER))


def test_another_log_is_refused() -> None:
    with pytest.raises(CheckpointRefused):
        opened(note_by(KEY), origin="insyn.invalid/other/2026")


def test_an_unknown_signature_beside_the_good_one_is_ignored() -> None:
    witness = note_by(OTHER).rsplit("\n\n", 1)[1]
    assert opened(note_by(KEY) + witness) == HEAD


def test_a_bad_signature_of_the_known_key_refuses_the_note_even_beside_a_good_one() -> None:
    data = key_hash(ORIGIN, KEY.public) + b"\x00" * 64
    bad = f"— {ORIGIN} {base64.b64encode(data).decode()}\n"
    with pytest.raises(CheckpointRefused):
        opened(note_by(KEY) + bad)


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note.replace("\n2\n", "\n02\n"),
        lambda note: note.replace("\n2\n", "\n+2\n"),
        lambda note: note.replace("\n2\n", "\n２\n"),
        lambda note: note.replace("\n2\n", "\n3\n"),
        lambda note: note.replace("\n\n", "\nextension\n\n"),
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note.replace("— ", "- "),
        lambda note: note.rstrip("\n"),
        lambda note: note + "\n",
        lambda note: note + "— nobody\n",
        lambda note: note.replace("\n", "\r\n"),
        lambda note: note.rsplit("\n\n", 1)[0] + "\n\n",
        lambda _note: "",
    ],
)
def test_a_changed_note_is_refused(change: Callable[[str], str]) -> None:
    with pytest.raises(CheckpointRefused):
        opened(change(note_by(KEY)))


@pytest.mark.parametrize("origin", ["", "two words", "a+b", "line\nbreak"])
def test_an_origin_that_a_note_cannot_carry_is_never_signed(origin: str) -> None:
    with pytest.raises(CheckpointRefused):
        note_by(KEY, Checkpoint(origin=origin, size=0, root=b"\x00" * 32))
