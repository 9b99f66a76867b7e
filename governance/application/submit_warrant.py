"""Submit an application: here the law's rules are asked, and a refusal is logged before it is told."""

from dataclasses import dataclass

from governance.application.admissions import admitted_bands, is_admitted_for
from governance.application.case_leaders import leaders_of, remember_leader
from governance.application.details import details_from_bytes
from governance.application.governance import Governance
from governance.application.move_warrant import Step, move
from governance.application.named_cameras import replaced_assessments
from governance.application.ports import Transaction
from governance.application.procedure import acting, require
from governance.application.vault import for_step, reveal
from governance.domain.decisions import Decision
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, CameraId, WarrantId
from governance.domain.post_remote import method_of
from governance.domain.registers import may_be_lent
from governance.domain.roles import Action
from governance.domain.submission import may_submit
from governance.domain.warrants import Application, Surroundings, WarrantState, may_submit_own


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitWarrant:
    """Submit what one drafted."""

    actor: AccountId
    warrant_id: WarrantId


def submit_warrant(governance: Governance, command: SubmitWarrant) -> None:
    """Submit the application.

    Raises:
        Refused: with every rule that says no (A1 to A6, B8, C13). Each stands in the log before this is raised.
    """
    now = governance.clock.now()
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.WARRANT_SUBMIT)
        warrant = tx.warrants.get(command.warrant_id)
        about = {"actor": command.actor, "warrant": warrant.warrant_id, **method_of(warrant)}
        require(tx, may_submit_own(warrant, command.actor), about=about)
        application = details_from_bytes(reveal(governance, tx, warrant.details, for_step("submit", about))).application
        around = surroundings(governance, tx, application, attached=warrant.decision is not None)
        require(tx, *may_submit(application, around, now=now), event=Event.WARRANT_REFUSE, about=about)
        remember_leader(governance, tx, application.case_reference, application.case_leader)
        step = Step(to=WarrantState.SUBMITTED, actor=command.actor, why="Every rule of the checklist is met.")
        move(governance, tx, warrant, step)
        tx.log.append(Event.WARRANT_SUBMIT, about)
        tx.commit()


def surroundings(governance: Governance, tx: Transaction, application: Application, *, attached: bool) -> Surroundings:
    """Return what the rules on an application need to know of the world as it is now."""
    return Surroundings(
        legal=governance.legal,
        cameras={camera.camera_id: not may_be_lent(camera).allowed for camera in tx.cameras.where()},
        issuers=issuers_here(governance),
        profile_sha256=governance.profile_sha256,
        admitted_age_bands=admitted_bands(governance),
        profile_admitted=_profile_admitted(governance, tx, application),
        former_leaders=leaders_of(governance, tx, application.case_reference),
        decision_attached=attached,
        replaced_assessments=frozenset().union(
            *(replaced_assessments(tx, CameraId(camera.camera_id)) for camera in application.cameras)
        ),
    )


def _profile_admitted(governance: Governance, tx: Transaction, application: Application) -> Decision:
    """P4: whether the profile is admitted for these persons and cameras; which cameras there are is another rule's.

    What else is in use by then is asked when the warrant is put into use, and at each lease.
    """
    named = {CameraId(camera.camera_id) for camera in application.cameras}
    return is_admitted_for(
        governance,
        tx,
        now=governance.clock.now(),
        persons=len(application.slots),
        cameras=[camera for camera in tx.cameras.where() if camera.camera_id in named],
    )


def issuers_here(governance: Governance) -> frozenset[str]:
    """Return the names of the issuing authorities that are believed here."""
    # An issuer that is DEMO serves the demonstration alone, and no other serves there.
    listed = governance.trusted.issuers_at(governance.clock.now())
    return frozenset(issuer.name for issuer in listed if issuer.demo == governance.demo)
