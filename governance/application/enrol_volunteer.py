"""Enrol a volunteer: the one photograph that they consented to becomes a template for their run's site (C11, C16).

The photograph passes through unopened and is kept nowhere. What comes back is a box that only the site opens; it goes
with the volunteer, at the withdrawal or when the run is over.
"""

from dataclasses import dataclass

from contracts.canonical import encode, sha256_hex
from contracts.enrolment import box_sha256
from contracts.errors import ContractError
from contracts.signature import Purpose, key_id, verified
from contracts.trust import TrustedRole
from contracts.vocabulary import ReferenceId as ContractReferenceId
from contracts.vocabulary import VolunteerId as ContractVolunteerId
from contracts.volunteer_enrolment import VolunteerEnrolment, VolunteerEnrolmentRequest
from contracts.volunteer_gallery import SealedVolunteer
from governance.application.admissions import is_admitted_at_all
from governance.application.enrol_reference import LARGEST_PHOTOGRAPH
from governance.application.errors import BadInput, NotUnderstood
from governance.application.findings import Finding
from governance.application.governance import Governance
from governance.application.picture_ports import VolunteerAnswer
from governance.application.ports import LogValue, Transaction
from governance.application.procedure import acting, require
from governance.application.vault import Keeping, keep
from governance.application.volunteer_runs import about_run, nobody_is_wanted
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, VolunteerId
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action
from governance.domain.run_leases import VolunteerReference, may_enrol_volunteer
from governance.domain.volunteers import Volunteer, VolunteerRun


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolVolunteer:
    """Bring a volunteer's photograph. Its bytes are passed on unopened and kept nowhere."""

    actor: AccountId
    volunteer_id: VolunteerId
    photograph: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Whose template is made, for which run, and what the entries about it say."""

    run: VolunteerRun
    volunteer: Volunteer
    about: dict[str, LogValue]


def enrol_volunteer(governance: Governance, command: EnrolVolunteer) -> tuple[Finding, ...]:
    """Enrol a volunteer of an approved run, once; return what was found about the photograph.

    Raises:
        EnrolmentRefused: no face, two faces, too small, not an image: what the enrolment matcher says.
        Refused: a rule forbids it (C11, C16, P4); the refusal is logged.
        NotUnderstood: the answer is not signed by the pinned enrolment matcher, or not for what was asked.
    """
    if len(command.photograph) > LARGEST_PHOTOGRAPH:
        raise BadInput("A photograph has at most 20 MiB.")
    with governance.database.transaction() as tx:
        request = _request(tx, _require_permitted(governance, tx, command))
    # The matcher is asked outside any transaction: nobody waits for a photograph.
    answer = governance.enrolment.enrol_volunteer(request, command.photograph)
    _require_answer(governance, request, answer)
    with governance.database.transaction() as tx:
        # The rules are asked again: the volunteer may have withdrawn while the matcher worked.
        place = _require_permitted(governance, tx, command)
        tx.volunteer_references.add(_reference(governance, tx, place, answer))
        tx.log.append(
            Event.VOLUNTEER_ENROL,
            {
                **place.about,
                "document": answer.enrolment.sha256,
                "photograph": request.photograph_sha256,
                "profile": request.profile_sha256,
                "reference": place.volunteer.reference_id,
            },
        )
        tx.commit()
    return answer.findings


def _require_permitted(governance: Governance, tx: Transaction, command: EnrolVolunteer) -> _Place:
    acting(tx, command.actor, Action.VOLUNTEER_PROPOSE)
    volunteer = tx.volunteers.get(command.volunteer_id)
    run = tx.volunteer_runs.get(volunteer.run_id)
    about: dict[str, LogValue] = {**about_run(run, command.actor), "volunteer": volunteer.volunteer_id}
    now = governance.clock.now()
    require(
        tx,
        may_enrol_volunteer(
            run,
            volunteer,
            photograph_sha256=sha256_hex(command.photograph),
            enrolled=[one.volunteer_id for one in tx.volunteer_references.where(run_id=run.run_id)],
            now=now,
        ),
        nobody_is_wanted(tx, (volunteer,)),
        is_admitted_at_all(governance, tx, now=now),
        event=Event.VOLUNTEER_REFUSE,
        about=about,
    )
    return _Place(run=run, volunteer=volunteer, about=about)


def _request(tx: Transaction, place: _Place) -> VolunteerEnrolmentRequest:
    """Ask for a template sealed to the one site of the run."""
    volunteer = place.volunteer
    return VolunteerEnrolmentRequest(
        run_id=place.run.run_id,
        volunteer_id=ContractVolunteerId(volunteer.volunteer_id),
        reference_id=ContractReferenceId(volunteer.reference_id),
        photograph_sha256=volunteer.photograph_sha256,
        profile_sha256=place.run.profile_sha256,
        recipient=tx.sites.get(place.run.site_id).opening_public.hex(),
    )


def _require_answer(governance: Governance, request: VolunteerEnrolmentRequest, answer: VolunteerAnswer) -> None:
    """Verify the matcher's signature, and that the box is the signed one, for what was asked."""
    try:
        payload = verified(answer.enrolment, Purpose.VOLUNTEER_ENROLMENT, governance.trusted.of(TrustedRole.ENROLMENT))
        enrolment = VolunteerEnrolment.from_bytes(payload)
    except ContractError as error:
        raise NotUnderstood(str(error)) from error
    asked = VolunteerEnrolment(
        run_id=request.run_id,
        volunteer_id=request.volunteer_id,
        reference_id=request.reference_id,
        photograph_sha256=request.photograph_sha256,
        profile_sha256=request.profile_sha256,
        recipient=key_id(bytes.fromhex(request.recipient)),
        template_sha256=box_sha256(answer.sealed_template),
    )
    if enrolment != asked:
        raise NotUnderstood("The enrolment matcher answered something else than what was asked.")


def _reference(governance: Governance, tx: Transaction, place: _Place, answer: VolunteerAnswer) -> VolunteerReference:
    now, volunteer = governance.clock.now(), place.volunteer
    sealed = SealedVolunteer(
        volunteer_id=ContractVolunteerId(volunteer.volunteer_id),
        reference_id=ContractReferenceId(volunteer.reference_id),
        enrolment=answer.enrolment,
        sealed_template=answer.sealed_template,
    )
    keeping = Keeping(data_class=DataClass.VOLUNTEER, warrant=None, no_later_than=volunteer.expires_at)
    return VolunteerReference(
        volunteer_id=volunteer.volunteer_id,
        run_id=place.run.run_id,
        photograph_sha256=volunteer.photograph_sha256,
        boxes=keep(governance, tx, encode(sealed.to_json()), keeping),
        created_at=now,
        expires_at=expiry(DataClass.VOLUNTEER, created_at=now, no_later_than=volunteer.expires_at),
    )
