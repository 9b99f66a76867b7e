"""Seeded volunteers: who may be looked for, where, by whose word, and how many of their passes are found (C11, C16).

A run is proposed by one person and approved by another, rests on a closed site or on a live warrant, and ends by
itself. Each pass is announced before it is made, so that what is not found is counted as surely as what is.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from governance.domain.decisions import Decision, allow, deny, refuse_where
from governance.domain.deployments import Deployment, DeploymentState
from governance.domain.identifiers import AccountId, CameraId, ReferenceId, SiteId, VolunteerId, WarrantId
from governance.domain.legal_profile import AgeBand
from governance.domain.warrants import Warrant, WarrantState, WarrantType, is_in_window

CONSENT_LIMIT: Final = timedelta(days=30)
"""C11, design: no consent holds longer. The site refuses a longer one too (`contracts.volunteers`)."""
RUN_LIMIT: Final = timedelta(days=7)
MOST_VOLUNTEERS: Final = 50
LONGEST_PASS: Final = timedelta(minutes=10)
"""C11, design: a pass is announced for ten minutes at most; in a longer window chance alone would find somebody."""
LATE_SIGHTING: Final = timedelta(minutes=5)
"""What a site saw arrives so long after the run's end, or never; then the run is counted and everybody forgotten."""
SMALLEST_GROUP: Final = 5
"""C7, C11, design: a group of fewer volunteers is somebody, and is told in no number."""


class RunMode(StrEnum):
    """What a run rests on. There is no third."""

    CLOSED_SITE = "closed-site"
    INSIDE_WARRANT = "inside-warrant"


class RunState(StrEnum):
    """Where a run stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    ENDED = "ended"


class Sex(StrEnum):
    """What volunteers say of themselves, where they do."""

    MAN = "man"
    OTHER = "other"
    WOMAN = "woman"


class Age(StrEnum):
    """How old they say they are; nobody under 18 is a volunteer."""

    FROM_18 = "18-29"
    FROM_30 = "30-49"
    FROM_50 = "50-69"
    FROM_70 = "70+"


class Skin(StrEnum):
    """How they themselves name their skin. Nobody and nothing else sorts anybody by it (0.6)."""

    DARK = "dark"
    LIGHT = "light"
    MEDIUM = "medium"


NOT_SAID: Final = "not said"
_BANDS: Final[Mapping[Age, frozenset[AgeBand]]] = MappingProxyType(
    {
        Age.FROM_18: frozenset({AgeBand.TO_39}),
        Age.FROM_30: frozenset({AgeBand.TO_39, AgeBand.TO_64}),
        Age.FROM_50: frozenset({AgeBand.TO_64, AgeBand.FROM_65}),
        Age.FROM_70: frozenset({AgeBand.FROM_65}),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Volunteer:
    """One volunteer of one run, by a pseudonym. Who withdraws is removed, and so is everybody when the run is over."""

    volunteer_id: VolunteerId
    run_id: str
    reference_id: ReferenceId
    photograph_sha256: str
    consent_sha256: str
    of_age: bool
    given_at: datetime
    until: datetime
    sex: Sex | None
    age: Age | None
    skin: Skin | None
    created_at: datetime
    expires_at: datetime


def bands_of(volunteers: Iterable[Volunteer]) -> frozenset[AgeBand]:
    """C13: return every age band that one of them may be of. Who says no age may be of any that a grown person has."""
    grown = frozenset().union(*_BANDS.values())
    return frozenset().union(*(grown if one.age is None else _BANDS[one.age] for one in volunteers))


@dataclass(frozen=True, slots=True, kw_only=True)
class VolunteerRun:
    """One measurement. `rests_on_sha256` names the region's declaration, or the warrant's act, by the mode.

    `papers` are the signed records, `withdrawals` what governance signed of who withdrew since; `unannounced` counts
    what was seen of volunteers when nobody was announced, among it everybody who was taken for one.
    """

    run_id: str
    site_id: SiteId
    mode: RunMode
    rests_on_sha256: str
    warrant_id: WarrantId | None
    cameras: frozenset[CameraId]
    begins_at: datetime
    ends_at: datetime
    profile_sha256: str
    papers: bytes
    state: RunState
    proposed_by: AccountId
    created_at: datetime
    expires_at: datetime
    approved_by: AccountId | None = None
    approved_at: datetime | None = None
    ended_at: datetime | None = None
    withdrew: int = 0
    unannounced: int = 0
    withdrawals: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeededPass:
    """One volunteer will pass one camera within `[begins_at, ends_at)`: announced before, found in time or not."""

    pass_id: str
    run_id: str
    volunteer_id: VolunteerId
    camera_id: CameraId
    begins_at: datetime
    ends_at: datetime
    found: bool
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SeededResult:
    """Of the passes of one group of volunteers, how many were found. Numbers about nobody, kept when all else is gone.

    `parted_by` is `all`, `sex`, `age` or `skin`; `withheld` says that the groups are too small to be told apart.
    """

    run_id: str
    parted_by: str
    group_name: str
    profile_sha256: str
    volunteers: int
    announced: int
    found: int
    withheld: bool
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedSite:
    """What the region declared: which cameras of which site nobody passes but who consented, from when to when."""

    site_id: str
    cameras: Collection[str]
    closed_from: datetime
    closed_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whom warrants look for: the references that are kept, and the photographs that they were made from."""

    references: Collection[ReferenceId]
    photographs: Collection[str]


