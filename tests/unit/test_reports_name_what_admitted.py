"""Every report that names a model names what admitted it, by every hash; and where nothing did, says that (P4, C10)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.admission import ProfileAdmission
from governance.application.reports.admitted import AdmittedModel, NamedAdmission, model_rows
from governance.application.reports.report import Language, Phrase, Unsaid
from governance.domain.admissions import AcceptedAdmission, that_admitted
from tests.builders_admission import PROFILE_SHA256, a_hash, an_admission
from tests.builders_contracts import NOON

DAY = timedelta(days=1)


def taken_in(admission: ProfileAdmission | None = None, **changes: object) -> AcceptedAdmission:
    of = admission or an_admission()
    kept = AcceptedAdmission(
        document=of.sha256,
        admission_id=of.admission_id,
        profile_sha256=of.profile_sha256,
        profile_class=of.profile_class.value,
        verdict=of.verdict.value,
        tested_list=of.envelope.tested_list,
        threshold=of.envelope.threshold,
        measured_on=of.measured_on.isoformat(),
        ends_at=of.expires_at,
        record=None,
        created_at=NOON,
        expires_at=NOON + 400 * DAY,
    )
    return replace(kept, **changes)  # type: ignore[arg-type]  # the test's own


def said(model: AdmittedModel | None, language: Language = Language.ENGLISH) -> list[str]:
    cells = [cell for row in model_rows(model) for cell in row]
    texts = [one.why if isinstance(one, Unsaid) else one for one in cells]
    return [one.words(language) if isinstance(one, Phrase) else str(one) for one in texts]


@pytest.mark.law("P4", "C10")
@pytest.mark.parametrize("language", list(Language))
def test_what_admitted_is_named_by_all_that_it_can_be_found_by(language: Language) -> None:
    admission = an_admission()
    told = said(
        AdmittedModel(
            profile_sha256=PROFILE_SHA256,
            admissions=(
                NamedAdmission(
                    kept=taken_in(), signed=admission, signed_by=("lab (evaluator)", "officer-1 (model-officer)")
                ),
            ),
            demo=False,
        ),
        language,
    )
    for wanted in (
        admission.admission_id,
        "lab (evaluator), officer-1 (model-officer)",
        admission.sha256,
        admission.profile_sha256,
        admission.report_sha256,
        admission.score_file_sha256,
        "0.45 (euclidean-distance)",
        "OPERATIONAL: PASS",
        "2026-02-01",
        "90",
    ):
        assert wanted in told


@pytest.mark.law("P4")
def test_where_nothing_admitted_it_that_is_said_and_demo_is_called_demo() -> None:
    demo = said(AdmittedModel(profile_sha256=PROFILE_SHA256, admissions=(), demo=True))
    assert any("nothing admitted it" in one and "DEMO" in one for one in demo)
    other = said(AdmittedModel(profile_sha256=PROFILE_SHA256, admissions=(), demo=False))
    assert any("no admission" in one for one in other)
    assert not any("DEMO" in one for one in other)
    assert PROFILE_SHA256 not in said(None)


def test_what_was_taken_in_before_it_was_kept_whole_is_named_as_far_as_it_is_known() -> None:
    told = said(AdmittedModel(profile_sha256=PROFILE_SHA256, admissions=(NamedAdmission(kept=taken_in()),), demo=False))
    assert an_admission().sha256 in told
    assert told.count("the admission was taken in before it was kept whole") == 4


@pytest.mark.law("P4")
def test_only_what_was_there_of_this_profile_and_passed_admitted_it() -> None:
    good = taken_in()
    others = {
        "another profile's": taken_in(profile_sha256=a_hash("another")),
        "one that failed": taken_in(verdict="FAIL"),
        "one taken in later": taken_in(created_at=NOON + 2 * DAY),
        "one that had ended": taken_in(ends_at=NOON + DAY),
    }
    for name, other in others.items():
        at = NOON + DAY
        assert that_admitted([other, good], PROFILE_SHA256, begins=at, ends=at) == (good,), name


@pytest.mark.law("P4")
@given(
    spans=st.lists(st.tuples(st.integers(0, 20), st.integers(1, 20)), max_size=5),
    begins=st.integers(0, 40),
    length=st.integers(0, 5),
)
def test_whatever_is_named_stood_at_some_time_of_the_use(
    spans: list[tuple[int, int]], begins: int, length: int
) -> None:
    def at(day: int) -> datetime:
        return NOON + day * DAY

    kept = [
        taken_in(document=f"{number}", created_at=at(first), ends_at=at(first + days))
        for number, (first, days) in enumerate(spans)
    ]
    named: Iterable[AcceptedAdmission] = that_admitted(
        kept, PROFILE_SHA256, begins=at(begins), ends=at(begins + length)
    )
    stood = {
        one.document
        for one in kept
        if any(one.created_at <= at(day) < one.ends_at for day in range(begins, begins + length + 1))
    }
    assert {one.document for one in named} == stood
