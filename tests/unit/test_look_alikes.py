"""Who on a list looks like whom: compared within one warrant, signed, and nothing kept (C2, A3)."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contracts.canonical import decode, encode
from contracts.enrolment import Enrolment, box_sha256, request_of, template_context
from contracts.errors import ContractError, Malformed, SignatureRefused
from contracts.look_alike import ListedReference, LookAlikeReport
from contracts.sealing import seal
from contracts.signature import Purpose, verified
from contracts.trust import TrustedRole
from contracts.vocabulary import ReferenceId, SlotId, WarrantId
from matcher.faces.face import FloatArray
from matcher.look_alikes import LookAlikes
from matcher.models.shipped_profiles import shipped_profile
from matcher.viewer import ViewerTerms, ViewRefused
from tests.builders_contracts import LOG_ORIGIN, PHOTOGRAPH_SHA256, WARRANT, a_hash, a_signing_key, a_trusted_site

pytestmark = pytest.mark.law("C2", "A3")

KEYS = a_trusted_site()
PROFILE = shipped_profile()
RULE = PROFILE.comparison


def a_point(*coordinates: float) -> FloatArray:
    """Return a template at a place that makes distances easy to count."""
    template = np.zeros(PROFILE.embedder.dimensions, np.float32)
    template[: len(coordinates)] = coordinates
    return template


@dataclass
class Desk:
    """A viewer's desk, and references for it."""

    desk: LookAlikes

    def listed(self, name: str, template: FloatArray, *, slot: str | None = None, **changes: Any) -> ListedReference:
        enrolment = Enrolment(
            warrant_id=WARRANT,
            slot_id=SlotId(slot or f"slot-{name}"),
            photograph_sha256=PHOTOGRAPH_SHA256,
            profile_sha256=PROFILE.profile_sha256,
            template_sha256=(),
            crop_sha256=a_hash("crop"),
        )
        enrolment = replace(enrolment, **{key: value for key, value in changes.items() if key != "signer"})
        context = template_context(request_of(enrolment))
        box = seal(template.astype("<f4").tobytes(), KEYS.viewer_opening.public, context)
        bound = replace(enrolment, template_sha256=((KEYS.viewer_opening.id, box_sha256(box)),))
        signer = changes.get("signer", KEYS.enrolment)
        signed = signer.sign(Purpose.ENROLMENT, bound.to_bytes())
        return ListedReference(reference_id=ReferenceId(name), enrolment=signed, sealed_template=box)

    def report(self, *listed: ListedReference) -> LookAlikeReport:
        signed = self.desk.report(listed)
        return LookAlikeReport.from_bytes(verified(signed, Purpose.LOOK_ALIKES, KEYS.trusted.of(TrustedRole.VIEWER)))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    key = tmp_path / "reference.key"
    key.touch(mode=0o600)
    key.write_bytes(KEYS.viewer_opening.secret)
    terms = ViewerTerms(trusted=KEYS.trusted, log_origin=LOG_ORIGIN, profile=PROFILE, reference_key_file=key)
    return Desk(LookAlikes(terms, KEYS.viewer))


def test_each_persons_nearest_other_is_found_with_its_distance(desk: Desk) -> None:
    report = desk.report(
        desk.listed("a", a_point(0, 0)), desk.listed("b", a_point(0.3, 0)), desk.listed("c", a_point(3, 4))
    )
    found = {one.reference_id: one for one in report.nearest}
    assert (found["a"].other, found["b"].other, found["c"].other) == ("b", "a", "b")  # type: ignore[index]  # plain texts
    assert found["a"].score == pytest.approx(0.3, abs=1e-6)  # type: ignore[index]  # a plain text
    assert found["c"].score == pytest.approx(float(np.hypot(2.7, 4)), abs=1e-5)  # type: ignore[index]  # a plain text
    assert [one.reaches_threshold for one in report.nearest] == [True, True, False]


@pytest.mark.parametrize(
    ("apart", "reaches", "near"),
    [
        (RULE.threshold - 0.01, True, True),
        (RULE.threshold + RULE.margin / 2, False, True),
        (RULE.threshold + RULE.margin + 0.01, False, False),
    ],
)
def test_within_threshold_and_margin_is_near(desk: Desk, apart: float, reaches: bool, near: bool) -> None:  # noqa: FBT001 (a table's columns)
    report = desk.report(desk.listed("a", a_point(0)), desk.listed("b", a_point(apart)))
    assert {(one.reaches_threshold, one.is_near) for one in report.nearest} == {(reaches, near)}


def test_two_pictures_of_one_slot_are_one_person(desk: Desk) -> None:
    report = desk.report(
        desk.listed("a", a_point(0), slot="s"), desk.listed("b", a_point(0), slot="s"), desk.listed("c", a_point(2))
    )
    assert {one.other for one in report.nearest} <= {"a", "b", "c"}
    assert not any(one.is_near for one in report.nearest)


def test_one_person_has_nobody_to_look_like(desk: Desk) -> None:
    report = desk.report(desk.listed("a", a_point(1)))
    assert report.nearest == ()
    assert [reference for reference, _ in report.listed] == ["a"]


def test_what_is_not_of_one_warrant_profile_and_enroller_is_refused(desk: Desk) -> None:
    good = desk.listed("a", a_point(0))
    for bad in (
        desk.listed("b", a_point(1), warrant_id=WarrantId("another")),
        desk.listed("b", a_point(1), profile_sha256=a_hash("another")),
        replace(desk.listed("b", a_point(1)), sealed_template=good.sealed_template),
        good,
    ):
        with pytest.raises((ViewRefused, ContractError)):
            desk.desk.report([good, bad])
    with pytest.raises(SignatureRefused):
        desk.desk.report([good, desk.listed("b", a_point(1), signer=a_signing_key("somebody"))])
    with pytest.raises(ViewRefused):
        desk.desk.report([])


def test_a_report_reads_back_and_compares_only_what_it_lists(desk: Desk) -> None:
    report = desk.report(desk.listed("a", a_point(0)), desk.listed("b", a_point(1)))
    assert LookAlikeReport.from_bytes(report.to_bytes()) == report
    value = decode(report.to_bytes())
    assert isinstance(value, dict)
    for change in ({"listed": []}, {"threshold": "0.4"}, {"more": 1}):
        with pytest.raises(Malformed):
            LookAlikeReport.from_bytes(encode({**value, **change}))
