"""What is written is read back, and what is read was written so: in every format, one value has one spelling."""

import contextlib

from hypothesis import example, given, settings
from hypothesis import strategies as st

from contracts.signature import SigningKey
from governance.adapters.signatures import ed25519_verifies
from governance.audit.add_checkpoint import format_request, parse_request
from governance.audit.checkpoint import open_checkpoint, parse_body
from governance.audit.errors import LogError, NoteRefused, PolicyRefused, ProofRefused, RequestRefused, TileRefused
from governance.audit.note import (
    COSIGNATURE_ED25519,
    ED25519,
    Note,
    NoteSignature,
    VerifierKey,
    format_note,
    parse_note,
)
from governance.audit.policy import Group, KnownLog, Policy, Witness, parse_policy
from governance.audit.proof import LogProof, format_proof, parse_proof
from governance.audit.tiles import (
    ENTRIES,
    MAX_INDEX,
    Tile,
    entry_bundle,
    parse_entry_bundle,
    parse_tile_path,
    tile_path,
    tiles_of,
)
from tests.builders_tiles import LOG_KEY, ORIGIN, numbered, tiled_log

LOG = tiled_log(numbered(5))
KEYS = [SigningKey.from_seed(bytes([number]) * 32).public for number in range(1, 9)]
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
HASHES = st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple)
INDICES = st.integers(min_value=0, max_value=10**16 - 1)


@st.composite
def tiles(draw: st.DrawFn) -> Tile:
    return Tile(
        draw(st.integers(min_value=ENTRIES, max_value=63)),
        draw(st.integers(min_value=0, max_value=MAX_INDEX)),
        draw(st.integers(min_value=1, max_value=256)),
    )


@given(tiles())
def test_a_tile_has_one_path(tile: Tile) -> None:
    assert parse_tile_path(tile_path(tile)) == tile


@given(st.from_regex(r"tile/(entries|[0-9]{1,3})/(x?[0-9]{3,4}/){0,7}x?[0-9]{3}(\.p/[0-9]{1,3})?", fullmatch=True))
@example("tile/0/x000/x001/002")
def test_whatever_is_read_as_a_path_is_written_so(path: str) -> None:
    try:
        tile = parse_tile_path(path)
    except TileRefused:
        return
    assert tile_path(tile) == path


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256).map(tuple), st.data())
def test_a_bundle_is_read_back_and_never_otherwise(entries: tuple[bytes, ...], data: st.DataObject) -> None:
    bundle = entry_bundle(entries)
    assert parse_entry_bundle(bundle, width=len(entries)) == entries
    place = data.draw(st.integers(min_value=0, max_value=len(bundle) - 1))
    changed = bundle[:place] + bytes([bundle[place] ^ data.draw(st.integers(min_value=1, max_value=255))])
    with contextlib.suppress(TileRefused):
        assert parse_entry_bundle(changed + bundle[place + 1 :], width=len(entries)) != entries


@given(st.integers(min_value=0, max_value=10**9), st.integers(min_value=0, max_value=2000))
def test_growing_writes_each_tile_that_the_larger_tree_has_and_the_smaller_had_not(since: int, more: int) -> None:
    old = set() if since > 10**6 else set(tiles_of(since))
    new = list(tiles_of(since + more, since=since))
    assert len(set(new)) == len(new)
    assert not old & set(new)
    if since <= 10**6:
        assert old | set(new) >= set(tiles_of(since + more))


@given(NAMES, st.sampled_from(KEYS), st.sampled_from([ED25519, COSIGNATURE_ED25519]))
def test_a_verifier_key_has_one_spelling(name: str, public: bytes, algorithm: int) -> None:
    try:
        key = VerifierKey(name=name, algorithm=algorithm, public_key=public)
    except NoteRefused:
        assert any(character.isspace() or character < " " for character in name) or "+" in name
        return
    assert VerifierKey.parse(key.text) == key


