"""Known answers from outside for the log's formats: Go's notes, Tessera's tiles, C2SP's cosignatures and proofs."""

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from governance.adapters.signatures import ed25519_verifies, ml_dsa_44_verifies
from governance.audit.accepted import accept
from governance.audit.add_checkpoint import AddCheckpoint, format_request, parse_request
from governance.audit.checkpoint import Checkpoint, open_checkpoint, parse_body, verified_checkpoint
from governance.audit.cosignature import (
    Cosignature,
    Verifiers,
    cosign,
    split_time,
    subtree_message,
    verified_cosignatures,
)
from governance.audit.errors import CheckpointRefused, LogError, NoteRefused, ProofRefused, TileRefused
from governance.audit.merkle import (
    EMPTY,
    EMPTY_ROOT,
    Nodes,
    consistency_proof,
    inclusion_proof,
    leaf_hashes,
    range_root,
    root_of,
    tree_root,
)
from governance.audit.note import (
    COSIGNATURE_ED25519,
    COSIGNATURE_ML_DSA_44,
    ED25519,
    Note,
    NoteSignature,
    VerifierKey,
    format_note,
    parse_note,
    parse_signature_lines,
)
from governance.audit.policy import parse_policy
from governance.audit.proof import LogProof, format_proof, parse_proof
from governance.audit.tile_reading import TreeOfTiles
from governance.audit.tiles import (
    ENTRIES,
    WIDTH,
    Tile,
    entry_bundle,
    parse_tile_path,
    tile_content,
    tiles_at,
    tiles_of,
)
from governance.audit.verify import verify_consistency, verify_hash_inclusion, verify_inclusion
from tests.builders_tiles import TiledLog, flipped, numbered, tiled_log


@pytest.fixture(scope="module")
def vectors(test_data: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((test_data / "vectors" / "tlog_vectors.json").read_text())
    return loaded


def private_of(skey: str) -> Ed25519PrivateKey:
    """Read the signer's key as Go's note package writes it: five parts, the last of algorithm and seed."""
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(skey.split("+", 4)[4])[1:])


def raw_note(case: dict[str, Any]) -> bytes | str:
    if "note_b64" in case:
        return base64.b64decode(case["note_b64"])
    text: str = case["note_text"]
    return text


def signers_of(note: bytes | str, vkeys: list[str]) -> list[str]:
    """Open a note as signed-note says, for these keys: a bad signature of one refuses it, and so does none at all."""
    parsed, found = parse_note(note), []
    for key in map(VerifierKey.parse, vkeys):
        for signature in parsed.signatures_of(key):
            if not ed25519_verifies(key.public_key, signature, parsed.text.encode()):
                raise NoteRefused("wrong")
            found.append(key.name)
    if not found:
        raise NoteRefused("unsigned")
    return found


def test_notes_are_signed_byte_for_byte_as_go_signs_them(vectors: dict[str, Any]) -> None:
    for case in vectors["signed_note"]["sign"]:
        key = VerifierKey.parse(case["vkey"])
        seed = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(case["seed"])) if "seed" in case else None
        private = seed or private_of(case["skey"])
        assert (
            VerifierKey(name=key.name, algorithm=ED25519, public_key=private.public_key().public_bytes_raw()).text
            == (case["vkey"])
        )
        line = NoteSignature(name=key.name, key_id=key.id, signature=private.sign(case["text"].encode()))
        assert format_note(Note(text=case["text"], signatures=(line,))) == case["want_note_text"]


def test_notes_that_go_opens_are_opened_and_the_others_refused(vectors: dict[str, Any]) -> None:
    for case in vectors["signed_note"]["open_ok"]:
        assert signers_of(raw_note(case), case["vkeys"]) == case["verified"]
    for case in vectors["signed_note"]["open_fail"]:
        with pytest.raises(NoteRefused):
            signers_of(raw_note(case), case["vkeys"])


def test_verifier_keys_that_go_takes_are_taken_and_the_others_refused(vectors: dict[str, Any]) -> None:
    for text in [*vectors["signed_note"]["vkey_ok"], *vectors["cosigv1_vkey_real"]["vkeys"]]:
        assert VerifierKey.parse(text).text == text
    for text in vectors["signed_note"]["vkey_fail"]:
        with pytest.raises(NoteRefused):
            VerifierKey.parse(text)
    real = VerifierKey.parse(vectors["cosigv1_vkey_real"]["vkeys"][0])
    assert real.algorithm == COSIGNATURE_ED25519


