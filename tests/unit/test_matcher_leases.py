import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.authorisation import LeaseAsk, UnverifiedAuthorisation
from contracts.clock import Moment
from contracts.lease_request import LeaseAnswer
from contracts.refusals import RefusalReason
from contracts.signature import Signed
from contracts.trust import TrustedRole
from contracts.vocabulary import CameraId, WarrantId
from edge.probe_client import verify_each
from matcher.governance_client import GovernanceUnavailable
from matcher.lease_keeper import LeaseKeeper
from matcher.leases import HeldLease, LeaseBook, LeaseTerms
from matcher.volunteer_book import HeldRun, VolunteerBook
from tests.builders_acts import an_urgent_warrant, nothing_stopped
from tests.builders_contracts import (
    AT_NOON,
    CAMERA,
    NOON,
    PROFILE,
    SITE,
    WARRANT,
    TrustedSite,
    a_camera,
    a_gallery,
    a_lease_answer,
    a_reference,
    a_signing_key,
    a_template,
    a_trusted_site,
    a_warrant,
    an_admission,
    an_ask,
    an_authorisation,
    an_envelope,
)
from tests.builders_matcher import SetClocks, lend

SITE_KEYS = a_trusted_site()
THE_WARRANT = a_warrant()
GALLERY = a_gallery([a_reference(SITE_KEYS)])


def a_book(site: TrustedSite = SITE_KEYS) -> LeaseBook:
    return LeaseBook(
        LeaseTerms(
            trusted=site.trusted,
            site_id=SITE,
            profile=PROFILE,
            dimensions=128,
            opening=lend(site.opening),  # type: ignore[arg-type]  # see `lend`
            stopped=nothing_stopped(site),
        )
    )


def an_answer(at: Moment = AT_NOON, gallery: bytes = GALLERY, **parts: object) -> tuple[LeaseAsk, LeaseAnswer]:
    parts.setdefault("warrant", THE_WARRANT)
    unverified, ask = an_authorisation(SITE_KEYS, at=at, gallery=gallery, **parts)  # type: ignore[arg-type]
    return ask, LeaseAnswer.from_bytes(a_lease_answer((unverified, gallery)))


def held(book: LeaseBook, at: Moment = AT_NOON, **parts: object) -> HeldLease:
    ask, answer = an_answer(at, **parts)  # type: ignore[arg-type]
    (lease,) = book.accept(CAMERA, ask, answer, at).held
    return lease


def test_good_answer_is_held_and_live() -> None:
    book = a_book()
    lease = held(book)
    assert book.live(CAMERA, AT_NOON) == [lease]
    assert book.held_count() == 1


def test_empty_answer_holds_nothing() -> None:
    book = a_book()
    accepted = book.accept(CAMERA, an_ask(), LeaseAnswer.from_bytes(a_lease_answer()), AT_NOON)
    assert not accepted.held
    assert not book.live(CAMERA, AT_NOON)


