"""Known answers for the witness: torchwood's litewitness session, and requests made from Tessera's golden log."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from governance.adapters.signatures import ed25519_verifies
from governance.audit.add_checkpoint import parse_request
from governance.audit.cosignature import Verifiers, verified_cosignatures
from governance.audit.note import ED25519, Note, VerifierKey, parse_note, parse_signature_lines
from governance.witness.service import answer
from governance.witness.state import WitnessFile
from governance.witness.witness import Witness
from tests.builders_witness import SOME_TIME_S

NAME = "example.com/witness"


@pytest.fixture(scope="module")
def vectors(test_data: Path) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = json.loads((test_data / "vectors" / "tlog_vectors.json").read_text())
    return loaded


def made(folder: Path, log: VerifierKey) -> tuple[Witness, VerifierKey]:
    file = WitnessFile(folder)
    key = file.create(NAME).verifier
    return Witness(file, {log.name: (log,)}, now_s=lambda: SOME_TIME_S), key


def posted(witness: Witness, request: str) -> tuple[int, str, str]:
    """Return status, body and media type of the answer."""
    response = answer(witness, request.encode())
    return response.status_code, bytes(response.body).decode(), response.headers["Content-Type"]


def test_the_session_of_the_first_witness_is_answered_as_it_answers(vectors: Mapping[str, Any], tmp_path: Path) -> None:
    session = vectors["witness_add_checkpoint_session"]
    log = VerifierKey(
        name=session["log_origin"], algorithm=ED25519, public_key=bytes.fromhex(session["log_ed25519_pub"])
    )
    witness, key = made(tmp_path, log)
    assert len(session["steps"]) == 11
    for step in session["steps"]:
        status, text, media_type = posted(witness, step["request_text"])
        assert status in {step["status"], *step.get("also_ok", ())}, step["name"]
        if status == 409:
            assert (text, media_type) == (step["body_contains"], "text/x.tlog.size")
        if status == 200:
            assert step["body_contains"] in text
            note = parse_note(parse_request(step["request_text"].encode()).note)
            cosigned = Note(text=note.text, signatures=parse_signature_lines(text))
            (said,) = verified_cosignatures(cosigned, {"w": key}, verify=Verifiers(ed25519=ed25519_verifies))
            assert said.time_s == SOME_TIME_S


def test_the_golden_log_is_cosigned_from_each_of_its_sizes(vectors: Mapping[str, Any], tmp_path: Path) -> None:
    golden = vectors["golden_log"]
    log = VerifierKey.parse(golden["vkey"])
    requests = {case["old"]: case["request_text"] for case in vectors["golden_witness_requests"]["cases"]}
    notes = golden["checkpoints_text"]
    assert set(requests) == {0, 1, 5, 8, 14, 15}
    for old, request in requests.items():
        witness, _ = made(tmp_path / str(old), log)
        if old:
            assert posted(witness, f"old 0\n\n{notes[str(old)]}")[0] == 200
        status, text, _ = posted(witness, request)
        assert status == 200, old
        assert text.startswith(f"— {NAME} ")
        assert posted(witness, requests[8])[:2] == (409, "15\n"), "the witness stands at 15 now"


def test_a_proof_from_another_size_proves_nothing(vectors: Mapping[str, Any], tmp_path: Path) -> None:
    golden = vectors["golden_log"]
    log = VerifierKey.parse(golden["vkey"])
    requests = {case["old"]: case["request_text"] for case in vectors["golden_witness_requests"]["cases"]}
    witness, _ = made(tmp_path, log)
    posted(witness, f"old 0\n\n{golden['checkpoints_text']['5']}")
    for other in (0, 1, 8, 14, 15):
        mixed = requests[other].replace(f"old {other}\n", "old 5\n", 1)
        assert posted(witness, mixed)[0] == 422, other
