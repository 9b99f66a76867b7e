"""A volunteer's photograph becomes a template for one run at one site, and nothing else is kept of it (C11, C16)."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.canonical import sha256_hex
from contracts.signature import Purpose
from contracts.volunteer_enrolment import VolunteerEnrolment
from governance.application.end_volunteer_run import WithdrawVolunteer, withdraw_volunteer
from governance.application.enrol_volunteer import EnrolVolunteer, enrol_volunteer
from governance.application.errors import BadInput, NotFound, NotUnderstood, Refused
from governance.domain.identifiers import AccountId, VolunteerId, WarrantId
from governance.domain.roles import Role
from tests.builders_contracts import a_hash
from tests.builders_governance import (
    World,
    a_deployment,
    a_governance,
    an_account,
    leases,
)
from tests.builders_live import under_way
from tests.builders_seeded import approved, enrolled, picture_of, proposed, run_papers
from tests.builders_volunteers import a_consent

SECOND = timedelta(seconds=1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


@pytest.fixture
def dora(world: World) -> AccountId:
    return an_account(world, "dora", Role.DATA_PROTECTION_OFFICER)


def withdraw(world: World, name: str) -> None:
    command = WithdrawVolunteer(actor=world.people.auditor, volunteer_id=VolunteerId(name))
    withdraw_volunteer(world.governance, command)


def inside(world: World, dora: AccountId, *names: str) -> WarrantId:
    """Put a warrant into use, and a run of these volunteers inside it."""
    _, warrant_id = a_deployment(world)
    with world.governance.database.transaction() as tx:
        act = tx.warrants.get(warrant_id).act_sha256
    assert act is not None
    under_way(world, dora, *names, act_sha256=act)
    return warrant_id


@pytest.mark.law("C11", "C1")
def test_a_volunteers_photograph_becomes_a_template_for_the_runs_one_site_and_is_not_kept(
    world: World, dora: AccountId
) -> None:
    under_way(world, dora, "w0")
    (asked,) = world.matcher.volunteers
    assert asked.recipient == world.keys.opening.public.hex()
    assert asked.photograph_sha256 == sha256_hex(picture_of("w0"))
    (entry,) = [one for one in world.entries() if one.event == "volunteer.enrol"]
    assert (entry.fields["volunteer"], entry.fields["photograph"]) == ("w0", asked.photograph_sha256)
    stored = b"".join(path.read_bytes() for path in world.folder.rglob("*") if path.is_file())
    assert picture_of("w0") not in stored


@pytest.mark.law("C11")
def test_another_photograph_than_the_one_consented_to_goes_to_no_matcher_and_the_refusal_is_logged(
    world: World, dora: AccountId
) -> None:
    approved(world, dora, run_papers(world.keys, names=["w0", "w1"]))
    officer, people = world.people.legal_officer, world.people
    wrong = EnrolVolunteer(actor=officer, volunteer_id=VolunteerId("w0"), photograph=picture_of("w1"))
    with pytest.raises(Refused, match="not the photograph"):
        enrol_volunteer(world.governance, wrong)
    assert world.matcher.volunteers == []
    (refusal,) = [one for one in world.entries() if one.event == "volunteer.refuse"]
    assert (refusal.leaf.body["rule"], refusal.leaf.body["allowed"]) == ("C11", False)
    assert "photograph" not in refusal.fields
    for actor in (dora, people.applicant, people.reviewers[0], people.auditor):
        with pytest.raises(Refused):
            enrol_volunteer(world.governance, replace(wrong, actor=actor, photograph=picture_of("w0")))
    with pytest.raises(NotFound):
        enrol_volunteer(world.governance, replace(wrong, volunteer_id=VolunteerId("stranger")))
    with pytest.raises(BadInput, match="20 MiB"):
        enrol_volunteer(world.governance, replace(wrong, photograph=bytes(20 * 1024 * 1024 + 1)))


@pytest.mark.law("C11", "B14")
def test_nobody_is_enrolled_for_a_run_that_nobody_approved_nor_twice(world: World, dora: AccountId) -> None:
    proposed(world, run_papers(world.keys, names=["w0"]))
    with pytest.raises(Refused, match="was approved"):
        enrolled(world, "w0")
    world.clock.advance(SECOND)
    other = run_papers(world.keys, names=["w1"], run_id="run-2")
    approved(world, dora, other)
    enrolled(world, "w1")
    with pytest.raises(Refused, match="enrolled already"):
        enrolled(world, "w1")


@pytest.mark.law("C11", "P1")
def test_an_answer_that_is_not_the_pinned_matchers_for_what_was_asked_enrols_nobody(
    world: World, dora: AccountId
) -> None:
    approved(world, dora, run_papers(world.keys, names=["w0", "w1"]))
    enrolled(world, "w1")
    with world.governance.database.transaction() as tx:
        (other,) = tx.volunteer_references.where()
    assert other.volunteer_id == "w1"
    asked = world.matcher.volunteers[0]
    own = VolunteerEnrolment(
        run_id=asked.run_id,
        volunteer_id=asked.volunteer_id,
        reference_id=asked.reference_id,
        photograph_sha256=asked.photograph_sha256,
        profile_sha256=asked.profile_sha256,
        recipient=world.keys.opening.id,
        template_sha256=a_hash("box"),
    )
    enrolment = world.keys.enrolment.sign(Purpose.VOLUNTEER_ENROLMENT, own.to_bytes())
    spoilt: tuple[dict[str, object], ...] = ({"sealed_template": b"another box"}, {"enrolment": enrolment})
    for spoil in spoilt:
        world.matcher.spoil = spoil
        with pytest.raises(NotUnderstood):
            enrolled(world, "w0")
    world.matcher.spoil = {}
    for signer in (world.keys.governance, world.keys.volunteers, world.keys.site):
        world.matcher.signer = signer
        with pytest.raises(NotUnderstood):
            enrolled(world, "w0")
    with world.governance.database.transaction() as tx:
        assert [one.volunteer_id for one in tx.volunteer_references.where()] == ["w1"]


@pytest.mark.law("C11")
def test_a_withdrawal_while_the_photograph_is_at_the_matcher_enrols_nobody(world: World, dora: AccountId) -> None:
    approved(world, dora, run_papers(world.keys, names=["w0", "w1"]))
    whole = world.matcher.enrol_volunteer

    def meanwhile(request: object, photograph: bytes) -> object:
        withdraw(world, "w0")
        return whole(request, photograph)  # type: ignore[arg-type]  # as it came

    world.matcher.enrol_volunteer = meanwhile  # type: ignore[method-assign,assignment]  # a test's own
    with pytest.raises(NotFound):
        enrolled(world, "w0")
    with world.governance.database.transaction() as tx:
        assert not [one for one in tx.object_ids() if one.startswith("volunteer.")]


@pytest.mark.law("C11")
def test_a_consent_of_another_photograph_is_never_lent_whatever_the_database_says(
    world: World, dora: AccountId
) -> None:
    changed = a_consent("w0", photograph_sha256=a_hash("another picture"))
    approved(world, dora, run_papers(world.keys, names=["w0"], consents=[changed]))
    with suppress(Refused):
        enrolled(world, "w0")
    assert leases(world).runs == ()
