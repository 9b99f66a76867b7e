"""Volunteers' runs as a site's matcher holds them: verified, with an open list.

lent = a_lent_run(site)                                # two volunteers on a closed site
ask, answer = an_answer_with_a_run(site)               # what governance answers; `book.accept` takes it
"""

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.authorisation import LeaseAsk, UnverifiedAuthorisation
from contracts.canonical import sha256_hex
from contracts.clock import Moment
from contracts.lease_request import LeaseAnswer
from contracts.lent_run import UnverifiedVolunteerRun
from contracts.volunteer_gallery import SealedVolunteer
from contracts.volunteer_run import RUN_LEASE_LIMIT, VerifiedVolunteerRun, verify_volunteer_run
from matcher.faces.face import FloatArray
from matcher.leases import LeaseBook, LeaseTerms
from matcher.volunteer_book import VolunteerBook
from matcher.volunteer_gallery import VolunteerTemplates, VolunteerTerms, open_volunteer_gallery
from matcher.volunteer_gate import LentRun
from tests.builders_acts import nothing_stopped
from tests.builders_admission import PROFILE
from tests.builders_contracts import AT_NOON, CAMERA, PROFILE_SHA256, SITE, TrustedSite, a_template
from tests.builders_matcher import lend
from tests.builders_volunteers import HOUR, a_blue_gallery, a_blue_list, a_closure, a_consent, a_sealed_volunteer

TWO: Mapping[str, FloatArray] = {"volunteer-1": a_template(1), "volunteer-2": a_template(2)}


def a_lent_list(
    site: TrustedSite, volunteers: Mapping[str, FloatArray] = TWO, **parts: Any
) -> tuple[UnverifiedVolunteerRun, bytes, LeaseAsk]:
    """Return a run whose lease names the list that comes with it: each volunteer with this template."""
    bundle = parts.pop("bundle", None) or a_blue_gallery(
        [a_sealed_volunteer(site, one, name=name) for name, one in volunteers.items()]
    )
    parts = {"consents": tuple(map(a_consent, volunteers)), "gallery_sha256": sha256_hex(bundle), **parts}
    unverified, ask = a_blue_list(site, **parts)
    return unverified, bundle, ask


def a_list_of_this_moment(
    site: TrustedSite, sealed: Sequence[SealedVolunteer], at: Moment, **parts: Any
) -> tuple[UnverifiedVolunteerRun, bytes, LeaseAsk]:
    """Return a run on a site that is closed now, for processes that read the real clocks.

    Of the same moment `planned` (default: now) it is the same run with the same list, so that a matcher keeps it open.
    """
    now = at.now.replace(microsecond=at.now.microsecond // 1000 * 1000)
    planned = parts.pop("planned", now)
    bundle = a_blue_gallery(sealed, built_at=planned)
    times = {"begins_at": planned - HOUR, "ends_at": planned + HOUR}
    consents = [a_consent(one.volunteer_id, given_at=planned - 2 * HOUR, until=planned + 2 * HOUR) for one in sealed]
    unverified, ask = a_blue_list(
        site,
        at=at,
        consents=parts.pop("consents", consents),
        closure=a_closure(closed_from=planned - HOUR, closed_until=planned + HOUR),
        run={**times, **parts.pop("run", {})},
        gallery_sha256=sha256_hex(bundle),
        issued_at=now,
        expires_at=now + RUN_LEASE_LIMIT,
        **parts,
    )
    return unverified, bundle, ask


def an_answer_with_a_run(
    site: TrustedSite,
    volunteers: Mapping[str, FloatArray] = TWO,
    *,
    leases: tuple[tuple[UnverifiedAuthorisation, bytes], ...] = (),
    **parts: Any,
) -> tuple[LeaseAsk, LeaseAnswer]:
    """Return what governance answers: a run with its list, beside these leases of the same request."""
    unverified, bundle, ask = a_lent_list(site, volunteers, **parts)
    answer = LeaseAnswer(authorisations=leases, runs=((unverified, bundle),))
    return ask, LeaseAnswer.from_bytes(answer.to_bytes())


def a_verified_run(site: TrustedSite, *, at: Moment = AT_NOON, **parts: Any) -> VerifiedVolunteerRun:
    """Return the authority to look for volunteers, made the only way there is: by verifying the records."""
    inside = parts.get("inside")
    unverified, ask = a_blue_list(site, at=at, **parts)
    return verify_volunteer_run(
        unverified,
        lent=() if inside is None else (inside,),
        wanted=(),
        trusted=site.trusted,
        site_id=SITE,
        camera_id=CAMERA,
        profile=PROFILE,
        ask=ask,
        at=at,
    )


def some_run_terms(site: TrustedSite, run: VerifiedVolunteerRun) -> VolunteerTerms:
    """Return the terms under which a list of 128-d templates is opened."""
    return VolunteerTerms(run=run, trusted=site.trusted, profile_sha256=PROFILE_SHA256, dimensions=128)


def an_open_list(site: TrustedSite, run: VerifiedVolunteerRun, bundle: bytes) -> VolunteerTemplates:
    """Return the open list of a run that was verified for it."""
    return open_volunteer_gallery(bundle, some_run_terms(site, run), site.opening, AT_NOON)


def a_lent_run(site: TrustedSite, volunteers: Mapping[str, FloatArray] = TWO, **parts: Any) -> LentRun:
    """Return a run and its open list."""
    bundle = a_blue_gallery([a_sealed_volunteer(site, one, name=name) for name, one in volunteers.items()])
    consents = tuple(map(a_consent, volunteers))
    run = a_verified_run(site, consents=consents, gallery_sha256=sha256_hex(bundle), **parts)
    return LentRun(run=run, templates=an_open_list(site, run, bundle))


def a_run_book(site: TrustedSite) -> VolunteerBook:
    """Return an empty book of runs, beside an empty book of leases."""
    terms = LeaseTerms(
        trusted=site.trusted,
        site_id=SITE,
        profile=PROFILE,
        dimensions=128,
        opening=lend(site.opening),  # type: ignore[arg-type]  # see `lend`
        stopped=nothing_stopped(site),
    )
    return VolunteerBook(LeaseBook(terms))
