"""Each use is told to two authorities, who sign for it; without that in time the leases stop (A10, A7)."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from typer.testing import CliRunner

from contracts.canonical import decode, encode
from contracts.model_profile import ProfileClass
from contracts.notification import Acknowledgement, Authority, Notification
from contracts.signature import Purpose, Signed, verified
from contracts.trust import TrustedKeys, TrustedRole
from governance.adapters.notification_courier import NotificationCourier, read_ways
from governance.application import lease_conditions, notify_authorities
from governance.application.accounts import ChangeShift, change_shift
from governance.application.build_watchlist import renew_watchlists
from governance.application.deployments import StartDeployment, start_deployment
from governance.application.errors import Conflict, NotUnderstood, Refused, StorageFailed, Unavailable
from governance.application.lease_conditions import CONDITIONS, authorities_are_told
from governance.application.notify_authorities import (
    deliver_due,
    is_acknowledged,
    may_be_told,
    take_acknowledgement,
)
from governance.domain.events import Event
from governance.domain.identifiers import AccountId, DeploymentId
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.notifications import KeptNotification, are_told, next_attempt
from insyn.command_line import app
from insyn.commands.act_in_words import instant_in_words
from insyn.errors import InsynError
from insyn.supervisor_desk import Desk, build_app
from insyn.system import free_port
from tests.builders_contracts import NOON
from tests.builders_governance import World, a_deployment, a_governance, an_enrolled_warrant, leases, reopen
from tests.builders_notifications import key_of

pytestmark = pytest.mark.law("A10", "A7")

BOTH = frozenset(authority.value for authority in Authority)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_governance(tmp_path / "centre")


def kept(world: World) -> list[KeptNotification]:
    with world.governance.database.transaction() as tx:
        return list(tx.notifications.where())


def test_a_start_writes_to_both_authorities_and_nothing_operational(world: World) -> None:
    _, warrant_id = a_deployment(world)
    both = kept(world)
    assert {one.authority for one in both} == BOTH
    pinned = world.keys.trusted.of(TrustedRole.GOVERNANCE)
    for one in both:
        payload = verified(Signed.from_json(decode(one.record)), Purpose.NOTIFICATION, pinned)
        told = Notification.from_bytes(payload)
        assert told.authority.value == one.authority
        for secret in (b"camera-1", warrant_id.encode(), b"CASE-1", b"Person A", b"kidnapping", b"site"):
            assert secret not in payload
    assert world.events().count(Event.NOTIFICATION_MINT) == 2


def test_delivered_is_what_the_authority_signed_for_and_it_is_delivered_once(world: World) -> None:
    a_deployment(world)
    assert deliver_due(world.governance) == 2
    assert deliver_due(world.governance) == 0
    assert len(world.courier.carried) == len(set(world.courier.carried)) == 2
    assert all(one.acknowledged_at and one.acknowledgement for one in kept(world))
    assert world.events().count(Event.NOTIFICATION_ACKNOWLEDGE) == 2


def test_out_of_reach_it_is_tried_again_later_and_later(world: World) -> None:
    a_deployment(world)
    world.courier.reachable = False
    tries = []
    for _ in range(400):
        deliver_due(world.governance)
        tries.append(len(world.courier.carried))
        world.clock.advance(timedelta(seconds=5))
    assert tries[0] == 2
    assert 10 <= tries[-1] <= 24, "half an hour: it backs off"
    assert not any(one.acknowledged_at for one in kept(world))
    world.courier.reachable = True
    world.clock.advance(timedelta(minutes=10))
    assert deliver_due(world.governance) == 2


def killed(*_arguments: object) -> bool:
    raise KeyboardInterrupt


def test_a_crash_between_delivery_and_the_record_of_it_delivers_the_same_again(world: World) -> None:
    a_deployment(world)
    before = world.courier.carried
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(notify_authorities, "take_acknowledgement", killed)
        with pytest.raises(KeyboardInterrupt):
            deliver_due(world.governance)
    again = reopen(world.folder, world.keys, world.clock)
    assert deliver_due(again.governance) == 2
    assert set(before) <= set(again.courier.carried)
    assert again.events().count(Event.NOTIFICATION_ACKNOWLEDGE) == 2


def test_a_day_without_acknowledgement_stops_the_leases_and_an_acknowledgement_lets_them_go_on(world: World) -> None:
    a_deployment(world)
    world.courier.reachable = False
    deliver_due(world.governance)
    world.clock.advance(timedelta(hours=24) - timedelta(seconds=1))
    renew_watchlists(world.governance)
    for reviewer in world.people.reviewers:
        on_shift(world, reviewer)
    assert leases(world, nonce="in time").authorisations
    world.clock.advance(timedelta(seconds=1))
    assert not leases(world, nonce="late").authorisations
    (refused,) = [one for one in world.entries() if one.event == Event.LEASE_REFUSE]
    assert refused.fields["rule"] == "A10"
    world.courier.reachable = True
    assert deliver_due(world.governance) == 2
    assert leases(world, nonce="told").authorisations


def on_shift(world: World, reviewer: AccountId) -> None:
    change_shift(world.governance, ChangeShift(actor=reviewer, begin=True))


def test_a_date_beside_no_signature_is_no_acknowledgement(world: World) -> None:
    a_deployment(world)
    change = "UPDATE notifications SET acknowledged_at = created_at, acknowledgement = x'00'"
    with world.engine.begin() as connection:
        connection.execute(text(change))
    assert all(one.acknowledged_at is not None for one in kept(world))
    assert not any(is_acknowledged(world.governance, one) for one in kept(world))
    first, second = kept(world)
    signed = key_of(world.keys, second.authority).sign(
        Purpose.ACKNOWLEDGEMENT,
        Acknowledgement(
            notification_id=second.notification_id,
            notification_sha256=Signed.from_json(decode(second.record)).sha256,
            authority=Authority(second.authority),
            acknowledged_at=NOON,
        ).to_bytes(),
    )
    assert is_acknowledged(world.governance, replace(second, acknowledgement=encode(signed.to_json())))
    assert not is_acknowledged(world.governance, replace(first, acknowledgement=encode(signed.to_json())))


def test_a_demo_authority_signs_for_demonstrations_only(world: World) -> None:
    a_deployment(world)
    keys = world.governance.trusted
    demo = frozenset({TrustedRole.DATA_PROTECTION, TrustedRole.MARKET_SURVEILLANCE})
    mixed = replace(keys, keys=tuple(replace(one, demo=one.role in demo) for one in keys.keys))
    governance = replace(world.governance, trusted=mixed)
    assert not may_be_told(governance).allowed
    assert deliver_due(governance) == 0
    assert all(one.acknowledged_at is None for one in kept(world))


@pytest.mark.law("A10", "P4")
def test_a_demo_authority_does_not_sign_for_trials(world: World) -> None:
    keys = tuple(replace(one, demo=True) for one in world.governance.trusted.keys)
    governance = replace(world.governance, demo=True, environment=ProfileClass.TRIAL)
    demo = replace(governance, trusted=replace(governance.trusted, keys=keys))
    assert not may_be_told(demo).allowed
    trial = tuple(replace(one, trial=True) for one in keys)
    assert may_be_told(replace(governance, trusted=replace(governance.trusted, keys=trial))).allowed


@pytest.mark.parametrize("missing", [TrustedRole.DATA_PROTECTION, TrustedRole.MARKET_SURVEILLANCE])
def test_without_the_key_of_an_authority_nothing_starts(world: World, missing: TrustedRole) -> None:
    warrant_id, _ = an_enrolled_warrant(world)
    trusted = TrustedKeys(tuple(key for key in world.keys.trusted.keys if key.role is not missing))
    governance = replace(world.governance, trusted=trusted)
    with pytest.raises(Refused) as refused:
        start_deployment(governance, StartDeployment(actor=world.people.legal_officer, warrant_id=warrant_id))
    assert refused.value.rule == "A10"
    assert not kept(world)


@pytest.mark.parametrize("missing", list(Authority))
def test_without_a_way_to_an_authority_nothing_starts(world: World, missing: Authority) -> None:
    warrant_id, _ = an_enrolled_warrant(world)
    world.courier.ways.discard(missing.value)
    with pytest.raises(Refused, match=f"No way to the {missing.value} authority") as refused:
        start_deployment(world.governance, StartDeployment(actor=world.people.legal_officer, warrant_id=warrant_id))
    assert refused.value.rule == "A10"
    assert not kept(world)


def test_nobody_but_the_authority_itself_can_say_that_it_was_told(world: World) -> None:
    a_deployment(world)
    for key in (world.keys.governance, world.keys.region, world.keys.data_protection):
        world.courier.spoil = {"key": key}
        deliver_due(world.governance)
        world.clock.advance(timedelta(minutes=11))
    acknowledged = [one.authority for one in kept(world) if one.acknowledged_at]
    assert acknowledged == ["data-protection"]


@pytest.mark.parametrize(
    "says",
    [{"notification_sha256": "0" * 64}, {"notification_id": "another"}, {"authority": Authority.DATA_PROTECTION}],
)
def test_an_acknowledgement_of_something_else_is_refused(world: World, says: dict[str, object]) -> None:
    a_deployment(world)
    (one,) = [found for found in kept(world) if found.authority == "market-surveillance"]
    said = Acknowledgement(
        notification_id=one.notification_id,
        notification_sha256=Signed.from_json(decode(one.record)).sha256,
        authority=Authority.MARKET_SURVEILLANCE,
        acknowledged_at=NOON,
    )
    spoilt = replace(said, **says)  # type: ignore[arg-type]  # the test's own
    with pytest.raises(NotUnderstood):
        take_acknowledgement(
            world.governance, world.keys.market_surveillance.sign(Purpose.ACKNOWLEDGEMENT, spoilt.to_bytes())
        )
    good = world.keys.market_surveillance.sign(Purpose.ACKNOWLEDGEMENT, said.to_bytes())
    assert take_acknowledgement(world.governance, good)
    assert not take_acknowledgement(world.governance, good)


# -- the database itself ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE notifications SET acknowledged_at = 1",
        "UPDATE notifications SET acknowledged_at = NULL, acknowledgement = NULL",
        "UPDATE notifications SET record = x'00'",
    ],
)
def test_the_database_refuses_a_delivery_set_by_hand(world: World, change: str) -> None:
    a_deployment(world)
    if "NULL" in change:
        deliver_due(world.governance)
    with pytest.raises(IntegrityError), world.engine.begin() as connection:
        connection.execute(text(change))


def test_the_database_refuses_a_lease_before_the_authorities_were_written_to(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should the rule be forgotten in the program, nothing is lent all the same."""
    a_deployment(world)
    others = tuple(one for one in CONDITIONS if one is not authorities_are_told)
    monkeypatch.setattr(lease_conditions, "CONDITIONS", others)
    with closing(sqlite3.connect(world.folder / "insyn.db")) as connection, connection:
        connection.execute("DELETE FROM notifications WHERE authority = 'data-protection'")
    with pytest.raises(Conflict):
        leases(world)


