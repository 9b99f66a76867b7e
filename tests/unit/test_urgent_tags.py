"""The supervisor's tags: they bar the same person, photograph or case for thirty legal days, no more (A7)."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from contracts.canonical import encode
from contracts.signature import Purpose, Signed
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from contracts.urgent_tags import Clearance, TagRequest, digest_of
from contracts.vocabulary import WarrantId
from governance.domain.legal_profile import SWEDEN_2026
from governance.domain.legal_time import after_legal_days
from insyn.command_line import app
from insyn.errors import InsynError
from insyn.urgent_tags import TagFile, as_utc
from tests.builders_contracts import NOON, a_signing_key

PERSON = digest_of("person", "Person A, born 1990-01-01")
CASE = digest_of("case", "CASE-1")


def a_request(*digests: str, warrant: str = "w1", ends_at: datetime = NOON) -> TagRequest:
    return TagRequest(warrant_id=WarrantId(warrant), ends_at=ends_at, digests=digests, demo=False)


@pytest.mark.law("A7")
def test_the_same_person_or_case_is_barred_and_others_are_not(tmp_path: Path) -> None:
    tags = TagFile(tmp_path / "tags.json")
    assert tags.answer(a_request(PERSON, CASE), SWEDEN_2026, now=NOON)
    assert not tags.answer(a_request(PERSON, warrant="w2"), SWEDEN_2026, now=NOON)
    assert not tags.answer(a_request(CASE, warrant="w3"), SWEDEN_2026, now=NOON)
    assert tags.answer(a_request(digest_of("person", "Person B"), warrant="w4"), SWEDEN_2026, now=NOON)


@pytest.mark.law("A7")
def test_the_same_request_again_has_the_same_answer(tmp_path: Path) -> None:
    tags = TagFile(tmp_path / "tags.json")
    assert tags.answer(a_request(PERSON), SWEDEN_2026, now=NOON)
    assert tags.answer(a_request(PERSON), SWEDEN_2026, now=NOON)


@pytest.mark.law("A7")
def test_the_bar_ends_with_the_thirtieth_legal_day_over_the_night_that_is_an_hour_short(tmp_path: Path) -> None:
    """Known answer: an end on 2 March 2026 at noon bars until 2 April begins in Stockholm, which is 22:00 UTC."""
    tags = TagFile(tmp_path / "tags.json")
    assert tags.answer(a_request(PERSON, ends_at=datetime(2026, 3, 2, 12, tzinfo=UTC)), SWEDEN_2026, now=NOON)
    over = datetime(2026, 4, 1, 22, tzinfo=UTC)
    assert not tags.answer(a_request(PERSON, warrant="w2"), SWEDEN_2026, now=over - timedelta(milliseconds=1))
    assert tags.answer(a_request(PERSON, warrant="w2", ends_at=over), SWEDEN_2026, now=over)


@pytest.mark.law("A7")
def test_what_is_over_is_gone_from_the_file_with_its_key(tmp_path: Path) -> None:
    path = tmp_path / "tags.json"
    tags = TagFile(path)
    tags.answer(a_request(PERSON), SWEDEN_2026, now=NOON)
    (row,) = json.loads(path.read_bytes())
    assert tags.forget(now=NOON + timedelta(days=32)) == 0
    left = path.read_text()
    assert row["key"] not in left
    assert row["tag"] not in left
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.law("A7")
def test_an_earlier_end_shortens_the_bar_and_a_later_one_does_not_lengthen_it(tmp_path: Path) -> None:
    tags = TagFile(tmp_path / "tags.json")
    tags.answer(a_request(PERSON, ends_at=NOON + timedelta(days=3)), SWEDEN_2026, now=NOON)
    assert tags.end("w1", NOON + timedelta(days=9), SWEDEN_2026, now=NOON) == 0
    assert tags.end("w1", NOON, SWEDEN_2026, now=NOON) == 1
    assert tags.answer(a_request(PERSON, warrant="w2"), SWEDEN_2026, now=NOON + timedelta(days=31))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(min_size=1), min_size=1, max_size=6, unique=True))
def test_no_tag_can_be_told_from_another_without_the_digest(
    tmp_path_factory: pytest.TempPathFactory, said: list[str]
) -> None:
    path = tmp_path_factory.mktemp("tags") / "tags.json"
    digests = tuple({digest_of("person", one) for one in said})
    TagFile(path).answer(a_request(*digests), SWEDEN_2026, now=NOON)
    text = path.read_text()
    assert not any(digest in text for digest in digests)
    rows = json.loads(text)
    assert len({row["key"] for row in rows}) == len({row["tag"] for row in rows}) == len(digests)


def test_spelling_does_not_hide_a_person() -> None:
    assert digest_of("person", "  PERSON a; born 1990/01/01 ") == PERSON
    assert digest_of("case", "Person A, born 1990-01-01") != PERSON


def test_a_damaged_file_answers_nothing(tmp_path: Path) -> None:
    path = tmp_path / "tags.json"
    path.write_text("{]")
    with pytest.raises(InsynError, match="nothing is answered"):
        TagFile(path).answer(a_request(PERSON), SWEDEN_2026, now=NOON)


@pytest.mark.parametrize(
    "far", ["9999-12-31T23:59+00:00", "9999-12-31T23:59-05:00", "0001-01-01T00:00+05:00", "1969-12-31T23:59+00:00"]
)
def test_an_end_far_off_is_one_sentence_and_changes_nothing(tmp_path: Path, far: str) -> None:
    path = tmp_path / "tags.json"
    assert TagFile(path).answer(a_request(PERSON), SWEDEN_2026, now=NOON)
    before = path.read_bytes()
    done = CliRunner().invoke(app, ["urgent-tags", "end", "w1", "--at", far, "--tags", str(path)])
    assert done.exit_code == 1
    assert "too far off" in " ".join(done.output.split())
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert path.read_bytes() == before


@pytest.mark.law("A7")
@given(at=st.datetimes(timezones=st.timezones()).map(lambda instant: instant.isoformat()))
def test_whatever_instant_is_written_it_is_read_or_refused(at: str) -> None:
    try:
        ended = as_utc(at)
    except InsynError:
        return
    assert after_legal_days(ended, SWEDEN_2026.urgent_bar_days, SWEDEN_2026) > ended


@pytest.mark.law("A7")
def test_the_command_answers_governances_request_and_nobody_elses(tmp_path: Path) -> None:
    governance = a_signing_key("governance")
    run = CliRunner()
    key = tmp_path / "supervisor.key"
    assert run.invoke(app, ["urgent-tags", "new-key", str(key), "--name", "supervisor"]).exit_code == 0
    pinned = PinnedKey(role=TrustedRole.GOVERNANCE, name="governance", public=governance.public, demo=False)
    (tmp_path / "trust.json").write_bytes(TrustedKeys((pinned,)).to_bytes())
    for signer, status in ((governance, 0), (a_signing_key("somebody"), 1)):
        asked = signer.sign(Purpose.URGENT_TAG_REQUEST, a_request(PERSON).to_bytes())
        request, out = tmp_path / f"{status}.json", tmp_path / f"{status}.answer.json"
        request.write_bytes(encode(asked.to_json()))
        told = ["--key", str(key), "--trust", str(tmp_path / "trust.json"), "--tags", str(tmp_path / "tags.json")]
        done = run.invoke(app, ["urgent-tags", "answer", str(request), *told, "--out", str(out)])
        assert done.exit_code == status
        assert out.exists() is (status == 0)
    answer = Clearance.from_bytes(Signed.from_json(json.loads((tmp_path / "0.answer.json").read_bytes())).payload)
    assert answer.cleared