def test_a_verifier_key_changed_in_any_one_character_is_refused(vectors: dict[str, Any]) -> None:
    text = vectors["signed_note"]["vkey_ok"][0]
    for place in range(len(text)):
        changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
        with pytest.raises(NoteRefused):
            VerifierKey.parse(changed)


def test_tile_paths_are_those_of_the_reference(vectors: dict[str, Any]) -> None:
    for case in vectors["tile_paths"]["format"]:
        level = ENTRIES if case["level"] == "entries" else case["level"]
        tile = Tile(level, case["index"], case["width"] or WIDTH)
        assert tile.path == case["want"]
        assert parse_tile_path(case["want"]) == tile
    for level, index, *want in vectors["tile_paths"]["parse_ok"]:
        assert parse_tile_path(f"tile/{level}/{index}") == Tile(want[0], want[1], want[2] or WIDTH)
    for level, index in vectors["tile_paths"]["parse_fail"]:
        with pytest.raises(TileRefused):
            parse_tile_path(f"tile/{level}/{index}")


def test_trees_have_the_tiles_of_the_worked_examples(vectors: dict[str, Any]) -> None:
    for case in vectors["tile_paths"]["coverage"]:
        for level in range(3):
            want = (case.get(f"level{level}_full", 0), case.get(f"level{level}_partial", 0))
            assert tiles_at(level, case["size"]) == want
            found = [tile for tile in tiles_of(case["size"]) if tile.level == level]
            assert (sum(tile.is_full for tile in found), sum(tile.width for tile in found if not tile.is_full)) == want


def nodes_over(leaves: list[bytes]) -> Nodes:
    rows = EMPTY.extend(leaf_hashes(leaves)).rows
    return lambda level, position: rows[level].hashes[position]


def test_every_tile_and_bundle_of_the_golden_log_is_reproduced(vectors: dict[str, Any]) -> None:
    golden = vectors["golden_log"]
    entries = [entry.encode() for entry in golden["entries_text"]]
    nodes, made = nodes_over(entries), {}
    for size in range(1, len(entries) + 1):
        for tile in tiles_of(size, since=size - 1):
            is_bundle = tile.level == ENTRIES
            made[tile.path] = entry_bundle(entries[: tile.width]) if is_bundle else tile_content(nodes, tile)
    assert made == {path: base64.b64decode(content) for path, content in golden["files_b64"].items()}


def test_the_golden_log_is_read_from_its_files_under_every_checkpoint(vectors: dict[str, Any]) -> None:
    golden = vectors["golden_log"]
    files = {path: base64.b64decode(content) for path, content in golden["files_b64"].items()}
    policy = parse_policy(f"log {golden['vkey']}\nquorum none\n")
    for size, note in golden["checkpoints_text"].items():
        head = accept(note, policy=policy, verify=Verifiers(ed25519=ed25519_verifies)).checkpoint
        tree = TreeOfTiles(files.get, size=head.size, root=head.root)
        read = [entry.decode() for bundle in tree.bundles() for entry in bundle.entries]
        assert read == golden["entries_text"][: int(size)]


def test_proofs_have_the_text_of_the_reference(vectors: dict[str, Any]) -> None:
    for case in vectors["tlog_proof_format"]["marshal"]:
        extra = None if case["extra_text"] is None else case["extra_text"].encode()
        hashes = tuple(map(bytes.fromhex, case["hashes"]))
        proof = LogProof(index=case["index"], hashes=hashes, checkpoint=case["checkpoint_text"], extra=extra)
        assert format_proof(proof) == case["want_text"]
        assert parse_proof(case["want_text"]) == proof
    for text in vectors["tlog_proof_format"]["fail_text"]:
        with pytest.raises(ProofRefused):
            parse_proof(text)


