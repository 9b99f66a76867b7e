"""The log over HTTP: exactly the files and headers of C2SP tlog-tiles, for sessions and for machines with a token."""

import asyncio
import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from governance.adapters.signatures import ed25519_verifies
from governance.application.log_files import LogFiles
from governance.application.ports import Log
from governance.audit.checkpoint import open_checkpoint
from governance.audit.leaf import Leaf
from governance.audit.tile_reading import TreeOfTiles
from governance.audit.tiles import tiles_of
from governance.domain.events import Event
from governance.web.log_files import is_known, read_tokens
from tests.builders_contracts import LOG_ORIGIN
from tests.builders_tiles import numbered, tiled_log
from tests.builders_web import WebHouse, a_web_house

TOKEN = "an auditor's machine: 0123456789abcdef"
KEPT = "public, max-age=604800, immutable"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHouse]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        house = a_web_house(tmp_path_factory.mktemp("house"), monkeypatch)
        house.open_alert()
        for _ in range(260):
            house.running.governance.journal.record(Event.LOG_BEAT, {})
        tokens = tmp_path_factory.mktemp("tokens") / "tokens"
        tokens.write_text(f"# a note\n{TOKEN}\n", encoding="ascii")
        tokens.chmod(0o600)
        house.app.state.settings = replace(house.app.state.settings, log_tokens=tokens)
        yield house
        house.running.close()


def fetched(house: WebHouse, path: str, **headers: str) -> httpx.Response:
    return house.stranger().request("GET", path, headers={"authorization": f"Bearer {TOKEN}", **headers})