def may_plan_run(
    run: VolunteerRun, volunteers: Collection[Volunteer], *, profile_sha256: str, now: datetime
) -> Decision:
    """C11, C16: a few grown people, each of whom consented to all of it, in a bounded time, with the model in use."""
    names = {one.volunteer_id for one in volunteers}
    references = {one.reference_id for one in volunteers}
    return refuse_where(
        "C11",
        (not volunteers, "C11", "A run without a volunteer measures nothing."),
        (len(volunteers) > MOST_VOLUNTEERS, "C11", "A run has at most 50 volunteers."),
        (not run.cameras, "C16", "A run names its cameras."),
        (
            run.ends_at <= run.begins_at or run.ends_at - run.begins_at > RUN_LIMIT,
            "C16",
            "A run lasts for a week at most.",
        ),
        (run.ends_at <= now, "C16", "The run's time is over."),
        (any(not one.of_age for one in volunteers), "C13", "A child is no volunteer."),
        (any(one.given_at > now for one in volunteers), "C11", "A consent is given before it is used."),
        (
            any(one.until - one.given_at > CONSENT_LIMIT for one in volunteers),
            "C11",
            "A consent holds for at most 30 days.",
        ),
        (
            any(one.given_at > run.begins_at or one.until < run.ends_at for one in volunteers),
            "C11",
            "A volunteer's consent does not cover the time of the run.",
        ),
        (
            min(len(names), len(references)) < len(volunteers) or any(one.run_id != run.run_id for one in volunteers),
            "C11",
            "Each volunteer consents to this run, once.",
        ),
        (
            run.profile_sha256 != profile_sha256,
            "C11",
            "The run is planned for another model profile than the one in use.",
        ),
    )


def are_not_wanted(volunteers: Collection[Volunteer], wanted: Wanted) -> Decision:
    """C16: nobody who is looked for under a warrant is put on a volunteers' list, by reference or by photograph."""
    listed = {one.reference_id for one in volunteers} & set(wanted.references)
    pictured = {one.photograph_sha256 for one in volunteers} & set(wanted.photographs)
    if listed or pictured:
        return deny("C16", "Somebody who is looked for under a warrant is on no list of volunteers.")
    return allow("C16")


