"""Volunteers' templates and their list: apart from every warrant's, each once, and few (C11, C13, C16)."""

from dataclasses import replace

import pytest

from contracts.enrolment import Enrolment, request_of, template_context
from contracts.errors import Malformed, SealRefused, SignatureRefused
from contracts.sealing import unseal
from contracts.signature import Purpose, verified
from contracts.trust import TrustedRole
from contracts.vocabulary import ReferenceId, VolunteerId
from contracts.volunteer_enrolment import VolunteerEnrolment, volunteer_template_context
from contracts.volunteer_gallery import SealedVolunteer, VolunteerGallery
from contracts.volunteer_run import MOST_VOLUNTEERS
from tests.builders_contracts import a_hash, a_reference, a_trusted_site
from tests.builders_volunteers import a_blue_gallery, a_sealed_volunteer

WORLD = a_trusted_site()


TEMPLATE_TERMS = ("run_id", "volunteer_id", "reference_id", "photograph_sha256", "profile_sha256")


@pytest.mark.law("C11", "C16")
@pytest.mark.parametrize("changed", TEMPLATE_TERMS)
def test_a_volunteers_template_opens_for_what_it_was_enrolled_for_and_nothing_else(changed: str) -> None:
    volunteer = a_sealed_volunteer(WORLD)
    enrolment = VolunteerEnrolment.from_bytes(volunteer.enrolment.payload)
    context = volunteer_template_context(enrolment)
    assert len(unseal(volunteer.sealed_template, WORLD.opening, context)) == 512
    other = replace(enrolment, **{changed: a_hash("another")})
    with pytest.raises(SealRefused):
        unseal(volunteer.sealed_template, WORLD.opening, volunteer_template_context(other))


@pytest.mark.law("C16")
def test_a_volunteers_template_is_no_reference_of_a_warrant_nor_the_other_way() -> None:
    volunteer, reference = a_sealed_volunteer(WORLD), a_reference(WORLD)
    enrolled = VolunteerEnrolment.from_bytes(volunteer.enrolment.payload)
    enrolment = Enrolment.from_bytes(reference.enrolment.payload)
    assert volunteer_template_context(enrolled)["what"] == "insyn/volunteer-template/1"
    assert template_context(request_of(enrolment))["what"] == "insyn/template/1"
    with pytest.raises(SealRefused):
        unseal(volunteer.sealed_template, WORLD.opening, template_context(request_of(enrolment)))
    with pytest.raises(SealRefused):
        unseal(reference.sealed_template, WORLD.opening, volunteer_template_context(enrolled))
    keys = WORLD.trusted.of(TrustedRole.ENROLMENT)
    with pytest.raises(SignatureRefused):
        verified(volunteer.enrolment, Purpose.ENROLMENT, keys)
    with pytest.raises(SignatureRefused):
        verified(reference.enrolment, Purpose.VOLUNTEER_ENROLMENT, keys)
    for kind, other in ((Enrolment, volunteer.enrolment), (VolunteerEnrolment, reference.enrolment)):
        with pytest.raises(Malformed):
            kind.from_bytes(other.payload)


def many(count: int) -> list[SealedVolunteer]:
    volunteer = a_sealed_volunteer(WORLD)
    return [
        replace(volunteer, volunteer_id=VolunteerId(f"v-{number}"), reference_id=ReferenceId(f"r-{number}"))
        for number in range(count)
    ]


@pytest.mark.law("C11", "C13")
@pytest.mark.parametrize(
    "volunteers",
    [
        [],
        [*many(1), *many(1)],
        [many(1)[0], replace(many(1)[0], reference_id=ReferenceId("another"))],
        [many(1)[0], replace(many(1)[0], volunteer_id=VolunteerId("another"))],
        many(MOST_VOLUNTEERS + 1),
    ],
    ids=["nobody", "twice", "one volunteer twice", "one reference twice", "51"],
)
def test_a_list_of_nobody_of_too_many_or_of_one_twice_is_none(volunteers: list[SealedVolunteer]) -> None:
    with pytest.raises(Malformed):
        VolunteerGallery.from_bytes(a_blue_gallery(volunteers))
    assert len(VolunteerGallery.from_bytes(a_blue_gallery(many(MOST_VOLUNTEERS))).references) == MOST_VOLUNTEERS
