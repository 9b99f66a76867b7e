"""Manifests that two different organisations sign, and the evaluator's word for a score file (A17, C10, P1)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.canonical import decode, encode
from contracts.errors import ContractError, Malformed, SignatureRefused
from contracts.evaluation_records import (
    DataManifest,
    ScoreStatement,
    SplitHash,
    believed_manifest,
    believed_statement,
)
from contracts.joint_signature import JointlySigned
from contracts.signature import Purpose, SigningKey
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from tests.builders_contracts import a_signing_key
from tests.property.test_contracts_roundtrip import HASHES, IDENTIFIERS, TEXTS

pytestmark = pytest.mark.law("A17", "C10", "P1")

POLICE, REGION, LABORATORY = (a_signing_key(name) for name in ("police", "region", "laboratory"))
SECOND_OF_POLICE = a_signing_key("police, second key")


def pinned(key: SigningKey, name: str, role: TrustedRole, *, demo: bool = False) -> PinnedKey:
    return PinnedKey(role=role, name=name, public=key.public, demo=demo)


TRUSTED = TrustedKeys(
    (
        pinned(POLICE, "police", TrustedRole.ORGANISATION),
        pinned(SECOND_OF_POLICE, "police", TrustedRole.ORGANISATION),
        pinned(REGION, "region", TrustedRole.ORGANISATION),
        pinned(LABORATORY, "laboratory", TrustedRole.EVALUATOR),
    )
)
MANIFESTS = st.builds(
    DataManifest,
    name=TEXTS,
    source=TEXTS,
    licence=TEXTS,
    labels=TEXTS,
    pictures=st.integers(1, 10**8),
    people=st.integers(1, 10**8),
    pictures_sha256=HASHES,
    labels_sha256=HASHES,
    people_sha256=HASHES,
    splits=st.lists(
        st.builds(SplitHash, name=IDENTIFIERS, sha256=HASHES), max_size=2, unique_by=lambda one: one.name
    ).map(tuple),
)
STATEMENTS = st.builds(
    ScoreStatement, score_file_sha256=HASHES, profile_sha256=HASHES, manifests=st.lists(HASHES, max_size=2).map(tuple)
)
MANIFEST = DataManifest(
    name="a set",
    source="a test",
    licence="ours",
    labels="none",
    pictures=2,
    people=1,
    pictures_sha256="1" * 64,
    labels_sha256="2" * 64,
    people_sha256="3" * 64,
    splits=(SplitHash(name="view2", sha256="4" * 64),),
)
STATEMENT = ScoreStatement(score_file_sha256="1" * 64, profile_sha256="2" * 64, manifests=(MANIFEST.sha256,))


@settings(max_examples=10)
@given(MANIFESTS, STATEMENTS, st.data())
def test_what_is_written_is_read_and_nothing_less(
    manifest: DataManifest, statement: ScoreStatement, data: st.DataObject
) -> None:
    assert DataManifest.from_bytes(manifest.to_bytes()) == manifest
    assert ScoreStatement.from_bytes(statement.to_bytes()) == statement
    for record in (manifest, statement):
        value = decode(record.to_bytes())
        part = data.draw(st.sampled_from(sorted(value)))
        for spoilt in ({key: one for key, one in value.items() if key != part}, {**value, "more": 1}):
            with pytest.raises(ContractError):
                type(record).from_bytes(encode(spoilt))


def joint(*keys: SigningKey, purpose: Purpose = Purpose.DATA_MANIFEST) -> bytes:
    return JointlySigned.of(*(key.sign(purpose, MANIFEST.to_bytes()) for key in keys)).to_bytes()


def test_two_different_organisations_make_a_manifest_count() -> None:
    assert believed_manifest(joint(POLICE, REGION), TRUSTED) == (MANIFEST, False)


REFUSED = {
    "one alone": joint(POLICE),
    "one organisation with two keys": joint(POLICE, SECOND_OF_POLICE),
    "one and the evaluator": joint(POLICE, LABORATORY),
    "one and a stranger": joint(POLICE, a_signing_key("stranger")),
    "for another purpose": joint(POLICE, REGION, purpose=Purpose.ISSUER_LIST),
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_what_is_less_is_refused(data: bytes) -> None:
    with pytest.raises(SignatureRefused):
        believed_manifest(data, TRUSTED)


def test_a_split_named_twice_is_refused() -> None:
    value = decode(MANIFEST.to_bytes())
    value["splits"] *= 2
    with pytest.raises(Malformed, match="twice"):
        DataManifest.from_bytes(encode(value))


def test_only_an_evaluator_answers_for_scores() -> None:
    def signed(key: SigningKey, purpose: Purpose = Purpose.SCORE_FILE) -> tuple[ScoreStatement, bool]:
        return believed_statement(key.sign(purpose, STATEMENT.to_bytes()), TRUSTED)

    assert signed(LABORATORY) == (STATEMENT, False)
    for key in (POLICE, a_signing_key("stranger")):
        with pytest.raises(SignatureRefused):
            signed(key)
    with pytest.raises(SignatureRefused):
        signed(LABORATORY, Purpose.DATA_MANIFEST)


def test_a_demo_evaluator_is_told() -> None:
    demo = TrustedKeys((pinned(LABORATORY, "laboratory", TrustedRole.EVALUATOR, demo=True),))
    assert believed_statement(LABORATORY.sign(Purpose.SCORE_FILE, STATEMENT.to_bytes()), demo) == (STATEMENT, True)
