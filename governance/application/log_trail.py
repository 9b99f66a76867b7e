"""What the log tells of one match, of one person and of one account: opened entries folded, and nothing else asked.

An entry whose groups were erased stays in the log and tells no more whom it was about: it is counted and shown as such.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from governance.application.log_reading import OpenedLine
from governance.audit.leaf import KeyRef
from governance.domain.events import Event
from governance.domain.log_fields import Group

RARE: Final = frozenset(
    {
        Event.CANDIDATE_ACCEPT,
        Event.CANDIDATE_DISMISS,
        Event.CANDIDATE_JOIN,
        Event.CANDIDATE_REFUSE,
        Event.CANDIDATE_REVIEW,
        Event.CANDIDATE_VIEW,
        Event.CHANGE_VOID,
        Event.DEPLOYMENT_END,
        Event.DEPLOYMENT_RESUME,
        Event.DEPLOYMENT_START,
        Event.DEPLOYMENT_SUSPEND,
        Event.ERASURE_COMPLETE,
        Event.ERASURE_INTEND,
        Event.LEAD_CONFIRM,
        Event.MODEL_ADMIT,
        Event.REFERENCE_ENROL,
        Event.REQUEST_REFUSE,
        Event.SEARCH_APPROVE,
        Event.SEARCH_ASK,
        Event.SEARCH_BEGIN,
        Event.SEARCH_END,
        Event.SEARCH_REFUSE,
        Event.WARRANT_APPROVE,
        Event.WARRANT_DRAFT,
        Event.WARRANT_EXPIRE,
        Event.WARRANT_EXPORT,
        Event.WARRANT_IMPORT,
        Event.WARRANT_READ,
        Event.WARRANT_REFUSE,
        Event.WARRANT_REJECT,
        Event.WARRANT_REVOKE,
        Event.WARRANT_SUBMIT,
    }
)
"""Events that can belong to a match or a person, or to what it rests on, and are written when people do something."""
FREQUENT: Final = frozenset({Event.LEASE_ISSUE, Event.OBJECT_READ})
"""Those that are written every minute for every camera."""

_SEALED: Final = frozenset(group.value for group in Group)
_PREPARING: Final = frozenset(
    {
        Event.WARRANT_DRAFT,
        Event.WARRANT_SUBMIT,
        Event.WARRANT_APPROVE,
        Event.WARRANT_EXPORT,
        Event.WARRANT_IMPORT,
        Event.DEPLOYMENT_START,
    }
)
_PREPARING_A_SEARCH: Final = _PREPARING - {Event.DEPLOYMENT_START} | {Event.SEARCH_ASK, Event.SEARCH_APPROVE}
_ENDS: Final = frozenset({Event.LEAD_CONFIRM, Event.CANDIDATE_DISMISS})
_TWO: Final = 2


class Link(StrEnum):
    """The links of a match's chain, in their order."""

    AUTHORITY = "authority"
    WARRANT = "warrant"
    LEASE = "lease"
    PROFILE = "model profile and its evaluation"
    COMPARISON = "comparison"
    ALERT = "alert"
    VIEWS = "views"
    DECISIONS = "decisions"
    OUTCOME = "outcome"
    ERASURE = "erasure"


