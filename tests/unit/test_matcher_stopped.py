"""What its issuer took back is never honoured again at this site, whatever anybody sends, also after a restart (A8)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.clock import Moment
from contracts.lease_request import LeaseAnswer
from contracts.signature import Purpose, Signed
from contracts.vocabulary import WarrantId
from contracts.warrant_acts import Rejection, Revocation
from matcher.leases import LeaseBook
from matcher.stopped import StoppedRefused, StoppedWarrants
from tests.builders_acts import an_ending
from tests.builders_contracts import (
    AT_NOON,
    CAMERA,
    ISSUER_NAME,
    NOON,
    WARRANT,
    a_gallery,
    a_hash,
    a_listed_issuer,
    a_reference,
    a_signing_key,
    a_trusted_site,
    a_warrant,
    an_authorisation,
    an_issuer_list,
)
from tests.unit.test_matcher_leases import a_book

pytestmark = pytest.mark.law("A8")

SITE = a_trusted_site()
ACT = a_warrant()
GALLERY = a_gallery([a_reference(SITE)])


def a_book_at(path: Path) -> LeaseBook:
    book = a_book(SITE)
    return LeaseBook(replace(book.terms, stopped=StoppedWarrants(path, SITE.trusted)))


def lent(book: LeaseBook, *stops: Signed, lends: bool = True, later: float = 0.0) -> tuple[int, int]:
    """Answer a request of this book; return how many leases it holds, and how many ended."""
    at = Moment(now=NOON + timedelta(seconds=later), boot=AT_NOON.boot + later)
    unverified, ask = an_authorisation(SITE, at=at, warrant=ACT, gallery=GALLERY)
    answer = LeaseAnswer(authorisations=((unverified, GALLERY),) if lends else (), stops=stops)
    accepted = book.accept(CAMERA, ask, LeaseAnswer.from_bytes(answer.to_bytes()), at)
    return len(accepted.held), len(accepted.ended)


@pytest.mark.parametrize("kind", [Revocation, Rejection])
def test_a_warrant_that_its_issuer_took_back_is_never_honoured_again(
    tmp_path: Path, kind: type[Revocation | Rejection]
) -> None:
    path = tmp_path / "stopped"
    book = a_book_at(path)
    assert lent(book) == (1, 0)
    # Governance lends it all the same in the very answer that brings the issuer's word, and ever after.
    assert lent(book, an_ending(SITE, ACT, kind), later=1) == (0, 1)
    assert lent(book, later=2) == (0, 0)
    assert book.held_count() == 0
    assert lent(a_book_at(path), later=3) == (0, 0)


def test_it_ends_at_every_camera_of_the_site(tmp_path: Path) -> None:
    book = a_book_at(tmp_path / "stopped")
    lent(book)
    _, ask = an_authorisation(SITE)
    other = LeaseAnswer(authorisations=(), stops=(an_ending(SITE, ACT),))
    accepted = book.accept("camera-2", ask, other, AT_NOON)  # type: ignore[arg-type]  # another camera of the site
    assert accepted.ended == (WARRANT,)
    assert book.held_count() == 0


STRANGER = a_signing_key("stranger")
STOP_NOTHING: dict[str, Callable[[], Signed]] = {
    "governance's own": lambda: an_ending(SITE, ACT, key=SITE.governance),
    "a stranger's": lambda: an_ending(SITE, ACT, key=STRANGER),
    "an officer's": lambda: an_ending(SITE, ACT, key=SITE.officers[0]),
    "for another purpose": lambda: an_ending(SITE, ACT, purpose=Purpose.WARRANT),
    "in another's name": lambda: an_ending(SITE, ACT, issuer="another-court"),
    "of another warrant": lambda: an_ending(SITE, ACT, warrant_sha256=a_hash("another")),
    "of the future": lambda: an_ending(SITE, ACT, issued_at=NOON + timedelta(hours=1)),
    "a DEMO one": lambda: an_ending(SITE, ACT, demo=True),
    "the warrant itself": lambda: SITE.issuer.sign(Purpose.WARRANT, ACT.to_bytes()),
    "no record": lambda: SITE.issuer.sign(Purpose.REVOCATION, b"[]"),
}


@pytest.mark.parametrize("stop", STOP_NOTHING.values(), ids=STOP_NOTHING)
def test_what_is_not_the_issuers_word_stops_nothing(tmp_path: Path, stop: Callable[[], Signed]) -> None:
    assert lent(a_book_at(tmp_path / "stopped"), stop()) == (1, 0)


def test_another_issuer_of_the_list_stops_nothing_and_does_not_keep_the_issuers_word_out(tmp_path: Path) -> None:
    issuers = an_issuer_list(a_listed_issuer(SITE.issuer), a_listed_issuer(STRANGER, name="another-court"))
    stopped = StoppedWarrants(tmp_path / "stopped", replace(SITE.trusted, issuers=issuers))
    sha256 = Revocation.from_bytes(an_ending(SITE, ACT).payload).warrant_sha256
    stopped.take([an_ending(SITE, ACT, key=STRANGER, issuer="another-court")], NOON)
    assert not stopped.holds(sha256, ISSUER_NAME)
    stopped.take([an_ending(SITE, ACT)], NOON)
    assert stopped.holds(sha256, ISSUER_NAME)


def test_it_is_remembered_until_no_window_can_be_open(tmp_path: Path) -> None:
    path = tmp_path / "stopped"
    # The record states an end before the warrant's own: it is kept for all that.
    stop = an_ending(SITE, ACT, not_after=NOON - timedelta(hours=1))
    StoppedWarrants(path, SITE.trusted).take([stop], NOON)
    other = an_ending(SITE, a_warrant(case_reference="CASE-2"))
    for days, kept in ((59, True), (61, False)):
        stopped = StoppedWarrants(path, SITE.trusted)
        stopped.take([other], NOON + timedelta(days=days))
        other = an_ending(SITE, a_warrant(case_reference="CASE-3"))
        assert stopped.holds(Revocation.from_bytes(stop.payload).warrant_sha256, ISSUER_NAME) is kept


@pytest.mark.parametrize("damage", [b"", b"{}", b"[]", b"\x00" * 64])
def test_a_damaged_memory_honours_no_warrant(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "stopped"
    path.write_bytes(damage)
    with pytest.raises(StoppedRefused, match="no warrant is honoured"):
        StoppedWarrants(path, SITE.trusted)


def test_what_cannot_be_kept_ends_everything(tmp_path: Path) -> None:
    stopped = StoppedWarrants(tmp_path / "gone" / "stopped", SITE.trusted)
    with pytest.raises(StoppedRefused):
        stopped.take([an_ending(SITE, ACT)], NOON)


@given(order=st.permutations(range(3)), restarts=st.lists(st.booleans(), min_size=3, max_size=3))
def test_in_whatever_order_they_come_each_is_remembered(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], restarts: list[bool]
) -> None:
    path = tmp_path_factory.mktemp("site") / "stopped"
    acts = [a_warrant(warrant_id=WarrantId(f"warrant-{number}")) for number in range(3)]
    endings = [an_ending(SITE, act) for act in acts]
    stopped = StoppedWarrants(path, SITE.trusted)
    for number, restart in zip(order, restarts, strict=True):
        stopped = StoppedWarrants(path, SITE.trusted) if restart else stopped
        assert stopped.take([endings[number], endings[number]], NOON) == {acts[number].warrant_id}
    read = StoppedWarrants(path, SITE.trusted)
    assert all(read.holds(Revocation.from_bytes(one.payload).warrant_sha256, ISSUER_NAME) for one in endings)
