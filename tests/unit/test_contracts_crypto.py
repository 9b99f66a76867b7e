"""Signatures, sealed boxes and log receipts: everything but the one right key, purpose and context is refused."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from contracts.canonical import encode
from contracts.errors import ContractError, Malformed, ReceiptRefused, SealRefused, SignatureRefused
from contracts.receipt import LogReceipt, log_key_id, verify_receipt
from contracts.sealing import OpeningKey, seal, unseal
from contracts.signature import Purpose, Signed, SigningKey, key_id, verified
from tests.builders_contracts import LOG_ORIGIN, a_signing_key, a_trusted_site, an_opening_key
from tests.builders_receipts import a_checkpoint, a_receipt

KEY = a_signing_key("somebody")
KEYS = {KEY.id: KEY.public}
ORDER_OF_THE_GROUP = 2**252 + 27742317777372353535851937790883648493  # RFC 8032, 5.1

# -- signatures


@pytest.mark.parametrize("purpose", Purpose)
def test_a_signature_is_good_for_its_purpose_alone(purpose: Purpose) -> None:
    signed = KEY.sign(purpose, b"payload")
    for other in Purpose:
        if other is purpose:
            assert verified(signed, other, KEYS) == b"payload"
        else:
            with pytest.raises(SignatureRefused, match="wrong"):
                verified(signed, other, KEYS)


def test_what_is_signed_is_the_purpose_and_the_payload_apart() -> None:
    signed = KEY.sign(Purpose.LEASE, b"payload")
    Ed25519PublicKey.from_public_bytes(KEY.public).verify(signed.signature, b"insyn\0insyn/lease/2\0payload")


def test_no_purpose_is_the_beginning_of_another_with_its_separator() -> None:
    messages = [purpose.value + "\0" for purpose in Purpose]
    assert not [(a, b) for a in messages for b in messages if a != b and a.startswith(b)]
    assert all("\0" not in purpose.value and purpose.value.isascii() for purpose in Purpose)


def test_no_keys_believe_nobody() -> None:
    with pytest.raises(SignatureRefused, match="not pinned"):
        verified(KEY.sign(Purpose.LEASE, b"payload"), Purpose.LEASE, {})


def test_a_key_that_is_not_pinned_is_refused() -> None:
    signed = a_signing_key("stranger").sign(Purpose.LEASE, b"payload")
    with pytest.raises(SignatureRefused, match="not pinned"):
        verified(signed, Purpose.LEASE, KEYS)
    with pytest.raises(SignatureRefused, match="wrong"):
        verified(replace(signed, key=KEY.id), Purpose.LEASE, KEYS)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_pinned_key_of_another_length_verifies_nothing(length: int) -> None:
    with pytest.raises(SignatureRefused):
        verified(KEY.sign(Purpose.LEASE, b""), Purpose.LEASE, {KEY.id: bytes(length)})


@pytest.mark.parametrize("length", [0, 63, 65])
def test_a_signature_of_another_length_is_refused(length: int) -> None:
    signed = replace(KEY.sign(Purpose.LEASE, b"payload"), signature=b"\1" * length)
    with pytest.raises(SignatureRefused):
        verified(signed, Purpose.LEASE, KEYS)
    with pytest.raises(Malformed):
        Signed.from_json(signed.to_json())


def test_the_second_spelling_of_a_signature_is_refused() -> None:
    signed = KEY.sign(Purpose.LEASE, b"payload")
    scalar = int.from_bytes(signed.signature[32:], "little") + ORDER_OF_THE_GROUP
    other = replace(signed, signature=signed.signature[:32] + scalar.to_bytes(32, "little"))
    with pytest.raises(SignatureRefused):
        verified(other, Purpose.LEASE, KEYS)


def test_an_envelope_is_named_by_the_hash_of_its_payload() -> None:
    assert KEY.sign(Purpose.LEASE, b"payload").sha256 == hashlib.sha256(b"payload").hexdigest()
    assert key_id(KEY.public) == KEY.id == hashlib.sha256(KEY.public).hexdigest()[:16]


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_secret_of_another_length_is_no_key(length: int) -> None:
    with pytest.raises(Malformed, match="32"):
        SigningKey.from_seed(bytes(length))
    with pytest.raises(Malformed, match="32"):
        OpeningKey.from_bytes(bytes(length))


def test_keys_are_fresh_and_kept_by_their_secret_bytes() -> None:
    assert SigningKey.generate().public != SigningKey.generate().public
    assert OpeningKey.generate().public != OpeningKey.generate().public
    assert SigningKey.from_seed(KEY.seed).public == KEY.public
    opening = an_opening_key("somebody")
    assert OpeningKey.from_bytes(opening.secret).public == opening.public


@pytest.mark.parametrize("write", [repr, str, "{}".format], ids=["repr", "str", "format"])
def test_a_secret_key_prints_as_its_public_name(write: Callable[[object], str]) -> None:
    opening = an_opening_key("somebody")
    assert write(KEY) == f"SigningKey({KEY.id})"
    assert write(opening) == f"OpeningKey({opening.id})"
    assert KEY.seed.hex() not in write(KEY)
    assert opening.secret.hex() not in write(opening)


# -- sealed boxes

BOX_KEY = an_opening_key("recipient")
CONTEXT = {"what": "insyn/test/1", "slot_id": "slot-1"}
BOX = seal(b"template", BOX_KEY.public, CONTEXT)


def test_a_box_opens_with_its_key_in_its_context() -> None:
    assert unseal(BOX, BOX_KEY, CONTEXT) == b"template"
    assert unseal(BOX, BOX_KEY, dict(reversed(CONTEXT.items()))) == b"template"
    assert b"template" not in BOX
    assert seal(b"template", BOX_KEY.public, CONTEXT) != BOX


@pytest.mark.parametrize(
    "context",
    [{}, {"what": "insyn/test/1"}, {**CONTEXT, "slot_id": "slot-2"}, {**CONTEXT, "more": ""}, {"WHAT": "insyn/test/1"}],
    ids=repr,
)
def test_a_box_opens_in_no_other_context(context: dict[str, str]) -> None:
    with pytest.raises(SealRefused):
        unseal(BOX, BOX_KEY, context)


def test_a_box_opens_with_no_other_key() -> None:
    with pytest.raises(SealRefused):
        unseal(BOX, an_opening_key("stranger"), CONTEXT)


def test_every_changed_byte_of_a_box_is_refused() -> None:
    for place in range(len(BOX)):
        with pytest.raises(SealRefused):
            unseal(BOX[:place] + bytes([BOX[place] ^ 1]) + BOX[place + 1 :], BOX_KEY, CONTEXT)


def test_a_box_of_another_length_is_refused() -> None:
    for box in [BOX[:length] for length in range(len(BOX))] + [BOX + b"\0", bytes(48), b"\0" + BOX]:
        with pytest.raises(SealRefused):
            unseal(box, BOX_KEY, CONTEXT)


@pytest.mark.parametrize("recipient", [b"", bytes(31), bytes(33), bytes(32), b"\1" + bytes(31)], ids=bytes.hex)
def test_nothing_is_sealed_to_what_is_no_key(recipient: bytes) -> None:
    with pytest.raises(Malformed, match="public key"):
        seal(b"template", recipient, CONTEXT)


def labelled(suite: bytes, label: bytes, secret: bytes) -> bytes:
    return b"HPKE-v1" + suite + label + secret


def extracted(salt: bytes, suite: bytes, label: bytes, secret: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), labelled(suite, label, secret), "sha256")


def expanded(key: bytes, suite: bytes, label: bytes, info: bytes, length: int) -> bytes:
    prefix = length.to_bytes(2, "big") + labelled(suite, label, info)
    return hmac.digest(key, prefix + b"\1", "sha256")[:length]


def opened_by_the_book(box: bytes, secret: bytes, info: bytes) -> bytes:
    """Open a box as RFC 9180 writes it down (4.1, 5.1, 5.2): base mode, KEM 0x0020, KDF 0x0001, AEAD 0x0002."""
    private = X25519PrivateKey.from_private_bytes(secret)
    sender, ciphertext = box[:32], box[32:]
    shared = private.exchange(X25519PublicKey.from_public_bytes(sender))
    kem, suite = b"KEM\0\x20", b"HPKE\0\x20\0\1\0\2"
    both = sender + private.public_key().public_bytes_raw()
    secret_of_kem = expanded(extracted(b"", kem, b"eae_prk", shared), kem, b"shared_secret", both, 32)
    schedule = b"\0" + extracted(b"", suite, b"psk_id_hash", b"") + extracted(b"", suite, b"info_hash", info)
    mother = extracted(secret_of_kem, suite, b"secret", b"")
    key, nonce = (expanded(mother, suite, label, schedule, size) for label, size in ((b"key", 32), (b"base_nonce", 12)))
    return AESGCM(key).decrypt(nonce, ciphertext, b"")


def test_a_box_is_hpke_as_the_standard_writes_it() -> None:
    assert opened_by_the_book(BOX, BOX_KEY.secret, encode(CONTEXT)) == b"template"
    with pytest.raises(InvalidTag):
        opened_by_the_book(BOX, BOX_KEY.secret, b"")


# -- log receipts

SITE_KEYS = a_trusted_site()
LOG_KEY = SITE_KEYS.log.public


def proven(receipt: LogReceipt, *, origin: str = LOG_ORIGIN, log_key: bytes = LOG_KEY) -> bytes:
    return verify_receipt(receipt, origin=origin, log_key=log_key)


@pytest.mark.parametrize("size", range(1, 20))
def test_every_entry_is_proven_and_no_other_is(size: int) -> None:
    for index in range(size):
        receipt = a_receipt(SITE_KEYS, {"e": "candidate.view"}, index=index, size=size)
        assert proven(receipt) == receipt.leaf
        wrong = [replace(receipt, index=other) for other in (*range(size + 2), 2**53 - 1, -1) if other != index]
        wrong += [replace(receipt, leaf=receipt.leaf + b" "), replace(receipt, leaf=b"")]
        wrong += [replace(receipt, proof=(*receipt.proof, bytes(32)))]
        wrong += [replace(receipt, proof=receipt.proof[:-1]), replace(receipt, proof=receipt.proof[1:])][
            : 2 * (size > 1)
        ]
        for other in wrong:
            with pytest.raises(ReceiptRefused):
                proven(other)


def test_a_node_does_not_pass_as_an_entry() -> None:
    receipt = a_receipt(SITE_KEYS, {"e": "candidate.view"}, index=0, size=2)
    node = hashlib.sha256(b"\0" + receipt.leaf).digest() + receipt.proof[0]
    with pytest.raises(ReceiptRefused):
        proven(replace(receipt, leaf=node, proof=(), checkpoint=receipt.checkpoint))
    with pytest.raises(ReceiptRefused):
        proven(replace(receipt, leaf=b"\1" + node, proof=()))


RECEIPT = a_receipt(SITE_KEYS, {"e": "candidate.view"})
BODY, _, SIGNATURES = RECEIPT.checkpoint.partition("\n\n")


def with_body(body: str) -> LogReceipt:
    """Return the receipt with another checkpoint body, properly signed by the log's own key."""
    signature = log_key_id(LOG_ORIGIN, LOG_KEY) + SITE_KEYS.log.private.sign(body.encode() + b"\n")
    line = f"— {LOG_ORIGIN} {base64.b64encode(signature).decode()}\n"
    return replace(RECEIPT, checkpoint=f"{body}\n\n{line}")


