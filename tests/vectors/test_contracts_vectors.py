"""Known answers from outside: RFC 8785, RFC 8032, RFC 6962, C2SP signed notes, and logs that others run."""

import base64
import hashlib
import json
import struct
from pathlib import Path
from typing import Any

import pytest

from contracts.canonical import decode, encode
from contracts.errors import Malformed, ReceiptRefused
from contracts.receipt import LogReceipt, _open_checkpoint, _parent, _root_from, log_key_id, verify_receipt
from contracts.signature import SigningKey
from tests.builders_contracts import a_signing_key

# RFC 8785, 3.2.2 and 3.2.4: the sample object and its canonical form.
SAMPLE = r"""{
  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
  "literals": [null, true, false]
}"""
SAMPLE_CANONICAL = (
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
    '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
)

# RFC 8785, appendix B: IEEE 754 doubles and their spelling.
NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}


def test_the_sample_of_rfc_8785_has_its_canonical_form() -> None:
    assert encode(json.loads(SAMPLE)) == SAMPLE_CANONICAL.encode()
    assert decode(SAMPLE_CANONICAL.encode()) == json.loads(SAMPLE)
    with pytest.raises(Malformed):
        decode(SAMPLE.encode())


@pytest.mark.parametrize(("double", "spelling"), NUMBERS.items())
def test_the_numbers_of_rfc_8785_have_their_spelling(double: str, spelling: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(double))
    assert encode(number) == spelling.encode()


@pytest.mark.parametrize("double", ["7fffffffffffffff", "7ff0000000000000", "fff0000000000000"])
def test_what_is_no_number_in_rfc_8785_is_refused(double: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(double))
    with pytest.raises(Malformed):
        encode(number)


def test_keys_are_sorted_as_rfc_8785_sorts_them() -> None:
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    written = json.loads(encode(dict.fromkeys(keys, 0)))
    assert list(written) == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


# RFC 8032, 7.1: seed, public key, message, signature.
ED25519 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe"
            "24655141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302a"
            "eeb00d291612bb0c00"
        ),
    ),
]


@pytest.mark.parametrize(("seed", "public", "message", "signature"), ED25519)
def test_signing_keys_are_those_of_rfc_8032(seed: str, public: str, message: str, signature: str) -> None:
    key = SigningKey.from_seed(bytes.fromhex(seed))
    assert key.public.hex() == public
    assert key.private.sign(bytes.fromhex(message)).hex() == signature


def test_the_note_of_the_go_checksum_database_names_its_key_as_we_do() -> None:
    # The verifier key of sum.golang.org, as Go's own source pins it: name, key id, type and public key.
    name, short, rest = ["sum.golang.org", "033de0ae", "Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"]
    assert log_key_id(name, base64.b64decode(rest)[1:]).hex() == short


# From here on, the vectors of the test data.


@pytest.fixture(scope="module")
def vectors(test_data: Path) -> Any:
    return json.loads((test_data / "vectors" / "tlog_vectors.json").read_text(encoding="utf-8"))


