"""The twelve abuses that law.md's source feared most, each tried here: impossible, or detected and named.

docs/abuses.md says of each what stops it and what does not. Other tests attack the same walls from nearer; these show
that somebody who sets out to abuse the system meets one.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from contracts.authorisation import AuthorisationRefused, RefusalReason, verify
from contracts.model_profile import ProfileClass
from contracts.signature import Purpose
from contracts.vocabulary import CameraClass, CameraId, SiteId
from governance.application.deployments import RevokeWarrant, revoke_warrant
from governance.application.enrol_reference import EnrolReference, enrol_reference
from governance.application.errors import GovernanceError, NotUnderstood, Refused
from governance.application.heartbeat import beat
from governance.application.issue_warrant import ImportWarrant, import_warrant
from governance.application.queries import read_alert
from governance.application.review_candidate import RecordReview, ViewCandidate, record_review, view_candidate
from governance.audit.errors import LogError
from governance.audit.leaf import KeyRef
from governance.domain.identifiers import AlertId
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.legal_profile_file import only_narrows
from governance.domain.review import Outcome, Support, Withheld
from insyn.commands.log import verify_log
from insyn.home import Home
from matcher.gallery import GalleryRefused, open_gallery
from tests.builders_applications import CAMERAS, PHOTOGRAPH
from tests.builders_contracts import (
    AT_NOON,
    PROFILE,
    SITE,
    a_camera,
    a_gallery,
    a_hash,
    a_permit,
    a_reference,
    a_signing_key,
    a_trusted_site,
    a_warrant,
    an_admission,
    an_authorisation,
)
from tests.builders_governance import (
    OBSERVED,
    World,
    a_deployment,
    a_governance,
    an_alert,
    an_issued_warrant,
    an_origin,
    leases,
    slot_of,
)
from tests.builders_matcher import some_terms
from tests.builders_reviews import look
from tests.builders_web import a_web_house

KEYS = a_trusted_site()
A_YEAR = "31536000000"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = a_governance(tmp_path / "system")
    (tmp_path / "system" / "trust.json").write_bytes(world.keys.trusted.to_bytes())
    yield world
    world.close()


def events_of(world: World, event: str) -> int:
    return world.events().count(event)


@pytest.mark.law("A3", "P1")
def test_1_an_insider_adds_a_person_without_a_warrant(world: World) -> None:
    """Governance refuses the photograph and says so in the log; a site refuses what governance alone enrolled."""
    warrant_id = an_issued_warrant(world)
    stranger = EnrolReference(
        actor=world.people.enroller,
        warrant_id=warrant_id,
        slot_id=slot_of(world, warrant_id),
        photograph=PHOTOGRAPH + b" of somebody else",
        origin=an_origin(),
    )
    before = world.log.size()
    with pytest.raises(Refused):
        enrol_reference(world.governance, stranger)
    assert [leaf.body["rule"] for leaf in world.leaves()[before:] if "rule" in leaf.body] == ["A3"]
    smuggled = a_gallery([a_reference(KEYS, enroller=a_signing_key("an insider's own key"))])
    permit = a_permit(KEYS, gallery=smuggled)
    with pytest.raises(GalleryRefused):
        open_gallery(smuggled, some_terms(KEYS, permit), KEYS.opening, AT_NOON)


@pytest.mark.law("P2")
def test_2_an_administrator_edits_the_log(world: World) -> None:
    """Whoever reads the log anew names the entry."""
    a_deployment(world)
    beat(world.governance)
    world.close()
    with closing(sqlite3.connect(world.folder / "log" / "database" / "log.db")) as connection, connection:
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute("UPDATE log_entries SET leaf = replace(leaf, 'warrant.draft', 'warrant.drafx')")
    with pytest.raises(LogError, match=r"Entry \d+ was altered"):
        verify_log(Home(world.folder))


@pytest.mark.law("B1", "F3")
def test_3_retention_is_extended(world: World) -> None:
    """The database refuses a later end; and the key's own name holds its day, which nothing can write anew."""
    an_alert(world)
    for table in ("objects", "alerts", "warrants"):
        with pytest.raises(IntegrityError), world.engine.begin() as connection:
            connection.execute(text(f"UPDATE {table} SET expires_at = expires_at + {A_YEAR}"))  # noqa: S608 (two names of ours)
    with world.engine.connect() as connection:
        ids = connection.execute(text("SELECT object_id, expires_at FROM objects")).all()
    assert ids
    assert all(int(object_id.split(".")[1]) == ends // 86_400_000 for object_id, ends in ids)


@pytest.mark.law("A4")
@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ({"camera_id": CameraId("camera-99")}, RefusalReason.OTHER_CAMERA),
        ({"site_id": SiteId("another-site")}, RefusalReason.OTHER_SITE),
        ({"at": replace(AT_NOON, now=AT_NOON.now + timedelta(days=9))}, RefusalReason.EXPIRED),
    ],
)
def test_4_it_is_used_at_another_place_or_time(place: dict[str, object], reason: RefusalReason) -> None:
    """A site holds each lease against its own name, its own camera and its own two clocks."""
    where: dict[str, object] = {"site_id": SITE, "camera_id": CameraId(CAMERAS[0]), "at": AT_NOON, **place}
    unverified, ask = an_authorisation(KEYS)
    with pytest.raises(AuthorisationRefused) as refused:
        verify(unverified, trusted=KEYS.trusted, profile=PROFILE, ask=ask, **where)  # type: ignore[arg-type]  # one of three places
    assert refused.value.reason is reason