# -- the rule ---------------------------------------------------------------------------------------------------------


def a_notification(authority: str, *, acknowledged: bool) -> KeptNotification:
    return KeptNotification(
        notification_id=authority,
        deployment_id=DeploymentId("d"),
        authority=authority,
        record=b"",
        attempts=0,
        next_attempt_at=NOON,
        acknowledged_at=NOON if acknowledged else None,
        acknowledgement=b"" if acknowledged else None,
        created_at=NOON,
        expires_at=NOON,
    )


@given(
    acknowledged=st.tuples(st.booleans(), st.booleans()),
    urgent=st.booleans(),
    age=st.timedeltas(min_value=timedelta(hours=-3), max_value=timedelta(days=3)),
)
def test_leases_go_on_exactly_while_it_is_signed_for_or_in_time(
    acknowledged: tuple[bool, bool],
    urgent: bool,  # noqa: FBT001 (drawn)
    age: timedelta,
) -> None:
    both = [a_notification(name, acknowledged=one) for name, one in zip(sorted(BOTH), acknowledged, strict=True)]
    limit = timedelta(minutes=15) if urgent else timedelta(hours=24)
    answer = are_told(both, authorities=BOTH, urgent=urgent, legal=SWEDEN_2026, now=NOON + age)
    assert answer.allowed == (all(acknowledged) or timedelta(seconds=-5) <= age < limit)
    assert not are_told(both[:1], authorities=BOTH, urgent=urgent, legal=SWEDEN_2026, now=NOON + age).allowed


