"""What admits a model profile, worked out by hand: whose word, for what, inside which envelope, until when (P4)."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.admission import (
    Admittance,
    GateVerdict,
    NotAdmitted,
    ProfileAdmission,
    ProfileFacts,
    ProfileUse,
    admits,
    admits_profile,
)
from contracts.believed_admission import admitting, believed_admission
from contracts.errors import ContractError, Malformed, SignatureRefused
from contracts.joint_signature import JointlySigned
from contracts.model_profile import ProfileClass, ScoreKind
from contracts.pinned_files import read_trusted
from contracts.signature import Purpose, SigningKey
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from contracts.vocabulary import CameraClass
from governance.adapters.key_files import read_trusted_keys
from governance.application.errors import StorageFailed
from matcher.keys import KeyRefused, load_trusted_keys
from matcher.models.shipped_profiles import shipped_names, shipped_profile
from tests.builders_contracts import (
    NOON,
    PROFILE,
    a_hash,
    a_signing_key,
    a_trusted_site,
    an_admission,
    an_envelope,
)

pytestmark = pytest.mark.law("P4", "C10")

SITE = a_trusted_site()
DEMO_PROFILE = replace(PROFILE, profile_class=ProfileClass.DEMO)
TRIAL_PROFILE = replace(PROFILE, profile_class=ProfileClass.TRIAL)


def use(**changes: Any) -> ProfileUse:
    """Return a use for one grown-up at an entrance, under keys that are for real."""
    asked = ProfileUse(
        environment=ProfileClass.OPERATIONAL,
        persons=1,
        camera_classes=(CameraClass.ENTRANCE,),
        age_bands=("18-39",),
    )
    return replace(asked, **changes)


def compared(threshold: float, score: ScoreKind = ScoreKind.EUCLIDEAN_DISTANCE) -> Any:
    return replace(PROFILE, comparison=replace(PROFILE.comparison, threshold=threshold, score=score))


def cosine(tested: float, used: float) -> dict[str, Any]:
    envelope = an_envelope(score=ScoreKind.COSINE, threshold=tested)
    return {"admission": an_admission(envelope=envelope), "profile": compared(used, ScoreKind.COSINE)}


@dataclass(frozen=True)
class Case:
    """One row: what is other than usual, and what it comes to; None is admitted."""

    what: str
    comes_to: NotAdmitted | None
    other: dict[str, Any] = field(default_factory=dict)


# The envelope: 90 enrolled, so 100 and no more; a distance of 0.45; entrances and passages; grown-ups.
TABLE = [
    Case("as tested", None),
    Case("no admission", NotAdmitted.NO_ADMISSION, {"admission": None}),
    Case(
        "an evaluation of another profile",
        NotAdmitted.OTHER_PROFILE,
        {"admission": an_admission(profile_sha256=a_hash("another"))},
    ),
    Case(
        "admitted for trials",
        NotAdmitted.OTHER_CLASS,
        {"admission": an_admission(profile_class=ProfileClass.TRIAL)},
    ),
    Case("failed", NotAdmitted.NOT_PASSED, {"admission": an_admission(verdict=GateVerdict.FAILED)}),
    Case("not demonstrated", NotAdmitted.NOT_PASSED, {"admission": an_admission(verdict=GateVerdict.NOT_DEMONSTRATED)}),
    Case("a list of 100", None, {"use": use(persons=100)}),
    Case("a list of 101", NotAdmitted.LONGER_LIST, {"use": use(persons=101)}),
    Case(
        "a test of 89 and 98",
        None,
        {"admission": an_admission(envelope=an_envelope(tested_list=89)), "use": use(persons=98)},
    ),
    Case(
        "a test of 89 and 99",
        NotAdmitted.LONGER_LIST,
        {"admission": an_admission(envelope=an_envelope(tested_list=89)), "use": use(persons=99)},
    ),
    Case("a smaller distance", None, {"profile": compared(0.40)}),
    Case("a larger distance", NotAdmitted.LOWER_THRESHOLD, {"profile": compared(0.4501)}),
    Case("a larger cosine", None, cosine(0.50, 0.55)),
    Case("a smaller cosine", NotAdmitted.LOWER_THRESHOLD, cosine(0.50, 0.4999)),
    Case("another score", NotAdmitted.OTHER_SCORE, {"profile": compared(0.45, ScoreKind.COSINE)}),
    Case("a passage", None, {"use": use(camera_classes=(CameraClass.ENTRANCE, CameraClass.PASSAGE))}),
    Case("a hall", NotAdmitted.CAMERA_CLASS, {"use": use(camera_classes=(CameraClass.ENTRANCE, CameraClass.HALL))}),
    Case("a camera of no class", NotAdmitted.CAMERA_CLASS, {"use": use(camera_classes=(None,))}),
    Case("240 camera hours and 100,000 passages", None, {"use": use(camera_hours_a_day=240, passages_a_day=100_000)}),
    Case("more camera hours", NotAdmitted.MORE_TRAFFIC, {"use": use(camera_hours_a_day=240.5)}),
    Case("more passages", NotAdmitted.MORE_TRAFFIC, {"use": use(passages_a_day=100_001)}),
    Case("a child", NotAdmitted.AGE_BAND, {"use": use(age_bands=("18-39", "0-11"))}),
    Case("the last moment", None, {"now": datetime(2027, 2, 1, tzinfo=UTC) - timedelta(milliseconds=1)}),
    Case("the end", NotAdmitted.EXPIRED, {"now": datetime(2027, 2, 1, tzinfo=UTC)}),
    Case("the beginning", None, {"now": datetime(2026, 2, 2, tzinfo=UTC)}),
    Case("before it begins", NotAdmitted.NOT_YET_VALID, {"now": datetime(2026, 2, 1, 23, 59, 59, tzinfo=UTC)}),
    Case("a DEMO profile with operational keys", NotAdmitted.CLASS, {"profile": DEMO_PROFILE}),
    Case(
        "a DEMO profile with operational keys and an admission",
        NotAdmitted.CLASS,
        {"profile": DEMO_PROFILE, "admission": an_admission(profile_class=ProfileClass.DEMO)},
    ),
    Case("a TRIAL profile with operational keys", NotAdmitted.CLASS, {"profile": TRIAL_PROFILE}),
    Case(
        "a DEMO profile with keys for trials",
        NotAdmitted.CLASS,
        {"profile": DEMO_PROFILE, "use": use(environment=ProfileClass.TRIAL)},
    ),
    Case(
        "a DEMO profile with DEMO keys, whatever the list",
        None,
        {
            "profile": DEMO_PROFILE,
            "admission": None,
            "use": use(environment=ProfileClass.DEMO, persons=5000, camera_classes=(None,)),
        },
    ),
    Case(
        "a TRIAL profile with keys for trials",
        None,
        {
            "profile": TRIAL_PROFILE,
            "admission": an_admission(profile_class=ProfileClass.TRIAL),
            "use": use(environment=ProfileClass.TRIAL),
        },
    ),
    Case(
        "an OPERATIONAL profile with DEMO keys and no admission",
        NotAdmitted.NO_ADMISSION,
        {"admission": None, "use": use(environment=ProfileClass.DEMO)},
    ),
]


@pytest.mark.law("C13", "A17")
@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.what)
def test_what_comes_of_each(case: Case) -> None:
    asked = {"admission": an_admission(), "profile": PROFILE, "use": use(), "now": NOON, **case.other}
    answer = admits(asked["admission"], asked["profile"], asked["use"], now=asked["now"])
    assert (answer.admitted, answer.reason) == (case.comes_to is None, case.comes_to)
    assert answer.admitted or (answer.sentence[0].isupper() and answer.sentence.endswith("(law.md P4)."))


@pytest.mark.parametrize("name", shipped_names())
def test_the_facts_of_a_profile_are_read_off_its_canonical_bytes(name: str) -> None:
    profile = shipped_profile(name)
    facts = ProfileFacts.from_canonical(profile.canonical_bytes())
    assert (facts.profile_sha256, facts.profile_class, facts.comparison) == (
        profile.profile_sha256,
        profile.profile_class,
        profile.comparison,
    )
    for wrong in (b"{}", b"[]", b'{"kind":"insyn/model-profile/v1"}'):
        with pytest.raises(Malformed):
            ProfileFacts.from_canonical(wrong)


def test_an_answer_has_no_truth_value() -> None:
    with pytest.raises(TypeError):
        bool(Admittance(admitted=True))


def test_the_profile_by_itself_is_asked_for_no_list_and_no_camera() -> None:
    assert admits_profile(an_admission(), PROFILE, ProfileClass.OPERATIONAL, now=NOON).admitted
    assert not admits_profile(None, PROFILE, ProfileClass.OPERATIONAL, now=NOON).admitted


EVALUATOR, OFFICER, SECOND = SITE.evaluator, SITE.model_officer, a_signing_key("second key of the evaluator")


def signed(
    *keys: SigningKey, admission: ProfileAdmission | None = None, purpose: Purpose | None = None
) -> JointlySigned:
    payload = (admission or an_admission()).to_bytes()
    return JointlySigned.of(*(key.sign(purpose or Purpose.PROFILE_ADMISSION, payload) for key in keys))


def trusting(**of_role: Any) -> TrustedKeys:
    """Return the site's keys, with the second key of a holder who evaluates, and each role's pin changed as named."""
    extra = PinnedKey(role=TrustedRole.MODEL_OFFICER, name="evaluator", public=SECOND.public, demo=False)
    changed = (replace(key, **of_role.get(key.role.name, {})) for key in (*SITE.trusted.keys, extra))
    return TrustedKeys(tuple(changed))


def test_both_roles_together_are_believed() -> None:
    assert believed_admission(signed(EVALUATOR, OFFICER), trusting()) == an_admission()


TRIAL = {"demo": True, "trial": True}
FLIPPED = signed(EVALUATOR, OFFICER)
REFUSED: dict[str, tuple[JointlySigned, dict[str, Any]]] = {
    "the evaluator alone": (signed(EVALUATOR), {}),
    "the officer alone": (signed(OFFICER), {}),
    "one key twice": (replace(signed(EVALUATOR), signatures=signed(EVALUATOR).signatures * 2), {}),
    "one holder with two keys": (signed(EVALUATOR, SECOND), {}),
    "a stranger for the officer": (signed(EVALUATOR, a_signing_key("stranger")), {}),
    "governance for the officer": (signed(EVALUATOR, SITE.governance), {}),
    "for another purpose": (signed(EVALUATOR, OFFICER, purpose=Purpose.ISSUER_LIST), {}),
    "over other bytes": (replace(FLIPPED, payload=an_admission(verdict=GateVerdict.FAILED).to_bytes()), {}),
    "keys that are DEMO": (signed(EVALUATOR, OFFICER), {"EVALUATOR": {"demo": True}, "MODEL_OFFICER": {"demo": True}}),
    "keys that are for trials": (signed(EVALUATOR, OFFICER), {"EVALUATOR": TRIAL, "MODEL_OFFICER": TRIAL}),
    "keys that are for two kinds of use": (signed(EVALUATOR, OFFICER), {"EVALUATOR": TRIAL}),
    "operational keys for a trial": (
        signed(EVALUATOR, OFFICER, admission=an_admission(profile_class=ProfileClass.TRIAL)),
        {},
    ),
}


@pytest.mark.parametrize(("joint", "pins"), REFUSED.values(), ids=REFUSED)
def test_anything_less_is_refused(joint: JointlySigned, pins: dict[str, Any]) -> None:
    with pytest.raises(SignatureRefused):
        believed_admission(
            # As from the wire: the payload is one for all signatures.
            JointlySigned.from_bytes(joint.to_bytes()),
            trusting(**pins),
        )


MALFORMED: dict[str, dict[str, Any]] = {
    "no manifest": {"manifest_sha256s": ()},
    "an end before the beginning": {"admitted_at": datetime(2027, 2, 1, tzinfo=UTC)},
    "measured after it begins": {"measured_on": date(2026, 2, 3)},
    "longer than twelve months after the measuring": {"measured_on": date(2026, 1, 30)},
    "age bands in another order": {"envelope": an_envelope(age_bands=("40-64", "18-39"))},
    "a class of cameras twice": {"envelope": an_envelope(camera_classes=(CameraClass.HALL, CameraClass.HALL))},
    "a list of nobody": {"envelope": an_envelope(tested_list=0)},
    "nobody searched for": {"envelope": an_envelope(people_searched=0)},
    "more alarms than searches": {"envelope": an_envelope(people_searched=9, false_alarms=10)},
}


@pytest.mark.parametrize("changes", MALFORMED.values(), ids=MALFORMED)
def test_what_admits_nothing_is_not_read(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        ProfileAdmission.from_bytes(an_admission(**changes).to_bytes())


@pytest.mark.parametrize("day", ["20260201", "2026-W05-7", "2025-02-30", "today"])
def test_a_day_has_one_spelling(day: str) -> None:
    data = an_admission().to_bytes().replace(b'"2026-02-01"', f'"{day}"'.encode())
    with pytest.raises(Malformed, match="measured_on"):
        ProfileAdmission.from_bytes(data)


def test_the_admission_lies_beside_the_pinned_keys(tmp_path: Path) -> None:
    SITE.pin_in(tmp_path)
    assert read_trusted(tmp_path / "trust.json").admission == an_admission()
    (tmp_path / "profile-admission.json").unlink()
    assert read_trusted(tmp_path / "trust.json").admission is None
    (tmp_path / "profile-admission.json").write_bytes(signed(EVALUATOR).to_bytes())
    with pytest.raises(ContractError):
        read_trusted(tmp_path / "trust.json")


UNREADABLE: dict[str, bytes] = {
    "nothing": b"",
    "no text": b"\xff\xfe\x00",
    "no JSON": b"{",
    "another record": b'{"kind":"insyn/trusted-keys/1"}',
    "an admission that nobody signed": an_admission().to_bytes(),
    "one signature": signed(EVALUATOR).to_bytes(),
    "a signed record of another kind": JointlySigned.of(
        EVALUATOR.sign(Purpose.PROFILE_ADMISSION, b"{}"), OFFICER.sign(Purpose.PROFILE_ADMISSION, b"{}")
    ).to_bytes(),
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE)
def test_one_that_is_not_believed_is_told_in_one_sentence_that_names_it_and_says_what_to_do(
    tmp_path: Path, data: bytes
) -> None:
    SITE.pin_in(tmp_path)
    (tmp_path / "profile-admission.json").write_bytes(data)
    for reads, refused in ((load_trusted_keys, KeyRefused), (read_trusted_keys, StorageFailed)):
        with pytest.raises(refused) as told:
            reads(tmp_path / "trust.json")
        said = str(told.value)
        assert said.startswith(
            "The file profile-admission.json is no admission of a model profile that is believed here"
        )
        assert said.endswith("take it away: without one only a DEMO profile is used.")
        assert ". " not in said


@pytest.mark.parametrize("name", ["profile-admission.json", "issuers.json"])
def test_a_file_beside_the_keys_that_cannot_be_opened_is_named(tmp_path: Path, name: str) -> None:
    SITE.pin_in(tmp_path)
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    with pytest.raises(KeyRefused, match=f"The file {name} .*it cannot be read"):
        load_trusted_keys(tmp_path / "trust.json")


@given(data=st.binary(max_size=60))
def test_whatever_lies_there_is_refused_and_never_a_traceback(data: bytes) -> None:
    with pytest.raises(ContractError):
        admitting(SITE.trusted, data)
