"""What admitted the model, in a proof bundle: held against the match; whatever of it does not hold is named."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from governance.audit.base64_strict import encode64
from governance.audit.canonical import canonical
from governance.verifier.matched import State
from governance.verifier.report import Status
from tests.builders_honest_log import a_private_key
from tests.builders_matches import (
    REPORT,
    TRUSTED,
    WARRANT,
    Match,
    audit,
    said,
)

ADMISSION: Mapping[str, object] = {
    "admitted_at": "2025-12-31T00:00:00.000Z",
    "envelope": {"score": "euclidean-distance", "tested_list": 90, "threshold": 0.45},
    "expires_at": "2026-12-01T00:00:00.000Z",
    "kind": "insyn/profile-admission/v1",
    "measured_on": "2025-12-01",
    "profile_sha256": WARRANT["profile_sha256"],
    "report_sha256": "5" * 64,
    "verdict": "PASS",
}


def admission(*by: str, purpose: str = "insyn/profile-admission/1", **changes: object) -> bytes:
    """Return an admission that these holders signed."""
    payload = json.dumps({**ADMISSION, **changes}, sort_keys=True, separators=(",", ":")).encode()
    signatures = []
    for name in by or ("evaluator", "model-officer"):
        key = a_private_key(name)
        short = hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]
        signature = key.sign(b"insyn\x00" + purpose.encode() + b"\x00" + payload)
        signatures.append({"key": short, "signature": encode64(signature)})
    return canonical({"kind": "insyn/jointly-signed/1", "payload": encode64(payload), "signatures": signatures})


def with_admission(data: bytes, **report: object) -> Mapping[str, bytes]:
    return {**Match(report={**REPORT, "threshold": 0.45, **report}).files(), "records/evaluation.json": data}


@pytest.mark.law("E8", "P4")
def test_what_admitted_the_model_is_held_against_the_match() -> None:
    verdict = audit(with_admission(admission()))
    assert verdict.status(strict=True) == 0, verdict.to_json()
    proven = " ".join(said(verdict, State.PROVEN))
    assert f"measured on 2025-12-01, report SHA-256 {'5' * 64}" in proven
    assert "came to PASS, with 90 persons on the tested list and the threshold 0.45 (euclidean-distance)" in proven
    assert "'evaluator', pinned as evaluator and 'model-officer', pinned as model-officer" in proven


@pytest.mark.law("E8", "P4")
@pytest.mark.parametrize(
    ("data", "report", "sentence"),
    [
        (admission(profile_sha256="0" * 64), {}, "of another model profile"),
        (admission(verdict="FAIL"), {}, "did not come to PASS"),
        (admission(verdict="NOT DEMONSTRATED"), {}, "did not come to PASS"),
        (admission(admitted_at="2025-12-31T10:00:00.001Z"), {}, "outside of the admission's time"),
        (admission(expires_at="2025-12-31T10:00:59.999Z"), {}, "outside of the admission's time"),
        (admission(), {"threshold": 0.46}, "less likeness than was tested"),
        (
            admission(envelope={"score": "cosine", "tested_list": 90, "threshold": 0.45}),
            {"threshold": 0.44},
            "less likeness than was tested",
        ),
        (admission("evaluator"), {}, "lacks a right signature"),
        (admission("model-officer"), {}, "lacks a right signature"),
        (admission("evaluator", "site"), {}, "lacks a right signature"),
        (admission(purpose="insyn/warrant/2"), {}, "lacks a right signature"),
        (admission(admitted_at="2025-12-31T10:00:00.001"), {}, "cannot be read"),
        (admission(measured_on="\x1b[2J"), {}, "cannot be read"),
        (admission(kind="insyn/lease/2"), {}, "cannot be read"),
        (b"{}", {}, "cannot be read"),
        (b"no JSON", {}, "cannot be read"),
    ],
)
def test_an_admission_that_does_not_admit_the_match_is_named(
    data: bytes, report: Mapping[str, object], sentence: str
) -> None:
    verdict = audit(with_admission(data, **report))
    assert verdict.status() is Status.WRONG
    assert [one for one in said(verdict, State.WRONG) if sentence in one]


def test_one_holder_of_both_keys_admits_nothing() -> None:
    roles = ("evaluator", "model-officer")
    one_holder = {at: replace(key, name="evaluator") if key.role in roles else key for at, key in TRUSTED.items()}
    verdict = audit(with_admission(admission()), trusted=one_holder)
    assert [one for one in said(verdict, State.WRONG) if "lacks a right signature" in one]


def test_who_signed_an_admission_is_not_claimed_without_pinned_keys() -> None:
    verdict = audit(with_admission(admission("evaluator")), trusted=None)
    assert verdict.status() == 0
    assert "Who signed the admission was not checked: no pinned keys were named (--trust)." in said(
        verdict, State.NOT_CHECKED
    )
