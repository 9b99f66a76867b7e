"""Volunteers' runs on a small governance, for tests: proposed, approved, seeded, seen, ended."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from contracts.canonical import sha256_hex
from contracts.run_papers import Declared, RunPapers
from contracts.signature import Purpose, Signed
from contracts.vocabulary import CameraId as ContractCameraId
from contracts.vocabulary import SiteId as ContractSiteId
from contracts.vocabulary import VolunteerId as ContractVolunteerId
from contracts.volunteer_run import RunMode
from contracts.volunteers import Sighting, SiteClosure, VolunteerConsent, VolunteerSightings
from governance.application.enrol_volunteer import EnrolVolunteer, enrol_volunteer
from governance.application.seeded_passes import AnnouncePass, announce_pass, take_sightings
from governance.application.volunteer_runs import ApproveRun, ProposeRun, approve_run, propose_run
from governance.domain.identifiers import AccountId, CameraId, VolunteerId
from tests.builders_applications import CAMERAS
from tests.builders_contracts import NOON, SITE, TrustedSite, a_hash
from tests.builders_governance import World
from tests.builders_volunteers import RUN, a_closure, a_consent, a_run

GATE: Final = CAMERAS[0]
MINUTE: Final = timedelta(minutes=1)
WOMEN: Final = tuple(f"w{one}" for one in range(5))
MEN: Final = tuple(f"m{one}" for one in range(5))


def run_papers(
    keys: TrustedSite,
    *,
    names: Sequence[str] = (*WOMEN, *MEN),
    consents: Sequence[VolunteerConsent] | None = None,
    closure: SiteClosure | None = None,
    act_sha256: str = "",
    declared: Sequence[Declared] | None = None,
    signer: Any = None,
    **run: Any,
) -> RunPapers:
    """Return the trustee's file for a run that begins at noon: on a closed site, or inside a warrant by its act."""
    run_id = run.get("run_id", RUN)
    given = [a_consent(name, run_id=run_id) for name in names] if consents is None else list(consents)
    closed = closure or a_closure(cameras=(ContractCameraId(GATE),))
    made = a_run(
        **{
            "mode": RunMode.INSIDE_WARRANT if act_sha256 else RunMode.CLOSED_SITE,
            "rests_on_sha256": act_sha256 or sha256_hex(closed.to_bytes()),
            "cameras": (ContractCameraId(GATE),),
            "consents": tuple(sha256_hex(one.to_bytes()) for one in given),
            **run,
        }
    )
    trustee = signer or keys.volunteers
    return RunPapers(
        run=trustee.sign(Purpose.VOLUNTEER_RUN, made.to_bytes()),
        consents=tuple(keys.volunteers.sign(Purpose.VOLUNTEER_CONSENT, one.to_bytes()) for one in given),
        closure=None if act_sha256 else keys.region.sign(Purpose.SITE_CLOSURE, closed.to_bytes()),
        declared=tuple(_declared(names) if declared is None else declared),
    )


def _declared(names: Sequence[str]) -> list[Declared]:
    return [
        Declared(
            volunteer_id=ContractVolunteerId(name),
            sex="woman" if name.startswith("w") else "man",
            age="18-29",
            skin=None,
        )
        for name in names
    ]


def proposed(world: World, papers: RunPapers | None = None) -> str:
    """Let the legal officer propose a run."""
    command = ProposeRun(actor=world.people.legal_officer, papers=papers or run_papers(world.keys))
    return propose_run(world.governance, command)


def approved(world: World, officer: AccountId, papers: RunPapers | None = None) -> str:
    """Let the data protection officer approve what the legal officer proposed."""
    run_id = proposed(world, papers)
    approve_run(world.governance, ApproveRun(actor=officer, run_id=run_id))
    return run_id


def picture_of(name: str) -> bytes:
    """Return the bytes that stand for the photograph which this volunteer consented to."""
    return f"photograph of {name}".encode()


def enrolled(world: World, *names: str) -> None:
    """Let the legal officer bring the photographs of these volunteers."""
    for name in names:
        command = EnrolVolunteer(
            actor=world.people.legal_officer, volunteer_id=VolunteerId(name), photograph=picture_of(name)
        )
        enrol_volunteer(world.governance, command)


def announced(world: World, name: str, *, at: int, run_id: str = RUN) -> str:
    """Announce a pass of five minutes, so many minutes after noon; enrol the volunteer first, where nobody did."""
    volunteer = VolunteerId(name)
    with world.governance.database.transaction() as tx:
        is_enrolled = tx.volunteer_references.find(volunteer) is not None
        consents = tx.volunteers.find(volunteer) is not None
    if consents and not is_enrolled:
        enrolled(world, name)
    begins_at = NOON + at * MINUTE
    command = AnnouncePass(
        actor=world.people.legal_officer,
        run_id=run_id,
        volunteer_id=VolunteerId(name),
        camera_id=CameraId(GATE),
        begins_at=begins_at,
        ends_at=begins_at + 5 * MINUTE,
    )
    return announce_pass(world.governance, command)


def sightings(keys: TrustedSite, now: datetime, *seen: tuple[str, datetime], **changes: Any) -> Signed:
    """Return the site's signed record of when its camera saw volunteers."""
    values: dict[str, Any] = {
        "run_id": RUN,
        "site_id": ContractSiteId(SITE),
        "camera_id": ContractCameraId(GATE),
        "nonce": a_hash(f"sightings of {now.isoformat()} {seen}"),
        "told_at": now,
        "sightings": tuple(Sighting(volunteer_id=ContractVolunteerId(name), seen_at=at) for name, at in seen),
    }
    return keys.site.sign(Purpose.VOLUNTEER_SIGHTINGS, VolunteerSightings(**{**values, **changes}).to_bytes())


def seen(world: World, *names: str, at: int) -> None:
    """Let the site tell now that it saw these volunteers, so many minutes after noon."""
    pairs = [(name, NOON + at * MINUTE) for name in names]
    take_sightings(world.governance, sightings(world.keys, world.clock.now(), *pairs))