def test_the_pauses_double_up_to_ten_minutes() -> None:
    pauses = [(next_attempt(number, now=NOON) - NOON).total_seconds() for number in range(9)]
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 600, 600]
    assert next_attempt(10_000, now=NOON) == NOON + timedelta(minutes=10)


# -- the authority's own side -----------------------------------------------------------------------------------------


def a_desk(world: World, folder: Path | None, authority: Authority = Authority.DATA_PROTECTION) -> Desk:
    key = key_of(world.keys, authority.value)
    return Desk(authority=authority, key=key, trusted=world.keys.trusted, folder=folder)


@contextmanager
def serving(desk: Desk) -> Iterator[str]:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(build_app(desk), port=port, log_config=None, lifespan="off"))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def test_over_http_and_by_folder_an_authority_signs_for_what_it_was_told(world: World, tmp_path: Path) -> None:
    a_deployment(world)
    carried = tmp_path / "carried"
    with serving(a_desk(world, tmp_path / "desk")) as address:
        ways = {"data-protection": address, "market-surveillance": str(carried)}
        courier = NotificationCourier(ways)
        governance = replace(world.governance, courier=courier)
        assert deliver_due(governance) == 1
    (laid,) = carried.glob("*.json")
    arguments = ["supervisor", "acknowledge", str(laid), "--authority", "market-surveillance", "--yes"]
    key, trust = tmp_path / "authority.key", tmp_path / "trust.json"
    key.write_bytes(world.keys.market_surveillance.seed)
    key.chmod(0o600)
    trust.write_bytes(world.keys.trusted.to_bytes())
    out = laid.with_suffix(".ack.json")
    result = CliRunner().invoke(app, [*arguments, "--key", str(key), "--trust", str(trust), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "victim-search" in result.output
    signed = Acknowledgement.from_bytes(Signed.from_json(decode(out.read_bytes())).payload)
    rows = (line.split("│") for line in result.output.partition("What is signed")[2].splitlines())
    shown = " ".join(cells[2].strip() for cells in rows if len(cells) > 2)
    for field in (signed.notification_id, signed.authority.value, instant_in_words(signed.acknowledged_at)):
        assert field in shown, "whoever signs sees when they say that they received it"
    world.clock.advance(timedelta(minutes=11))
    assert deliver_due(governance) == 1
    courier.close()
    assert all(one.acknowledged_at for one in kept(world))


def test_a_desk_gives_the_same_answer_again_and_none_to_what_is_not_for_it(world: World, tmp_path: Path) -> None:
    a_deployment(world)
    by_authority = {one.authority: one.record for one in kept(world)}
    desk = a_desk(world, tmp_path)
    first = desk.acknowledge(by_authority["data-protection"])
    assert desk.acknowledge(by_authority["data-protection"]) == first
    with pytest.raises(InsynError, match="another authority"):
        desk.acknowledge(by_authority["market-surveillance"])
    told = Notification.from_bytes(Signed.from_json(decode(by_authority["data-protection"])).payload)
    changed = replace(told, registration_number="EU-2").to_bytes()
    for key, reason in ((world.keys.governance, "bears this id"), (world.keys.region, "no notification")):
        with pytest.raises(InsynError, match=reason):
            desk.acknowledge(encode(key.sign(Purpose.NOTIFICATION, changed).to_json()))
    with pytest.raises(InsynError, match="no notification"):
        desk.acknowledge(b"not JSON")


def test_an_authority_is_reached_by_https_or_on_this_machine_alone(tmp_path: Path) -> None:
    for way in ("http://authority.example/", "ftp://authority.example/"):
        with pytest.raises(StorageFailed):
            NotificationCourier({"data-protection": way})
    with closing(NotificationCourier({})) as nowhere, pytest.raises(Unavailable):
        nowhere.deliver("data-protection", "n", Signed(payload=b"", key="k", signature=bytes(64)))
    (tmp_path / "ways").write_text("[]")
    (tmp_path / "misspelt").write_text('{"data_protection": "/folder"}')
    for path in (tmp_path / "ways", tmp_path / "nowhere", tmp_path / "misspelt"):
        with pytest.raises(StorageFailed):
            read_ways(path)
