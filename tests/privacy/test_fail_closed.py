"""Invariant 4 at the door: whatever log, vault or witnesses do, no answer holds anything personal and nothing changes.

Every route is called as the right person calls it, with something to show or to do, once under each fault; then all is
mended and every call is made once more, and succeeds. What a call wrote then is what it could not write before.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from governance.adapters.db import tables
from governance.adapters.log.sequencer import Sequencer
from governance.adapters.without_witnesses import NoWitnesses
from governance.application import heartbeat
from governance.application.errors import GovernanceError
from governance.audit.draft import Draft
from governance.audit.errors import LogFull, LogUnavailable
from governance.audit.leaf import Leaf
from governance.domain.events import Event
from governance.web.recording import recorded_by
from tests.builders_call import Call, ReadyHouse
from tests.builders_calls import a_ready_house, routes_of
from tests.builders_web import LOGINS, SECRETS

# One trial calls every route under every fault, for all tests of this file.
pytestmark = pytest.mark.timeout(900)
SENTENCE = "This is what the test says that failed; nothing is shown or changed."
LOG = ("append", "receipt", "checkpoint", "size", "consistency", "entries", "boxes", "erase_boxes", "last_number")
VAULT = ("allot", "release", "destroy", "seen", "days", "inventory_root")
SHOWING = {Event.CANDIDATE_VIEW, Event.LOG_READ, Event.WARRANT_EXPORT, Event.WARRANT_READ}
WITNESSED = {
    Event.DEPLOYMENT_RESUME,
    Event.DEPLOYMENT_START,
    Event.REFERENCE_CONFIRM,
    Event.SITE_RELEASE,
    Event.WARRANT_IMPORT,
}

Fault = Callable[[ReadyHouse, pytest.MonkeyPatch], None]


def unavailable(*_arguments: object, **_named: object) -> Any:
    raise LogUnavailable(SENTENCE)


def dead(house: ReadyHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LOG:
        monkeypatch.setattr(house.web.centre.log, name, unavailable)


def full(house: ReadyHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> Any:
        raise LogFull(SENTENCE)

    monkeypatch.setattr(house.web.centre.log, "append", refuse)


def unproven(house: ReadyHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Entries are written, and no receipt comes."""
    monkeypatch.setattr(house.web.centre.log, "receipt", unavailable)


