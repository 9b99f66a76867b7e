"""Reading incidents: what counts, what is ignored and why, and files that are hostile, broken or about persons."""

import io
import resource
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, cast

import pytest

from governance.application.errors import BadInput
from governance.application.incident_file import ReadFile, read_incidents
from governance.domain.incidents import Ignored, Place, Tally, may_import
from governance.domain.legal_profile import SWEDEN_2026
from tests.builders_contracts import NOON

pytestmark = pytest.mark.law("C14", "B7")

PLACES = (Place(place="north", latitude=59.3308, longitude=18.0592), Place(place="south"))
HEADER = "site,time,category,count\n"


def read(content: str | bytes) -> ReadFile:
    data = content.encode() if isinstance(content, str) else content
    tally = Tally(SWEDEN_2026, PLACES, now=NOON)
    return read_incidents(io.BytesIO(data), tally, zone=SWEDEN_2026.zone, now=NOON)


def test_offences_that_a_warrant_could_name_count_and_others_are_ignored_and_shown() -> None:
    found = read(
        HEADER + "north,2026-02-01T22:10,Mord,2\nnorth,2026-02-01T22:10,klotter,7\nsouth,2026-02-01,narcotics,1"
    )
    assert found.tally.counted == 3
    assert found.tally.ignored == {Ignored.CATEGORY: 7}
    assert found.tally.ignored_categories == {"klotter": 7}
    north = found.tally.places()["north"]
    assert (north.offences, north.months, north.hours) == ({"murder-or-grievous-injury": 2}, {"2026-02": 2}, {22: 2})


@pytest.mark.parametrize(
    "category", ["klotter", "plankning", "graffiti", "fare-dodging", "gang member", "organs-or-tissue"]
)
def test_what_no_warrant_could_name_never_counts(category: str) -> None:
    found = read(f"{HEADER}north,2026-02-01T22:10,{category},9")
    assert found.tally.counted == 0
    assert not may_import(found.tally, found.bad_rows).allowed


def test_old_incidents_do_not_count() -> None:
    found = read(HEADER + "north,2020-02-01T22:10,mord,2\nnorth,2026-02-01T22:10,mord,1")
    assert (found.tally.counted, found.tally.ignored) == (1, {Ignored.OLD: 2})


def test_an_incident_of_the_first_moment_of_the_period_counts_and_one_before_it_does_not() -> None:
    oldest = NOON - SWEDEN_2026.evidence_period
    rows = [f"north,{at:%Y-%m-%dT%H:%M:%S}Z,mord,1" for at in (oldest, oldest - timedelta(seconds=1))]
    assert read(HEADER + "\n".join(rows)).tally.counted == 1


