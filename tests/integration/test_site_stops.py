"""Somebody presses stop at a site; a legal officer lets it go on, under a warrant checked anew (A16)."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from typer.testing import CliRunner

from contracts.signature import Purpose, Signed, SigningKey, verified
from contracts.site_stop import SiteRelease, SiteStop
from contracts.trust import TrustedRole
from contracts.vocabulary import SiteId
from governance.application import lease_conditions
from governance.application.deployments import ResumeDeployment, resume_deployment
from governance.application.erase import expire_due
from governance.application.errors import Conflict, NotUnderstood, Refused
from governance.application.lease_conditions import CONDITIONS, site_is_not_stopped
from governance.application.stop_at_site import ReleaseSite, release_site, take_site_stop
from governance.domain.events import Event
from governance.domain.identifiers import AccountId
from insyn.command_line import app
from insyn.commands.site import build_page, pressed
from insyn.errors import InsynError
from matcher.governance_client import GovernanceUnavailable
from matcher.stop_latch import StopLatch
from tests.builders_contracts import NOON, SITE, a_trusted_site
from tests.builders_governance import World, a_deployment, a_governance, leases
from tests.builders_leases import stopped
from tests.builders_matcher import SetClocks

pytestmark = pytest.mark.law("A16")

KEYS = a_trusted_site()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path)


def a_stop(world: World, stop_id: str = "stop-1", key: SigningKey | None = None) -> Signed:
    stop = SiteStop(site_id=SITE, stop_id=stop_id, pressed_at=world.clock.now())
    return (key or world.keys.site).sign(Purpose.SITE_STOP, stop.to_bytes())


def test_a_stop_at_the_site_suspends_all_there_and_nothing_is_lent(world: World) -> None:
    deployment, _ = a_deployment(world)
    leases(world)
    assert take_site_stop(world.governance, a_stop(world)) is None
    assert [order.rule for order in stopped(world)] == ["A6"]
    assert not leases(world, nonce="n2").authorisations
    events = world.events()
    assert events.count(Event.SITE_STOP) == events.count(Event.DEPLOYMENT_SUSPEND) == 1
    assert take_site_stop(world.governance, a_stop(world)) is None
    assert world.events().count(Event.SITE_STOP) == 1
    officer = world.people.legal_officer
    resume_deployment(world.governance, ResumeDeployment(actor=officer, deployment_id=deployment))
    assert not leases(world, nonce="n3").authorisations, "resumed, but the site is not released"
    release_site(world.governance, ReleaseSite(actor=officer, stop_id="stop-1"))
    assert leases(world, nonce="n4").authorisations


def test_the_release_is_for_this_stop_of_this_site_and_signed(world: World) -> None:
    take_site_stop(world.governance, a_stop(world))
    release_site(world.governance, ReleaseSite(actor=world.people.legal_officer, stop_id="stop-1"))
    signed = take_site_stop(world.governance, a_stop(world))
    assert signed is not None
    pinned = world.keys.trusted.of(TrustedRole.GOVERNANCE)
    release = SiteRelease.from_bytes(verified(signed, Purpose.SITE_RELEASE, pinned))
    assert (release.site_id, release.stop_id) == (SITE, "stop-1")
    assert take_site_stop(world.governance, a_stop(world, "stop-2")) is None


@pytest.mark.parametrize("who", ["reviewer", "auditor", "administrator", "site_manager", "applicant"])
def test_nobody_but_a_legal_officer_releases(world: World, who: str) -> None:
    take_site_stop(world.governance, a_stop(world))
    people = world.people
    actor: AccountId = people.reviewers[0] if who == "reviewer" else getattr(people, who)
    with pytest.raises(Refused):
        release_site(world.governance, ReleaseSite(actor=actor, stop_id="stop-1"))
    release_site(world.governance, ReleaseSite(actor=people.legal_officer, stop_id="stop-1"))
    with pytest.raises(Refused, match="already"):
        release_site(world.governance, ReleaseSite(actor=people.legal_officer, stop_id="stop-1"))


@pytest.mark.law("B1")
def test_a_stop_is_never_over_because_nobody_released_it(world: World) -> None:
    take_site_stop(world.governance, a_stop(world))
    take_site_stop(world.governance, a_stop(world, "stop-2"))
    release_site(world.governance, ReleaseSite(actor=world.people.legal_officer, stop_id="stop-2"))
    world.clock.advance(timedelta(days=366 * 6))
    expire_due(world.governance)
    with world.governance.database.transaction() as tx:
        (standing,) = tx.site_stops.where()
    assert (standing.stop_id, standing.released_at) == ("stop-1", None)


def test_another_cannot_report_a_stop(world: World) -> None:
    for key in (world.keys.governance, world.keys.region):
        with pytest.raises(NotUnderstood):
            take_site_stop(world.governance, a_stop(world, key=key))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE site_stops SET released_at = 1",
        "UPDATE site_stops SET record = x'00'",
        "UPDATE leases SET lease_id = 'x'",
    ],
)
def test_the_database_refuses_a_stop_that_is_changed_by_hand(world: World, change: str) -> None:
    a_deployment(world)
    leases(world)
    take_site_stop(world.governance, a_stop(world))
    with pytest.raises(IntegrityError), world.engine.begin() as connection:
        connection.execute(text(change))


def test_the_database_refuses_to_take_a_release_back(world: World) -> None:
    take_site_stop(world.governance, a_stop(world))
    release_site(world.governance, ReleaseSite(actor=world.people.legal_officer, stop_id="stop-1"))
    for statement in (
        "UPDATE site_stops SET released_at = NULL, released_by = NULL",
        "UPDATE site_stops SET released_at = released_at + 1",
        "UPDATE site_stops SET released_by = 'another'",
    ):
        with pytest.raises(IntegrityError, match="released once"), world.engine.begin() as connection:
            connection.execute(text(statement))


def test_the_database_refuses_a_lease_where_stop_was_pressed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should the rule be forgotten in the program, nothing is lent all the same."""
    deployment, _ = a_deployment(world)
    take_site_stop(world.governance, a_stop(world))
    resume_deployment(world.governance, ResumeDeployment(actor=world.people.legal_officer, deployment_id=deployment))
    others = tuple(one for one in CONDITIONS if one is not site_is_not_stopped)
    monkeypatch.setattr(lease_conditions, "CONDITIONS", others)
    with pytest.raises(Conflict):
        leases(world)