def killed(house: ReadyHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entries are durable, the process dies before it answers, and another takes its place."""
    store = house.web.centre.log.append

    def append(request_id: str, drafts: Sequence[Draft]) -> Any:
        if drafts[0].event == Event.CHANGE_VOID.value:
            return store(request_id, drafts)
        store(request_id, drafts)
        raise LogUnavailable(SENTENCE)

    monkeypatch.setattr(house.web.centre.log, "append", append)


def slow(house: ReadyHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long enough for the answer; the entries stand in the log a little later."""
    _late(house, monkeypatch, until=LOG)


def very_slow(house: ReadyHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entries come so late that the next writer has counted without them."""
    _late(house, monkeypatch, until=("append",))


def _late(house: ReadyHouse, monkeypatch: pytest.MonkeyPatch, *, until: Sequence[str]) -> None:
    log = house.web.centre.log
    store, pending = log.append, list[tuple[str, Sequence[Draft]]]()

    def arrive() -> None:
        while pending:
            store(*pending.pop())

    def append(request_id: str, drafts: Sequence[Draft]) -> Any:
        arrive()
        if drafts[0].event == Event.CHANGE_VOID.value:
            return store(request_id, drafts)
        pending.append((request_id, drafts))
        raise LogUnavailable(SENTENCE)

    def after_arrival(call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: object, **named: object) -> Any:
            arrive()
            return call(*arguments, **named)

        return called

    for name in until:
        monkeypatch.setattr(log, name, append if name == "append" else after_arrival(getattr(log, name)))


def dead_vault(house: ReadyHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VAULT:
        monkeypatch.setattr(house.web.centre.vault, name, unavailable, raising=False)


def mute_vault(house: ReadyHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does what it is asked, and the answer is lost."""
    for name in ("allot", "release", "destroy"):
        monkeypatch.setattr(house.web.centre.vault, name, _mute(getattr(house.web.centre.vault, name)))


def _mute(call: Callable[..., object]) -> Callable[..., object]:
    def called(*arguments: object) -> object:
        call(*arguments)
        raise LogUnavailable(SENTENCE)

    return called


def stale_witnesses(_house: ReadyHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NoWitnesses, "are_configured", property(lambda _self: True))
    monkeypatch.setattr(NoWitnesses, "require_fresh", unavailable)
    monkeypatch.setattr(NoWitnesses, "require_cosigned", unavailable)


FAULTS: dict[str, Fault] = {
    "dead": dead,
    "full": full,
    "killed": killed,
    "slow": slow,
    "very slow": very_slow,
    "unproven": unproven,
    "vault dead": dead_vault,
    "vault mute": mute_vault,
    "witnesses stale": stale_witnesses,
}


@dataclass(kw_only=True)
class Outcome:
    """What one call was answered, and the tables that are others afterwards."""

    call: Call
    status: int
    text: str
    changed: frozenset[str]
    again: str = ""
    """When it may be tried again."""
    size: int = 0
    """How many entries the log had before."""
    wrote: frozenset[Event] = frozenset()


@dataclass(kw_only=True)
class Trial:
    """All calls under all faults, and once more when all is mended."""

    house: ReadyHouse
    broken: dict[str, list[Outcome]] = field(default_factory=dict)
    mended: list[Outcome] = field(default_factory=list)
    pages: list[tuple[str, str, str]] = field(default_factory=list)
    """Who asked for which page of everybody's under a dead log, and what they got."""
    failures_until_mended: dict[str, int] = field(default_factory=dict)

    def wrote(self, call: Call) -> frozenset[Event]:
        """Return what a call writes when all is well."""
        return next(done.wrote for done in self.mended if done.call is call)


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        # Under a log that fails, each call reads all that is not settled yet; an entry never changes.
        monkeypatch.setattr(Leaf, "from_bytes", cache(Leaf.from_bytes))
        house = a_ready_house(tmp_path_factory.mktemp("house"), monkeypatch)
        trial = Trial(house=house)
        for login in LOGINS:
            house.web.browser(login)  # log-ins, too, need the log that fails below
        for name, fault in FAULTS.items():
            with pytest.MonkeyPatch.context() as broken:
                fault(house, broken)
                trial.broken[name] = list(
                    outcomes(house, [call for call in house.calls if is_tried(house, call, name)])
                )
                if name == "dead":
                    trial.pages = list(every_page_for_everybody(house))
            trial.failures_until_mended[name] = until_mended(house)
        for done in outcomes(house, house.calls):
            done.wrote = frozenset(Event(leaf.event) for leaf in house.leaves(done.size))
            trial.mended.append(done)
        yield trial
        house.web.running.close()


def is_tried(house: ReadyHouse, call: Call, fault: str) -> bool:
    """Where receipts or witnesses alone are missing, a change that shows nothing is made, and is not for this test."""
    if fault not in {"unproven", "witnesses stale"}:
        return True
    declared = recorded_by(routes_of(house)[call.method, call.route])
    assert declared is not None
    # An alert that is told is read; what is answered incompletely is seen once more.
    shows = bool(declared.events & SHOWING) and not (declared.events - SHOWING)
    waits = fault == "witnesses stale" and bool(declared.events & WITNESSED)
    return shows or waits or "incomplete" in call.note


def every_page_for_everybody(house: ReadyHouse) -> Iterator[tuple[str, str, str]]:
    for login in LOGINS:
        for call in house.calls:
            if call.method == "GET" and call.login and call.login != login:
                yield login, call.path, house.web.browser(login).get(call.path).text


@contextmanager
def unsupported(house: ReadyHouse, call: Call) -> Iterator[None]:
    """Let the centre's own comparison fail where a call is about that."""
    score = house.web.viewer.score
    house.web.viewer.score = 0.9 if "not supported" in call.note else score
    yield
    house.web.viewer.score = score


def outcomes(house: ReadyHouse, calls: Sequence[Call]) -> Iterator[Outcome]:
    watched = Watched(house)
    before = watched.tables()
    for call in calls:
        size = Sequencer.size(house.web.centre.log)
        with unsupported(house, call):
            answer = call.make(house)
        after = watched.tables()
        yield Outcome(
            call=call,
            status=answer.status_code,
            text=answer.text,
            changed=frozenset(table for table in after if after[table] != before[table]),
            again=answer.headers.get("retry-after", ""),
            size=size,
        )
        before = after
    watched.close()


class Watched:
    """Every row of every table, read again only when somebody has committed something.

    SQLite counts commits of other connections (`PRAGMA data_version`); this one never commits anything.
    """

    def __init__(self, house: ReadyHouse) -> None:
        self._engine = house.web.running.engine
        self._own = sqlite3.connect(str(self._engine.url.database))
        self._seen, self._tables = -1, dict[str, list[Any]]()

    def tables(self) -> dict[str, list[Any]]:
        ((version,),) = self._own.execute("PRAGMA data_version")
        if version != self._seen:
            self._seen, self._tables = version, self._read()
        return self._tables

    def _read(self) -> dict[str, list[Any]]:
        with self._engine.connect() as connection:
            return {
                table.name: list(map(tuple, connection.execute(select(text("*")).select_from(table))))
                for table in tables.METADATA.sorted_tables
            }

    def close(self) -> None:
        self._own.close()


def until_mended(house: ReadyHouse) -> int:
    for failures in range(4):
        try:
            heartbeat.beat(house.web.running.governance)
        except GovernanceError:
            continue
        return failures
    raise AssertionError("The log does not recover.")


@pytest.mark.law("P2")
@pytest.mark.parametrize("fault", FAULTS)
def test_no_answer_holds_a_personal_byte(trial: Trial, fault: str) -> None:
    for made in trial.broken[fault]:
        for secret in SECRETS:
            assert secret not in made.text, str(made.call)
        assert "data:image" not in made.text, str(made.call)
        if made.call.route.startswith("/auditor"):
            assert not [one for one in trial.house.opaque if one in made.text and one not in made.call.path]


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_changed(trial: Trial, fault: str) -> None:
    # An empty answer lends nothing and needs no entry; that its request was answered is remembered all the same.
    silent = {
        call: {"nonces"}
        for call in (
            "POST /api/site/leases (nothing to lend)",
            "POST /api/site/stops (nothing new to stop)",
            "POST /api/site/stops (stopped)",
        )
    }
    if fault in {"unproven", "witnesses stale"}:
        # The pictures were asked for, and log and record say so; they were not shown.
        silent |= {f"POST /operator/alerts/{{alert_id}}/{way}": {"views"} for way in ("look", "review (incomplete)")}
    changed = {
        str(made.call): made.changed
        for made in trial.broken[fault]
        if not made.changed <= silent.get(str(made.call), set())
    }
    assert changed == {}


RELEASE = "/running/stops/{stop_id}/release"
SEARCH_RECEIPTS = "/api/site/post-remote/receipts"


@pytest.mark.law("P2")
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_would_write_an_entry_is_answered_by_503_and_one_sentence(trial: Trial, fault: str) -> None:
    asked = 0
    for made in trial.broken[fault]:
        # The stop before it was refused, so there is nothing to order; and an order to stop waits for no log.
        written = frozenset() if made.call.note == "(stopped)" else trial.wrote(made.call)
        if fault == "witnesses stale":
            must_fail = bool(written & (SHOWING | WITNESSED))
        elif fault == "unproven":
            must_fail = bool(written & SHOWING)
        else:
            must_fail = bool(written)
        if made.status == httpx.codes.NOT_FOUND and made.call.route == RELEASE:
            # The press that it would release was refused before, so there is nothing to release.
            continue
        if made.status == httpx.codes.NO_CONTENT and made.call.route == SEARCH_RECEIPTS:
            # The order of the search that it would end was refused before, so there is nothing to end.
            continue
        if must_fail:
            asked += 1
            assert made.status == httpx.codes.SERVICE_UNAVAILABLE, str(made.call)
            assert is_one_sentence(made), str(made.call)
            assert made.again.isdigit(), str(made.call)
        else:
            assert made.status in {200, 204, 303, 503, made.call.expected}, str(made.call)
    assert asked >= {"witnesses stale": 12, "unproven": 8}.get(fault, 30)


def is_one_sentence(made: Outcome) -> bool:
    if made.call.route.startswith("/api/"):
        return made.text.startswith('{"detail":') and made.text.count(".") <= 2
    page = "Nothing was shown and nothing was changed" in made.text
    return page and made.text.count('<p class="lead">') == 1 and "Traceback" not in made.text


def test_mended_every_call_succeeds_and_no_fault_left_anything_behind(trial: Trial) -> None:
    assert [str(done.call) for done in trial.mended if done.status != done.call.expected] == []
    assert len([done for done in trial.mended if done.changed]) > 100, "what changes is seen where it may change"


def test_the_log_recovers_by_the_next_entry_or_the_one_after(trial: Trial) -> None:
    assert {name: count for name, count in trial.failures_until_mended.items() if count} in ({}, {"very slow": 1})


def test_every_change_that_was_announced_and_did_not_come_is_voided(trial: Trial) -> None:
    leaves = trial.house.leaves()
    voided = {index for leaf in leaves for index in leaf.indices() if leaf.event == Event.CHANGE_VOID.value}
    assert len(voided) > 50
    assert all("settled" in leaves[index].body for index in voided)
    # A later change names the last one that was carried out: a voided one is never named.
    assert not {leaves[index].sn for index in voided} & {leaf.body.get("settled") for leaf in leaves}


def test_mended_the_same_calls_do_tell(trial: Trial) -> None:
    """Else all of the above would prove nothing."""
    telling = {str(done.call) for done in trial.mended if any(secret in done.text for secret in SECRETS)}
    assert telling == {
        "GET /legal/warrants/{warrant_id}",
        "GET /legal/warrants/{warrant_id}/change",
        "GET /operator/alerts/{alert_id} (told)",
        "POST /legal/warrants/{warrant_id}/application",
        "POST /legal/warrants/{warrant_id}/export",
        "POST /operator/alerts/{alert_id}/look",
        "POST /operator/alerts/{alert_id}/review (incomplete)",
        "POST /patrol/{hand_off_id}/open",
    }
    opaque = {done.call.route for done in trial.mended if any(one in done.text for one in trial.house.opaque)}
    assert {"/auditor/alerts", "/auditor/alerts/{alert}", "/auditor/trail", "/auditor/log/{index}/open"} <= opaque


def test_with_a_dead_log_no_page_tells_anybody_anything(trial: Trial) -> None:
    assert len(trial.pages) > 150
    assert [(login, path) for login, path, text in trial.pages if any(secret in text for secret in SECRETS)] == []