def plain_base64(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def a_verifier(vkey: str) -> tuple[str, bytes]:
    """Return name and public key of a C2SP verifier key, its key id checked."""
    name, short, rest = vkey.split("+", 2)
    public = base64.b64decode(rest)[1:]
    assert log_key_id(name, public).hex() == short
    return name, public


def test_leaves_and_nodes_are_hashed_as_rfc_6962_hashes_them(vectors: Any) -> None:
    for case in vectors["rfc6962_hashing"]["cases"]:
        if case["kind"] == "node":
            assert _parent(bytes.fromhex(case["left"]), bytes.fromhex(case["right"])).hex() == case["want"]
        if case["kind"] == "leaf":
            leaf = bytes.fromhex(case["input"])
            receipt = a_signed_receipt(leaf, index=0, size=1, root=bytes.fromhex(case["want"]), proof=())
            assert verify_receipt(receipt, origin="Log", log_key=LOG.public) == leaf


LOG = a_signing_key("log")


def a_signed_receipt(leaf: bytes, *, index: int, size: int, root: bytes, proof: tuple[bytes, ...]) -> LogReceipt:
    body = f"Log\n{size}\n{base64.b64encode(root).decode()}\n"
    return LogReceipt(index=index, leaf=leaf, proof=proof, checkpoint=a_note(body))


def a_note(body: str) -> str:
    """Sign a note's body, which ends with a newline, as the log named `Log`."""
    signature = log_key_id("Log", LOG.public) + LOG.private.sign(body.encode())
    return f"{body}\n— Log {base64.b64encode(signature).decode()}\n"


def test_every_leaf_of_every_tree_up_to_eight_is_proven(vectors: Any) -> None:
    leaves = [bytes.fromhex(leaf) for leaf in vectors["tree8"]["leaf_inputs"]]
    roots = [bytes.fromhex(root) for root in vectors["tree8"]["roots_by_size"]]
    cases = vectors["tree8_all_inclusion_proofs"]["cases"]
    assert len(cases) == 36
    for case in cases:
        proof = tuple(bytes.fromhex(node) for node in case["proof"])
        index, size = case["index"], case["size"]
        receipt = a_signed_receipt(leaves[index], index=index, size=size, root=roots[size], proof=proof)
        assert verify_receipt(receipt, origin="Log", log_key=LOG.public) == leaves[index]


def leads_to(case: Any) -> bool:
    proof = tuple(plain_base64(node) for node in case["proof"] or [])
    try:
        found = _root_from(plain_base64(case["leafHash"]), case["leafIdx"], case["treeSize"], proof)
    except ReceiptRefused:
        return False
    root = plain_base64(case["root"])
    return len(root) == 32 and found == root  # `_open_checkpoint` lets no other root through


def test_proofs_are_believed_exactly_when_others_believe_them(vectors: Any) -> None:
    cases = vectors["upstream_inclusion_probes_b64"]["cases"]
    assert len(cases) == 98
    wrong = [case["file"] for case in cases if leads_to(case) is case["wantErr"]]
    assert wrong == []


def test_a_key_is_named_as_a_signed_note_names_it(vectors: Any) -> None:
    case = vectors["note_key_id"]
    seed = base64.b64decode(case["ed25519_pkcs8_b64"])[-32:]
    public = SigningKey.from_seed(seed).public
    assert int.from_bytes(log_key_id(case["name"], public), "big") == case["want_key_id_uint32"]
    for vkey in vectors["signed_note"]["vkey_ok"]:
        a_verifier(vkey)


def test_checkpoints_that_others_refuse_are_refused(vectors: Any) -> None:
    good = "Log\n5\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    assert _open_checkpoint(a_note(good), "Log", LOG.public) == (5, hashlib.sha256().digest())
    texts = vectors["checkpoint_body"]["fail_text"]
    assert len(texts) == 13
    for text in texts:
        with pytest.raises(ReceiptRefused):
            _open_checkpoint(a_note(text), "Log", LOG.public)


def test_the_checkpoints_of_a_whole_log_are_read(vectors: Any) -> None:
    golden = vectors["golden_log"]
    origin, public = a_verifier(golden["vkey"])
    assert origin == golden["origin"]
    for size, note in golden["checkpoints_text"].items():
        read, root = _open_checkpoint(note, origin, public)
        assert read == int(size)
        assert base64.b64encode(root).decode() == note.split("\n")[2]


def test_the_entries_of_a_log_are_proven_by_its_own_proofs(vectors: Any) -> None:
    origin, public = a_verifier(vectors["golden_log"]["vkey"])
    for case in vectors["golden_tlog_proofs"]["cases"]:
        head, _, checkpoint = case["proof_file_text"].partition("\n\n")
        proof = tuple(base64.b64decode(node) for node in head.split("\n")[2:])
        entry = case["entry_text"].encode()
        receipt = LogReceipt(index=case["index"], leaf=entry, proof=proof, checkpoint=checkpoint)
        assert verify_receipt(receipt, origin=origin, log_key=public) == entry


def test_an_entry_of_a_log_that_others_run_is_proven(vectors: Any) -> None:
    case = vectors["rekor_v2_real"]
    origin = case["checkpoint_text"].split("\n")[0]
    public = base64.b64decode(case["ed25519_spki_b64"])[-32:]
    assert log_key_id(origin, public) == base64.b64decode(case["key_id_full_b64"])[:4]
    receipt = LogReceipt(
        index=case["index"],
        leaf=base64.b64decode(case["entry_b64"]),
        proof=tuple(base64.b64decode(node) for node in case["proof_b64"]),
        checkpoint=case["checkpoint_text"],
    )
    assert verify_receipt(receipt, origin=origin, log_key=public) == receipt.leaf
    with pytest.raises(ReceiptRefused):
        verify_receipt(receipt, origin=origin, log_key=LOG.public)
