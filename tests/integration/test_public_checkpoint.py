"""The public sees one checkpoint a day: the first of the day, which moves neither with the log nor with a restart."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from governance.adapters.kept_file import KeptFile
from governance.adapters.log.sequencer import Sequencer
from governance.adapters.signatures import ed25519_verifies
from governance.application.daily_checkpoint import DailyCheckpoint
from governance.application.errors import StorageFailed
from governance.audit.checkpoint import open_checkpoint
from governance.audit.errors import LogUnavailable
from governance.domain.events import Event
from tests.builders_contracts import LOG_ORIGIN
from tests.builders_web import SECRETS, WebHouse, a_web_house


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebHouse]:
    house = a_web_house(tmp_path, monkeypatch)
    yield house
    house.running.close()


def shown(house: WebHouse) -> str:
    answer = house.stranger().get("/public/checkpoint")
    assert answer.status_code == httpx.codes.OK
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    return answer.text


def test_it_does_not_move_within_the_day_and_moves_with_the_next(house: WebHouse) -> None:
    first = shown(house)
    assert first == house.centre.log.checkpoint()
    house.open_alert()
    assert house.centre.log.checkpoint() != first
    for _ in range(11):
        house.clock.advance(timedelta(hours=1))
        house.running.governance.journal.record(Event.LOG_BEAT, {})
        assert shown(house) == first
        assert first.split("\n")[2] in house.stranger().get("/public").text
    house.clock.advance(timedelta(hours=1))  # midnight, UTC
    second = shown(house)
    assert second == house.centre.log.checkpoint() != first


def test_it_is_the_logs_own_signed_head(house: WebHouse) -> None:
    head = open_checkpoint(
        shown(house), origin=LOG_ORIGIN, public_key=house.running.governance.log_key, verify=ed25519_verifies
    )
    assert head.size == house.centre.log.size()


def test_nothing_else_is_told_to_the_public(house: WebHouse) -> None:
    before = shown(house), house.stranger().get("/public").text
    alert = house.open_alert()
    after = shown(house), house.stranger().get("/public").text
    assert after == before
    for told in after:
        assert not [one for one in (*SECRETS, str(alert), *house.people.values(), *house.people) if one in told]
    assert f"\n{house.centre.log.size()}\n" not in "".join(after)


def test_it_is_linked_from_the_log_in_page(house: WebHouse) -> None:
    assert 'href="/public"' in house.stranger().get("/login").text


def test_a_restart_does_not_move_it(house: WebHouse, tmp_path: Path) -> None:
    log, clock, path = house.centre.log, house.clock, tmp_path / "public-checkpoint"
    first = DailyCheckpoint(log, clock, KeptFile(path)).of_today()
    house.open_alert()
    assert DailyCheckpoint(log, clock, KeptFile(path)).of_today() == first
    clock.advance(timedelta(days=1))
    assert DailyCheckpoint(log, clock, KeptFile(path)).of_today() != first


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"2026-03-02", b"2026-03-02\n", b"2025-01-01\nold\n"])
def test_a_file_that_holds_none_of_today_is_replaced(house: WebHouse, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "public-checkpoint"
    path.write_bytes(content)
    assert DailyCheckpoint(house.centre.log, house.clock, KeptFile(path)).of_today() == house.centre.log.checkpoint()
    assert path.read_text(encoding="utf-8").startswith("2026-03-02\n")


def test_what_cannot_be_kept_is_not_shown(house: WebHouse, tmp_path: Path) -> None:
    kept = KeptFile(tmp_path / "no such folder" / "public-checkpoint")
    with pytest.raises(StorageFailed, match="cannot be written"):
        DailyCheckpoint(house.centre.log, house.clock, kept).of_today()
    folder = tmp_path / "a folder"
    folder.mkdir()
    with pytest.raises(StorageFailed, match="cannot be read"):
        KeptFile(folder).read()


def test_with_a_dead_log_todays_stays_and_there_is_no_other(house: WebHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    def dead(_log: Sequencer) -> str:
        raise LogUnavailable("It does not answer.")

    first = shown(house)
    monkeypatch.setattr(Sequencer, "checkpoint", dead)
    assert shown(house) == first
    house.clock.advance(timedelta(days=1))
    assert house.stranger().get("/public/checkpoint").status_code == httpx.codes.SERVICE_UNAVAILABLE
