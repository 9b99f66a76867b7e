"""All that is asked of an application before it goes to anybody: each rule with the question that it answers."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from governance.domain.decisions import Decision, allow, deny
from governance.domain.independence import has_independent_issuer
from governance.domain.post_remote import has_one_probe
from governance.domain.urgent import PENDING, has_urgent_substance
from governance.domain.warrants import (
    Application,
    Surroundings,
    WarrantType,
    has_admitted_profile,
    has_bounded_window,
    has_known_issuer,
    has_lawful_objective,
    has_listed_offence,
    is_assessed_and_registered,
    names_explicit_cameras,
    names_single_persons,
)

Rule = Callable[[Application, Surroundings, datetime], Decision]


def may_submit(application: Application, around: Surroundings, *, now: datetime) -> tuple[Decision, ...]:
    """Ask every rule of A1 to A7, A12, B2, B8, C13, C14, P1 and 0.4 about an application; return all their answers."""
    return tuple(rule(application, around, now) for _, rule in CHECKS)


def is_of_a_type(application: Application) -> Decision:
    """A6, A7, A12: the issuer decides first, or after two officers began, or about a search afterwards."""
    if application.warrant_type in set(WarrantType):
        return allow("A6")
    return deny("A6", "A warrant is prior, urgent or post-remote; this is none of them.")


def serves_its_type(application: Application, around: Surroundings, now: datetime) -> Decision:
    """A7, A12: an urgent warrant keeps the urgent times; a search afterwards has one probe and closed recordings."""
    if application.warrant_type == WarrantType.POST_REMOTE:
        return has_one_probe(application, around.legal, now=now)
    return has_urgent_substance(application, around.legal)


def has_its_offence(application: Application, around: Surroundings) -> Decision:
    """A2, A12: a pair of the table; for a search afterwards a specific offence, without the test of Annex II."""
    if application.warrant_type != WarrantType.POST_REMOTE:
        return has_listed_offence(application, around.legal)
    if application.offence_code.strip() and application.statute.strip():
        return allow("A12")
    return deny("A12", "Name the specific offence.")


def is_registered(application: Application, around: Surroundings) -> Decision:
    """A5: assessed and registered; only what is urgent may bring its registration later, and says so."""
    if application.impact_assessment_sha256 in around.replaced_assessments:
        return deny("A5", "A newer impact assessment took the place of this one; name the one that stands.")
    if application.registration_number == PENDING and application.warrant_type != WarrantType.URGENT:
        return deny("A5", "Only an urgent warrant brings its registration later; enter the number.")
    return is_assessed_and_registered(application)


def has_its_decision(around: Surroundings) -> Decision:
    """A6: the reasoned decision lies with the application, as the PDF whose hash it names."""
    if around.decision_attached:
        return allow("A6")
    return deny("A6", "Attach the reasoned decision as a PDF.")


CHECKS: Final[tuple[tuple[str, Rule], ...]] = (
    ("The type is one that the law knows", lambda asked, _around, _now: is_of_a_type(asked)),
    (
        "The objective is one of the three that the law knows",
        lambda asked, around, _now: has_lawful_objective(asked, around.legal),
    ),
    (
        "The offence, its statute and its penalty stand in the table",
        lambda asked, around, _now: has_its_offence(asked, around),
    ),
    (
        "Each slot is one person, with photographs and a reason of its own",
        lambda asked, around, _now: names_single_persons(asked, around.legal),
    ),
    (
        "Each camera is named, with a reason why this person is expected there",
        lambda asked, around, _now: names_explicit_cameras(asked, around),
    ),
    (
        "The window is bounded in time",
        lambda asked, around, now: has_bounded_window(asked, around.legal, now=now),
    ),
    ("What its type asks for besides is kept", serves_its_type),
    ("Impact assessment and registration are on file", lambda asked, around, _now: is_registered(asked, around)),
    ("The reasoned decision is attached", lambda _asked, around, _now: has_its_decision(around)),
    ("The issuing authority is known here", lambda asked, around, _now: has_known_issuer(asked, around)),
    (
        "The issuer neither leads the case nor ever led it",
        lambda asked, around, _now: has_independent_issuer(asked, around.former_leaders),
    ),
    (
        "The model profile is the admitted one, for every age band",
        lambda asked, around, _now: has_admitted_profile(asked, around),
    ),
)
"""The question on the checklist, and the rule that answers it."""