def rests_on_closed_site(run: VolunteerRun, closed: ClosedSite | None) -> Decision:
    """C16: on a closed site, every camera of the run is declared closed for all of its time."""
    return refuse_where(
        "C16",
        (run.mode is not RunMode.CLOSED_SITE, "C16", "This run does not rest on a closed site."),
        (
            closed is None or closed.site_id != run.site_id,
            "C16",
            "On an open site without a warrant nobody is compared with volunteers; the region declares it closed.",
        ),
        (
            closed is not None and not run.cameras <= set(closed.cameras),
            "C16",
            "A camera of the run is not one of those that the region declared closed.",
        ),
        (
            closed is not None and not (closed.closed_from <= run.begins_at and run.ends_at <= closed.closed_until),
            "C16",
            "The site is not declared closed for all of the run.",
        ),
    )


def rests_on_warrant(
    run: VolunteerRun, warrant: Warrant | None, deployment: Deployment | None, *, now: datetime
) -> Decision:
    """C16: inside a warrant that is in use now, at its cameras, in its window and with its model profile."""
    if run.mode is not RunMode.INSIDE_WARRANT:
        return deny("C16", "This run does not rest on a warrant.")
    if warrant is None or deployment is None:
        return deny("C16", "The warrant that this run rests on is not in use.")
    in_window = is_in_window(warrant, now=now)
    return refuse_where(
        "C16",
        (warrant.type is WarrantType.POST_REMOTE, "A12", "A warrant for searching afterwards is never used live."),
        (warrant.state is not WarrantState.ACTIVE, "C16", "The warrant that this run rests on is not in use."),
        (deployment.warrant_id != warrant.warrant_id, "C16", "The deployment is another warrant's."),
        (deployment.state is not DeploymentState.RUNNING, "C16", "The warrant's deployment is not running."),
        (not in_window.allowed, "A4", in_window.reason),
        (not run.cameras <= deployment.cameras, "A4", "A camera of the run is not one of the warrant's."),
        (
            run.begins_at < warrant.not_before or run.ends_at > warrant.not_after,
            "A4",
            "The run lasts longer than the warrant that it rests on.",
        ),
        (
            run.profile_sha256 != deployment.profile_sha256,
            "C11",
            "The warrant is used with another model profile than the run is planned for.",
        ),
    )


def may_approve_run(run: VolunteerRun, approver: AccountId, *, now: datetime) -> Decision:
    """B14, C16: a second person lets a run begin, before its time is over."""
    return refuse_where(
        "C16",
        (run.state is not RunState.PROPOSED, "C16", f"A run that is {run.state.value} is not approved."),
        (approver == run.proposed_by, "B14", "Whoever proposed a run does not approve it."),
        (now >= run.ends_at, "C16", "The run's time is over."),
    )


def may_announce_pass(
    run: VolunteerRun,
    volunteer: Volunteer | None,
    announced: SeededPass,
    others: Iterable[SeededPass],
    *,
    enrolled: bool,
    now: datetime,
) -> Decision:
    """C11: a pass is announced before it is made, of a volunteer who consents, in no other pass's window.

    None is announced of somebody who is not enrolled: what nobody could find would count as missed. And none once a
    pass has begun or the site saw anybody: the log says that a camera saw somebody, and passes are not chosen by that.
    """
    others = tuple(others)
    begun = run.unannounced > 0 or any(one.begins_at <= now for one in others)
    overlaps = any(
        (one.volunteer_id, one.camera_id) == (announced.volunteer_id, announced.camera_id)
        and one.begins_at < announced.ends_at
        and announced.begins_at < one.ends_at
        for one in others
    )
    return refuse_where(
        "C11",
        (run.state is not RunState.APPROVED, "C11", "Passes are announced of a run that was approved and is not over."),
        (
            volunteer is None or volunteer.run_id != run.run_id,
            "C11",
            "There is no such volunteer, or no consent any more.",
        ),
        (not enrolled, "C11", "This volunteer is not enrolled yet; nobody could find them."),
        (announced.camera_id not in run.cameras, "C16", "The run does not name this camera."),
        (
            announced.begins_at <= now,
            "C11",
            "A pass is announced before it begins, or it would be chosen by its result.",
        ),
        (
            not timedelta(0) < announced.ends_at - announced.begins_at <= LONGEST_PASS,
            "C11",
            "A pass takes ten minutes at most.",
        ),
        (
            begun,
            "C11",
            "All passes of a run are announced before the first of them begins, and before anybody is seen.",
        ),
        (
            announced.begins_at < run.begins_at or announced.ends_at > run.ends_at,
            "C16",
            "A pass lies within its run.",
        ),
        (overlaps, "C11", "This volunteer is announced at this camera for that time already."),
    )