@pytest.mark.law("P4", "C6")
def test_5_model_or_threshold_is_swapped() -> None:
    """The act names the profile by hash, threshold within; a matcher with another one opens no gallery."""
    bundle = a_gallery([a_reference(KEYS)])
    permit = a_permit(KEYS, gallery=bundle)
    with pytest.raises(GalleryRefused, match="another model profile"):
        open_gallery(
            bundle,
            replace(some_terms(KEYS, permit), profile_sha256=a_hash("with a lower threshold")),
            KEYS.opening,
            AT_NOON,
        )


@pytest.mark.law("P4", "C6", "C10", "C13")
@pytest.mark.parametrize(
    "swapped",
    [
        {"profile": replace(PROFILE, profile_class=ProfileClass.DEMO)},
        {"profile": replace(PROFILE, comparison=replace(PROFILE.comparison, threshold=0.6))},
        {"admission": None},
        {"admission": an_admission(expires_at=AT_NOON.now)},
        {"admission": an_admission(profile_sha256=a_hash("another model"))},
        {"beside": 100},
        {"camera": a_camera(camera_class=CameraClass.HALL)},
        {"camera": a_camera(camera_class=None)},
    ],
    ids=[
        "a DEMO profile with operational keys",
        "a lower threshold",
        "no report",
        "an expired report",
        "a report for another model",
        "a longer list",
        "another camera class",
        "no camera class",
    ],
)
def test_5_a_model_runs_outside_what_was_evaluated(swapped: dict[str, Any]) -> None:
    """Each site holds every lease against the admission beside its own keys; governance's word is not asked."""
    trusted = replace(KEYS.trusted, admission=swapped.get("admission", KEYS.trusted.admission))
    unverified, ask = an_authorisation(KEYS, camera=swapped.get("camera"))
    with pytest.raises(AuthorisationRefused) as refused:
        verify(
            unverified,
            trusted=trusted,
            site_id=SITE,
            camera_id=CameraId(CAMERAS[0]),
            profile=swapped.get("profile", PROFILE),
            ask=ask,
            at=AT_NOON,
            beside=swapped.get("beside", 0),
        )
    assert refused.value.reason is RefusalReason.NOT_ADMITTED


@pytest.mark.law("A1", "A2", "A19", "B9")
@pytest.mark.parametrize(
    "wider",
    [
        {"least_maximum_penalty_years": 1},
        {"most_persons": 1_000},
        {"longest_window": timedelta(days=400)},
        {"largest_camera_share": 1.0},
    ],
)
def test_6_the_function_creeps(wider: dict[str, object]) -> None:
    """A profile file gives no parameter more power than what is compiled in."""
    assert not only_narrows(replace(SWEDEN_2026, **wider), SWEDEN_2026).allowed  # type: ignore[arg-type]
    assert only_narrows(SWEDEN_2026, SWEDEN_2026).allowed


