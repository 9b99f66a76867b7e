"""What holds for every leaf, every canonical value and every sealed payload."""

import json
import string

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from governance.adapters.compartment_sealer import open_box, padded, seal
from governance.audit.base64_strict import encode64
from governance.audit.canonical import canonical, parse_canonical
from governance.audit.errors import BoxRefused, LogError
from governance.audit.leaf import Compartment, KeyRef, Leaf
from governance.audit.vault_keys import LOG_CLASSES, OBJECT_CLASSES

HASHES = st.binary(min_size=32, max_size=32)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_canonical_json_is_that_of_another_implementation_and_is_read_back(value: object) -> None:
    data = canonical(value)
    assert data == rfc8785.dumps(value)  # type: ignore[arg-type]
    assert parse_canonical(data) == value


@given(st.binary(max_size=60) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_bytes_are_read_as_canonical_only_if_they_are_what_is_written(data: bytes) -> None:
    try:
        value = parse_canonical(data)
    except LogError:
        return
    assert canonical(value) == data


@st.composite
def keys(draw: st.DrawFn, classes: frozenset[str]) -> KeyRef:
    return KeyRef(
        data_class=draw(st.sampled_from(sorted(classes))),
        day=draw(st.integers(0, 2_932_896)),
        number=draw(st.integers(0, 2**32 - 1)),
    )


@st.composite
def leaves(draw: st.DrawFn) -> Leaf:
    groups = draw(st.sets(st.sampled_from(["context", "operator", "subject"])))
    objects = draw(st.sets(keys(OBJECT_CLASSES), max_size=4))
    named = [(group, draw(keys(LOG_CLASSES))) for group in groups] + [("object", key) for key in objects]
    compartments = [
        Compartment(group=group, key=key, commitment=draw(HASHES), box_sha256=draw(HASHES)) for group, key in named
    ]
    adds = draw(st.sets(HASHES.map(encode64), min_size=1, max_size=5))
    whole_body = {"adds": sorted(adds), "settled": draw(st.integers(0, 2**53 - 1)), "allowed": draw(st.booleans())}
    return Leaf(
        event=draw(st.from_regex(r"[a-z]{1,9}(-[a-z]{1,9})?\.[a-z]{1,9}", fullmatch=True)),
        src=draw(st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=64)),
        sn=draw(st.integers(1, 2**53 - 1)),
        time_ms=draw(st.integers(0, 253_402_300_799_999)),
        body={key: whole_body[key] for key in draw(st.sets(st.sampled_from(sorted(whole_body))))},
        compartments=tuple(sorted(compartments, key=Compartment.order)),
    )


@given(leaves())
def test_every_leaf_is_canonical_and_is_read_back(leaf: Leaf) -> None:
    data = leaf.to_bytes()
    assert data == rfc8785.dumps(json.loads(data))
    assert Leaf.from_bytes(data) == leaf


@given(leaves(), st.data())
def test_no_other_bytes_are_read_as_the_same_leaf(leaf: Leaf, data: st.DataObject) -> None:
    right = bytearray(leaf.to_bytes())
    place = data.draw(st.integers(0, len(right) - 1))
    right[place] ^= 1 << data.draw(st.integers(0, 7))
    try:
        other = Leaf.from_bytes(bytes(right))
    except LogError:
        return
    assert other.to_bytes() == bytes(right)
    assert other != leaf


@given(st.binary(max_size=700), st.binary(max_size=90), st.binary(min_size=32, max_size=32))
def test_what_was_sealed_opens_and_its_length_shows_in_steps_of_256(payload: bytes, context: bytes, dek: bytes) -> None:
    sealed = seal(dek, context, payload)
    assert open_box(dek, context, sealed.commitment, sealed.box) == payload
    assert (len(sealed.box) - 12 - 16) % 256 == 0
    assert len(padded(payload)) - len(payload) - 4 < 256


@given(st.binary(max_size=300), st.data())
def test_any_flipped_bit_in_box_commitment_context_or_key_refuses(payload: bytes, data: st.DataObject) -> None:
    dek, context = b"\x07" * 32, b"candidate.view\x00subject\x00governance\x00" + bytes(8)
    sealed = seal(dek, context, payload)
    parts = {"box": sealed.box, "commitment": sealed.commitment, "context": context, "dek": dek}
    which = data.draw(st.sampled_from(sorted(parts)))
    bent = bytearray(parts[which])
    bent[data.draw(st.integers(0, len(bent) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    parts[which] = bytes(bent)
    with pytest.raises(BoxRefused):
        open_box(parts["dek"], parts["context"], parts["commitment"], parts["box"])


@given(st.binary(max_size=300), st.binary(max_size=300), st.binary(max_size=40), st.binary(max_size=40))
def test_two_payloads_or_two_contexts_have_two_commitments(one: bytes, other: bytes, here: bytes, there: bytes) -> None:
    dek = b"\x07" * 32
    same = seal(dek, here, one).commitment == seal(dek, there, other).commitment
    assert same is ((one, here) == (other, there))