# -- at the site ------------------------------------------------------------------------------------------------------


def a_latch(folder: Path) -> StopLatch:
    return StopLatch(folder / "stop", site_id=SITE, site_key=KEYS.site, trusted=KEYS.trusted, clocks=SetClocks())


def a_release(latch: StopLatch, *, key: SigningKey = KEYS.governance, **changes: object) -> Signed:
    stop = SiteStop.from_bytes(latch.stop().payload)
    release = replace(SiteRelease(site_id=SITE, stop_id=stop.stop_id, released_at=NOON), **changes)  # type: ignore[arg-type]  # the test's own
    return key.sign(Purpose.SITE_RELEASE, release.to_bytes())


@pytest.mark.parametrize("content", [None, b"", b"\xff\x00", b"{}"])
def test_whatever_lies_there_stops_and_keeps_one_id(tmp_path: Path, content: bytes | None) -> None:
    latch = a_latch(tmp_path)
    assert not latch.is_set
    if content is None:
        (tmp_path / "site" / SITE).mkdir(parents=True)
        result = CliRunner().invoke(app, ["site", "stop", "--site", SITE, "--home", str(tmp_path)])
        assert result.exit_code == 0, result.output
        latch = a_latch(tmp_path / "site" / SITE)
    else:
        latch.path.write_bytes(content)
    assert latch.is_set
    assert latch.stop() == latch.stop()
    assert a_latch(latch.path.parent).stop() == latch.stop(), "it is the same for the next process"


def test_only_governances_release_of_this_very_stop_opens_it(tmp_path: Path) -> None:
    latch = a_latch(tmp_path)
    latch.path.touch()
    refused = (
        a_release(latch, key=KEYS.site),
        a_release(latch, key=KEYS.region),
        a_release(latch, stop_id="another"),
        a_release(latch, site_id=SiteId("another")),
        replace(a_release(latch), signature=bytes(64)),
        KEYS.governance.sign(Purpose.STOP, a_release(latch).payload),
    )
    assert not any(latch.release(one) for one in refused)
    assert latch.is_set
    good = a_release(latch)
    assert latch.release(good)
    assert not latch.is_set
    latch.path.touch()
    assert not latch.release(good), "a release is good for one stop"
    assert latch.is_set


def test_a_press_after_the_release_was_signed_is_not_released(tmp_path: Path) -> None:
    site = tmp_path / "site" / SITE
    site.mkdir(parents=True)
    latch = a_latch(site)
    press = ["site", "stop", "--site", SITE, "--home", str(tmp_path)]
    assert CliRunner().invoke(app, press).exit_code == 0
    release = a_release(latch)
    assert CliRunner().invoke(app, press).exit_code == 0
    assert not latch.release(release)
    assert latch.is_set


