"""The smallest parts: canonical JSON, fields, instants, base64, identifiers, clocks."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from contracts.canonical import MAX_BYTES, decode, encode
from contracts.clock import Moment, read_clocks
from contracts.errors import Malformed
from contracts.fields import MAX_TEXT, Fields, format_bytes, format_instant
from contracts.vocabulary import SourceKind

OTHER_SPELLINGS = {
    "a duplicate key": b'{"a":1,"a":1}',
    "a duplicate key with another value": b'{"a":2,"a":1}',
    "a space": b'{"a": 1}',
    "a newline at the end": b'{"a":1}\n',
    "a space in front": b' {"a":1}',
    "keys in another order": b'{"b":1,"a":1}',
    "1.0 for 1": b'{"a":1.0}',
    "1e0 for 1": b'{"a":1e0}',
    "-0 for 0": b'{"a":-0}',
    "-0.0 for 0": b'{"a":-0.0}',
    "1E3 for 1000": b'{"a":1E3}',
    "more digits than a double has": b'{"a":0.10000000000000000555}',
    "an escape that is not needed": b'{"a":"\\u0061"}',
    "an escaped slash": b'{"a":"\\/"}',
    "an escape in upper case": b'{"a":"\\u000F"}',
    "an escaped letter outside ASCII": b'{"a":"\\u00e5"}',
    "a byte order mark": b'\xef\xbb\xbf{"a":1}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "UTF-32": '{"a":1}'.encode("utf-32-le"),
    "bytes that are no UTF-8": b'{"a":"\xff"}',
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":Infinity}',
    "a number beyond every double": b'{"a":1e999}',
    "a whole number beyond 2**53": b'{"a":9007199254740993}',
    "a number of five thousand digits": b'{"a":' + b"9" * 5000 + b"}",
    "half a surrogate pair": b'{"a":"\\ud800"}',
    "single quotes": b"{'a':1}",
    "a comment": b'{"a":1}//',
    "a comma too many": b'{"a":1,}',
    "nothing": b"",
    "half a record": b'{"a":',
    "two records": b"{}{}",
    "a hundred thousand lists": b"[" * 100_000 + b"]" * 100_000,
    "nearly as many lists as Python can nest": b"[" * 980 + b"]" * 980,
}


@pytest.mark.parametrize("data", OTHER_SPELLINGS.values(), ids=OTHER_SPELLINGS)
def test_another_spelling_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        decode(data)


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 2**53, -(2**53), {1: 2}, {"a": {1}}, b"bytes", "\ud800", object(), datetime.now],
)
def test_what_has_no_canonical_form_is_not_encoded(value: object) -> None:
    with pytest.raises(Malformed):
        encode(value)


def test_too_deep_a_value_is_malformed_and_not_a_crash() -> None:
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(Malformed):
        encode(value)
    while value:
        value = value.pop()  # type: ignore[assignment]  # taken apart from outside, or Python's own clean-up recurses


def test_a_record_of_the_largest_size_is_read_and_one_byte_more_is_not() -> None:
    assert MAX_BYTES == 4 * 1024 * 1024
    largest = encode("a" * (MAX_BYTES - 2))
    assert len(largest) == MAX_BYTES
    assert decode(largest) == "a" * (MAX_BYTES - 2)
    with pytest.raises(Malformed, match="larger"):
        decode(encode("a" * (MAX_BYTES - 1)))


INSTANTS = {
    "an offset": "2026-03-02T12:00:00.000+00:00",
    "another offset": "2026-03-02T13:00:00.000+01:00",
    "no zone": "2026-03-02T12:00:00.000",
    "a small z": "2026-03-02T12:00:00.000z",
    "a small t": "2026-03-02t12:00:00.000Z",
    "a space": "2026-03-02 12:00:00.000Z",
    "no milliseconds": "2026-03-02T12:00:00Z",
    "microseconds": "2026-03-02T12:00:00.000000Z",
    "a comma": "2026-03-02T12:00:00,000Z",
    "the 30th of February": "2026-02-30T12:00:00.000Z",
    "the 29th of February of a common year": "2027-02-29T12:00:00.000Z",
    "month 13": "2026-13-02T12:00:00.000Z",
    "day 0": "2026-03-00T12:00:00.000Z",
    "hour 24": "2026-03-02T24:00:00.000Z",
    "minute 60": "2026-03-02T12:60:00.000Z",
    "a leap second": "2026-12-31T23:59:60.000Z",
    "year 0": "0000-03-02T12:00:00.000Z",
    "five digits of year": "12026-03-02T12:00:00.000Z",
    "a newline at the end": "2026-03-02T12:00:00.000Z\n",
    "full-width digits": "２026-03-02T12:00:00.000Z",
    "Arabic digits": "٢026-03-02T12:00:00.000Z",
    "a week date": "2026-W10-1T12:00:00.000Z",
}


@pytest.mark.parametrize("text", INSTANTS.values(), ids=INSTANTS)
def test_an_instant_has_one_spelling(text: str) -> None:
    with pytest.raises(Malformed):
        Fields({"at": text}, "record").instant("at")


@pytest.mark.parametrize("text", ["2028-02-29T23:59:59.999Z", "0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"])
def test_an_instant_is_read_and_written_alike(text: str) -> None:
    instant = Fields({"at": text}, "record").instant("at")
    assert instant.tzinfo is UTC
    assert format_instant(instant) == text


def test_an_instant_of_another_zone_is_written_in_utc_and_cut_to_milliseconds() -> None:
    stockholm = timezone(timedelta(hours=1))
    assert format_instant(datetime(2026, 3, 2, 0, 30, 0, 999_999, stockholm)) == "2026-03-01T23:30:00.999Z"


def test_an_instant_without_a_zone_is_not_written() -> None:
    with pytest.raises(Malformed, match="time zone"):
        format_instant(datetime(2026, 3, 2, 12, 0))  # noqa: DTZ001  # the mistake under test


BASE64 = {
    "stray bits": "AB==",
    "stray bits of a longer text": "QUJDRB==",
    "no padding": "QQ",
    "half the padding": "QQ=",
    "too much padding": "QQ===",
    "padding in front": "=QQ=",
    "a newline": "QUJD\n",
    "a space": "QU JD",
    "the alphabet for URLs": "-_-_",
    "a letter outside ASCII": "QUJÅ",
    "half a surrogate pair": "QUJ\ud800",
    "two texts": "QQ==QQ==",
}


@pytest.mark.parametrize("text", BASE64.values(), ids=BASE64)
def test_base64_has_one_spelling(text: str) -> None:
    with pytest.raises(Malformed):
        Fields({"data": text}, "record").binary("data")


@pytest.mark.parametrize("length", [0, 1, 2, 3, 32])
def test_bytes_of_a_fixed_length_have_that_length(length: int) -> None:
    text = format_bytes(b"\xff" * length)
    assert Fields({"data": text}, "record").binary("data", length=length) == b"\xff" * length
    for other in (length + 1, length + 3):
        with pytest.raises(Malformed, match=f"{other} bytes"):
            Fields({"data": text}, "record").binary("data", length=other)


IDENTIFIERS = {
    "a wildcard": "*",
    "a wildcard at the end": "camera-*",
    "a question mark": "camera-?",
    "a percent sign": "camera%",
    "nothing": "",
    "a space": " ",
    "65 letters": "a" * 65,
    "a newline at the end": "camera-1\n",
    "a carriage return at the end": "camera-1\r",
    "a newline in front": "\ncamera-1",
    "a NUL": "camera\x00",
    "a slash": "site/camera",
    "a backslash": "site\\camera",
    "dots alone": "..",
    "a dot in front": ".camera",
    "a hyphen in front": "-camera",
    "an underscore in front": "_camera",
    "a full-width digit": "camera-１",  # the digit is the point
    "an Arabic digit": "camera-١",
    "a superscript digit": "camera-²",
    "a letter outside ASCII": "kamera-å",
    "a Cyrillic letter": "cаmera",  # the letter is the point
    "the Kelvin sign": "\u212a",
    "an accent that combines": "e\u0301",
    "a quotation mark": 'camera"',
    "a colon": "camera:1",
}


@pytest.mark.parametrize("text", IDENTIFIERS.values(), ids=IDENTIFIERS)
def test_an_identifier_is_plain(text: str) -> None:
    with pytest.raises(Malformed):
        Fields({"id": text}, "record").identifier("id")


@pytest.mark.parametrize("text", ["a", "0", "a" * 64, "Camera_1.north-2"])
def test_a_plain_identifier_is_read(text: str) -> None:
    assert Fields({"id": text}, "record").identifier("id") == text


@pytest.mark.parametrize(
    "text", ["a" * 63, "a" * 65, "A" * 64, "g" * 64, "a" * 63 + "\n", "a" * 64 + "\n", "0x" + "a" * 62, "１" * 64]
)
def test_a_sha256_is_64_small_hexadecimal_digits(text: str) -> None:
    with pytest.raises(Malformed):
        Fields({"sha": text}, "record").sha256("sha")
    assert Fields({"sha": "0a" * 32}, "record").sha256("sha") == "0a" * 32


def test_a_text_says_something() -> None:
    assert Fields({"text": "å" * MAX_TEXT}, "record").text("text") == "å" * MAX_TEXT
    for empty in ("", " ", "\n\t\u2003", "a" * (MAX_TEXT + 1), "half \udfff"):
        with pytest.raises(Malformed):
            Fields({"text": empty}, "record").text("text")


READERS: dict[str, tuple[Callable[[Fields], object], list[object], list[object]]] = {
    "integer": (
        lambda fields: fields.integer("value", minimum=1, maximum=3),
        [1, 2, 3],
        [0, 4, -1, 1.0, 2.5, True, "2", None, [1], 10**400],
    ),
    "number": (
        lambda fields: fields.number("value", minimum=-1, maximum=1.5),
        [-1, -1.0, 0, 0.25, 1, 1.5],
        [-1.0000001, 1.5000001, float("nan"), float("inf"), -float("inf"), True, False, "1", None, 10**400],
    ),
    "boolean": (lambda fields: fields.boolean("value"), [True, False], [0, 1, "true", None, [], 1.0]),
    "choice": (
        lambda fields: fields.choice("value", SourceKind),
        ["file", "rtsp"],
        ["", "FILE", "file ", "files", "ftp", None, 0, True, [], {}, ["file"]],
    ),
    "items": (lambda fields: fields.items("value", str), [[], ["a"]], ["a", {}, None, 1, ("a",)]),
}


@pytest.mark.parametrize("name", READERS)
def test_a_reader_takes_its_own_type_and_bounds(name: str) -> None:
    read, good, bad = READERS[name]
    for value in good:
        read(Fields({"value": value}, "record"))
    for value in bad:
        with pytest.raises(Malformed):
            read(Fields({"value": value}, "record"))
    with pytest.raises(Malformed, match="no field 'value'"):
        read(Fields({}, "record"))


def test_a_number_is_read_as_a_float() -> None:
    assert isinstance(Fields({"value": 1}, "record").number("value", minimum=0, maximum=1), float)


def test_a_field_is_read_once() -> None:
    fields = Fields({"value": "a"}, "record")
    fields.text("value")
    fields.end()
    with pytest.raises(Malformed):
        fields.text("value")


def test_fields_do_not_touch_what_they_read() -> None:
    value = {"value": "a"}
    Fields(value, "record").text("value")
    assert value == {"value": "a"}


def test_a_moment_has_a_zone_and_a_finite_boot_clock() -> None:
    noon = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    for boot in (float("nan"), float("inf"), -float("inf")):
        with pytest.raises(Malformed):
            Moment(now=noon, boot=boot)
    with pytest.raises(Malformed):
        Moment(now=noon.replace(tzinfo=None), boot=1.0)


def test_the_clocks_are_read_together_and_run_forward() -> None:
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    first, second = read_clocks(), read_clocks()
    assert first.now.tzinfo is UTC
    assert before <= first.boot <= second.boot <= time.clock_gettime(time.CLOCK_BOOTTIME)