def changed_byte(signed: Signed) -> Signed:
    payload = bytearray(signed.payload)
    payload[len(payload) // 2] ^= 1
    return replace(signed, payload=bytes(payload))


def other_key(signed: Signed) -> Signed:
    return replace(signed, key=a_signing_key("unknown").id)


def wrong_signature(signed: Signed) -> Signed:
    return replace(signed, signature=bytes(64))


@pytest.mark.parametrize("spoil", [changed_byte, other_key, wrong_signature])
@pytest.mark.parametrize("envelope", ["warrant", "camera", "day_key", "lease"])
def test_one_spoilt_envelope_of_four_authorises_nothing(envelope: str, spoil: Callable[[Signed], Signed]) -> None:
    unverified, ask = an_authorisation(SITE_KEYS, gallery=GALLERY)
    spoilt: UnverifiedAuthorisation = replace(unverified, **{envelope: spoil(getattr(unverified, envelope))})
    book = a_book()
    accepted = book.accept(CAMERA, ask, LeaseAnswer(authorisations=((spoilt, GALLERY),)), AT_NOON)
    assert not accepted.held
    assert accepted.refused.total() == 1
    assert not book.live(CAMERA, AT_NOON)


def refused(at: Moment = AT_NOON, **parts: object) -> set[str]:
    ask, answer = an_answer(**parts)  # type: ignore[arg-type]
    accepted = a_book().accept(CAMERA, ask, answer, at)
    assert not accepted.held
    return set(accepted.refused)


def for_warrant(name: str) -> tuple[UnverifiedAuthorisation, bytes]:
    gallery = a_gallery([a_reference(SITE_KEYS, warrant_id=WarrantId(name))])
    unverified, _ = an_authorisation(SITE_KEYS, gallery=gallery, warrant=a_warrant(warrant_id=WarrantId(name)))
    return unverified, gallery


@pytest.mark.law("P4")
@pytest.mark.parametrize(("tested", "lent"), [(2, 2), (1, 1)])
def test_all_the_lists_of_a_camera_together_are_no_longer_than_what_was_tested(tested: int, lent: int) -> None:
    """Whoever passes is compared with every list that is lent for the camera, so the test bounds their sum."""
    admission = an_admission(envelope=an_envelope(tested_list=tested))
    site = replace(SITE_KEYS, trusted=replace(SITE_KEYS.trusted, admission=admission))
    answer = LeaseAnswer(authorisations=(for_warrant("warrant-1"), for_warrant("warrant-2")))
    accepted = a_book(site).accept(CAMERA, an_ask(), answer, AT_NOON)
    assert [lease.permit.warrant_id for lease in accepted.held] == ["warrant-1", "warrant-2"][:lent]
    assert dict(accepted.refused) == ({} if lent == 2 else {"not-admitted": 1})


@pytest.mark.law("P4")
def test_the_edge_worker_counts_them_together_too() -> None:
    admission = an_admission(envelope=an_envelope(tested_list=1))
    verified, refused = verify_each(
        [(for_warrant(name)[0], an_ask()) for name in ("warrant-1", "warrant-2")],
        trusted=replace(SITE_KEYS.trusted, admission=admission),
        site_id=SITE,
        camera_id=CAMERA,
        profile=PROFILE,
        at=AT_NOON,
    )
    assert [permit.warrant_id for permit in verified] == ["warrant-1"]
    assert [getattr(refusal, "reason", None) for refusal in refused] == [RefusalReason.NOT_ADMITTED]


def test_expired_lease_is_refused() -> None:
    assert refused(Moment(now=NOON + timedelta(seconds=61), boot=AT_NOON.boot + 61)) == {"expired"}


def test_warrant_of_tomorrow_is_refused() -> None:
    tomorrow = a_warrant(not_before=NOON + timedelta(days=1), not_after=NOON + timedelta(days=2))
    assert refused(warrant=tomorrow) == {"not-yet-valid"}


def test_warrant_for_another_camera_is_refused() -> None:
    assert refused(camera=a_camera(camera_id=CameraId("camera-2"))) == {"other-camera"}


def test_answer_to_another_question_is_refused() -> None:
    _, answer = an_answer()
    accepted = a_book().accept(CAMERA, an_ask(nonce="ab" * 32), answer, AT_NOON)
    assert set(accepted.refused) == {"other-request"}


@pytest.mark.parametrize("role", [TrustedRole.REGION, TrustedRole.VIEWER, TrustedRole.GOVERNANCE])
def test_one_demo_key_among_others_is_refused(role: TrustedRole) -> None:
    mixed = a_trusted_site(demo_roles=[role])
    ask, answer = an_answer()
    accepted = a_book(mixed).accept(CAMERA, ask, answer, AT_NOON)
    assert set(accepted.refused) == {"demo-mixed"}


def test_authorisation_with_a_gallery_that_is_not_its_own_is_refused() -> None:
    unverified, ask = an_authorisation(SITE_KEYS, gallery=GALLERY)
    other = a_gallery([a_reference(SITE_KEYS, a_template(2))])
    accepted = a_book().accept(CAMERA, ask, LeaseAnswer(authorisations=((unverified, other),)), AT_NOON)
    assert set(accepted.refused) == {"other-gallery"}


def test_same_authorisation_twice_counts_once() -> None:
    unverified, ask = an_authorisation(SITE_KEYS, gallery=GALLERY)
    answer = LeaseAnswer(authorisations=((unverified, GALLERY), (unverified, GALLERY)))
    accepted = a_book().accept(CAMERA, ask, answer, AT_NOON)
    assert len(accepted.held) == 1
    assert accepted.refused == {"twice": 1}


def later(seconds: float) -> Moment:
    return Moment(now=NOON + timedelta(seconds=seconds), boot=AT_NOON.boot + seconds)


def test_renewal_keeps_the_gallery_open_and_ends_nothing() -> None:
    book = a_book()
    first = held(book)
    ask, answer = an_answer(later(20))
    accepted = book.accept(CAMERA, ask, answer, later(20))
    assert accepted.ended == ()
    assert accepted.held[0].lent.gallery is first.lent.gallery
    assert book.live(CAMERA, later(70))


def test_renewal_with_another_gallery_overwrites_the_first() -> None:
    book = a_book()
    first = held(book)
    second = held(book, later(20), gallery=a_gallery([a_reference(SITE_KEYS, a_template(2))]))
    assert first.lent.gallery.wiped
    assert not second.lent.gallery.wiped


def test_gallery_kept_open_is_gone_after_a_day_all_the_same() -> None:
    """Law.md C1: renewing does not make it younger."""
    book = a_book()
    old = a_gallery([a_reference(SITE_KEYS)], built_at=NOON - timedelta(hours=23, minutes=59, seconds=50))
    first = held(book, gallery=old)
    ask, answer = an_answer(later(20), old)
    accepted = book.accept(CAMERA, ask, answer, later(20))
    assert set(accepted.refused) == {"too-old"}
    assert accepted.ended == (WARRANT,)
    assert first.lent.gallery.wiped


def test_what_the_next_answer_leaves_out_is_overwritten_at_once() -> None:
    book = a_book()
    lease = held(book)
    accepted = book.accept(CAMERA, an_ask(at=later(5)), LeaseAnswer.from_bytes(a_lease_answer()), later(5))
    assert accepted.ended == (WARRANT,)
    assert lease.lent.gallery.wiped
    assert not book.live(CAMERA, later(5))


def test_lease_that_is_not_renewed_is_overwritten_at_its_end() -> None:
    book = a_book()
    lease = held(book)
    assert book.end_expired(later(59)) == []
    assert book.end_expired(later(60)) == [(CAMERA, WARRANT)]
    assert lease.lent.gallery.wiped
    assert book.held_count() == 0


def test_closed_book_is_overwritten_and_takes_nothing_more() -> None:
    book = a_book()
    lease = held(book)
    book.close()
    assert lease.lent.gallery.wiped
    ask, answer = an_answer()
    book.accept(CAMERA, ask, answer, AT_NOON)
    assert not book.live(CAMERA, AT_NOON)


class Source:
    """Governance as the keeper sees it: it answers each question, or does not."""

    def __init__(self) -> None:
        self.asked: list[LeaseAsk] = []
        self.reachable = True
        self.lends = True

    async def ask_lease(self, camera_id: CameraId, ask: LeaseAsk, at: Moment) -> LeaseAnswer:
        self.asked.append(ask)
        if not self.reachable:
            raise GovernanceUnavailable("Governance cannot be reached.")
        if not self.lends:
            return LeaseAnswer.from_bytes(a_lease_answer())
        unverified, _ = an_authorisation(SITE_KEYS, at=at, ask=ask, gallery=GALLERY, warrant=THE_WARRANT)
        return LeaseAnswer.from_bytes(a_lease_answer((unverified, GALLERY)))


class Keeping:
    """A keeper under set clocks."""

    def __init__(self) -> None:
        self.clocks = SetClocks()
        self.book = a_book()
        self.source = Source()
        self.ended: list[tuple[CameraId, WarrantId]] = []
        self.heard: list[HeldLease] = []
        self.noticed = asyncio.Event()
        self.keeper = LeaseKeeper(
            self.book,
            VolunteerBook(self.book),
            self.source,
            cameras=(CAMERA,),
            clocks=self.clocks,
            renewal_seconds=20,
            on_held=self._hear,
            on_end=self._end,
            on_run_end=lambda _ended: None,
        )

    def _end(self, ended: list[tuple[CameraId, WarrantId]]) -> None:
        self.ended += ended
        self.noticed.set()

    async def _hear(self, lease: HeldLease | HeldRun) -> None:
        assert isinstance(lease, HeldLease)
        self.heard.append(lease)


def test_edge_worker_without_a_lease_makes_the_keeper_ask_at_once_but_not_without_end() -> None:
    keeping = Keeping()
    keeping.source.lends = False

    async def story() -> None:
        for _ in range(5):
            assert await keeping.keeper.held_now(CAMERA) == []
        assert len(keeping.source.asked) == 1
        keeping.clocks.pass_time(1)
        keeping.source.lends = True
        assert len(await keeping.keeper.held_now(CAMERA)) == 1

    asyncio.run(story())
    assert len(keeping.heard) == 1


def test_no_lease_is_asked_for_a_camera_that_no_worker_reads() -> None:
    keeping = Keeping()

    async def story() -> None:
        renewing = asyncio.create_task(keeping.keeper._renew_for_ever(CAMERA))
        for _ in range(20):
            await asyncio.sleep(0)  # the loop turns; it has looked by then
        assert keeping.source.asked == []
        assert len(await keeping.keeper.held_now(CAMERA)) == 1
        renewing.cancel()

    asyncio.run(story())


def test_every_question_has_a_nonce_of_its_own() -> None:
    keeping = Keeping()

    async def story() -> None:
        for _ in range(4):
            await keeping.keeper._renew(CAMERA, unless_asked_within=0)

    asyncio.run(story())
    assert len({ask.nonce for ask in keeping.source.asked}) == 4


def test_unreachable_governance_lets_the_lease_run_out_and_no_longer() -> None:
    keeping = Keeping()

    async def story() -> None:
        await keeping.keeper._renew(CAMERA, unless_asked_within=0)
        keeping.source.reachable = False
        keeping.clocks.pass_time(30)
        assert not await keeping.keeper._renew(CAMERA, unless_asked_within=0)
        assert len(await keeping.keeper.held_now(CAMERA)) == 1
        keeping.clocks.pass_time(30)
        watch = asyncio.create_task(keeping.keeper._watch())
        await asyncio.wait_for(keeping.noticed.wait(), 10)
        watch.cancel()

    asyncio.run(story())
    assert keeping.ended == [(CAMERA, WARRANT)]
    assert keeping.book.held_count() == 0


def test_revoked_warrant_ends_with_the_next_answer() -> None:
    keeping = Keeping()

    async def story() -> None:
        await keeping.keeper._renew(CAMERA, unless_asked_within=0)
        keeping.source.lends = False
        await keeping.keeper._renew(CAMERA, unless_asked_within=0)

    asyncio.run(story())
    assert keeping.ended == [(CAMERA, WARRANT)]


@pytest.mark.law("A7")
def test_an_urgent_warrant_ends_at_the_site_by_itself_whatever_governance_leases() -> None:
    """Without the issuer's receipt: live a millisecond before 24 h after the second signature, and not at it."""
    book = a_book()
    warrant, papers = an_urgent_warrant(SITE_KEYS)
    for seconds, held_then in ((24 * 3600 - 1, 1), (24 * 3600, 0)):
        at = Moment(now=NOON + timedelta(seconds=seconds), boot=AT_NOON.boot + seconds)
        gallery = a_gallery([a_reference(SITE_KEYS)], now=at.now)
        unverified, ask = an_authorisation(SITE_KEYS, at=at, gallery=gallery, warrant=warrant, papers=papers)
        accepted = book.accept(CAMERA, ask, LeaseAnswer(authorisations=((unverified, gallery),)), at)
        assert len(accepted.held) == held_then
    assert dict(accepted.refused) == {"expired": 1}