def may_take_sightings(run: VolunteerRun, *, site_id: SiteId, camera_id: CameraId, now: datetime) -> Decision:
    """C11, C16: what a site saw counts for an approved run of its own, at one of its cameras, and not too late."""
    return refuse_where(
        "C16",
        (run.site_id != site_id, "C16", "This run is another site's."),
        (camera_id not in run.cameras, "C16", "The run does not name this camera."),
        (run.state is not RunState.APPROVED, "C16", "The run was not approved, or is over."),
        (now >= run.ends_at + LATE_SIGHTING, "C16", "What was seen came too late after the run."),
    )


def found_by(
    passes: Iterable[SeededPass], *, volunteer_id: VolunteerId, camera_id: CameraId, seen_at: datetime
) -> SeededPass | None:
    """C11: return the announced pass that a sighting belongs to. One outside every window belongs to none."""
    return next(
        (
            one
            for one in passes
            if (one.volunteer_id, one.camera_id) == (volunteer_id, camera_id) and one.begins_at <= seen_at < one.ends_at
        ),
        None,
    )


def may_end_run(run: VolunteerRun) -> Decision:
    """C16: a run ends once; to end one needs nobody's leave."""
    return deny("C16", "This run is over already.") if run.state is RunState.ENDED else allow("C16")


def is_run_over(run: VolunteerRun, *, now: datetime) -> bool:
    """C16: say whether a run must be counted and forgotten: its time is over, and what was seen has come."""
    return run.state is not RunState.ENDED and now >= run.ends_at + LATE_SIGHTING


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """One group's numbers. What was announced and not found stands in `announced` as surely as what was."""

    parted_by: str
    group_name: str
    volunteers: int
    announced: int
    found: int
    withheld: bool = False


def tally(
    volunteers: Collection[Volunteer], passes: Collection[SeededPass], *, ended_at: datetime
) -> tuple[Tally, ...]:
    """C11: count the passes whose window was over when the run ended, of all and by what volunteers say of themselves.

    A way of parting them is told only where each of its groups has nobody or at least `SMALLEST_GROUP` volunteers:
    otherwise a small one would follow from the total and the rest.
    """
    made = [one for one in passes if one.ends_at <= ended_at]
    return tuple(_tallies(volunteers, made))


def _tallies(volunteers: Collection[Volunteer], made: Collection[SeededPass]) -> Iterator[Tally]:
    everybody = _count("all", "all", volunteers, made)
    yield everybody
    for parted_by in ("age", "sex", "skin"):
        groups: dict[str, list[Volunteer]] = {}
        for one in volunteers:
            groups.setdefault(getattr(one, parted_by) or NOT_SAID, []).append(one)
        if any(len(group) < SMALLEST_GROUP for group in groups.values()):
            yield Tally(parted_by=parted_by, group_name="", volunteers=0, announced=0, found=0, withheld=True)
        else:
            yield from (_count(parted_by, name, group, made) for name, group in sorted(groups.items()))


def _count(parted_by: str, name: str, group: Collection[Volunteer], made: Collection[SeededPass]) -> Tally:
    members = {one.volunteer_id for one in group}
    of_them = [one for one in made if one.volunteer_id in members]
    return Tally(
        parted_by=parted_by,
        group_name=str(name),
        volunteers=len(members),
        announced=len(of_them),
        found=sum(one.found for one in of_them),
    )