def test_proofs_over_the_golden_log_are_reproduced_and_verify(vectors: dict[str, Any]) -> None:
    golden = vectors["golden_log"]
    nodes = nodes_over([entry.encode() for entry in golden["entries_text"]])
    key = VerifierKey.parse(golden["vkey"])
    for case in vectors["golden_tlog_proofs"]["cases"]:
        hashes = inclusion_proof(nodes, index=case["index"], size=15)
        made = LogProof(index=case["index"], hashes=hashes, checkpoint=golden["checkpoints_text"]["15"])
        assert format_proof(made) == case["proof_file_text"]
        proof = parse_proof(case["proof_file_text"])
        head = open_checkpoint(proof.checkpoint, origin=key.name, public_key=key.public_key, verify=ed25519_verifies)
        verify_inclusion(
            leaf=case["entry_text"].encode(), index=proof.index, size=head.size, proof=proof.hashes, root=head.root
        )


def test_requests_to_a_witness_are_reproduced(vectors: dict[str, Any]) -> None:
    golden = vectors["golden_log"]
    nodes = nodes_over([entry.encode() for entry in golden["entries_text"]])
    for case in vectors["golden_witness_requests"]["cases"]:
        proof = consistency_proof(nodes, old=case["old"], new=15) if case["old"] else ()
        body = format_request(case["old"], proof, golden["checkpoints_text"]["15"])
        assert body.decode() == case["request_text"]


def judged(request_text: str, state: list[Checkpoint], key: VerifierKey) -> int:
    """Answer one request of the reference session with our parsers and verifiers, in the order of the specification."""
    try:
        request = parse_request(request_text.encode())
        note = parse_note(request.note)
        head = parse_body(note.text)
    except LogError:
        return 400
    if head.origin != key.name:
        return 404
    try:
        verified_checkpoint(note, keys=[key], verify=ed25519_verifies)
    except CheckpointRefused:
        return 403
    return 400 if request.old > head.size else _judged_growth(request, head, state)


def _judged_growth(request: AddCheckpoint, head: Checkpoint, state: list[Checkpoint]) -> int:
    """Compare with what was cosigned last, and take the new checkpoint in its place."""
    last = state[-1] if state else Checkpoint(origin=head.origin, size=0, root=EMPTY_ROOT)
    if request.old != last.size or (head.size == last.size and head.root != last.root):
        return 409
    try:
        verify_consistency(old=last.size, old_root=last.root, new=head.size, new_root=head.root, proof=request.proof)
    except ProofRefused:
        return 422
    state.append(head)
    return 200


def test_the_session_of_the_reference_witness_is_answered_alike(vectors: dict[str, Any]) -> None:
    session = vectors["witness_add_checkpoint_session"]
    public = bytes.fromhex(session["log_ed25519_pub"])
    key = VerifierKey(name=session["log_origin"], algorithm=ED25519, public_key=public)
    state: list[Checkpoint] = []
    for step in session["steps"]:
        answer = judged(step["request_text"], state, key)
        assert answer in {step["status"], *step.get("also_ok", ())}, step["name"]
        if step["status"] == 409:
            assert f"{state[-1].size}\n" == step["body_contains"]
    assert state[-1].size == 5


def test_the_cosignature_of_an_ed25519_witness_is_reproduced_and_heard(vectors: dict[str, Any]) -> None:
    case = vectors["cosignature_v1_ed25519"]
    key = VerifierKey.parse(case["cosig_vkey"])
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(case["seed"]))
    note = parse_note(case["checkpoint_text"])
    assert cosign(note.text, time_s=case["time"], key=key, sign=private.sign) == case["want_line_text"]
    cosigned = parse_note(case["checkpoint_text"] + case["want_line_text"])
    heard = verified_cosignatures(cosigned, {"w": key}, verify=Verifiers(ed25519=ed25519_verifies))
    assert heard == (Cosignature(name="w", time_s=case["time"]),)


def test_the_times_of_cosignatures_are_those_of_the_reference(vectors: dict[str, Any]) -> None:
    for case in vectors["cosignature_timestamp_parse"]["cases"]:
        signature = base64.b64decode(case["sig_b64"])[4:]
        if case["want_time"] is None:
            with pytest.raises(NoteRefused):
                split_time(signature, algorithm=COSIGNATURE_ED25519)
        else:
            assert split_time(signature, algorithm=COSIGNATURE_ED25519)[0] == case["want_time"]


