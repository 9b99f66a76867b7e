"""Which places stand out, and what a camera needs before it is lent (B5, B7, B8, C9, C14)."""

from dataclasses import replace
from datetime import datetime
from math import comb
from typing import Any

import pytest

from governance.adapters.hot_spots import BinomialHotSpots
from governance.domain.identifiers import SiteId
from governance.domain.incidents import HotSpot, is_hot_spot, metres_between
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.registers import is_within_hours, may_be_lent, may_replace
from governance.domain.site_evidence import DocumentKind, SiteEvidence, may_be_used
from tests.builders_contracts import NOON
from tests.builders_sites import a_camera_of_the_register, some_documents, some_evidence

pytestmark = pytest.mark.law("B7", "C9", "C14")

COMPARE = BinomialHotSpots().compare
CAMERA, EVIDENCE, DOCUMENTS = a_camera_of_the_register(), some_evidence(), some_documents()


def test_the_bounds_are_those_of_clopper_and_pearson() -> None:
    # 10 of 100: 0.0490 to 0.1762, as in every table of exact binomial limits.
    spots = COMPARE({"a": 10, **{f"p{number}": 10 for number in range(9)}})
    assert spots["a"].ratio == 1.0
    assert spots["a"].ratio_low == pytest.approx(0.490047, abs=1e-5)
    assert spots["a"].ratio_high == pytest.approx(1.762226, abs=1e-5)


def test_the_p_value_is_the_exact_tail_times_the_correction() -> None:
    # By whole numbers, without SciPy: the tail of (20, 1/4) from 12 on, times 4 places.
    tail = sum(comb(20, k) * 3 ** (20 - k) for k in range(12, 21)) / 4**20
    assert tail == pytest.approx(0.000935, abs=5e-7)
    found = COMPARE({"a": 12, "b": 3, "c": 3, "d": 2})["a"]
    assert found.p_value == pytest.approx(tail * 4, rel=1e-9)


def test_one_place_alone_or_nothing_at_all_never_stands_out() -> None:
    for counts in ({"a": 500}, {"a": 0, "b": 0}, {}):
        for spot in COMPARE(counts).values():
            assert not is_hot_spot(spot, threshold=1.5, legal=SWEDEN_2026).allowed


@pytest.mark.parametrize(
    ("changes", "threshold", "part"),
    [
        ({}, 1.4, "threshold"),
        ({"places": 4}, 1.5, "at least 5 places"),
        ({"counted": 4}, 1.5, "Fewer than 5"),
        ({"p_value": 0.0501}, 1.5, "chance"),
        ({"ratio_low": 1.49}, 1.5, "1.5 times"),
        ({}, 3.7, "3.7 times"),
    ],
)
def test_each_condition_of_a_hot_spot_is_asked(changes: dict[str, float], threshold: float, part: str) -> None:
    spot = HotSpot(counted=40, total=85, places=10, ratio=4.7, ratio_low=3.6, ratio_high=5.8, p_value=1e-9)
    assert is_hot_spot(spot, threshold=1.5, legal=SWEDEN_2026).allowed
    decision = is_hot_spot(replace(spot, **changes), threshold=threshold, legal=SWEDEN_2026)
    assert (decision.allowed, decision.rule) == (False, "C14")
    assert part in decision.reason


def test_a_camera_with_everything_may_be_used() -> None:
    assert may_be_used(CAMERA, EVIDENCE, DOCUMENTS, now=NOON).allowed


@pytest.mark.law("B8")
def test_a_camera_in_a_care_area_may_not_whatever_its_papers_say() -> None:
    assert may_be_used(replace(CAMERA, care_area=True), EVIDENCE, DOCUMENTS, now=NOON).rule == "B8"


@pytest.mark.parametrize(
    "evidence",
    [None, replace(EVIDENCE, hot_spot=False), replace(EVIDENCE, expires_at=NOON)],
    ids=["none", "low", "old"],
)
def test_without_live_evidence_the_site_is_inactive(evidence: SiteEvidence | None) -> None:
    decision = may_be_used(CAMERA, evidence, DOCUMENTS, now=NOON)
    assert (decision.allowed, decision.rule) == (False, "C14")


