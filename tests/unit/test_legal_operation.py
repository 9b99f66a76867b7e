"""No real operation on a DRAFT: only a pinned lawyer's attestation of exactly this profile ends that (law.md 0.1)."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.canonical import encode
from contracts.joint_signature import JointlySigned
from contracts.legal_attestation import LegalAttestation
from contracts.signature import Purpose, SigningKey
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from governance.adapters.legal_files import read_attestation, read_legal_profile
from governance.adapters.profile_memory import require_not_put_back
from governance.application.errors import StorageFailed
from governance.domain.legal_profile import EU_AI_ACT, SWEDEN_2026
from governance.domain.operation import Attested, may_operate
from tests.builders_contracts import NOON, a_hash, a_signing_key
from tests.builders_law import a_profile_file

pytestmark = pytest.mark.law("0.1")

LAWYER, COURT, POLICE = (a_signing_key(name) for name in ("lawyer", "court", "police"))
ATTESTED = Attested(profile_sha256=SWEDEN_2026.sha256, controller="police-authority", attested_at=NOON)


def pinned(key: SigningKey, role: TrustedRole, name: str, *, demo: bool = False) -> PinnedKey:
    return PinnedKey(role=role, name=name, public=key.public, demo=demo)


def trusting(*, demo: bool = False) -> TrustedKeys:
    return TrustedKeys(
        (
            pinned(LAWYER, TrustedRole.LAWYER, "lawyer", demo=demo),
            pinned(COURT, TrustedRole.ORGANISATION, "court", demo=demo),
            pinned(POLICE, TrustedRole.ORGANISATION, "police", demo=demo),
        )
    )


def an_attestation(**changes: object) -> LegalAttestation:
    said = LegalAttestation(
        lawyer="A. Lawyer, advokat",
        profile_sha256=SWEDEN_2026.sha256,
        statute="lag (2026:1) om något",
        statute_sha256=a_hash("statute"),
        controller="police-authority",
        attested_at=NOON,
    )
    return replace(said, **changes)  # type: ignore[arg-type]  # each test names a field


def put(folder: Path, *, attestation: bytes | None = None, profile: bytes | None = None) -> Path:
    if attestation is not None:
        (folder / "legal-attestation.json").write_bytes(attestation)
    if profile is not None:
        (folder / "legal-profile.json").write_bytes(profile)
    return folder / "trust.json"


def signed_by(*keys: SigningKey, payload: bytes) -> bytes:
    return JointlySigned.of(*(key.sign(Purpose.LEGAL_PROFILE, payload) for key in keys)).to_bytes()


def test_a_draft_is_for_demonstrations_only() -> None:
    assert may_operate(SWEDEN_2026, None, demo=True, now=NOON).allowed
    refused = may_operate(SWEDEN_2026, None, demo=False, now=NOON)
    assert (refused.allowed, refused.rule) == (False, "0.1")
    assert "DRAFT" in refused.reason


def test_an_attested_profile_is_operated_by_whom_it_lets() -> None:
    assert may_operate(SWEDEN_2026, ATTESTED, demo=False, now=NOON).allowed


@pytest.mark.parametrize(
    "attested",
    [
        replace(ATTESTED, profile_sha256=EU_AI_ACT.sha256),
        replace(ATTESTED, controller="security-service"),
        replace(ATTESTED, attested_at=NOON + timedelta(milliseconds=1)),
    ],
    ids=["another profile", "the security service", "a time that is not yet"],
)
def test_an_attestation_of_something_else_is_none(attested: Attested) -> None:
    assert not may_operate(SWEDEN_2026, attested, demo=False, now=NOON).allowed


def test_a_pinned_lawyers_attestation_is_read(tmp_path: Path) -> None:
    signed = LAWYER.sign(Purpose.LEGAL_ATTESTATION, an_attestation().to_bytes())
    assert read_attestation(put(tmp_path, attestation=encode(signed.to_json())), trusting(), demo=False) == ATTESTED


def test_a_demo_lawyer_attests_for_demonstrations_only(tmp_path: Path) -> None:
    trusted = TrustedKeys(tuple(replace(key, demo=key.role is TrustedRole.LAWYER) for key in trusting().keys))
    signed = LAWYER.sign(Purpose.LEGAL_ATTESTATION, an_attestation().to_bytes())
    path = put(tmp_path, attestation=encode(signed.to_json()))
    assert read_attestation(path, trusted, demo=True) == ATTESTED
    with pytest.raises(StorageFailed, match="DEMO"):
        read_attestation(path, trusted, demo=False)


def test_without_the_file_nothing_is_attested(tmp_path: Path) -> None:
    assert read_attestation(put(tmp_path), trusting(), demo=False) is None


@pytest.mark.parametrize(
    ("key", "purpose"),
    [
        (COURT, Purpose.LEGAL_ATTESTATION),
        (LAWYER, Purpose.WARRANT),
        (a_signing_key("other"), Purpose.LEGAL_ATTESTATION),
    ],
    ids=["an organisation's key", "another purpose", "nobody's key"],
)
def test_nobody_but_a_pinned_lawyer_attests(tmp_path: Path, key: SigningKey, purpose: Purpose) -> None:
    signed = key.sign(purpose, an_attestation().to_bytes())
    with pytest.raises(StorageFailed, match="attestation"):
        read_attestation(put(tmp_path, attestation=encode(signed.to_json())), trusting(), demo=False)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", encode({"kind": "insyn/legal-attestation/1"})])
def test_a_damaged_attestation_stops_the_start(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(StorageFailed, match="attestation"):
        read_attestation(put(tmp_path, attestation=content), trusting(), demo=False)


@pytest.mark.law("A1", "A2")
def test_two_organisations_narrow_the_profile_together(tmp_path: Path) -> None:
    payload = a_profile_file(longest_window=86_400_000)
    trust = put(tmp_path, profile=signed_by(COURT, POLICE, payload=payload))
    profile = read_legal_profile(trust, trusting(), demo=False)
    assert profile.longest_window == timedelta(days=1)
    assert not may_operate(profile, ATTESTED, demo=False, now=NOON).allowed


def test_without_a_file_the_built_in_profile_is_in_force(tmp_path: Path) -> None:
    assert read_legal_profile(put(tmp_path), trusting(), demo=False) is SWEDEN_2026


@pytest.mark.law("A1", "A2")
@pytest.mark.parametrize("keys", [(COURT,), (COURT, COURT), (COURT, LAWYER), (COURT, a_signing_key("other"))], ids=str)
def test_one_organisation_changes_nothing(tmp_path: Path, keys: tuple[SigningKey, ...]) -> None:
    trust = put(tmp_path, profile=signed_by(*keys, payload=a_profile_file(most_persons=1)))
    with pytest.raises(StorageFailed, match="two different organisations"):
        read_legal_profile(trust, trusting(), demo=False)


@pytest.mark.law("A1", "A2")
def test_not_even_two_organisations_widen(tmp_path: Path) -> None:
    trust = put(tmp_path, profile=signed_by(COURT, POLICE, payload=a_profile_file(most_persons=11)))
    with pytest.raises(StorageFailed, match="widen"):
        read_legal_profile(trust, trusting(), demo=False)


def test_another_spelling_of_a_table_is_no_profile_even_if_signed(tmp_path: Path) -> None:
    trust = put(tmp_path, profile=signed_by(COURT, POLICE, payload=a_profile_file(most_persons=1) + b"\n"))
    with pytest.raises(StorageFailed, match="canonical"):
        read_legal_profile(trust, trusting(), demo=False)


@pytest.mark.law("A1", "A2")
def test_a_profile_that_another_followed_is_never_put_back(tmp_path: Path) -> None:
    memory = tmp_path / "legal-profiles"
    for profile in ("a" * 64, "a" * 64, "b" * 64, "b" * 64):
        require_not_put_back(profile, memory)
    with pytest.raises(StorageFailed, match="does not come back"):
        require_not_put_back("a" * 64, memory)
    require_not_put_back("b" * 64, memory)
    require_not_put_back("c" * 64, memory)
    with pytest.raises(StorageFailed, match="does not come back"):
        require_not_put_back("b" * 64, memory)


def test_a_memory_that_cannot_be_written_lets_no_profile_in(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match="cannot be written"):
        require_not_put_back("a" * 64, tmp_path / "no folder" / "legal-profiles")


@pytest.mark.law("A1", "A2")
def test_demo_organisations_narrow_no_real_profile(tmp_path: Path) -> None:
    trust = put(tmp_path, profile=signed_by(COURT, POLICE, payload=a_profile_file(most_persons=1)))
    assert read_legal_profile(trust, trusting(demo=True), demo=True).most_persons == 1
    with pytest.raises(StorageFailed, match="DEMO"):
        read_legal_profile(trust, trusting(demo=True), demo=False)
