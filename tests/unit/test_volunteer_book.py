"""The runs that a site's matcher holds: each ends with whatever it rests on, and is overwritten then (C11, C16)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.authorisation import LeaseAsk
from contracts.clock import Moment
from contracts.lease_request import LeaseAnswer
from contracts.signature import Purpose
from contracts.vocabulary import CameraId, ReferenceId, VolunteerId
from contracts.volunteer_run import RUN_LEASE_LIMIT
from matcher.volunteer_book import HeldRun, VolunteerBook
from tests.builders_admission import an_admission, an_envelope
from tests.builders_contracts import (
    AT_NOON,
    CAMERA,
    DEPLOYMENT,
    NOON,
    a_camera,
    a_gallery,
    a_permit,
    a_reference,
    a_template,
    a_trusted_site,
    a_warrant,
    an_ask,
    an_authorisation,
)
from tests.builders_lent_runs import TWO, a_lent_list, a_run_book, an_answer_with_a_run
from tests.builders_volunteers import (
    RUN,
    a_blue_gallery,
    a_closure,
    a_consent,
    a_run_lease,
    a_sealed_volunteer,
    a_withdrawal,
)

pytestmark = pytest.mark.law("C11", "C16")

KEYS = a_trusted_site()
WARRANT = a_warrant()
GALLERY = a_gallery([a_reference(KEYS)])
LEASE = a_run_lease().lease_id
OTHER_CAMERA = CameraId("camera-2")
NOTHING = LeaseAnswer(authorisations=())


def later(seconds: float) -> Moment:
    return Moment(now=NOON + timedelta(seconds=seconds), boot=AT_NOON.boot + seconds)


def lent_a_warrant(book: VolunteerBook, *, reference_id: str = "reference-1", camera: CameraId = CAMERA) -> None:
    """Let the site hold the lease of a warrant for a camera."""
    bundle = a_gallery([a_reference(KEYS, reference_id=reference_id)])
    warrant = a_warrant(cameras=(replace(WARRANT.cameras[0], camera_id=camera),))
    record = a_camera(camera_id=camera)
    unverified, ask = an_authorisation(KEYS, gallery=bundle, warrant=warrant, camera=record)
    accepted = book.leases.accept(camera, ask, LeaseAnswer(authorisations=((unverified, bundle),)), AT_NOON)
    assert accepted.held, accepted.refused


def held(book: VolunteerBook, *, at: Moment = AT_NOON, **parts: Any) -> HeldRun:
    ask, answer = an_answer_with_a_run(KEYS, at=at, **parts)
    accepted = book.accept(CAMERA, ask, answer, at)
    (run,) = accepted.held or pytest.fail(f"refused: {accepted.refused}")
    return run


def inside(book: VolunteerBook) -> HeldRun:
    """Hold a run inside the warrant that is lent to its camera."""
    lent_a_warrant(book)
    (lease,) = book.leases.live(CAMERA, AT_NOON)
    return held(book, inside=lease.permit)


def refused(book: VolunteerBook, ask: LeaseAsk, answer: LeaseAnswer, at: Moment = AT_NOON) -> set[str]:
    accepted = book.accept(CAMERA, ask, answer, at)
    assert not accepted.held
    assert not book.live(CAMERA, at)
    return set(accepted.refused)


def test_a_run_on_a_closed_site_is_held_without_any_warrant() -> None:
    book = a_run_book(KEYS)
    run = held(book)
    assert book.live(CAMERA, AT_NOON) == [run]
    assert run.is_alone
    assert book.is_lent(CAMERA, RUN, AT_NOON)
    assert not book.is_lent(CAMERA, "run-2", AT_NOON)
    assert not book.live(OTHER_CAMERA, AT_NOON)
    assert book.held_count() == 1
    assert book.leases.held_count() == 0


def test_a_run_inside_a_warrant_is_held_beside_that_warrants_lease_alone() -> None:
    ask, answer = an_answer_with_a_run(KEYS, inside=a_permit(KEYS, warrant=WARRANT, gallery=GALLERY))
    assert refused(a_run_book(KEYS), ask, answer) == {"open-site"}
    book = a_run_book(KEYS)
    run = inside(book)
    assert book.live(CAMERA, AT_NOON) == [run]
    assert not run.is_alone


def test_a_run_inside_a_warrant_is_over_the_moment_its_lease_is() -> None:
    book = a_run_book(KEYS)
    run = inside(book)
    book.leases.stop(CAMERA, DEPLOYMENT, AT_NOON)
    assert not book.live(CAMERA, AT_NOON)
    assert book.end_over(AT_NOON) == [(CAMERA, RUN)]
    assert run.lent.templates.wiped


def test_who_is_looked_for_at_another_camera_of_the_site_ends_the_run() -> None:
    book = a_run_book(KEYS)
    run = held(book)
    lent_a_warrant(book, reference_id="reference-of-volunteer-2", camera=OTHER_CAMERA)
    assert not book.live(CAMERA, AT_NOON)
    assert book.end_over(AT_NOON) == [(CAMERA, RUN)]
    assert run.lent.templates.wiped


def test_a_run_with_somebody_who_is_looked_for_is_refused() -> None:
    book = a_run_book(KEYS)
    lent_a_warrant(book, reference_id="reference-of-volunteer-2", camera=OTHER_CAMERA)
    assert refused(book, *an_answer_with_a_run(KEYS)) == {"wanted"}


def test_another_answer_without_it_ends_it() -> None:
    book = a_run_book(KEYS)
    run = held(book)
    accepted = book.accept(CAMERA, an_ask(), NOTHING, AT_NOON)
    assert accepted.ended == (RUN,)
    assert run.lent.templates.wiped


def test_a_renewal_of_the_same_list_keeps_it_open() -> None:
    book = a_run_book(KEYS)
    unverified, bundle, ask = a_lent_list(KEYS)
    book.accept(CAMERA, ask, LeaseAnswer(authorisations=(), runs=((unverified, bundle),)), AT_NOON)
    (first,) = book.live(CAMERA, AT_NOON)
    again = replace(unverified)
    accepted = book.accept(CAMERA, ask, LeaseAnswer(authorisations=(), runs=((again, bundle),)), AT_NOON)
    assert accepted.held[0].lent.templates is first.lent.templates
    assert not first.lent.templates.wiped
    assert not accepted.ended


def test_a_list_without_who_withdrew_replaces_the_one_before() -> None:
    book = a_run_book(KEYS)
    first = held(book)
    left = {name: template for name, template in TWO.items() if name != "volunteer-1"}
    accepted = book.accept(CAMERA, *an_answer_with_a_run(KEYS, left), AT_NOON)
    assert accepted.held[0].lent.templates.volunteers == ("volunteer-2",)
    assert first.lent.templates.wiped
    assert not accepted.ended


def test_a_withdrawal_that_the_list_does_not_know_of_ends_the_run() -> None:
    book = a_run_book(KEYS)
    unverified, bundle, ask = a_lent_list(KEYS)
    book.accept(CAMERA, ask, LeaseAnswer(authorisations=(), runs=((unverified, bundle),)), AT_NOON)
    (first,) = book.live(CAMERA, AT_NOON)
    word = KEYS.volunteers.sign(Purpose.CONSENT_WITHDRAWAL, a_withdrawal().to_bytes())
    withdrawn = replace(unverified, withdrawals=(word,))
    assert refused(book, ask, LeaseAnswer(authorisations=(), runs=((withdrawn, bundle),))) == {"other-volunteer"}
    assert first.lent.templates.wiped


@pytest.mark.law("P4")
@pytest.mark.parametrize(("tested", "lent"), [(4, 2), (3, 1)])
def test_all_the_runs_of_a_camera_together_are_no_longer_than_what_was_tested(tested: int, lent: int) -> None:
    admission = an_admission(envelope=an_envelope(tested_list=tested))
    book = a_run_book(replace(KEYS, trusted=replace(KEYS.trusted, admission=admission)))
    first, first_list, ask = a_lent_list(KEYS)
    consents = tuple(a_consent(name, run_id="run-2") for name in TWO)
    sealed = [a_sealed_volunteer(KEYS, one, name=name, run_id="run-2") for name, one in TWO.items()]
    bundle = a_blue_gallery(sealed, run_id="run-2")
    second, second_list, _ = a_lent_list(KEYS, consents=consents, run={"run_id": "run-2"}, bundle=bundle)
    answer = LeaseAnswer(authorisations=(), runs=((first, first_list), (second, second_list)))
    accepted = book.accept(CAMERA, ask, answer, AT_NOON)
    assert len(accepted.held) == lent, accepted.refused


def test_a_run_that_is_lent_twice_is_held_once() -> None:
    book = a_run_book(KEYS)
    unverified, bundle, ask = a_lent_list(KEYS)
    twice = LeaseAnswer(authorisations=(), runs=((unverified, bundle), (unverified, bundle)))
    accepted = book.accept(CAMERA, ask, twice, AT_NOON)
    assert len(accepted.held) == 1
    assert dict(accepted.refused) == {"twice": 1}


ENDS: list[tuple[str, Callable[[VolunteerBook], object]]] = [
    ("an order to stop", lambda book: book.stop(CAMERA, RUN, LEASE)),
    ("the end of its lease", lambda book: book.end_over(later(RUN_LEASE_LIMIT.total_seconds()))),
    ("the end of all", lambda book: book.close()),
]


@pytest.mark.parametrize(("what", "end"), ENDS, ids=[what for what, _ in ENDS])
def test_at_an_end_the_templates_are_overwritten(what: str, end: Callable[[VolunteerBook], object]) -> None:
    book = a_run_book(KEYS)
    run = held(book)
    with run.lent.templates.templates() as templates:
        kept = templates
    assert end(book) == [(CAMERA, RUN)], what
    assert not kept.any()
    assert not book.live(CAMERA, AT_NOON)
    assert book.held_count() == 0


def test_a_stop_of_another_run_camera_or_lease_stops_nothing() -> None:
    book = a_run_book(KEYS)
    run = held(book)
    assert book.stop(CAMERA, "run-2", LEASE) == []
    assert book.stop(OTHER_CAMERA, RUN, LEASE) == []
    assert book.stop(CAMERA, RUN, "another-lease") == []
    assert book.live(CAMERA, AT_NOON) == [run]


def test_a_closed_book_takes_nothing_in() -> None:
    book = a_run_book(KEYS)
    book.close()
    ask, answer = an_answer_with_a_run(KEYS)
    assert not book.accept(CAMERA, ask, answer, AT_NOON).held
    assert book.held_count() == 0


def test_templates_are_said_to_be_locked_only_where_some_are_held() -> None:
    book = a_run_book(KEYS)
    assert book.templates_locked() is None
    run = held(book)
    assert book.templates_locked() is run.lent.templates.locked


def test_no_run_is_among_the_leases() -> None:
    book = a_run_book(KEYS)
    held(book)
    assert not book.leases.live(CAMERA, AT_NOON)
    assert book.leases.wanted() == frozenset()
    lent_a_warrant(book)
    assert book.leases.wanted() == {ReferenceId("reference-1")}


@given(
    opens=st.integers(1, 90),
    standing=st.sets(st.sampled_from(["volunteer-1", "volunteer-2"]), min_size=1),
    waits=st.lists(st.floats(0, 40), max_size=6),
    stops=st.booleans(),
)
def test_whatever_is_not_live_is_overwritten_at_the_next_look(
    opens: int, standing: set[str], waits: list[float], *, stops: bool
) -> None:
    book = a_run_book(KEYS)
    lent = {name: a_template(seed) for seed, name in enumerate(sorted(standing), start=1)}
    run = held(
        book,
        volunteers=lent,
        standing=tuple(map(VolunteerId, lent)),
        closure=a_closure(closed_until=NOON + timedelta(seconds=opens)),
    )
    passed = 0.0
    for wait in waits:
        passed += wait
        at = later(passed)
        book.end_over(at)
        if stops and passed > 20:
            book.stop(CAMERA, RUN, LEASE)
        is_live = book.live(CAMERA, at) == [run]
        assert is_live is (passed < min(opens, 60) and not (stops and passed > 20))
        assert run.lent.templates.wiped is not is_live