@given(
    st.text(max_size=60),
    st.lists(st.tuples(NAMES, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=80)), max_size=20),
)
def test_a_note_that_can_be_written_is_read_back(text: str, lines: list[tuple[str, bytes, bytes]]) -> None:
    signatures = tuple(NoteSignature(name=name, key_id=key, signature=value) for name, key, value in lines)
    note = Note(text=text + "\n", signatures=signatures)
    try:
        written = format_note(note)
    except NoteRefused:
        return
    assert parse_note(written) == note
    assert parse_note(written.encode()) == note


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_no_input_breaks_a_parser_in_another_way_than_refusal(text: str | bytes) -> None:
    for parse, refusal in ((parse_note, NoteRefused), (parse_proof, ProofRefused), (parse_policy, PolicyRefused)):
        with contextlib.suppress(refusal):
            parse(text)
    if isinstance(text, bytes):
        with contextlib.suppress(RequestRefused):
            parse_request(text)
    else:
        for read in (parse_body, VerifierKey.parse, parse_tile_path):
            with contextlib.suppress(LogError):
                read(text)


@settings(max_examples=300)
@given(place=st.integers(min_value=0), data=st.data())
def test_one_changed_character_of_a_checkpoint_is_refused_by_the_log_itself(place: int, data: st.DataObject) -> None:
    note = LOG.note
    place %= len(note)
    other = data.draw(st.characters(codec="utf-8").filter(lambda character: character != note[place]))
    changed = note[:place] + other + note[place + 1 :]
    try:
        open_checkpoint(changed, origin=ORIGIN, public_key=LOG_KEY.public, verify=ed25519_verifies)
    except LogError:
        return
    raise AssertionError(changed)


@given(INDICES, HASHES, st.none() | st.binary(min_size=1, max_size=50))
def test_a_proof_is_read_back(index: int, hashes: tuple[bytes, ...], extra: bytes | None) -> None:
    proof = LogProof(index=index, hashes=hashes, checkpoint=LOG.note, extra=extra)
    assert parse_proof(format_proof(proof)) == proof


@given(INDICES, HASHES)
def test_a_request_is_read_back(old: int, hashes: tuple[bytes, ...]) -> None:
    request = parse_request(format_request(old, hashes, LOG.note))
    assert (request.old, request.proof, request.note) == (old, hashes, LOG.note)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Draw a policy: some witnesses, gathered into groups of which each member is used once."""
    count = draw(st.integers(min_value=0, max_value=6))
    witnesses = tuple(
        Witness(
            name=f"w{n}",
            key=VerifierKey(name=f"w{n}.example", algorithm=COSIGNATURE_ED25519, public_key=KEYS[n]),
            url=draw(st.sampled_from([None, f"https://w{n}.example/"])),
        )
        for n in range(count)
    )
    free, groups = [witness.name for witness in witnesses], []
    while free and draw(st.booleans()):
        members = tuple(draw(st.lists(st.sampled_from(free), min_size=1, unique=True)))
        group = Group(
            name=f"g{len(groups)}",
            threshold=draw(st.integers(min_value=1, max_value=len(members))),
            members=members,
        )
        groups.append(group)
        free = [name for name in free if name not in members] + [group.name]
    log = KnownLog(key=VerifierKey(name=ORIGIN, algorithm=ED25519, public_key=LOG_KEY.public))
    defined = [*(witness.name for witness in witnesses), *(group.name for group in groups), "none"]
    return Policy(
        logs=(log,) if draw(st.booleans()) else (),
        witnesses=witnesses,
        groups=tuple(groups),
        quorum=draw(st.sampled_from(defined)),
    )


@given(policies())
def test_a_policy_is_read_back(policy: Policy) -> None:
    assert parse_policy(policy.to_text()) == policy


@given(policies(), st.data())
def test_more_cosignatures_never_satisfy_less_and_none_satisfy_only_none(policy: Policy, data: st.DataObject) -> None:
    every = [witness.name for witness in policy.witnesses]
    some = data.draw(st.lists(st.sampled_from(every), unique=True)) if every else []
    assert policy.is_satisfied([]) == (policy.quorum == "none")
    assert policy.is_satisfied(every)
    assert not policy.is_satisfied(some) or policy.is_satisfied([*some, *every])
    assert policy.is_satisfied(some) == _by_recursion(policy, policy.quorum, set(some))


def _by_recursion(policy: Policy, name: str, spoke: set[str]) -> bool:
    """Evaluate the quorum top-down, as the specification explains it."""
    if name == "none":
        return True
    for group in policy.groups:
        if group.name == name:
            return sum(_by_recursion(policy, member, spoke) for member in group.members) >= group.threshold
    return name in spoke
