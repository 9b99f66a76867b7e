"""A volunteer's template is made for the one site of their run, and is no reference of anybody (C11, C16)."""

import asyncio
import base64
import json
from dataclasses import replace
from typing import Any, cast

import httpx
import numpy as np
import pytest

from contracts.admission import Admittance
from contracts.canonical import sha256_hex
from contracts.errors import SealRefused, SignatureRefused
from contracts.sealing import unseal
from contracts.signature import Purpose, Signed, verified
from contracts.trust import TrustedRole
from contracts.vocabulary import ReferenceId, VolunteerId
from contracts.volunteer_enrolment import (
    VolunteerEnrolment,
    VolunteerEnrolmentRequest,
    volunteer_template_context,
)
from matcher.enrolment import EnrolmentRefused
from matcher.enrolment_service import EnrolmentService, build_app
from matcher.process_hygiene import Hygiene
from tests.builders_contracts import a_hash, a_template, a_trusted_site, an_opening_key
from tests.unit.test_enrolment_refusals import PROFILE, FakeEmbedder, FakeFinder, a_face, a_photograph, an_enroller

pytestmark = pytest.mark.law("C11", "C16")

KEYS = a_trusted_site()
PHOTOGRAPH = a_photograph()


def a_request(**changes: Any) -> VolunteerEnrolmentRequest:
    request = VolunteerEnrolmentRequest(
        run_id="run-1",
        volunteer_id=VolunteerId("volunteer-1"),
        reference_id=ReferenceId("reference-1"),
        photograph_sha256=sha256_hex(PHOTOGRAPH),
        profile_sha256=PROFILE.profile_sha256,
        recipient=KEYS.opening.public.hex(),
    )
    return replace(request, **changes)


def test_the_template_is_bound_to_run_volunteer_photograph_profile_and_site() -> None:
    request = a_request()
    answer = an_enroller().enrol_volunteer(request, PHOTOGRAPH)
    payload = verified(answer.enrolment, Purpose.VOLUNTEER_ENROLMENT, KEYS.trusted.of(TrustedRole.ENROLMENT))
    assert VolunteerEnrolment.from_bytes(payload) == VolunteerEnrolment(
        run_id=request.run_id,
        volunteer_id=request.volunteer_id,
        reference_id=request.reference_id,
        photograph_sha256=request.photograph_sha256,
        profile_sha256=request.profile_sha256,
        recipient=KEYS.opening.id,
        template_sha256=sha256_hex(answer.sealed_template),
    )
    plain = unseal(answer.sealed_template, KEYS.opening, volunteer_template_context(request))
    assert np.array_equal(np.frombuffer(plain, "<f4"), a_template(9))


def test_neither_the_viewer_nor_a_warrant_opens_it() -> None:
    answer = an_enroller().enrol_volunteer(a_request(), PHOTOGRAPH)
    with pytest.raises(SealRefused):
        unseal(answer.sealed_template, KEYS.viewer_opening, volunteer_template_context(a_request()))
    with pytest.raises(SignatureRefused):
        verified(answer.enrolment, Purpose.ENROLMENT, KEYS.trusted.of(TrustedRole.ENROLMENT))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"photograph_sha256": a_hash("another")}, "not the photograph"),
        ({"profile_sha256": a_hash("another")}, "another model profile"),
        ({"recipient": an_opening_key("site-2").public.hex()}, "none of the sites"),
        ({"recipient": KEYS.viewer_opening.public.hex()}, "none of the sites"),
    ],
)
def test_what_was_not_asked_for_here_is_refused(changes: dict[str, str], sentence: str) -> None:
    embedder = FakeEmbedder()
    with pytest.raises(EnrolmentRefused, match=sentence):
        an_enroller(embedder=embedder).enrol_volunteer(a_request(**changes), PHOTOGRAPH)
    assert not embedder.shown


@pytest.mark.parametrize("faces", [[], [a_face(), a_face()], [a_face(side=20)]], ids=["none", "two", "too small"])
def test_a_photograph_that_would_be_no_reference_is_no_volunteers_either(faces: list[Any]) -> None:
    with pytest.raises(EnrolmentRefused) as refused:
        an_enroller(FakeFinder(faces)).enrol_volunteer(a_request(), PHOTOGRAPH)
    assert not all(finding.acceptable for finding in refused.value.findings)


def test_chips_and_templates_are_overwritten_after_sealing() -> None:
    embedder = FakeEmbedder()
    an_enroller(embedder=embedder).enrol_volunteer(a_request(), PHOTOGRAPH)
    assert not embedder.shown[0].any()
    assert not embedder.gave[0].any()


def posted(request: VolunteerEnrolmentRequest, photograph: bytes) -> httpx.Response:
    """Post to the enrolment matcher's route, as governance does."""
    service = EnrolmentService(
        profile=PROFILE,
        hygiene=cast("Hygiene", None),
        open_enroller=an_enroller,
        admitted=lambda: Admittance(admitted=True),
    )
    body = {"request": json.loads(request.to_bytes()), "photograph": base64.b64encode(photograph).decode()}

    async def story() -> httpx.Response:
        transport = httpx.ASGITransport(app=build_app(service))
        async with httpx.AsyncClient(transport=transport, base_url="http://socket") as client:
            return await client.post("/volunteer-enrolments", json=body)

    return asyncio.run(story())


def test_the_route_answers_with_a_signed_enrolment_and_one_box() -> None:
    answer = posted(a_request(), PHOTOGRAPH)
    assert answer.status_code == 200
    assert set(answer.json()) == {"enrolment", "findings", "sealed_template"}
    enrolment = VolunteerEnrolment.from_bytes(Signed.from_json(answer.json()["enrolment"]).payload)
    assert enrolment.template_sha256 == sha256_hex(base64.b64decode(answer.json()["sealed_template"]))


def test_the_route_says_why_not() -> None:
    answer = posted(a_request(recipient=an_opening_key("site-2").public.hex()), PHOTOGRAPH)
    assert answer.status_code == 422
    assert "none of the sites" in answer.json()["detail"]
