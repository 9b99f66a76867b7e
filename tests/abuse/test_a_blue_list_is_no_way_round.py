"""The volunteers' list as a way round a warrant: each way somebody inside could try meets a wall (C16)."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from contracts.authorisation import AuthorisationRefused, RefusalReason
from contracts.permits import Permit
from contracts.signature import Purpose, SigningKey
from contracts.vocabulary import ReferenceId
from contracts.volunteer_run import VerifiedVolunteerRun, verify_volunteer_run
from governance.application.errors import GovernanceError, NotUnderstood, Refused
from governance.application.volunteer_runs import ApproveRun, approve_run
from governance.domain.roles import Role
from tests.builders_admission import PROFILE, an_admission
from tests.builders_applications import PHOTOGRAPH
from tests.builders_contracts import AT_NOON, CAMERA, SITE, a_hash, a_trusted_site
from tests.builders_governance import World, a_governance, an_account, an_alert, an_enrolled_warrant
from tests.builders_seeded import proposed, run_papers
from tests.builders_volunteers import a_blue_list, a_consent

KEYS = a_trusted_site()
pytestmark = pytest.mark.law("C16")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


def refusal(unverified: object, ask: object, *, wanted: frozenset[ReferenceId] = frozenset()) -> RefusalReason:
    with pytest.raises(AuthorisationRefused) as refused:
        verify_volunteer_run(
            unverified,  # type: ignore[arg-type]  # as it arrives
            lent=(),
            wanted=wanted,
            trusted=replace(KEYS.trusted, admission=an_admission()),
            site_id=SITE,
            camera_id=CAMERA,
            profile=PROFILE,
            ask=ask,  # type: ignore[arg-type]  # as it arrives
            at=AT_NOON,
        )
    return refused.value.reason


def test_a_blue_list_on_an_open_site_without_a_warrant_is_refused_at_site_and_centre(world: World) -> None:
    unverified, ask = a_blue_list(KEYS)
    assert refusal(replace(unverified, closure=None), ask) is RefusalReason.OPEN_SITE
    with pytest.raises(NotUnderstood):
        proposed(world, replace(run_papers(world.keys), closure=None))
    with pytest.raises(Refused, match="not in use"):
        proposed(world, run_papers(world.keys, act_sha256=a_hash("no warrant")))


def test_a_wanted_person_on_a_blue_list_is_refused_at_site_and_centre(world: World) -> None:
    unverified, ask = a_blue_list(KEYS)
    assert refusal(unverified, ask, wanted=frozenset({ReferenceId("reference-of-volunteer-1")})) is RefusalReason.WANTED
    an_enrolled_warrant(world)
    disguised = a_consent("w0", photograph_sha256=sha256(PHOTOGRAPH).hexdigest())
    with pytest.raises(Refused, match="looked for under a warrant"):
        proposed(world, run_papers(world.keys, names=["w0"], consents=[disguised]))


@pytest.mark.parametrize("purpose", [Purpose.LEASE, Purpose.VOLUNTEER_LEASE, Purpose.VOLUNTEER_RUN])
def test_a_blue_list_signed_with_governances_lease_key_is_refused(purpose: Purpose, world: World) -> None:
    unverified, ask = a_blue_list(KEYS)
    forged = KEYS.governance.sign(purpose, unverified.run.payload)
    assert refusal(replace(unverified, run=forged), ask) is RefusalReason.SIGNATURE
    papers = run_papers(world.keys)
    with pytest.raises(NotUnderstood):
        proposed(world, replace(papers, run=world.keys.governance.sign(purpose, papers.run.payload)))


def test_a_list_is_no_warrants_authority_and_nothing_that_compares_takes_it_unasked() -> None:
    assert VerifiedVolunteerRun not in get_args(Permit)


def test_the_police_cannot_declare_a_site_closed_nor_consent_for_anybody(world: World) -> None:
    papers = run_papers(world.keys)
    assert papers.closure is not None
    police: tuple[SigningKey, ...] = (world.keys.governance, world.keys.site, world.keys.officers[0])
    for key in police:
        consents = tuple(key.sign(Purpose.VOLUNTEER_CONSENT, one.payload) for one in papers.consents)
        closure = key.sign(Purpose.SITE_CLOSURE, papers.closure.payload)
        for forged in (replace(papers, consents=consents), replace(papers, closure=closure)):
            with pytest.raises(GovernanceError):
                proposed(world, forged)


def test_the_database_refuses_an_alert_on_a_volunteer_and_a_wanted_volunteer_past_every_rule(world: World) -> None:
    an_alert(world)
    run_id = proposed(world, run_papers(world.keys, names=["w0"]))
    copied = "SELECT * FROM volunteers"
    with world.engine.begin() as connection:
        wanted = connection.execute(text('SELECT reference_id FROM "references"')).scalar_one()
        connection.execute(text(f"CREATE TEMP TABLE forged AS {copied}"))
        connection.execute(text("UPDATE forged SET volunteer_id = 'forged', consent_sha256 = 'forged'"))
        connection.execute(text("UPDATE forged SET reference_id = :wanted"), {"wanted": wanted})
    dora = an_account(world, "dora", Role.DATA_PROTECTION_OFFICER)
    with world.engine.begin() as connection, pytest.raises(IntegrityError, match="looked for under a warrant"):
        connection.execute(text("INSERT INTO volunteers SELECT * FROM forged"))
    with world.engine.begin() as connection:
        connection.execute(text("CREATE TEMP TABLE hit AS SELECT * FROM alerts"))
        connection.execute(text("UPDATE hit SET alert_id = 'hit', reference_id = 'reference-of-w0'"))
        with pytest.raises(IntegrityError, match="no alert"):
            connection.execute(text("INSERT INTO alerts SELECT * FROM hit"))
    approve_run(world.governance, ApproveRun(actor=dora, run_id=run_id))
