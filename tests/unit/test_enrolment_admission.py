"""P4: the enrolment matcher makes no template with a model profile that is not admitted under its own key."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any, NoReturn, cast

import pytest

from contracts.admission import Admittance
from contracts.clock import Moment
from contracts.model_profile import ModelProfile, ProfileClass
from contracts.trust import TrustedKeys
from matcher.enrolment import EnrolmentRefused
from matcher.enrolment_service import EnrolmentService, admitted_here
from matcher.keys import KeyRefused
from tests.builders_contracts import AT_NOON, PROFILE, a_trusted_site, an_admission, an_enrolment_request

pytestmark = pytest.mark.law("P4")
SITE = a_trusted_site()
DEMO_SITE = a_trusted_site(demo=True)
DEMO_PROFILE = replace(PROFILE, profile_class=ProfileClass.DEMO)


def asked(profile: Any = PROFILE, trusted: TrustedKeys = SITE.trusted, at: Moment = AT_NOON) -> Admittance:
    return admitted_here(profile, trusted, SITE.enrolment.id, lambda: at)()


def test_what_is_admitted_enrols_and_a_demonstration_needs_no_report() -> None:
    assert asked().admitted
    assert asked(DEMO_PROFILE, replace(DEMO_SITE.trusted, admission=None)).admitted


def test_what_is_not_admitted_enrols_nobody() -> None:
    late = replace(AT_NOON, now=AT_NOON.now + timedelta(days=365))
    assert not asked(trusted=replace(SITE.trusted, admission=None)).admitted
    assert not asked(trusted=replace(SITE.trusted, admission=an_admission(profile_sha256="0" * 64))).admitted
    assert not asked(at=late).admitted
    assert not asked(DEMO_PROFILE).admitted


def test_a_key_that_is_not_pinned_enrols_nobody() -> None:
    with pytest.raises(KeyRefused, match="pinned"):
        admitted_here(PROFILE, TrustedKeys(()), SITE.enrolment.id, lambda: AT_NOON)


@pytest.mark.parametrize("what", ["enrol", "enrol_volunteer", "examine"])
def test_no_model_is_opened_for_it(what: str) -> None:
    def never() -> NoReturn:
        raise AssertionError("a model was opened")

    service = EnrolmentService(
        profile=cast("ModelProfile", PROFILE),
        hygiene=cast("Any", None),
        open_enroller=never,
        admitted=lambda: asked(DEMO_PROFILE),
    )
    photograph = bytes(bytearray(b"a photograph"))
    with pytest.raises(EnrolmentRefused, match="DEMO"):
        asyncio.run(getattr(service, what)(an_enrolment_request(photograph), photograph))
