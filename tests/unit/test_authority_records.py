"""What the issuer and two officers sign about a warrant, offline, and what the sites then make of it (A3, A7, A8)."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.issued_act import ActPapers, IssuedAct, believed_act
from contracts.issuer_list import ListedIssuer
from contracts.issuer_stops import read_stop
from contracts.refusals import AuthorisationRefused
from contracts.trust import PinnedKey, TrustedKeys
from contracts.vocabulary import WarrantType
from contracts.warrant import Warrant
from contracts.warrant_acts import Rejection, Revocation
from insyn.commands.act_in_words import instant_in_words
from insyn.commands.authority import app as authority_app
from insyn.commands.officer import app as officer_app
from tests.builders_commands import CommandLine, signed_in
from tests.builders_contracts import ISSUER_NAME, a_warrant, an_issuer_list

pytestmark = pytest.mark.law("A3", "A7", "A8", "P1")
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def authority(tmp_path: Path) -> CommandLine:
    line = CommandLine(authority_app, tmp_path)
    line.must("keygen", tmp_path / "issuer.key", "--name", ISSUER_NAME, "--type", "court", "--demo")
    return line


@pytest.fixture
def officers(tmp_path: Path) -> CommandLine:
    line = CommandLine(officer_app, tmp_path)
    for name in ("one", "two"):
        line.must("keygen", tmp_path / f"{name}.key", "--name", f"officer-{name}", "--demo")
    return line


def trusted(folder: Path) -> TrustedKeys:
    """Return what a site would have pinned of the keys in this folder."""
    halves = [json.loads((folder / f"{name}.key.public.json").read_bytes()) for name in ("one", "two", "issuer")]
    court = replace(ListedIssuer.from_json(halves[2]), valid_from=NOW - timedelta(days=1))
    return TrustedKeys(tuple(PinnedKey.from_json(half) for half in halves[:2]), an_issuer_list(court))


def an_act(folder: Path, **changes: object) -> Path:
    window = {"not_before": NOW - timedelta(minutes=1), "not_after": NOW + timedelta(hours=70)}
    warrant = a_warrant(**{"demo": True, **window, **changes})
    path = folder / "act.json"
    path.write_bytes(warrant.to_bytes())
    return path


def believed(folder: Path, **names: str) -> IssuedAct:
    papers = {name: signed_in(folder / file) for name, file in names.items() if name != "amendments"}
    amendments = tuple(signed_in(folder / names[name]) for name in names if name == "amendments")
    return believed_act(ActPapers(**papers, amendments=amendments), trusted(folder), datetime.now(UTC))


def begun(folder: Path, officers: CommandLine) -> Path:
    """Return the act of an urgent warrant that two officers have begun."""
    act = an_act(folder, type=WarrantType.URGENT)
    officers.must("sign", act, "--key", folder / "one.key", "--out", folder / "first.json", "--yes")
    officers.must(
        *("countersign", folder / "first.json", "--first", folder / "one.key.public.json"),
        *("--key", folder / "two.key", "--out", folder / "second.json", "--yes"),
    )
    return act


def test_two_officers_begin_and_the_issuers_receipt_carries_on(
    tmp_path: Path, authority: CommandLine, officers: CommandLine
) -> None:
    act = begun(tmp_path, officers)
    alone = believed(tmp_path, warrant="first.json", countersignature="second.json")
    assert alone.ends_at - alone.begins_at == timedelta(hours=24)
    result = authority.must(
        *("receipt", act, "--number", "B-123-26", "--key", tmp_path / "issuer.key"),
        *("--out", tmp_path / "receipt.json", "--yes"),
    )
    assert "B-123-26" in result.output
    assert "URGENT" in result.output
    on = believed(tmp_path, warrant="first.json", countersignature="second.json", receipt="receipt.json")
    assert on.ends_at == NOW + timedelta(hours=70)


def test_one_officer_does_not_countersign_their_own(tmp_path: Path, officers: CommandLine) -> None:
    begun(tmp_path, officers)
    said = officers.refused(
        *("countersign", tmp_path / "first.json", "--first", tmp_path / "one.key.public.json"),
        *("--key", tmp_path / "one.key", "--out", tmp_path / "again.json", "--yes"),
    )
    assert "another person" in said


def test_officers_begin_urgent_warrants_only(tmp_path: Path, officers: CommandLine) -> None:
    act = an_act(tmp_path)
    said = officers.refused("sign", act, "--key", tmp_path / "one.key", "--out", tmp_path / "x.json", "--yes")
    assert "urgent" in said


def test_the_issuer_signs_no_urgent_warrant_and_no_officer_signs_as_issuer(
    tmp_path: Path, authority: CommandLine, officers: CommandLine
) -> None:
    act = begun(tmp_path, officers)
    out = tmp_path / "x.json"
    assert "two officers" in authority.refused("sign", act, "--key", tmp_path / "issuer.key", "--out", out, "--yes")
    authority.refused("sign", act, "--key", tmp_path / "one.key", "--out", out, "--yes")
    officers.refused("sign", act, "--key", tmp_path / "issuer.key", "--out", out, "--yes")
    assert not out.exists()


def test_the_issuer_confirms_what_two_officers_began_and_no_site_believes_that_alone(
    tmp_path: Path, authority: CommandLine, officers: CommandLine
) -> None:
    begun(tmp_path, officers)
    key = ("--key", tmp_path / "issuer.key", "--yes")
    authority.must("confirm", tmp_path / "first.json", *key, "--out", tmp_path / "confirmed.json")
    assert signed_in(tmp_path / "confirmed.json").payload == signed_in(tmp_path / "first.json").payload
    with pytest.raises(AuthorisationRefused):
        believed(tmp_path, warrant="confirmed.json", countersignature="second.json")
    prior = an_act(tmp_path)
    assert "not urgent" in authority.refused("confirm", prior, *key, "--out", tmp_path / "x.json")


def test_what_is_signed_is_shown_to_its_last_letter(tmp_path: Path, authority: CommandLine) -> None:
    said = authority.must("show", an_act(tmp_path)).output
    assert "…" not in said
    assert a_warrant().decision_sha256[-8:] in said


def test_an_amendment_adds_exactly_the_photographs_that_were_shown(
    tmp_path: Path, authority: CommandLine, officers: CommandLine
) -> None:
    del officers
    act, photograph = an_act(tmp_path), tmp_path / "new picture"
    photograph.write_bytes(b"another picture of the same person")
    key = ("--key", tmp_path / "issuer.key", "--yes")
    authority.must("sign", act, *key, "--out", tmp_path / "signed.json")
    authority.must("amend", act, photograph, "--slot", "slot-1", *key, "--out", tmp_path / "amended.json")
    believed_now = believed(tmp_path, warrant="signed.json", amendments="amended.json")
    added = hashlib.sha256(photograph.read_bytes()).hexdigest()
    assert added in next(iter(believed_now.photographs.values()))
    said = authority.refused("amend", act, photograph, "--slot", "slot-2", *key, "--out", tmp_path / "x.json")
    assert "adds no person" in said


@pytest.mark.parametrize(("command", "kind"), [("revoke", Revocation), ("reject", Rejection)])
def test_what_ends_a_warrant_is_believed_of_its_issuer(
    tmp_path: Path,
    authority: CommandLine,
    officers: CommandLine,
    command: str,
    kind: type[Revocation] | type[Rejection],
) -> None:
    act, out = begun(tmp_path, officers), tmp_path / "ending.json"
    (tmp_path / "decision.pdf").write_bytes(b"%PDF-1.7 decided")
    key = ("--key", tmp_path / "issuer.key", "--yes")
    authority.must(command, act, "--decision", tmp_path / "decision.pdf", *key, "--out", out)
    record = read_stop(signed_in(out), trusted(tmp_path), datetime.now(UTC))
    warrant = Warrant.from_bytes(act.read_bytes())
    assert isinstance(record.said, kind)
    assert (record.warrant_id, record.not_after) == (warrant.warrant_id, warrant.not_after)
    assert record.said.decision_sha256 == hashlib.sha256(b"%PDF-1.7 decided").hexdigest()


def test_another_authority_ends_nothing(tmp_path: Path, authority: CommandLine) -> None:
    act = an_act(tmp_path, issuer="another-court")
    (tmp_path / "decision.pdf").write_bytes(b"%PDF-1.7 decided")
    key = ("--key", tmp_path / "issuer.key", "--out", tmp_path / "x.json", "--yes")
    assert "another issuing" in authority.refused("revoke", act, "--decision", tmp_path / "decision.pdf", *key)


def test_only_an_urgent_warrant_has_a_receipt(tmp_path: Path, authority: CommandLine) -> None:
    key = ("--key", tmp_path / "issuer.key", "--out", tmp_path / "x.json", "--yes")
    assert "not urgent" in authority.refused("receipt", an_act(tmp_path), "--number", "B-1", *key)


def test_a_key_without_its_public_half_signs_nothing(tmp_path: Path, authority: CommandLine) -> None:
    """Whether it is DEMO, and whose it is, stands there alone."""
    act = an_act(tmp_path)
    half = tmp_path / "issuer.key.public.json"
    half.rename(tmp_path / "elsewhere.json")
    key = ("--key", tmp_path / "issuer.key", "--out", tmp_path / "x.json", "--yes")
    assert "public half" in authority.refused("sign", act, *key)
    authority.must("sign", act, *key, "--public", tmp_path / "elsewhere.json")


def test_the_window_is_shown_in_utc_and_in_local_time() -> None:
    """Known answer: on the night of 29 March 2026 Stockholm goes from UTC+1 to UTC+2 at 01:00 UTC."""
    before, after = (datetime(2026, 3, 29, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert instant_in_words(before) == "2026-03-29T00:30:00.000Z (2026-03-29 01:30:00 CET)"
    assert instant_in_words(after) == "2026-03-29T01:30:00.000Z (2026-03-29 03:30:00 CEST)"


def test_a_receipt_of_another_warrant_carries_nothing_on(
    tmp_path: Path, authority: CommandLine, officers: CommandLine
) -> None:
    act = begun(tmp_path, officers)
    other = tmp_path / "other.json"
    other.write_bytes(replace(Warrant.from_bytes(act.read_bytes()), case_reference="CASE-2").to_bytes())
    key = ("--key", tmp_path / "issuer.key", "--out", tmp_path / "receipt.json", "--yes")
    authority.must("receipt", other, "--number", "B-1", *key)
    with pytest.raises(AuthorisationRefused):
        believed(tmp_path, warrant="first.json", countersignature="second.json", receipt="receipt.json")