@pytest.mark.law("B2", "C1")
def test_7_it_is_exported_in_bulk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No route lists or exports references, templates or pictures; what opens a thing opens one, by its own id."""
    house = a_web_house(tmp_path, monkeypatch)
    try:
        paths = {route.path for route in house.app.routes if isinstance(route, APIRoute)}
        gives = {path for path in paths if any(word in path for word in ("reference", "template", "gallery", "photo"))}
        assert {path for path in gives if "{" not in path} == set()
        looks = {path for path in paths if path.endswith("/look")}
        assert looks
        assert all("{" in path for path in looks)
    finally:
        house.running.close()


@pytest.mark.law("E1", "E2", "A15", "P5")
def test_8_reviewers_stamp_whatever_comes(world: World) -> None:
    """Nothing is told that could be copied, nothing is answered unseen or half filled in, and one person is not two."""
    alert_id = an_alert(world)
    first, second = world.people.reviewers[:2]
    unseen = RecordReview(actor=first, alert_id=alert_id, observations=OBSERVED, support=Support.SUPPORT_SAME)
    with pytest.raises(Refused, match="Look at the pictures"):
        record_review(world.governance, unseen)
    view_candidate(world.governance, ViewCandidate(actor=first, alert_id=alert_id))
    with pytest.raises(Refused, match="at least 10 seconds"):
        record_review(world.governance, unseen)
    with pytest.raises(Refused, match="every component"):
        record_review(world.governance, replace(unseen, observations={}))
    assert read_alert(world.governance, second, alert_id).withheld == frozenset(Withheld)


@pytest.mark.law("A12", "B2")
def test_9_a_probe_is_searched_for_in_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures come in at enrolment alone, for one slot of one warrant; no route takes one to compare it."""
    house = a_web_house(tmp_path, monkeypatch)
    try:
        routes = [route for route in house.app.routes if isinstance(route, APIRoute)]
        takes_files = {
            route.path
            for route in routes
            if "POST" in route.methods and any(word in route.path for word in ("search", "compare", "probe"))
        }
        assert {path for path in takes_files if "post-remote" not in path} == set()
    finally:
        house.running.close()


@pytest.mark.law("A8", "F2", "F3")
def test_10_what_was_to_be_deleted_is_not(world: World) -> None:
    """Revoked, every key that the case held is gone from the vault, and the receipts name as many as were intended."""
    _, warrant_id = a_deployment(world)
    revoke_warrant(
        world.governance,
        RevokeWarrant(actor=world.people.legal_officer, warrant_id=warrant_id, why="The person was found."),
    )
    intended = _keys(world, "erasure.intend")
    assert intended
    assert intended == _keys(world, "erasure.complete")
    assert world.centre.store.derive(intended) == {}


@pytest.mark.law("A6", "P1", "F4")
def test_11_a_warrant_is_forged_or_dated_back(world: World) -> None:
    """A key that is not the issuer's signs nothing here; and the act stands in the log before the first lease."""
    act = a_warrant().to_bytes()
    forged = a_signing_key("somebody at the police").sign(Purpose.WARRANT, act)
    with pytest.raises(NotUnderstood):
        import_warrant(world.governance, ImportWarrant(actor=world.people.legal_officer, record=forged))
    a_deployment(world)
    leases(world)
    order = [event for event in world.events() if event in {"warrant.import", "deployment.start", "lease.issue"}]
    assert order == ["warrant.import", "deployment.start", "lease.issue"]


@pytest.mark.law("P1", "P5", "A15")
@pytest.mark.parametrize("stolen", ["governance", "region", "viewer"])
def test_12_keys_are_stolen_or_people_collude(stolen: str, world: World) -> None:
    """No one key makes an authority: whoever holds one of them signs a warrant that no site believes."""
    signed = getattr(KEYS, stolen).sign(Purpose.WARRANT, a_warrant().to_bytes())
    unverified, ask = an_authorisation(KEYS)
    with pytest.raises(AuthorisationRefused) as refused:
        verify(
            replace(unverified, warrant=signed),
            trusted=KEYS.trusted,
            site_id=SITE,
            camera_id=CameraId(CAMERAS[0]),
            profile=PROFILE,
            ask=ask,
            at=AT_NOON,
        )
    assert refused.value.reason is RefusalReason.SIGNATURE
    # One reviewer who was bought confirms nothing.
    alert_id = AlertId(an_alert(world))
    bought = world.people.reviewers[0]
    look(world, bought, alert_id)
    answer = RecordReview(actor=bought, alert_id=alert_id, observations=OBSERVED, support=Support.STRONG_SUPPORT_SAME)
    assert record_review(world.governance, answer) is Outcome.PENDING
    with pytest.raises(GovernanceError):
        record_review(world.governance, answer)


def _keys(world: World, event: str) -> list[KeyRef]:
    return [
        KeyRef(data_class=one.data_class, day=one.day, number=number)
        for leaf in world.leaves()
        if leaf.event == event
        for one in leaf.ranges("keys")
        for number in range(one.first, one.last + 1)
    ]
