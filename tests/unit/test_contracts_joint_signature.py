"""What two of three organisations sign together, and what one alone cannot (P1)."""

from dataclasses import replace

import pytest

from contracts.errors import Malformed, SignatureRefused
from contracts.joint_signature import JointlySigned, signed_by_two
from contracts.model_profile import ProfileClass
from contracts.signature import Purpose, SigningKey
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from tests.builders_contracts import a_signing_key

pytestmark = pytest.mark.law("P1")

POLICE, REGION, COURT = (a_signing_key(name) for name in ("police", "region", "court"))
SECOND_KEY_OF_POLICE = a_signing_key("police, second key")
PAYLOAD = b"what all must believe"


def pinned(key: SigningKey, name: str, *, demo: bool = False) -> PinnedKey:
    return PinnedKey(role=TrustedRole.ORGANISATION, name=name, public=key.public, demo=demo)


TRUSTED = TrustedKeys(
    (
        pinned(POLICE, "police"),
        pinned(REGION, "region"),
        pinned(COURT, "court-administration"),
        pinned(SECOND_KEY_OF_POLICE, "police"),
        PinnedKey(role=TrustedRole.REGION, name="region", public=a_signing_key("cameras").public, demo=False),
    )
)


def joint(*keys: SigningKey, purpose: Purpose = Purpose.ISSUER_LIST, payload: bytes = PAYLOAD) -> JointlySigned:
    return JointlySigned.of(*(key.sign(purpose, payload) for key in keys))


def accepted(signed: JointlySigned, trusted: TrustedKeys = TRUSTED) -> tuple[bytes, ProfileClass]:
    return signed_by_two(signed, Purpose.ISSUER_LIST, trusted)


@pytest.mark.parametrize("keys", [(POLICE, REGION), (REGION, COURT), (POLICE, COURT), (POLICE, REGION, COURT)])
def test_any_two_of_the_three_suffice(keys: tuple[SigningKey, ...]) -> None:
    assert accepted(joint(*keys)) == (PAYLOAD, ProfileClass.OPERATIONAL)
    assert accepted(JointlySigned.from_bytes(joint(*keys).to_bytes())) == (PAYLOAD, ProfileClass.OPERATIONAL)


REFUSED = {
    "one alone": joint(POLICE),
    "one, with two keys": joint(POLICE, SECOND_KEY_OF_POLICE),
    "one, twice": replace(joint(POLICE), signatures=joint(POLICE).signatures * 2),
    "one and a stranger": joint(POLICE, a_signing_key("stranger")),
    "one and a key pinned for cameras": joint(POLICE, a_signing_key("cameras")),
    "for another purpose": joint(POLICE, REGION, purpose=Purpose.WARRANT),
    "two over another payload": replace(joint(POLICE, REGION), payload=b"another"),
}


@pytest.mark.parametrize("signed", REFUSED.values(), ids=REFUSED)
def test_what_is_less_is_refused(signed: JointlySigned) -> None:
    with pytest.raises(SignatureRefused):
        accepted(JointlySigned.from_bytes(signed.to_bytes()))


def test_one_wrong_signature_refuses_the_whole() -> None:
    good = joint(POLICE, REGION, COURT)
    wrong = replace(good.signatures[0], signature=bytes(64))
    with pytest.raises(SignatureRefused):
        accepted(replace(good, signatures=(wrong, *good.signatures[1:])))


def test_demo_organisations_sign_with_demo_organisations_only() -> None:
    mixed = TrustedKeys((pinned(POLICE, "police", demo=True), pinned(REGION, "region")))
    with pytest.raises(SignatureRefused):
        accepted(joint(POLICE, REGION), mixed)
    both = TrustedKeys((pinned(POLICE, "police", demo=True), pinned(REGION, "region", demo=True)))
    assert accepted(joint(POLICE, REGION), both) == (PAYLOAD, ProfileClass.DEMO)


@pytest.mark.law("P4")
def test_organisations_sign_for_trials_with_keys_for_trials_only() -> None:
    police, region = (pinned(key, name, demo=True) for key, name in ((POLICE, "police"), (REGION, "region")))
    with pytest.raises(SignatureRefused):
        accepted(joint(POLICE, REGION), TrustedKeys((replace(police, trial=True), region)))
    both = TrustedKeys((replace(police, trial=True), replace(region, trial=True)))
    assert accepted(joint(POLICE, REGION), both) == (PAYLOAD, ProfileClass.TRIAL)


def test_signatures_over_different_records_are_not_put_together() -> None:
    with pytest.raises(Malformed):
        JointlySigned.of(POLICE.sign(Purpose.ISSUER_LIST, PAYLOAD), REGION.sign(Purpose.ISSUER_LIST, b"another"))
    with pytest.raises(Malformed):
        JointlySigned.of()
