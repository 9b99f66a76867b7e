"""For all ways of handing in impact assessments: a camera is lent under none that the act could not rest on (A5)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.domain.identifiers import AccountId, CameraId, WarrantId
from governance.domain.named_cameras import FiledAssessment, NamedCamera, is_under_its_assessment
from governance.domain.site_evidence import CameraDocument, DocumentKind
from tests.builders_contracts import NOON, a_hash

pytestmark = pytest.mark.law("A5")
CAMERA, SIV = CameraId("camera-1"), AccountId("siv")
HASHES = [a_hash(name) for name in ("the first", "the second", "the third")]
FILINGS = st.lists(st.tuples(st.integers(0, 20), st.sampled_from(HASHES)), min_size=1, max_size=6).map(sorted)


def at(minute: int) -> timedelta:
    return timedelta(minutes=minute)


def answered(filings: list[tuple[int, str]], named: str, written: int) -> bool:
    """Ask the rule as the register stands after these filings."""
    first: dict[str, int] = {}
    for minute, sha256 in filings:
        first.setdefault(sha256, minute)
    minute, current = filings[-1]
    life = {"expires_at": NOON + timedelta(days=365)}
    return is_under_its_assessment(
        NamedCamera(
            warrant_id=WarrantId("w"),
            camera_id=CAMERA,
            record_sha256=a_hash("record"),
            assessment_sha256=named,
            written_at=NOON + at(written),
            created_at=NOON + at(written),
            **life,
        ),
        CameraDocument(
            camera_id=CAMERA,
            kind=DocumentKind.IMPACT_ASSESSMENT,
            sha256=current,
            handed_in_by=SIV,
            created_at=NOON + at(minute),
            **life,
        ),
        [
            FiledAssessment(camera_id=CAMERA, sha256=one, created_at=NOON + at(since), **life)
            for one, since in first.items()
        ],
    ).allowed


@given(filings=FILINGS, named=st.sampled_from([*HASHES, a_hash("the authority's own")]), written=st.integers(0, 20))
def test_what_stands_is_named_by_the_act_or_stood_before_it(
    filings: list[tuple[int, str]], named: str, written: int
) -> None:
    current = filings[-1][1]
    if answered(filings, named, written):
        known = {sha256 for minute, sha256 in filings if minute <= written}
        assert current == named or (current in known and named not in {sha256 for _, sha256 in filings})


@given(
    named=st.sampled_from(HASHES),
    again=st.lists(st.integers(0, 20), min_size=1, max_size=4),
    written=st.integers(0, 20),
)
def test_handing_the_same_one_in_again_stops_nothing(named: str, again: list[int], written: int) -> None:
    same = [(minute, named) for minute in sorted(again)]
    assert answered(same, named, written)
    assert answered([(0, named), *same], a_hash("the authority's own"), written)


@given(
    named=st.sampled_from(HASHES), written=st.integers(0, 9), later=st.integers(10, 20), other=st.sampled_from(HASHES)
)
def test_another_one_after_the_act_stops_it(named: str, written: int, later: int, other: str) -> None:
    assert answered([(0, named), (later, other)], named, written) is (other == named)
