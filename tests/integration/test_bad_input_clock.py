"""A clock that jumps: the log stops, and nothing is erased by a time that may be wrong.

For leases see `test_contracts_authorisation`, `test_matcher_no_authority` and `test_edge_gate`: each clock, each way.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from contracts.clock import Moment
from governance.adapters.system import SystemClock
from governance.application.erase import expire_due
from governance.application.errors import ClockJumped, StorageFailed
from governance.application.queries import list_alerts
from insyn.commands.log import verify_log
from insyn.home import Home
from tests.builders_contracts import NOON
from tests.builders_server import a_viewer, an_unused_port, log_and_vault_on, refusal_of_server
from tests.builders_web import FakeClock, a_web_house


@dataclass
class SetClocks:
    """A machine's two clocks: `run` lets time pass, `set_wall` does what an administrator or a time service does."""

    at: Moment

    def __call__(self) -> Moment:
        return self.at

    def run(self, by: timedelta) -> None:
        self.at = Moment(now=self.at.now + by, boot=self.at.boot + by.total_seconds())

    def set_wall(self, by: timedelta) -> None:
        self.at = replace(self.at, now=self.at.now + by)


@pytest.mark.parametrize("jump", [timedelta(days=3650), timedelta(minutes=2), -timedelta(minutes=2)])
def test_a_clock_that_is_set_while_the_server_runs_gives_no_time_until_it_is_set_back(jump: timedelta) -> None:
    clocks = SetClocks(Moment(now=NOON, boot=100.0))
    clock = SystemClock(clocks)
    clocks.run(timedelta(days=400))
    assert clock.now() == NOON + timedelta(days=400)
    clocks.set_wall(timedelta(seconds=-2))
    assert clock.now() == NOON + timedelta(days=400, seconds=-2)
    clocks.set_wall(jump)
    with pytest.raises(ClockJumped, match="set back"):
        clock.now()
    clocks.set_wall(-jump)
    assert clock.now() == NOON + timedelta(days=400, seconds=-2)


def test_a_clock_that_jumps_ahead_erases_nothing_and_its_page_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = a_web_house(tmp_path, monkeypatch)
    alert = house.open_alert()
    clocks = SetClocks(Moment(now=house.clock.now(), boot=100.0))
    jumping = SystemClock(clocks)
    monkeypatch.setattr(house.clock, "now", jumping.now)
    clocks.set_wall(timedelta(days=3650))
    root = house.centre.vault.inventory_root()
    with pytest.raises(ClockJumped):
        expire_due(house.running.governance)
    refused = house.stranger().log_in("olga")
    assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert "clock was set by" in refused.text
    clocks.set_wall(-timedelta(days=3650))
    expire_due(house.running.governance)
    assert house.centre.vault.inventory_root() == root
    assert alert in {line.alert_id for line in list_alerts(house.running.governance, house.people["otto"])}
    house.running.close()


def test_a_clock_that_lies_behind_the_log_appends_nothing_and_its_page_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = a_web_house(tmp_path, monkeypatch)
    size = house.centre.log.size()
    house.clock.advance(-timedelta(seconds=2))
    refused = house.stranger().log_in("olga")
    assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert "clock lies behind the log&#39;s last entry; set it right" in refused.text
    with pytest.raises(StorageFailed, match="clock lies behind the log's last entry; set it right"):
        house.draft()
    assert house.centre.log.size() == size
    house.clock.advance(timedelta(seconds=2))
    assert house.stranger().log_in("olga").status_code == httpx.codes.SEE_OTHER
    assert house.centre.log.size() > size
    house.running.close()


@pytest.mark.slow
def test_a_log_whose_machine_starts_with_a_clock_behind_it_says_so_and_nothing_is_appended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    monkeypatch.setattr("tests.builders_web.FakeClock", lambda: FakeClock(ahead))
    a_web_house(tmp_path, monkeypatch).running.close()
    size = verify_log(Home(tmp_path))
    centre = log_and_vault_on(tmp_path)
    sentence = centre.sequencer.refusal()
    assert sentence == "This machine's clock lies behind the log's last entry; set it right, then start again."
    with a_viewer(tmp_path):
        centre.vault.start()
        try:
            assert "sequencer does not answer" in refusal_of_server(tmp_path, an_unused_port())
        finally:
            centre.vault.stop()
    assert verify_log(Home(tmp_path)) == size