class Standing(StrEnum):
    """What the log tells of one link."""

    TOLD = "told"
    PENDING = "pending"
    MISSING = "missing"
    """The log should tell of it and does not, in the entries that were opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLink:
    """One link: what is told, the entries that tell it, opaque ids by name, and what does not fit together."""

    link: Link
    standing: Standing
    sentence: str
    lines: tuple[OpenedLine, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """What the log tells of one person or account, in the log's order.

    `own` entries name them; `of_case` ones name a warrant that does, without the leases and openings of every minute,
    which are `leases`. `unreadable` may have named them: the group that would say so was erased.
    """

    own: tuple[OpenedLine, ...]
    of_case: tuple[OpenedLine, ...] = ()
    leases: tuple[OpenedLine, ...] = ()
    unreadable: tuple[OpenedLine, ...] = ()
    voided: frozenset[int] = frozenset()


def voided_by(lines: Iterable[OpenedLine]) -> frozenset[int]:
    """Return the indices of announced changes that were not carried out."""
    return frozenset(index for line in lines if _is(line, Event.CHANGE_VOID) for index in line.leaf.indices())


def chain_of(alert: str, lines: Sequence[OpenedLine], *, issuers: Mapping[str, str]) -> tuple[ChainLink, ...]:
    """Tell one match from authority to erasure; nothing where no entry names the alert.

    `issuers` are the names of the pinned issuing authorities by key id.
    """
    voided = voided_by(lines)
    standing = [line for line in lines if line.index not in voided]
    about = [line for line in standing if line.fields.get("alert") == alert]
    opening = next((line for line in about if _is(line, Event.CANDIDATE_ACCEPT, Event.CANDIDATE_DISMISS)), None)
    if opening is None:
        return ()
    case = [line for line in standing if _same(line, opening, "warrant")]
    lease = _lease(opening, standing)
    return (
        _authority(case, issuers),
        _warrant(case, opening),
        lease,
        _profile(lease, standing),
        _comparison(alert, opening, standing),
        _alert(opening, about),
        _views(about),
        _decisions(about),
        _outcome(about),
        _erasure(about, standing),
    )


def _authority(case: Sequence[OpenedLine], issuers: Mapping[str, str]) -> ChainLink:
    imported = [line for line in case if _is(line, Event.WARRANT_IMPORT)]
    if not imported:
        return _missing(Link.AUTHORITY, "No entry tells by whose key the warrant was issued.")
    key = str(imported[-1].fields.get("key", ""))
    problems = () if key in issuers else ("The key that signed the warrant is not one of the pinned issuers'.",)
    return ChainLink(
        link=Link.AUTHORITY,
        standing=Standing.TOLD,
        sentence=f"The warrant was signed with a pinned key: {issuers.get(key, 'of nobody known here')}.",
        lines=(imported[-1],),
        facts=(("key", key),),
        problems=problems,
    )


def _warrant(case: Sequence[OpenedLine], opening: OpenedLine) -> ChainLink:
    steps = _PREPARING_A_SEARCH if "search" in opening.fields else _PREPARING
    found = [
        line for line in case if _is(line, *steps, Event.REFERENCE_ENROL) and not _differs(line, opening, "search")
    ]
    if not found:
        return _missing(Link.WARRANT, "No entry tells how the warrant came to be.")
    problems = []
    told = {line.leaf.event for line in found}
    lacking = sorted(event.value for event in steps if event.value not in told)
    if lacking:
        problems.append(f"Not told in these entries: {', '.join(lacking)}.")
    documents = {
        str(line.fields["document"])
        for line in found
        if _is(line, Event.WARRANT_APPROVE, Event.WARRANT_IMPORT) and "document" in line.fields
    }
    if len(documents) > 1:
        problems.append("What was approved is not what the issuer signed.")
    enrolled = {line.fields.get("reference") for line in found if _is(line, Event.REFERENCE_ENROL)}
    if enrolled and "reference" in opening.fields and opening.fields["reference"] not in enrolled:
        problems.append("The alert names a reference that was not enrolled under this warrant.")
    return ChainLink(
        link=Link.WARRANT,
        standing=Standing.TOLD,
        sentence="It was applied for, approved, issued and put into use in these steps.",
        # E8: of the enrolments, this match's own alone; the others are about other people.
        lines=tuple(line for line in found if not _is_anothers(line, opening)),
        facts=_facts(opening, "warrant", "deployment", "search", "reference"),
        problems=tuple(problems),
    )


def _is_anothers(line: OpenedLine, opening: OpenedLine) -> bool:
    """Say whether an entry tells of the enrolment of somebody else than whom the match is about."""
    return _is(line, Event.REFERENCE_ENROL) and not _same(line, opening, "reference")


def _lease(opening: OpenedLine, lines: Sequence[OpenedLine]) -> ChainLink:
    if "search" in opening.fields:
        return _search(opening, lines)
    lease = opening.fields.get("lease")
    found = [line for line in lines if _is(line, Event.LEASE_ISSUE) and lease and line.fields.get("lease") == lease]
    if not found:
        return _missing(Link.LEASE, "The lease under which the face was compared is not among these entries.")
    issued = found[0]
    return ChainLink(
        link=Link.LEASE,
        standing=Standing.TOLD,
        sentence="The warrant was lent to this one camera, for at most a minute.",
        lines=(issued,),
        facts=_facts(issued, "lease", "camera", "site", "gallery", "profile"),
        problems=_mismatches("lease", issued, opening, ("camera", "deployment", "site", "warrant")),
    )


def _search(opening: OpenedLine, lines: Sequence[OpenedLine]) -> ChainLink:
    """A12: the order to search one recording, in the place of a lease."""
    found = [line for line in lines if _is(line, Event.SEARCH_BEGIN) and _same(line, opening, "search")]
    if not found:
        return _missing(Link.LEASE, "The order under which the recording was searched is not among these entries.")
    begun = found[0]
    return ChainLink(
        link=Link.LEASE,
        standing=Standing.TOLD,
        sentence="No lease: one recording was searched afterwards, by an order that this entry names.",
        lines=(begun,),
        facts=_facts(begun, "search", "camera", "site", "recording", "gallery", "profile", "document"),
        problems=_mismatches("search order", begun, opening, ("camera", "reference", "site", "warrant")),
    )


def _mismatches(what: str, ground: OpenedLine, opening: OpenedLine, names: Sequence[str]) -> tuple[str, ...]:
    """Return what speaks against an entry as the ground of an alert: another value of a name, or a later place."""
    differing = [name for name in names if _differs(ground, opening, name)]
    problems = [f"{what.capitalize()} and alert name different values of '{name}'." for name in differing]
    if ground.index > opening.index:
        problems.append(f"The {what} stands behind the alert.")
    return tuple(problems)


def _profile(lease: ChainLink, lines: Sequence[OpenedLine]) -> ChainLink:
    """P4: the profile that the lease names, and the last admission of it that was taken in before."""
    profile = dict(lease.facts).get("profile", "")
    if not profile:
        return _missing(Link.PROFILE, "Without the lease's entry nothing tells which model profile was used.")
    lent_at = lease.lines[0].index
    admitted = [
        line
        for line in lines
        if _is(line, Event.MODEL_ADMIT) and line.fields.get("profile") == profile and line.index < lent_at
    ]
    if not admitted:
        return ChainLink(
            link=Link.PROFILE,
            standing=Standing.PENDING,
            sentence="The lease names the model profile. No admission of it stands in the entries that were opened.",
            lines=lease.lines,
            facts=(("profile", profile),),
        )
    return ChainLink(
        link=Link.PROFILE,
        standing=Standing.TOLD,
        sentence="The lease names the model profile, and a signed evaluation that admits it was taken in before.",
        lines=(*lease.lines, admitted[-1]),
        facts=(("profile", profile), ("admission", str(admitted[-1].fields.get("document", "")))),
    )


def _comparison(alert: str, opening: OpenedLine, lines: Sequence[OpenedLine]) -> ChainLink:
    anew = [
        line
        for line in lines
        if _is(line, Event.OBJECT_READ)
        and line.fields.get("purpose") == "rescore"
        and line.fields.get("report") == alert
    ]
    problems = () if anew else ("The centre's own comparison is not among these entries.",)
    return ChainLink(
        link=Link.COMPARISON,
        standing=Standing.TOLD,
        sentence="The site compared and signed a report; the centre compared anew before anybody could look.",
        lines=(*anew[-1:], opening),
        facts=_facts(opening, "document", "crops"),
        problems=problems,
    )


def _alert(opening: OpenedLine, about: Sequence[OpenedLine]) -> ChainLink:
    joined = [line for line in about if _is(line, Event.CANDIDATE_JOIN)]
    held = _is(opening, Event.CANDIDATE_ACCEPT)
    return ChainLink(
        link=Link.ALERT,
        standing=Standing.TOLD,
        sentence=(
            "A candidate was accepted and waited for two reviewers."
            if held
            else "The score did not hold at the centre: nobody was shown anything."
        ),
        lines=(opening, *joined),
        facts=_facts(opening, "alert", "camera", "site"),
    )


def _views(about: Sequence[OpenedLine]) -> ChainLink:
    views = [line for line in about if _is(line, Event.CANDIDATE_VIEW)]
    people = {line.fields["actor"] for line in views if "actor" in line.fields}
    return ChainLink(
        link=Link.VIEWS,
        standing=Standing.TOLD if views else Standing.PENDING,
        sentence=f"The pictures were or may have been seen {len(views)} times, by {len(people)} people."
        if views
        else "Nobody has asked to see the pictures.",
        lines=tuple(views),
    )


def _decisions(about: Sequence[OpenedLine]) -> ChainLink:
    given = [line for line in about if _is(line, Event.CANDIDATE_REVIEW)]
    viewers = {line.fields.get("actor") for line in about if _is(line, Event.CANDIDATE_VIEW)}
    people = [line.fields["actor"] for line in given if "actor" in line.fields]
    problems = []
    if len(set(people)) < len(people):
        problems.append("One person decided twice.")
    if any(person not in viewers for person in people):
        problems.append("Somebody decided without an entry that they looked.")
    return ChainLink(
        link=Link.DECISIONS,
        standing=Standing.TOLD if len(given) >= _TWO else Standing.PENDING,
        sentence=f"{len(given)} people have decided, each by a sealed answer of their own.",
        lines=tuple(given),
        problems=tuple(problems),
    )


def _outcome(about: Sequence[OpenedLine]) -> ChainLink:
    ends = [line for line in about if _is(line, *_ENDS)]
    if not ends:
        return ChainLink(link=Link.OUTCOME, standing=Standing.PENDING, sentence="It is open.")
    given = sum(_is(line, Event.CANDIDATE_REVIEW) for line in about)
    lead = _is(ends[-1], Event.LEAD_CONFIRM)
    problems = ("It was confirmed by fewer than two people.",) if lead and given < _TWO else ()
    return ChainLink(
        link=Link.OUTCOME,
        standing=Standing.TOLD,
        sentence="Two people made a lead of it. It is no identification." if lead else "It was dismissed.",
        lines=(ends[-1],),
        facts=tuple((name, str(value)) for name, value in ends[-1].leaf.body.items() if name == "rule"),
        problems=problems,
    )


def _erasure(about: Sequence[OpenedLine], lines: Sequence[OpenedLine]) -> ChainLink:
    keys = [key for line in about for key in _objects(line)]
    intents = [line for line in lines if _is(line, Event.ERASURE_INTEND) and _covers(line, keys)]
    ordered = {line.index for line in intents}
    done = [line for line in lines if _is(line, Event.ERASURE_COMPLETE) and ordered.intersection(line.leaf.indices())]
    gone = [key for key in keys if any(_covers(line, [key]) for line in done)]
    if not keys:
        sentence = "Nothing was kept of it."
    elif len(gone) == len(keys):
        sentence = "All that was kept of it was erased."
    else:
        sentence = f"{len(gone)} of {len(keys)} sealed objects were erased; each entry says when the others must be."
    return ChainLink(
        link=Link.ERASURE,
        standing=Standing.TOLD if len(gone) == len(keys) else Standing.PENDING,
        sentence=sentence,
        lines=tuple(sorted((*intents, *done), key=lambda line: line.index)),
    )


def trail_of_person(given: str, lines: Sequence[OpenedLine]) -> Trail:
    """Tell of one person slot or reference, named by its opaque id, with its alerts and its warrant."""
    people: set[str] = {given}
    warrants: set[str] = set()
    for line in lines:
        # The entry of the enrolment alone names slot, reference and warrant together.
        if _is(line, Event.REFERENCE_ENROL) and given in {line.fields.get("reference"), line.fields.get("slot")}:
            people.update(_texts(line, "reference", "slot"))
            warrants.update(_texts(line, "warrant"))
    alerts: set[str] = set()
    for line in lines:
        if people.intersection(_texts(line, "reference")):
            alerts.update(_texts(line, "alert"))
            warrants.update(_texts(line, "warrant"))
    own = [
        line
        for line in lines
        if people.intersection(_texts(line, "reference", "slot")) or alerts.intersection(_texts(line, "alert"))
    ]
    keys = [key for line in own for key in _objects(line)]
    own += [line for line in lines if _is(line, Event.ERASURE_INTEND, Event.ERASURE_COMPLETE) and _covers(line, keys)]
    named = {line.index for line in own}
    case = [line for line in lines if line.index not in named and warrants.intersection(_texts(line, "warrant"))]
    return Trail(
        own=tuple(sorted(own, key=lambda line: line.index)),
        of_case=tuple(line for line in case if not _is(line, *FREQUENT)),
        leases=tuple(line for line in case if _is(line, *FREQUENT)),
        unreadable=tuple(line for line in lines if Group.SUBJECT.value in line.closed),
        voided=voided_by(lines),
    )


def trail_of_account(account: str, lines: Sequence[OpenedLine]) -> Trail:
    """Tell what one account did and what was done to it."""
    return Trail(
        own=tuple(line for line in lines if account in {line.fields.get("actor"), line.fields.get("subject")}),
        unreadable=tuple(line for line in lines if Group.OPERATOR.value in line.closed),
        voided=voided_by(lines),
    )


def _missing(link: Link, sentence: str) -> ChainLink:
    return ChainLink(link=link, standing=Standing.MISSING, sentence=sentence)


def _is(line: OpenedLine, *events: Event) -> bool:
    return any(line.leaf.event == event.value for event in events)


def _same(line: OpenedLine, other: OpenedLine, name: str) -> bool:
    return name in line.fields and line.fields[name] == other.fields.get(name)


def _differs(line: OpenedLine, other: OpenedLine, name: str) -> bool:
    """Say whether two entries tell different values; what was erased tells none."""
    return name in line.fields and name in other.fields and line.fields[name] != other.fields[name]


def _facts(line: OpenedLine, *names: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(line.fields[name])) for name in names if name in line.fields)


def _texts(line: OpenedLine, *names: str) -> frozenset[str]:
    return frozenset(str(line.fields[name]) for name in names if name in line.fields)


def _objects(line: OpenedLine) -> Iterator[KeyRef]:
    """Yield the keys of the sealed objects that an entry commits to: not those of its own groups."""
    return (one.key for one in line.leaf.compartments if one.group not in _SEALED)


def _covers(line: OpenedLine, keys: Sequence[KeyRef]) -> bool:
    ranges = line.leaf.ranges("keys")
    return any(key in one for key in keys for one in ranges)