def test_coordinates_find_the_nearest_site_within_the_distance_and_no_other() -> None:
    # 0.001 degrees of latitude are 111.2 m: a known length of the meridian.
    rows = ["59.3318,18.0592", "59.3328,18.0592", "59.3338,18.0592"]
    found = read("latitude,longitude,time,category\n" + "".join(f"{row},2026-02-01T10:00,mord\n" for row in rows))
    assert found.tally.places()["north"].total == 2
    assert found.tally.ignored == {Ignored.FAR: 1}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_encodings_delimiters_and_line_ends_are_recognised(encoding: str, delimiter: str, ending: str) -> None:
    rows = [["site", "time", "category", "count"], ["north", "2026-02-01T10:00", "Grovt rån", "3"]]
    text = ending.join(delimiter.join(row) for row in rows) + ending
    assert read(text.encode(encoding)).tally.counted == 3


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "column"),
        ("site,time,category\n", "no row"),
        ("site,time\nnorth,2026-02-01", "'category' is missing"),
        ("time,category,latitude\n2026-02-01,mord,1", "'site' is missing"),
        ("site,time,category,name\nnorth,2026-02-01,mord,A B", "Column 4 of the first line does not belong"),
        ("site,time,category,personnummer\n", "Column 4 "),
        ("site,site,time,category\n", "twice"),
        ('site,time,category\nnorth,"2026-02-01,mord\n', "Line"),
        ("site,time,category\nnorth,2026-02-01," + "x" * 3000, "2000 characters"),
        (b"site,time,category\n\x00\x00", "bytes that no text has"),
        (b"\xff\xfe\x00", "encoding"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "Column"),
        (b"%PDF-1.7\n", "Column"),
        ("Anna Andersson,2026-02-01,mord\n", "Column 1 of"),
    ],
)
def test_what_is_no_file_of_incidents_is_refused_with_a_sentence(content: str | bytes, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence) as refused:
        read(content)
    assert "Anna" not in str(refused.value), "nothing that was sent is repeated"


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("north,yesterday,mord,1", "The time is written"),
        ("north,2027-02-01T10:00,mord,1", "future"),
        ("north,2025-03-30T02:30,mord,1", "does not exist"),
        ("north,0001-01-01T00:00+14:00,mord,1", "calendar"),
        ("north,2026-02-01T10:00,mord,0", "whole number"),
        ("north,2026-02-01T10:00,mord,-3", "whole number"),
        ("north,2026-02-01T10:00,mord,1e3", "whole number"),
        ("north,2026-02-01T10:00,mord,٣", "whole number"),
        ("north,2026-02-01T10:00,mord,1000000", "whole number"),
        ("north,2026-02-01T10:00,,1", "category"),
        ("north,2026-02-01T10:00,mord", "3 cells"),
        ("no th,2026-02-01T10:00,mord,1", "site's id"),
        (",2026-02-01T10:00,mord,1", "no coordinates"),
    ],
)
def test_a_bad_row_is_named_by_its_line_and_nothing_is_taken_in(row: str, sentence: str) -> None:
    found = read(f"{HEADER}north,2026-02-01T10:00,mord,1\n{row}\n")
    assert [line for line, _ in found.problems] == [3]
    assert sentence in found.problems[0][1]
    decision = may_import(found.tally, found.bad_rows)
    assert not decision.allowed
    assert decision.rule == "C14"


def test_a_column_that_differs_in_every_row_is_no_category() -> None:
    rows = "".join(f"north,2026-02-01T10:00,a note {number},1\n" for number in range(600))
    assert "different categories" in read(HEADER + rows).problems[0][1]


class ManyRows(io.RawIOBase):
    """A file of a million rows that never lies in memory as a whole."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self.seek(0)

    def _content(self) -> Iterator[bytes]:
        yield HEADER.encode()
        block = b"north,2026-02-01T10:00,mord,1\nplace-7,2026-02-02T11:00,klotter,2\n" * 500
        for _ in range(self._rows // 1000):
            yield block

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        assert (offset, whence) in {(0, 0), (0, 1)}
        if whence == 0:
            self._blocks, self._rest = self._content(), b""
        return 0

    def tell(self) -> int:
        return 0

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size and (block := next(self._blocks, b"")):
            self._rest += block
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    read1 = read


@pytest.mark.slow
@pytest.mark.parametrize("rows", [200_000, pytest.param(1_000_000, marks=pytest.mark.torture)])
def test_very_many_rows_are_read_in_bounded_memory_with_progress(rows: int) -> None:
    told: list[int] = []
    tally = Tally(SWEDEN_2026, PLACES, now=NOON)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    source = cast("BinaryIO", ManyRows(rows))
    found = read_incidents(source, tally, zone=SWEDEN_2026.zone, now=NOON, progress=told.append)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (found.rows, tally.total, tally.counted) == (rows, rows * 3 // 2, rows // 2)
    assert told == list(range(10_000, rows + 1, 10_000))
    # In KiB. The rows of the smaller file as text alone are 6.6 MB, of the larger 33 MB.
    assert grown < 4_000 * (1 + 3 * (rows > 200_000))


def test_the_hour_and_month_are_those_of_the_legal_zone() -> None:
    found = read(HEADER + "north,2026-01-31T23:30Z,mord,1")
    north = found.tally.places()["north"]
    assert (north.months, north.hours) == ({"2026-02": 1}, {0: 1})
    assert datetime(2026, 1, 31, 23, 30, tzinfo=UTC) < NOON
