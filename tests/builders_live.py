"""Volunteers' runs that are lent, for tests: enrolled, lent to a camera, verified as a site verifies them, stopped."""

from collections.abc import Sequence
from datetime import timedelta

from contracts.authorisation import LeaseAsk, VerifiedAuthorisation, verify
from contracts.clock import Moment
from contracts.lease_request import LeaseAnswer
from contracts.signature import Purpose, verified
from contracts.stop import RunStop
from contracts.trust import TrustedRole
from contracts.vocabulary import CameraId as ContractCameraId
from contracts.vocabulary import ReferenceId as ContractReferenceId
from contracts.volunteer_run import RunLease, VerifiedVolunteerRun, verify_volunteer_run
from governance.application.stop_leases import open_question
from governance.application.stop_runs import run_stops_for
from governance.domain.identifiers import AccountId, SiteId
from tests.builders_contracts import PROFILE, SITE, a_hash
from tests.builders_governance import World
from tests.builders_leases import a_question
from tests.builders_seeded import GATE, approved, enrolled, run_papers


def under_way(world: World, officer: AccountId, *names: str, act_sha256: str = "") -> None:
    """Approve a run of these volunteers that began an hour before noon, and enrol them all."""
    approved(world, officer, run_papers(world.keys, names=names, act_sha256=act_sha256))
    enrolled(world, *names)


def run_lease(answer: LeaseAnswer) -> RunLease:
    """Return the lease of the one run of an answer."""
    ((unverified, _),) = answer.runs
    return RunLease.from_bytes(unverified.lease.payload)


def believed(
    world: World,
    answer: LeaseAnswer,
    *,
    nonce: str = "n1",
    wanted: Sequence[str] = (),
    after: timedelta = timedelta(),
) -> VerifiedVolunteerRun:
    """Verify the one run of an answer, as the site does that asked with this nonce, and maybe a while later.

    Raises:
        AuthorisationRefused: the site refuses it.
    """
    ((unverified, _),) = answer.runs
    ask = LeaseAsk(nonce=a_hash(nonce), asked_boot=1000.0)
    at = Moment(now=world.clock.now() + after, boot=1000.0 + after.total_seconds())
    return verify_volunteer_run(
        unverified,
        lent=_permits(world, answer, ask, at),
        wanted=[ContractReferenceId(one) for one in wanted],
        trusted=world.governance.trusted,
        site_id=SITE,
        camera_id=ContractCameraId(GATE),
        profile=PROFILE,
        ask=ask,
        at=at,
    )


def run_stops(world: World) -> list[RunStop]:
    """Ask what is to be stopped of runs, as the site does, and verify the answer as the site does."""
    site_id = open_question(world.governance, a_question(world))
    orders = run_stops_for(world.governance, SiteId(site_id))
    pinned = world.keys.trusted.of(TrustedRole.GOVERNANCE)
    return [RunStop.from_bytes(verified(order, Purpose.VOLUNTEER_STOP, pinned)) for order in orders]


def _permits(world: World, answer: LeaseAnswer, ask: LeaseAsk, at: Moment) -> list[VerifiedAuthorisation]:
    return [
        verify(
            unverified,
            trusted=world.governance.trusted,
            site_id=SITE,
            camera_id=ContractCameraId(GATE),
            profile=PROFILE,
            ask=ask,
            at=at,
            reads_pdf=world.governance.reads_pdf,
        )
        for unverified, _ in answer.authorisations
    ]