@pytest.mark.parametrize("kind", DocumentKind)
def test_without_one_document_or_with_one_that_ran_out_the_camera_is_inactive(kind: DocumentKind) -> None:
    rule = "C9" if kind is DocumentKind.SIGN else "B7"
    without = tuple(one for one in DOCUMENTS if one.kind is not kind)
    old = tuple(replace(one, expires_at=NOON) if one.kind is kind else one for one in DOCUMENTS)
    for documents in (without, old):
        decision = may_be_used(CAMERA, EVIDENCE, documents, now=NOON)
        assert (decision.allowed, decision.rule) == (False, rule)
    assert not may_be_used(CAMERA, EVIDENCE, (), now=NOON).allowed


def test_the_distance_of_two_cities_is_the_known_one() -> None:
    # Berkeley's and Chris Veness's example: 50°03'59"N 5°42'53"W to 58°38'38"N 3°04'12"W is 968.9 km.
    one, other = (50.06632, -5.71475), (58.64402, -3.07009)
    assert metres_between(one, other) == pytest.approx(968_900, rel=5e-4)


@pytest.mark.law("B8")
def test_a_camera_of_a_healthcare_site_needs_a_decision_of_its_own_and_a_care_area_takes_none() -> None:
    ward = replace(CAMERA, healthcare=True)
    assert may_be_lent(ward).rule == "B8"
    assert not may_be_lent(ward).allowed
    opened = replace(ward, opened_by_sha256="1" * 64)
    assert may_be_lent(opened).allowed
    assert not may_be_lent(replace(opened, care_area=True)).allowed


@pytest.mark.parametrize(
    ("known", "newer", "rule"),
    [
        ({}, {"serial": 2}, ""),
        ({"serial": 2}, {"serial": 2}, "B7"),
        ({"serial": 3}, {"serial": 2}, "B7"),
        ({}, {"serial": 2, "site_id": SiteId("site-2")}, "B7"),
        ({"care_area": True}, {"serial": 2}, "B8"),
        ({"healthcare": True}, {"serial": 2}, "B8"),
        ({"healthcare": True}, {"serial": 2, "healthcare": True}, ""),
        ({}, {"serial": 2, "care_area": True}, ""),
    ],
)
@pytest.mark.law("B8")
def test_a_record_is_replaced_by_a_newer_one_and_no_tag_of_care_comes_off(
    known: dict[str, Any], newer: dict[str, Any], rule: str
) -> None:
    decision = may_replace(replace(CAMERA, **known), replace(CAMERA, payload=b"another", **newer))
    assert decision.allowed is (rule == "")
    assert not rule or decision.rule == rule


@pytest.mark.parametrize(
    ("opens", "closes", "at", "within"),
    [
        (0, 1440, "2026-03-02T11:59Z", True),
        (600, 780, "2026-03-02T09:00Z", True),  # 10:00 in Stockholm: the beginning counts
        (600, 780, "2026-03-02T08:59Z", False),
        (600, 780, "2026-03-02T12:00Z", False),  # 13:00: the end does not
        (1320, 120, "2026-03-02T22:30Z", True),  # over midnight
        (1320, 120, "2026-03-02T00:59Z", True),
        (1320, 120, "2026-03-02T01:00Z", False),
        (600, 780, "2026-07-02T08:00Z", True),  # summer time
        (150, 180, "2026-03-29T00:30Z", False),  # 01:30; from 02:00 the clock goes to 03:00
        (150, 180, "2026-03-29T01:00Z", False),
    ],
)
def test_a_camera_is_used_within_its_hours_of_the_local_day(opens: int, closes: int, at: str, within: bool) -> None:  # noqa: FBT001 (parametrised)
    camera = replace(CAMERA, opens=opens, closes=closes)
    decision = is_within_hours(camera, SWEDEN_2026, now=datetime.fromisoformat(at))
    assert (decision.allowed, decision.rule) == (within, "B7")
