"""The rules about seeded volunteers, and how their passes are counted (C11, C16)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.domain.ages import band_of
from governance.domain.decisions import Decision
from governance.domain.deployments import Deployment, DeploymentState
from governance.domain.identifiers import (
    AccountId,
    CameraId,
    DeploymentId,
    ObjectId,
    ReferenceId,
    SiteId,
    VolunteerId,
    WarrantId,
)
from governance.domain.volunteers import (
    LATE_SIGHTING,
    LONGEST_PASS,
    Age,
    ClosedSite,
    RunMode,
    RunState,
    SeededPass,
    Sex,
    Skin,
    Tally,
    Volunteer,
    VolunteerRun,
    Wanted,
    are_not_wanted,
    bands_of,
    found_by,
    is_run_over,
    may_announce_pass,
    may_approve_run,
    may_end_run,
    may_plan_run,
    may_take_sightings,
    rests_on_closed_site,
    rests_on_warrant,
    tally,
)
from governance.domain.warrants import Warrant, WarrantState, WarrantType
from tests.builders_contracts import NOON, PROFILE_SHA256, a_hash

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
LEX, DORA = AccountId("lex"), AccountId("dora")
GATE, HALL = CameraId("gate"), CameraId("hall")


def a_run(**changes: Any) -> VolunteerRun:
    run = VolunteerRun(
        run_id="run-1",
        site_id=SiteId("site-1"),
        mode=RunMode.CLOSED_SITE,
        rests_on_sha256=a_hash("closure"),
        warrant_id=None,
        cameras=frozenset({GATE}),
        begins_at=NOON + HOUR,
        ends_at=NOON + 2 * HOUR,
        profile_sha256=PROFILE_SHA256,
        papers=b"papers",
        state=RunState.APPROVED,
        proposed_by=LEX,
        created_at=NOON,
        expires_at=NOON + DAY,
    )
    return replace(run, **changes)


def a_volunteer(name: str = "v1", **changes: Any) -> Volunteer:
    volunteer = Volunteer(
        volunteer_id=VolunteerId(name),
        run_id="run-1",
        reference_id=ReferenceId(f"reference-{name}"),
        photograph_sha256=a_hash(f"photograph {name}"),
        consent_sha256=a_hash(f"consent {name}"),
        of_age=True,
        given_at=NOON - DAY,
        until=NOON + DAY,
        sex=None,
        age=None,
        skin=None,
        created_at=NOON,
        expires_at=NOON + 3 * HOUR,
    )
    return replace(volunteer, **changes)


def a_pass(name: str = "v1", *, at: int = 60, found: bool = False, **changes: Any) -> SeededPass:
    """Return a pass of five minutes, so many minutes after noon."""
    made = SeededPass(
        pass_id=f"{name}-{at}",
        run_id="run-1",
        volunteer_id=VolunteerId(name),
        camera_id=GATE,
        begins_at=NOON + at * MINUTE,
        ends_at=NOON + (at + 5) * MINUTE,
        found=found,
        created_at=NOON,
        expires_at=NOON + 3 * HOUR,
    )
    return replace(made, **changes)


def plan(*volunteers: Volunteer, now: Any = NOON, profile: str = PROFILE_SHA256, **changes: Any) -> Decision:
    return may_plan_run(a_run(**changes), volunteers or (a_volunteer(),), profile_sha256=profile, now=now)


PLANS: list[tuple[str, str, Callable[[], Decision]]] = [
    ("nobody", "C11", lambda: may_plan_run(a_run(), (), profile_sha256=PROFILE_SHA256, now=NOON)),
    ("51", "C11", lambda: plan(*(a_volunteer(str(one)) for one in range(51)))),
    ("nowhere", "C16", lambda: plan(cameras=frozenset())),
    ("more than a week", "C16", lambda: plan(ends_at=NOON + 8 * DAY)),
    ("over", "C16", lambda: plan(now=NOON + 2 * HOUR)),
    ("a child", "C13", lambda: plan(a_volunteer(of_age=False))),
    ("a consent of tomorrow", "C11", lambda: plan(a_volunteer(given_at=NOON + MINUTE))),
    ("a consent for 31 days", "C11", lambda: plan(a_volunteer(until=NOON + 30 * DAY))),
    ("a consent that ends sooner", "C11", lambda: plan(a_volunteer(until=NOON + HOUR))),
    ("a consent to another run", "C11", lambda: plan(a_volunteer(run_id="run-2"))),
    ("one person twice", "C11", lambda: plan(a_volunteer(), a_volunteer(reference_id=ReferenceId("other")))),
    ("one reference twice", "C11", lambda: plan(a_volunteer(), a_volunteer("v2", reference_id="reference-v1"))),
    ("another model", "C11", lambda: plan(profile=a_hash("another"))),
]


@pytest.mark.law("C11", "C13", "C16")
@pytest.mark.parametrize(("what", "rule", "decide"), PLANS, ids=[what for what, _, _ in PLANS])
def test_a_plan_is_refused(what: str, rule: str, decide: Callable[[], Decision]) -> None:
    assert (decide().allowed, decide().rule) == (False, rule), what


@pytest.mark.law("C11")
def test_a_plan_for_a_few_grown_people_who_consented_to_all_of_it_is_allowed() -> None:
    assert plan(a_volunteer(), a_volunteer("v2", given_at=NOON, until=NOON + 2 * HOUR)).allowed


@pytest.mark.law("C16")
def test_a_wanted_persons_reference_or_photograph_is_on_no_blue_list() -> None:
    listed = (a_volunteer(), a_volunteer("v2"))
    nobody = Wanted(references={ReferenceId("else")}, photographs={a_hash("else")})
    assert are_not_wanted(listed, nobody).allowed
    assert not are_not_wanted(listed, replace(nobody, references={ReferenceId("reference-v2")})).allowed
    assert not are_not_wanted(listed, replace(nobody, photographs={a_hash("photograph v1")})).allowed


def closed(**changes: Any) -> ClosedSite:
    site = ClosedSite(site_id="site-1", cameras=(GATE, HALL), closed_from=NOON + HOUR, closed_until=NOON + 2 * HOUR)
    return replace(site, **changes)


@pytest.mark.law("C16")
def test_a_run_rests_on_a_site_that_is_closed_for_all_of_it() -> None:
    assert rests_on_closed_site(a_run(), closed()).allowed
    refused = (
        rests_on_closed_site(a_run(), None),
        rests_on_closed_site(a_run(), closed(site_id="site-2")),
        rests_on_closed_site(a_run(), closed(cameras=(HALL,))),
        rests_on_closed_site(a_run(), closed(closed_from=NOON + HOUR + MINUTE)),
        rests_on_closed_site(a_run(), closed(closed_until=NOON + 2 * HOUR - MINUTE)),
        rests_on_closed_site(a_run(mode=RunMode.INSIDE_WARRANT), closed()),
    )
    assert not any(decision.allowed for decision in refused)


def a_warrant(**changes: Any) -> Warrant:
    warrant = Warrant(
        warrant_id=WarrantId("w"),
        state=WarrantState.ACTIVE,
        applicant=AccountId("ada"),
        legal_officer=LEX,
        issuer="court",
        details=ObjectId("details"),
        act=None,
        act_sha256=a_hash("act"),
        signature_key=None,
        signature=None,
        not_before=NOON - HOUR,
        not_after=NOON + 3 * HOUR,
        created_at=NOON - HOUR,
        expires_at=NOON + DAY,
    )
    return replace(warrant, **changes)


def a_deployment(**changes: Any) -> Deployment:
    deployment = Deployment(
        deployment_id=DeploymentId("d"),
        warrant_id=WarrantId("w"),
        state=DeploymentState.RUNNING,
        started_by=LEX,
        cameras=frozenset({GATE, HALL}),
        profile_sha256=PROFILE_SHA256,
        urgent=False,
        created_at=NOON,
        expires_at=NOON + DAY,
    )
    return replace(deployment, **changes)


@pytest.mark.law("C16")
def test_a_run_rests_on_a_warrant_only_while_that_is_in_use_there() -> None:
    run = a_run(mode=RunMode.INSIDE_WARRANT, warrant_id=WarrantId("w"))

    def rests(warrant: Warrant | None, deployment: Deployment | None, one: VolunteerRun = run) -> bool:
        return rests_on_warrant(one, warrant, deployment, now=NOON).allowed

    assert rests(a_warrant(), a_deployment())
    assert not rests(None, a_deployment())
    assert not rests(a_warrant(), None)
    assert not any(
        rests(a_warrant(state=state), a_deployment()) for state in WarrantState if state is not WarrantState.ACTIVE
    )
    assert not rests(a_warrant(type=WarrantType.POST_REMOTE), a_deployment())
    assert not rests(a_warrant(not_after=NOON + HOUR), a_deployment())
    assert not rests(a_warrant(not_before=NOON + MINUTE), a_deployment())
    assert not rests(a_warrant(), a_deployment(warrant_id=WarrantId("other")))
    assert not rests(a_warrant(), a_deployment(state=DeploymentState.SUSPENDED))
    assert not rests(a_warrant(), a_deployment(cameras=frozenset({HALL})))
    assert not rests(a_warrant(), a_deployment(profile_sha256=a_hash("another")))
    assert not rests(a_warrant(), a_deployment(), a_run())


@pytest.mark.law("B14", "C16")
def test_whoever_proposed_a_run_does_not_approve_it() -> None:
    proposed = a_run(state=RunState.PROPOSED)
    assert may_approve_run(proposed, DORA, now=NOON).allowed
    assert may_approve_run(proposed, LEX, now=NOON).rule == "B14"
    assert not may_approve_run(a_run(), DORA, now=NOON).allowed
    assert not may_approve_run(proposed, DORA, now=NOON + 2 * HOUR).allowed


PASSES: list[tuple[str, Callable[[], Decision]]] = [
    ("of a run not approved", lambda: announce(run=a_run(state=RunState.PROPOSED))),
    ("of a run that is over", lambda: announce(run=a_run(state=RunState.ENDED))),
    ("of somebody who withdrew", lambda: announce(volunteer=None)),
    ("of somebody not enrolled", lambda: announce(enrolled=False)),
    ("of somebody else's run", lambda: announce(volunteer=a_volunteer(run_id="run-2"))),
    ("at a camera not named", lambda: announce(a_pass(camera_id=HALL))),
    ("after it was made", lambda: announce(now=NOON + 60 * MINUTE)),
    ("for longer than ten minutes", lambda: announce(a_pass(ends_at=NOON + HOUR + LONGEST_PASS + MINUTE))),
    ("for no time", lambda: announce(a_pass(ends_at=NOON + HOUR))),
    ("before the run", lambda: announce(a_pass(at=59))),
    ("after the run", lambda: announce(a_pass(at=116))),
    ("twice", lambda: announce(a_pass(at=64), others=(a_pass(),))),
    ("once another began", lambda: announce(a_pass(at=70), others=(a_pass(at=60),), now=NOON + 60 * MINUTE)),
    ("once somebody was seen", lambda: announce(run=a_run(unannounced=1))),
]


def announce(
    made: SeededPass | None = None,
    *,
    run: VolunteerRun | None = None,
    volunteer: Volunteer | None = a_volunteer(),  # noqa: B008 (frozen)
    others: tuple[SeededPass, ...] = (),
    enrolled: bool = True,
    now: Any = NOON,
) -> Decision:
    return may_announce_pass(run or a_run(), volunteer, made or a_pass(), others, enrolled=enrolled, now=now)


@pytest.mark.law("C11")
@pytest.mark.parametrize(("what", "decide"), PASSES, ids=[what for what, _ in PASSES])
def test_no_pass_is_announced(what: str, decide: Callable[[], Decision]) -> None:
    assert not decide().allowed, what


@pytest.mark.law("C11")
def test_a_pass_is_announced_before_it_is_made_beside_others() -> None:
    assert announce().allowed
    assert announce(a_pass(at=65), others=(a_pass(), a_pass("v2", at=65), a_pass(at=65, camera_id=HALL))).allowed
    assert announce(a_pass(at=70), others=(a_pass(at=60),), now=NOON + 60 * MINUTE - timedelta(seconds=1)).allowed


@pytest.mark.law("C11")
def test_a_sighting_belongs_to_the_window_of_its_volunteer_and_camera_alone() -> None:
    first, second = a_pass(), a_pass(at=65)

    def found(name: str, camera: CameraId, minutes: float) -> SeededPass | None:
        seen_at = NOON + minutes * MINUTE
        return found_by((first, second), volunteer_id=VolunteerId(name), camera_id=camera, seen_at=seen_at)

    assert found("v1", GATE, 60) is first
    assert found("v1", GATE, 65) is second
    assert found("v1", GATE, 59.9) is None
    assert found("v1", GATE, 70) is None
    assert found("v2", GATE, 61) is None
    assert found("v1", HALL, 61) is None


@pytest.mark.law("C16")
def test_what_a_site_saw_counts_for_its_own_run_under_way() -> None:
    def takes(run: VolunteerRun, camera: CameraId = GATE, after: timedelta = HOUR, site: str = "site-1") -> bool:
        return may_take_sightings(run, site_id=SiteId(site), camera_id=camera, now=NOON + after).allowed

    assert takes(a_run())
    assert not takes(a_run(), site="site-2")
    assert not takes(a_run(), camera=HALL)
    assert not takes(a_run(state=RunState.PROPOSED))
    assert not takes(a_run(state=RunState.ENDED))
    assert not takes(a_run(), after=2 * HOUR + LATE_SIGHTING)


@pytest.mark.law("C16")
def test_a_run_ends_once_and_by_itself() -> None:
    assert may_end_run(a_run()).allowed
    assert not may_end_run(a_run(state=RunState.ENDED)).allowed
    assert not is_run_over(a_run(), now=NOON + 2 * HOUR)
    assert is_run_over(a_run(), now=NOON + 2 * HOUR + LATE_SIGHTING)
    assert is_run_over(a_run(state=RunState.PROPOSED), now=NOON + 2 * HOUR + LATE_SIGHTING)
    assert not is_run_over(a_run(state=RunState.ENDED), now=NOON + 3 * HOUR)


def of(counted: tuple[Tally, ...], parted_by: str) -> list[tuple[str, int, int, int]]:
    return [
        (one.group_name, one.volunteers, one.announced, one.found)
        for one in counted
        if one.parted_by == parted_by and not one.withheld
    ]


@pytest.mark.law("C11")
def test_what_was_not_found_is_in_the_denominator() -> None:
    """By hand: ten volunteers, two passes each; every woman's first pass is found, every man's both but one."""
    women = [a_volunteer(f"w{one}", sex=Sex.WOMAN, age=Age.FROM_18) for one in range(5)]
    men = [a_volunteer(f"m{one}", sex=Sex.MAN, skin=Skin.DARK) for one in range(5)]
    passes = [a_pass(f"w{one}", at=60, found=True) for one in range(5)]
    passes += [a_pass(f"w{one}", at=70) for one in range(5)]
    passes += [a_pass(f"m{one}", at=at, found=(one, at) != (0, 70)) for one in range(5) for at in (60, 70)]
    counted = tally([*women, *men], passes, ended_at=NOON + 2 * HOUR)
    assert of(counted, "all") == [("all", 10, 20, 14)]
    assert of(counted, "sex") == [("man", 5, 10, 9), ("woman", 5, 10, 5)]
    assert of(counted, "age") == [("18-29", 5, 10, 5), ("not said", 5, 10, 9)]
    assert of(counted, "skin") == [("dark", 5, 10, 9), ("not said", 5, 10, 5)]


@pytest.mark.law("C11")
def test_what_was_not_over_when_the_run_ended_is_not_counted() -> None:
    counted = tally([a_volunteer()], [a_pass(at=60), a_pass(at=70)], ended_at=NOON + 66 * MINUTE)
    assert of(counted, "all") == [("all", 1, 1, 0)]


@pytest.mark.law("C7", "C11")
def test_groups_too_small_to_be_told_are_withheld_with_all_that_would_tell_them() -> None:
    people = [a_volunteer(f"w{one}", sex=Sex.WOMAN) for one in range(9)] + [a_volunteer("m", sex=Sex.MAN)]
    counted = tally(people, [a_pass("m", found=True)], ended_at=NOON + 2 * HOUR)
    assert of(counted, "sex") == []
    assert [(one.volunteers, one.announced, one.found) for one in counted if one.withheld] == [(0, 0, 0)]
    assert of(counted, "age") == [("not said", 10, 1, 1)]


PEOPLE = st.lists(
    st.tuples(st.sampled_from([None, *Sex]), st.lists(st.booleans(), max_size=4)), min_size=1, max_size=30
)


@pytest.mark.law("C11")
@given(people=PEOPLE)
def test_no_pass_is_lost_or_counted_twice_and_no_small_group_is_told(
    people: list[tuple[Sex | None, list[bool]]],
) -> None:
    volunteers = [a_volunteer(f"v{place}", sex=sex) for place, (sex, _) in enumerate(people)]
    passes = [
        a_pass(f"v{place}", at=60 + 5 * number, found=found)
        for place, (_, made) in enumerate(people)
        for number, found in enumerate(made)
    ]
    counted = tally(volunteers, passes, ended_at=NOON + 2 * HOUR)
    assert of(counted, "all") == [("all", len(volunteers), len(passes), sum(one.found for one in passes))]
    told = of(counted, "sex")
    assert all(group[1] >= 5 for group in told)
    if told:
        assert tuple(map(sum, zip(*(group[1:] for group in told), strict=True))) == of(counted, "all")[0][1:]


AGES: dict[Age, range] = {
    Age.FROM_18: range(18, 30),
    Age.FROM_30: range(30, 50),
    Age.FROM_50: range(50, 70),
    Age.FROM_70: range(70, 110),
}


@pytest.mark.law("C13")
@given(said=st.lists(st.sampled_from([*Age, None])))
def test_a_run_is_of_every_age_band_that_one_of_its_volunteers_may_be_of(said: list[Age | None]) -> None:
    volunteers = [a_volunteer(f"v{number}", age=age) for number, age in enumerate(said)]
    years = (year for age in said for year in (range(18, 110) if age is None else AGES[age]))
    assert bands_of(volunteers) == {band_of(year) for year in years}