def test_the_helper_makes_good_checkpoints() -> None:
    assert with_body(BODY) == RECEIPT
    proven(with_body(BODY))


def with_stray_bits(text: str) -> str:
    """Return base64 that a lenient reader takes for the same bytes: its last letter differs in bits not used."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = text.rstrip("=")[-1]
    other = text[: -1 - text.count("=")] + letters[letters.index(last) ^ 1] + "=" * text.count("=")
    assert base64.b64decode(other) == base64.b64decode(text)
    return other


ROOT = BODY.split("\n")[2]
BAD_BODIES = {
    "another origin": BODY.replace(LOG_ORIGIN, "insyn.invalid/other"),
    "an extension line": BODY + "\nextension",
    "no root": BODY.rsplit("\n", 1)[0],
    "no size": f"{LOG_ORIGIN}\n{ROOT}",
    "a leading zero": BODY.replace("\n8\n", "\n08\n"),
    "a plus sign": BODY.replace("\n8\n", "\n+8\n"),
    "a space": BODY.replace("\n8\n", "\n 8\n"),
    "a negative size": BODY.replace("\n8\n", "\n-8\n"),
    "an underscore": BODY.replace("\n8\n", "\n0_8\n"),
    "a full-width digit": BODY.replace("\n8\n", "\n８\n"),
    "a carriage return": BODY.replace("\n8\n", "\n8\r\n"),
    "too large a size": BODY.replace("\n8\n", "\n" + "8" * 17 + "\n"),
    "no entries": BODY.replace("\n8\n", "\n0\n"),
    "a larger size": BODY.replace("\n8\n", "\n9\n"),
    "another root": BODY.replace(ROOT, base64.b64encode(bytes(32)).decode()),
    "a root of 31 bytes": BODY.replace(ROOT, base64.b64encode(bytes(31)).decode()),
    "a root of 33 bytes": BODY.replace(ROOT, base64.b64encode(bytes(33)).decode()),
    "a root that is not base64": BODY.replace(ROOT, "!" * 44),
    "a root outside ASCII": BODY.replace(ROOT, "å" * 44),
    "a root with stray bits": BODY.replace(ROOT, with_stray_bits(ROOT)),
    "a root without padding": BODY.rstrip("="),
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES)
def test_a_signed_checkpoint_of_another_shape_is_refused(body: str) -> None:
    with pytest.raises(ReceiptRefused):
        proven(with_body(body))


def a_line(key: SigningKey, *, name: str = LOG_ORIGIN, signed: str = BODY) -> str:
    signature = log_key_id(name, key.public) + key.private.sign(signed.encode() + b"\n")
    return f"— {name} {base64.b64encode(signature).decode()}\n"


GOOD = a_line(SITE_KEYS.log)
WITNESS = a_line(a_signing_key("witness"), name="witness.invalid")
BAD_SIGNATURES = {
    "none": "",
    "no final newline": GOOD[:-1],
    "an empty line": GOOD + "\n",
    "an empty line in front": "\n" + GOOD,
    "another key": a_line(a_signing_key("stranger")),
    "another name": GOOD.replace(LOG_ORIGIN, "insyn.invalid/other"),
    "a witness alone": WITNESS,
    "another text": a_line(SITE_KEYS.log, signed=BODY + " "),
    "a hyphen for the dash": GOOD.replace("—", "-"),
    "no dash": GOOD[2:],
    "no name": "—  " + GOOD.rsplit(" ", 1)[1],
    "no signature": f"— {LOG_ORIGIN}\n",
    "an empty signature": f"— {LOG_ORIGIN} \n",
    "a name with a space": GOOD.replace(LOG_ORIGIN, "insyn invalid"),
    "stray bits": GOOD.rsplit(" ", 1)[0] + " " + with_stray_bits(GOOD.rsplit(" ", 1)[1].strip()) + "\n",
    "not base64": f"— {LOG_ORIGIN} !!!!\n",
    "a signature cut short": f"— {LOG_ORIGIN} " + base64.b64encode(log_key_id(LOG_ORIGIN, LOG_KEY)).decode() + "\n",
    "a good one and a wrong one of the same key": GOOD + a_line(SITE_KEYS.log, signed=BODY + " "),
    "a wrong one and a good one of the same key": a_line(SITE_KEYS.log, signed=BODY + " ") + GOOD,
    "a good one and one without a name": GOOD + "—  AAAAAAAA\n",
    "a good one and one without a signature": GOOD + "— witness.invalid \n",
    "a good one and one without a dash": GOOD + "- witness.invalid AAAAAAAA\n",
    "a good one and one that is not base64": GOOD + "— witness.invalid !!!!\n",
    "more than a hundred": WITNESS * 100 + GOOD,
    "a line that is none": GOOD + "hello\n",
}


@pytest.mark.parametrize("lines", BAD_SIGNATURES.values(), ids=BAD_SIGNATURES)
def test_a_checkpoint_without_the_good_signature_of_the_log_is_refused(lines: str) -> None:
    with pytest.raises(ReceiptRefused):
        proven(replace(RECEIPT, checkpoint=f"{BODY}\n\n{lines}"))


@pytest.mark.parametrize("lines", [GOOD, WITNESS + GOOD, GOOD + WITNESS, WITNESS * 99 + GOOD, GOOD + GOOD])
def test_signatures_of_unknown_keys_are_ignored(lines: str) -> None:
    proven(replace(RECEIPT, checkpoint=f"{BODY}\n\n{lines}"))


def test_a_log_is_its_origin_and_its_key() -> None:
    stranger = a_signing_key("stranger").public
    for wrong in ({"origin": "insyn.invalid/other"}, {"log_key": stranger}, {"log_key": b""}, {"origin": ""}):
        with pytest.raises(ReceiptRefused):
            proven(RECEIPT, **wrong)  # type: ignore[arg-type]  # each names one of the two


def test_a_pinned_log_key_that_is_none_verifies_nothing() -> None:
    short = LOG_KEY[:31]
    signature = log_key_id(LOG_ORIGIN, short) + bytes(64)
    lines = f"— {LOG_ORIGIN} {base64.b64encode(signature).decode()}\n"
    with pytest.raises(ReceiptRefused, match="wrong"):
        proven(replace(RECEIPT, checkpoint=f"{BODY}\n\n{lines}"), log_key=short)


def test_one_checkpoint_does_not_pass_for_another_tree() -> None:
    smaller = a_receipt(SITE_KEYS, {"e": "candidate.view"}, size=7)
    with pytest.raises(ReceiptRefused):
        proven(replace(RECEIPT, checkpoint=smaller.checkpoint))


def test_an_empty_log_proves_nothing() -> None:
    empty = a_checkpoint(SITE_KEYS, 0, hashlib.sha256().digest())
    with pytest.raises(ReceiptRefused, match="outside"):
        proven(replace(RECEIPT, index=0, proof=(), checkpoint=empty))


def test_all_refusals_are_of_one_family() -> None:
    assert all(issubclass(kind, ContractError) for kind in (Malformed, ReceiptRefused, SealRefused, SignatureRefused))