def test_a_copy_of_a_released_stop_is_a_stop_of_its_own(tmp_path: Path) -> None:
    latch = a_latch(tmp_path)
    latch.path.touch()
    first = latch.stop()
    copy = latch.path.read_bytes()
    assert latch.release(a_release(latch))
    latch.path.write_bytes(copy)
    assert latch.stop().payload != first.payload
    old = SiteStop.from_bytes(first.payload).stop_id
    assert not latch.release(a_release(latch, stop_id=old))
    assert latch.is_set
    latch.path.with_name("stop.released").write_bytes(b"\xff")
    assert latch.stop().payload != latch.stop().payload, "nothing is known as released"
    assert latch.is_set


@pytest.mark.parametrize("command", ["stop", "state", "button"])
def test_a_site_that_is_not_there_is_said_not_to_be_stopped(tmp_path: Path, command: str) -> None:
    result = CliRunner().invoke(app, ["site", command, "--site", "no-such-site", "--home", str(tmp_path)])
    assert result.exit_code == 1
    assert "NOT stopped" in result.output
    assert not (tmp_path / "site").exists()


def test_a_stop_that_cannot_be_written_says_what_to_do_instead(tmp_path: Path) -> None:
    with pytest.raises(InsynError, match=r"cannot be written .*: end the matcher itself, or cut its power"):
        pressed(tmp_path / "nowhere" / "stop", SITE)


def test_a_broken_link_stops_too(tmp_path: Path) -> None:
    (tmp_path / "stop").symlink_to(tmp_path / "nowhere")
    assert a_latch(tmp_path).is_set


class Told:
    """Governance as the latch sees it: out of reach, then not decided, then released."""

    def __init__(self) -> None:
        self.asked = 0

    async def report_stop(self, signed: Signed) -> Signed | None:
        self.asked += 1
        if self.asked == 1:
            raise GovernanceUnavailable("Nobody answers.")
        if self.asked == 2:
            return None
        stop = SiteStop.from_bytes(signed.payload)
        release = SiteRelease(site_id=stop.site_id, stop_id=stop.stop_id, released_at=NOON)
        return KEYS.governance.sign(Purpose.SITE_RELEASE, release.to_bytes())


def test_it_reports_until_it_is_released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matcher.stop_latch._REPORT_SECONDS", 0)
    latch, told = a_latch(tmp_path), Told()
    latch.path.touch()

    async def story() -> None:
        running = asyncio.create_task(latch.run(told))
        while latch.is_set:  # noqa: ASYNC110 (a file tells no event)
            await asyncio.sleep(0)
        running.cancel()

    asyncio.run(asyncio.wait_for(story(), 10))
    assert told.asked == 3


def call(latch: Path, method: str, path: str, *, host: str = "127.0.0.1") -> httpx.Response:
    async def made() -> httpx.Response:
        transport = httpx.ASGITransport(build_page(latch, SITE))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}", follow_redirects=True) as client:
            return await client.request(method, path)

    return asyncio.run(made())


def test_the_page_has_one_button_and_can_only_stop(tmp_path: Path) -> None:
    latch = tmp_path / "stop"
    assert call(latch, "GET", "/").text.count("<button") == 1
    after = call(latch, "POST", "/stop").text
    assert "Stopped." in after
    assert "<button" not in after
    before = latch.read_bytes()
    call(latch, "POST", "/stop")
    assert latch.read_bytes() != before, "each press is a stop of its own"
    assert call(latch, "GET", "/", host="attacker.example").status_code == httpx.codes.BAD_REQUEST


def test_the_command_says_how_it_stands(tmp_path: Path) -> None:
    arguments = ["--site", SITE, "--home", str(tmp_path)]
    (tmp_path / "site" / SITE).mkdir(parents=True)
    assert CliRunner().invoke(app, ["site", "state", *arguments]).exit_code == 0
    CliRunner().invoke(app, ["site", "stop", *arguments])
    assert CliRunner().invoke(app, ["site", "state", *arguments]).exit_code == 3


def test_a_stop_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "site" / SITE / "stop.partial").mkdir(parents=True)
    result = CliRunner().invoke(app, ["site", "stop", "--site", SITE, "--home", str(tmp_path)])
    assert result.exit_code == 1
    assert "end the matcher" in result.output


def test_the_clock_set_back_changes_nothing_of_a_stop(world: World) -> None:
    deployment, _ = a_deployment(world)
    take_site_stop(world.governance, a_stop(world))
    world.clock.advance(timedelta(hours=-3))
    assert not leases(world).authorisations
    assert deployment