def test_an_ml_dsa_44_cosignature_made_by_another_program_verifies(vectors: dict[str, Any]) -> None:
    case = vectors["cosignature_mldsa44_subtree"]
    key = VerifierKey.parse(case["vkey"])
    assert key.algorithm == COSIGNATURE_ML_DSA_44
    assert key.text == case["vkey"]
    (line,) = parse_signature_lines(case["sig_line_text"])
    assert (line.name, line.key_id) == (key.name, key.id)
    time_s, signature = split_time(line.signature, algorithm=key.algorithm)
    assert time_s == case["timestamp"]
    part = Checkpoint(origin=case["origin"], size=case["end"], root=base64.b64decode(case["root_b64"]))
    message = subtree_message(part, start=case["start"], time_s=time_s, name=key.name)
    assert ml_dsa_44_verifies(key.public_key, signature, message)
    assert not ml_dsa_44_verifies(key.public_key, signature, flipped(message, len(message) - 1))
    assert not ml_dsa_44_verifies(key.public_key, flipped(signature, 100), message)


def test_roots_of_sumdb_come_out_of_hashing_at_once_too(vectors: dict[str, Any]) -> None:
    for size, root in vectors["sumdb_leaf_n_tree"]["roots"].items():
        leaves = [f"leaf {n}".encode() for n in range(int(size))]
        assert EMPTY.extend(leaf_hashes(leaves)).frontier.root == bytes.fromhex(root)
    leaves = [bytes.fromhex(leaf) for leaf in vectors["tree8"]["leaf_inputs"]]
    for size, root in enumerate(vectors["tree8"]["roots_by_size"]):
        assert tree_root(leaves[:size]) == bytes.fromhex(root)


def test_inclusion_in_every_subtree_of_130_leaves_has_the_rolling_hash_of_the_draft(vectors: dict[str, Any]) -> None:
    nodes = nodes_over([bytes([n]) for n in range(130)])
    rolling = hashlib.sha256()
    for end in range(131):
        for start in range(end):
            if start % (1 << (end - start - 1).bit_length()) == 0:
                _add_inclusion_lines(rolling.update, nodes, start, end)
    assert rolling.hexdigest() == vectors["rolling_hash_subtree_vectors"]["subtree_inclusion"]["want"]


def _add_inclusion_lines(add: Callable[[bytes], None], nodes: Nodes, start: int, end: int) -> None:
    """Prove each leaf of the subtree, verify it, and write the line: index, subtree, hashes, a space before each."""
    size = end - start

    def within(level: int, position: int) -> bytes:
        return nodes(level, position + (start >> level))

    for index in range(size):
        proof = inclusion_proof(within, index=index, size=size)
        verify_hash_inclusion(
            leaf_hash=within(0, index), index=index, size=size, proof=proof, root=range_root(nodes, start, end)
        )
        add(f"{start + index} [{start}, {end}){''.join(' ' + value.hex() for value in proof)}\n".encode())


@pytest.fixture(scope="module")
def known_log() -> TiledLog:
    return tiled_log(numbered(70_000))


def test_all_files_of_a_log_of_70000_entries_are_those_that_other_programs_audited(
    vectors: dict[str, Any], known_log: TiledLog
) -> None:
    want = vectors["log_70000"]
    hashes = {path: hashlib.sha256(content).hexdigest() for path, content in known_log.files.items()}
    assert known_log.checkpoint.root.hex() == want["root"]
    assert len(hashes) == want["file_count"]
    assert {path: hashes[path] for path in want["files_sha256"]} == want["files_sha256"]
    lines = "".join(f"{path} {hashes[path]}\n" for path in sorted(hashes))
    assert hashlib.sha256(lines.encode()).hexdigest() == want["all_files_sha256"]


def test_the_log_of_70000_entries_is_read_whole_and_each_forgery_found(
    vectors: dict[str, Any], known_log: TiledLog
) -> None:
    root = bytes.fromhex(vectors["log_70000"]["root"])
    tree = TreeOfTiles(known_log.files.get, size=70_000, root=root)
    assert [entry for bundle in tree.bundles() for entry in bundle.entries] == numbered(70_000)
    assert root_of(tree.node, 70_000) == root
    for case in vectors["log_70000"]["must_detect"]:
        path = case["file"]
        forged = {**known_log.files, path: flipped(known_log.files[path], case["offset"], case["xor"])}
        with pytest.raises(TileRefused, match=path):
            list(TreeOfTiles(forged.get, size=70_000, root=root).bundles())