def sent_raw(house: WebHouse, raw: bytes) -> httpx.Response:
    """Send a path as these very bytes: a client that is not an attacker's would normalise it."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(house.app, raise_app_exceptions=False)
        url = httpx.URL("http://localhost").copy_with(raw_path=raw)
        request = httpx.Request("GET", url, headers={"authorization": f"Bearer {TOKEN}"})
        answer = await transport.handle_async_request(request)
        await answer.aread()
        return answer

    return asyncio.run(send())


def test_the_whole_log_can_be_fetched_and_replayed_up_to_its_signed_root(house: WebHouse) -> None:
    note = fetched(house, "/log/checkpoint").text
    head = open_checkpoint(
        note, origin=LOG_ORIGIN, public_key=house.running.governance.log_key, verify=ed25519_verifies
    )
    assert head.size > 256

    def fetch(path: str) -> bytes | None:
        answer = fetched(house, f"/log/{path}")
        return answer.content if answer.status_code == httpx.codes.OK else None

    tree = TreeOfTiles(fetch, size=head.size, root=head.root)
    entries = [entry for bundle in tree.bundles() for entry in bundle.entries]
    assert len(entries) == head.size
    assert entries[-1] == house.centre.log.entries(first=head.size - 1, count=1)[0]
    assert Leaf.from_bytes(entries[0]).event == "model.announce"


def test_the_checkpoint_is_text_that_nobody_keeps(house: WebHouse) -> None:
    answer = fetched(house, "/log/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text == house.centre.log.checkpoint()


@pytest.mark.parametrize("path", ["tile/0/000", "tile/0/000.p/7", "tile/1/000.p/1", "tile/entries/001.p/1"])
def test_a_tile_is_bytes_that_may_be_kept_for_ever(house: WebHouse, path: str) -> None:
    answer = fetched(house, f"/log/{path}")
    assert answer.status_code == httpx.codes.OK
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["cache-control"] == KEPT
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_entries_are_compressed_for_whoever_takes_that_and_hash_tiles_never(house: WebHouse) -> None:
    raw = sent(house, "/log/tile/entries/000", "identity")
    packed = sent(house, "/log/tile/entries/000", "br;q=1.0, gzip;q=0.8")
    assert "content-encoding" not in raw.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == raw.headers["vary"] == "Accept-Encoding"
    # httpx unpacks; the bytes on the wire are the shorter ones and the same each time.
    assert packed.content == raw.content
    assert int(packed.headers["content-length"]) < len(raw.content) // 2
    assert gzip.compress(raw.content, mtime=0) == gzip.compress(packed.content, mtime=0)
    for refused in ("gzip;q=0", "gzip; q=0.000", "deflate", ""):
        assert "content-encoding" not in sent(house, "/log/tile/entries/000", refused).headers
    assert "content-encoding" not in sent(house, "/log/tile/0/000", "gzip").headers


def sent(house: WebHouse, path: str, accepted: str) -> httpx.Response:
    return fetched(house, path, **{"accept-encoding": accepted})


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/0/x000/001",
        "tile/00/000",
        "tile/64/000",
        "tile/0/000.p/0",
        "tile/0/000.p/007",
        "tile/0/000.p/256",
        "tile/0/000/",
        "tile//0/000",
        "tile/8/0/000",
        "tile/data/000",
        "tile/%30/000",
        "tile/0/0%300",
        "tile/0/000?x",
        "tile/0/000?",
        "tile/0/999",
        "tile/3/000.p/1",
        "tile/0/001.p/255",
        "tile/",
        "tile/0/%EF%BC%90%EF%BC%90%EF%BC%90",
    ],
)
def test_every_other_path_is_404_and_is_not_kept(house: WebHouse, path: str) -> None:
    answer = sent_raw(house, f"/log/{path}".encode())
    if path == "tile/0/000?":
        # An empty query cannot be told from none.
        assert answer.status_code in {httpx.codes.OK, httpx.codes.NOT_FOUND}
        return
    assert answer.status_code == httpx.codes.NOT_FOUND, path
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"].startswith("text/plain")


def test_partial_tiles_of_smaller_checkpoints_stay(house: WebHouse) -> None:
    whole = fetched(house, "/log/tile/0/000").content
    for width in (1, 100, 255):
        assert fetched(house, f"/log/tile/0/000.p/{width}").content == whole[: 32 * width]


# -- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shown", [None, "", "Bearer", "Bearer ", "Bearer # a note", f"Bearer {TOKEN}x", f"Basic {TOKEN}"]
)
def test_without_a_token_or_a_session_nothing_is_read(house: WebHouse, shown: str | None) -> None:
    headers = {} if shown is None else {"authorization": shown}
    for path in ("/log/checkpoint", "/log/tile/0/000", "/log/tile/entries/000"):
        answer = house.stranger().request("GET", path, headers=headers)
        assert answer.status_code == httpx.codes.UNAUTHORIZED
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.text.count("\n") == 1


def test_a_session_reads_where_its_role_may_read_the_log(house: WebHouse) -> None:
    for login, code in (("arne", 200), ("lisa", 200), ("olga", 403), ("anna", 403), ("sara", 403)):
        assert house.browser(login).get("/log/tile/0/000").status_code == code
    # A wrong token beside a good session is a mistake, and is said.
    arne = house.browser("arne")
    wrong = arne.request("GET", "/log/checkpoint", headers={"authorization": "Bearer no"})
    assert wrong.status_code == httpx.codes.UNAUTHORIZED


def test_a_token_that_is_struck_out_opens_nothing_any_more(house: WebHouse, tmp_path: Path) -> None:
    mine = tmp_path / "tokens"
    mine.write_text(TOKEN + "\n", encoding="ascii")
    mine.chmod(0o600)
    before = house.app.state.settings
    house.app.state.settings = replace(before, log_tokens=mine)
    assert fetched(house, "/log/checkpoint").status_code == httpx.codes.OK
    mine.write_text("", encoding="ascii")
    assert fetched(house, "/log/checkpoint").status_code == httpx.codes.UNAUTHORIZED
    house.app.state.settings = before


def test_tokens_that_others_can_read_or_that_are_short_are_none(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    path.write_text(f"{TOKEN}\nshort\n# {TOKEN}\n", encoding="ascii")
    path.chmod(0o600)
    assert read_tokens(path) == (TOKEN,)
    path.chmod(0o640)
    assert read_tokens(path) == ()
    assert read_tokens(tmp_path / "none") == ()
    assert read_tokens(None) == ()
    path.chmod(0o600)
    path.write_bytes(b"\xff" * 40 + b"\n")
    assert read_tokens(path) == ()


def test_a_token_is_known_by_all_of_it() -> None:
    assert is_known(f"Bearer {TOKEN}", (TOKEN,))
    assert is_known(f"bearer {TOKEN}", ("another", TOKEN))
    for shown in ("Bearer", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", TOKEN, f"Bearer  {TOKEN}", "Bearer \udcff"):
        assert not is_known(shown, (TOKEN,))
    assert not is_known(f"Bearer {TOKEN}", ())


# -- large logs -------------------------------------------------------------------------------------------------------


class ManyLeaves:
    """A log that has entries and nothing else, as many pages as it takes."""

    def __init__(self, count: int) -> None:
        self.leaves = numbered(count)
        self.read = 0

    def size(self) -> int:
        return len(self.leaves)

    def entries(self, *, first: int, count: int) -> tuple[bytes, ...]:
        self.read += 1
        return tuple(self.leaves[first : first + min(count, 100)])


def test_every_tile_of_a_large_log_is_the_one_that_is_made_by_other_code() -> None:
    log = ManyLeaves(66_000)
    files, known = LogFiles(as_log(log)), tiled_log(log.leaves)
    for tile in tiles_of(log.size()):
        assert files.content(tile) == known.files[tile.path], tile.path
    read = log.read
    (highest,) = [tile for tile in tiles_of(log.size()) if tile.level == 2]
    assert files.content(highest) == known.files[highest.path]
    assert log.read == read, "what spans whole bundles is remembered"


def as_log(log: ManyLeaves) -> Log:
    return log  # type: ignore[return-value]  # entries and size are all that tiles are made of
