"""For all acts and instants: the centre lends an urgent warrant exactly while a site believes the same acts (A7)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.issued_act import ActPapers, believed_act
from contracts.refusals import AuthorisationRefused
from contracts.warrant import Warrant
from governance.domain.identifiers import ObjectId, WarrantId
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.papers import Paper, PaperKind
from governance.domain.urgent import (
    is_in_urgent_time,
    is_not_silent,
    may_begin,
    may_confirm,
    may_take_receipt,
    urgent_use,
)
from governance.domain.warrants import Warrant as Record
from governance.domain.warrants import WarrantState, WarrantType, is_in_window
from tests.builders_acts import an_urgent_warrant
from tests.builders_contracts import NOON, a_hash, a_trusted_site
from tests.unit.test_domain_warrants import a_record

pytestmark = pytest.mark.law("A7")
SITE = a_trusted_site()
MINUTE = timedelta(minutes=1)
MINUTES = st.one_of(st.integers(-120, 80 * 60), st.sampled_from([0, 24 * 60 - 1, 24 * 60, 72 * 60 - 1, 72 * 60]))


@dataclass(frozen=True, kw_only=True)
class Story:
    """What was signed and taken in, each in minutes after noon; nothing where it was not."""

    window: tuple[int, int]
    signed: int
    receipt: tuple[int, int] | None
    """When the issuer signed it, and how much later it was taken in."""
    confirmed: int | None


STORIES = st.builds(
    Story,
    window=st.tuples(st.integers(-120, 60), st.integers(1, 73 * 60)),
    signed=st.integers(-120, 60),
    receipt=st.none() | st.tuples(st.integers(-60, 25 * 60), st.integers(-10, 60)),
    confirmed=st.none() | st.integers(0, 73 * 60),
)


def at(minutes: int) -> datetime:
    return NOON + minutes * MINUTE


def a_paper(kind: PaperKind, *, dated: datetime, taken: datetime) -> Paper:
    named: dict[str, Any] = {"paper_sha256": a_hash(kind.value), "warrant_id": WarrantId("w"), "kind": kind}
    return Paper(**named, record=ObjectId("o"), dated=dated, created_at=taken, expires_at=NOON + timedelta(days=9))


def taken_in(story: Story, warrant: Record, now: datetime) -> tuple[Paper, ...]:
    """Return the papers that the centre has taken in by now, each by its own rule at its own time."""
    papers = [a_paper(PaperKind.COUNTERSIGNATURE, dated=at(story.signed), taken=at(story.signed))]
    answers = []
    if story.receipt is not None:
        signed, later = story.receipt
        answers.append((at(signed + later), PaperKind.RECEIPT, at(signed)))
    if story.confirmed is not None:
        answers.append((at(story.confirmed), PaperKind.CONFIRMATION, at(story.confirmed)))
    for taken, kind, dated in sorted(answers):
        use = urgent_use(warrant, papers)
        if kind is PaperKind.RECEIPT:
            allowed = may_take_receipt(use, SWEDEN_2026, dated=dated, now=taken).allowed
        else:
            allowed = may_confirm(use, SWEDEN_2026, now=taken).allowed
        if allowed and at(story.signed) <= taken <= now:
            papers.append(a_paper(kind, dated=dated, taken=taken))
    return tuple(papers)


def signed_acts(story: Story) -> tuple[Warrant, ActPapers]:
    received = None if story.receipt is None else at(story.receipt[0])
    begins = at(story.window[0])
    window = {"not_before": begins, "not_after": begins + story.window[1] * MINUTE}
    act, papers = an_urgent_warrant(SITE, signed_at=at(story.signed), received_at=received, **window)
    return act, ActPapers(**papers)


def believes(papers: ActPapers, now: datetime) -> bool:
    """Say whether a site would lend by these acts now."""
    try:
        act = believed_act(papers, SITE.trusted, now)
    except AuthorisationRefused:
        return False
    return act.begins_at <= now < act.ends_at


def is_imported(papers: ActPapers, record: Record, story: Story) -> bool:
    """Say whether the centre took the act in, at the second officer's signature."""
    try:
        believed_act(replace(papers, receipt=None), SITE.trusted, at(story.signed))
    except AuthorisationRefused:
        return False
    return may_begin(record, begun_at=at(story.signed), legal=SWEDEN_2026, now=at(story.signed)).allowed


@given(story=STORIES, minute=MINUTES)
@example(story=Story(window=(0, 72 * 60), signed=0, receipt=None, confirmed=60), minute=24 * 60)
@example(story=Story(window=(0, 72 * 60), signed=0, receipt=None, confirmed=60), minute=24 * 60 - 1)
@example(story=Story(window=(0, 72 * 60), signed=0, receipt=(30, 5), confirmed=60), minute=24 * 60)
@example(story=Story(window=(30, 72 * 60), signed=0, receipt=(30, 5), confirmed=60), minute=72 * 60)
@example(story=Story(window=(0, 72 * 60), signed=0, receipt=(40, -10), confirmed=None), minute=35)
def test_the_centre_lends_exactly_while_a_site_believes_the_same_acts(story: Story, minute: int) -> None:
    now, (act, papers) = at(minute), signed_acts(story)
    record = a_record(
        type=WarrantType.URGENT,
        state=WarrantState.ACTIVE,
        not_before=act.not_before,
        not_after=act.not_after,
    )
    taken = taken_in(story, record, now)
    use = urgent_use(record, taken)
    assert use is not None
    lends = (
        is_imported(papers, record, story)
        and is_in_window(record, now=now).allowed
        and use.begun_at <= now
        and is_not_silent(use, SWEDEN_2026, now=now).allowed
        and is_in_urgent_time(use, SWEDEN_2026, now=now).allowed
    )
    sent = papers if use.received_at is not None else replace(papers, receipt=None)
    assert lends is believes(sent, now)
