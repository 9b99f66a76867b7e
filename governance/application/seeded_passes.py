"""Announce a volunteer's pass before it is made, and take in when a site saw volunteers (C11).

What is seen in an announced window is found. What is seen outside every window is somebody else, or a volunteer who
was not announced: nothing of it is kept but that it happened.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from contracts.signature import Purpose, Signed
from contracts.volunteers import VolunteerSightings
from governance.application.governance import Governance
from governance.application.procedure import acting, require
from governance.application.site_records import from_site, use_nonce
from governance.application.volunteer_runs import about_run
from governance.domain.decisions import deny
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, CameraId, VolunteerId
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action
from governance.domain.volunteers import SeededPass, found_by, may_announce_pass, may_take_sightings


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncePass:
    """Say that a volunteer will pass a camera within `[begins_at, ends_at)`."""

    actor: AccountId
    run_id: str
    volunteer_id: VolunteerId
    camera_id: CameraId
    begins_at: datetime
    ends_at: datetime


def announce_pass(governance: Governance, command: AnnouncePass) -> str:
    """Announce a pass. From now on it counts, found or not.

    Raises:
        Refused: the rules forbid it (C11, C16); the refusal is logged.
    """
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.VOLUNTEER_PROPOSE)
        run = tx.volunteer_runs.get(command.run_id)
        volunteer = tx.volunteers.find(command.volunteer_id)
        ends = run.expires_at if volunteer is None else volunteer.expires_at
        announced = SeededPass(
            pass_id=governance.randomness.identifier(),
            run_id=run.run_id,
            volunteer_id=command.volunteer_id,
            camera_id=command.camera_id,
            begins_at=command.begins_at,
            ends_at=command.ends_at,
            found=False,
            created_at=now,
            expires_at=expiry(DataClass.VOLUNTEER, created_at=now, no_later_than=ends),
        )
        about = about_run(run, command.actor)
        others = tx.seeded_passes.where(run_id=run.run_id)
        enrolled = tx.volunteer_references.find(command.volunteer_id) is not None
        require(
            tx,
            may_announce_pass(run, volunteer, announced, others, enrolled=enrolled, now=now),
            event=Event.VOLUNTEER_REFUSE,
            about=about,
        )
        tx.seeded_passes.add(announced)
        seeded = {"camera": announced.camera_id, "volunteer": announced.volunteer_id}
        tx.log.append(Event.VOLUNTEER_SEED, {**about, **seeded})
        tx.commit()
    return announced.pass_id


def take_sightings(governance: Governance, signed: Signed) -> None:
    """Take in a site's record of when its camera saw volunteers, once.

    No alert, no charge and no lead comes of it, and no operator is told.

    Raises:
        NotUnderstood: the record is malformed, or not signed by the pinned key of the site that it names.
        Refused: there is no such run under way, or the record was taken in before; it is logged.
    """
    told, site_id = from_site(
        governance, signed, Purpose.VOLUNTEER_SIGHTINGS, VolunteerSightings.from_bytes, lambda one: one.site_id
    )
    with governance.database.transaction() as tx:
        now = governance.clock.now()
        run = tx.volunteer_runs.find(told.run_id)
        use_nonce(tx, told.nonce, told.told_at, now, about={"site": site_id}, event=Event.VOLUNTEER_REFUSE)
        if run is None:
            require(tx, deny("C16", "There is no such run."), event=Event.VOLUNTEER_REFUSE, about={"site": site_id})
            return
        camera_id, about = CameraId(told.camera_id), about_run(run, None)
        require(
            tx,
            may_take_sightings(run, site_id=site_id, camera_id=camera_id, now=now),
            event=Event.VOLUNTEER_REFUSE,
            about=about,
        )
        passes = {one.pass_id: one for one in tx.seeded_passes.where(run_id=run.run_id)}
        # Who withdrew while a record was under way is in no number any more.
        ours = {one.volunteer_id for one in tx.volunteers.where(run_id=run.run_id)}
        unannounced = 0
        for one in told.sightings:
            if VolunteerId(one.volunteer_id) not in ours:
                continue
            made = found_by(
                passes.values(),
                volunteer_id=VolunteerId(one.volunteer_id),
                camera_id=camera_id,
                seen_at=one.seen_at,
            )
            if made is None:
                unannounced += 1
            elif not made.found:
                passes[made.pass_id] = replace(made, found=True)
                tx.seeded_passes.save(passes[made.pass_id])
        if unannounced:
            tx.volunteer_runs.save(replace(run, unannounced=run.unannounced + unannounced))
        tx.log.append(
            Event.VOLUNTEER_SIGHT,
            {**about, "camera": camera_id, "document": signed.sha256, "count": len(told.sightings)},
        )
        tx.commit()
