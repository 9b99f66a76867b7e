"""The process at the site while it searches: its order is renewed, and ends when governance says so (A8, A12).

What would be searched is not: these tests watch the authority, and no model is loaded.
"""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from contracts.canonical import sha256_hex
from contracts.clock import Moment
from contracts.search_order import UnverifiedSearchOrder, VerifiedSearchOrder, verify_order
from contracts.search_records import SearchEnding
from governance.domain.identifiers import SearchId, WarrantId
from governance.domain.searches import SearchState
from insyn import search_service
from insyn.recording_search import HeldOrder, SearchResult
from insyn.search_service import SearchSettings, open_site, search
from matcher.governance_client import GovernanceClient, SearchRefused
from signed_pdf.process import ConfinedReader
from tests.builders_contracts import PROFILE, SITE
from tests.builders_governance import World, a_governance
from tests.builders_recordings import a_search_warrant, approved, kept, revoke
from tests.builders_search_wire import a_wire

FILM = b"whatever lies at hand"
_PATIENCE = 30.0


@dataclass(kw_only=True)
class House:
    """Governance, and a site with a recording that may be searched."""

    world: World
    folder: Path
    warrant_id: WarrantId
    search_id: SearchId

    def clocks(self) -> Moment:
        return Moment(now=self.world.clock.now(), boot=1000.0)

    def searched(self) -> SearchResult:
        settings = SearchSettings(
            home=self.folder,
            site_id=SITE,
            governance_url="http://127.0.0.1:1",
            site_key_file=self.folder / "site.key",
            search_id=self.search_id,
            recording=SecretStr(str(self.folder / "film.mp4")),
        )
        # No model is loaded here, so the profile in use is the one that these worlds' warrants name.
        site = replace(open_site(settings), clocks=self.clocks, profile=PROFILE)  # type: ignore[arg-type]
        wire = a_wire(self.world.governance)
        client = GovernanceClient(
            settings.governance_url, site_id=settings.site, site_key=site.site_key, transport=wire
        )

        async def once() -> SearchResult:
            try:
                return await search(site, client)
            finally:
                await client.close()

        return asyncio.run(once())


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(search_service, "_RENEWAL_SECONDS", 0.0)
    world = a_governance(tmp_path / "centre")
    world.keys.pin_in(tmp_path)
    (tmp_path / "site.key").write_bytes(world.keys.site.seed)
    (tmp_path / "site.key").chmod(0o600)
    (tmp_path / "film.mp4").write_bytes(FILM)
    warrant_id = a_search_warrant(world)
    search_id = approved(world, warrant_id, sha256=sha256_hex(FILM))
    return House(world=world, folder=tmp_path, warrant_id=warrant_id, search_id=search_id)


def watching(monkeypatch: pytest.MonkeyPatch, watch: Callable[[HeldOrder], SearchResult]) -> None:
    """Let this stand for the search itself, in the thread in which it would run."""
    monkeypatch.setattr(search_service, "_searched", lambda _site, held, *_: watch(held))


def heard(held: HeldOrder, name: str) -> threading.Event:
    """Return what is set when `renew` or `end` was called."""
    event, real = threading.Event(), getattr(held, name)

    def told(*given: Any) -> None:
        real(*given)
        event.set()

    setattr(held, name, told)
    return event


def over(ending: SearchEnding) -> SearchResult:
    return SearchResult(ending=ending, frames=3, faces=2, compared=1)


@pytest.mark.law("A12", "P1")
def test_the_order_is_renewed_while_the_search_lasts(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def until_renewed(held: HeldOrder) -> SearchResult:
        assert heard(held, "renew").wait(_PATIENCE)
        assert held.live(house.clocks()) is not None
        return over(SearchEnding.COMPLETE)

    watching(monkeypatch, until_renewed)
    assert house.searched().ending is SearchEnding.COMPLETE
    events = house.world.events()
    assert events.index("search.begin") < events.index("search.renew") < events.index("search.end")
    (search_now,) = kept(house.world)
    assert (search_now.state, search_now.frames, search_now.ending) == (SearchState.ENDED, 3, "complete")


@pytest.mark.law("A6", "A12")
def test_each_renewed_order_asks_the_same_reader_of_pdf_files(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def noting(unverified: UnverifiedSearchOrder, **named: Any) -> VerifiedSearchOrder:
        asked.append(named["reads_pdf"])
        return verify_order(unverified, **named)

    def until_renewed(held: HeldOrder) -> SearchResult:
        assert heard(held, "renew").wait(_PATIENCE)
        return over(SearchEnding.COMPLETE)

    monkeypatch.setattr(search_service, "verify_order", noting)
    watching(monkeypatch, until_renewed)
    house.searched()
    assert len(asked) >= 2
    assert all(one is asked[0] and isinstance(one, ConfinedReader) for one in asked)


@pytest.mark.law("A8", "A12")
def test_a_revocation_ends_the_search_that_is_under_way(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def until_ended(held: HeldOrder) -> SearchResult:
        ended = heard(held, "end")
        revoke(house.world, house.warrant_id)
        assert ended.wait(_PATIENCE)
        assert held.live(house.clocks()) is None
        return over(SearchEnding.OUT_OF_TIME)

    watching(monkeypatch, until_ended)
    assert house.searched().ending is SearchEnding.OUT_OF_TIME
    events = house.world.events()
    assert events.index("warrant.revoke") < events.index("search.refuse")
    assert events[-1] == "search.end"


@pytest.mark.law("A12")
def test_whatever_breaks_governance_is_told_that_it_is_over(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_held: HeldOrder) -> SearchResult:
        raise OSError("the disk is gone")

    watching(monkeypatch, broken)
    with pytest.raises(OSError, match="disk"):
        house.searched()
    (search_now,) = kept(house.world)
    assert (search_now.state, search_now.ending, search_now.candidates) == (SearchState.ENDED, "failed", 0)


@pytest.mark.law("A12")
def test_what_was_searched_once_is_not_searched_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    watching(monkeypatch, lambda _held: over(SearchEnding.COMPLETE))
    house.searched()
    with pytest.raises(SearchRefused, match="begun before"):
        house.searched()
