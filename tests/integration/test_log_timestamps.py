"""Time-stamps over the log's anchors, by an authority made with openssl, over real HTTP on loopback."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.clock import read_clocks
from governance.adapters.log.anchors import Anchors
from governance.adapters.log.due_stamps import DueStamps, read_authorities
from governance.adapters.log.openssl import Openssl
from governance.adapters.log.timestamps import Authority, AuthorityHttp, TimeStamping
from governance.audit.errors import LogError, LogUnavailable
from governance.verifier.time_stamp import (
    PinnedAuthority,
    TimeStampRefused,
    open_renewed,
    open_stamp,
    renewal_subject,
    stamp_of,
    stamped_time,
)
from tests.builders_authority import Served, StampHouse, again, certified, require_openssl, served, soon
from tests.builders_tiles import flipped, numbered, tiled_log

NOTE = tiled_log(numbered(5)).note
OTHER_NOTE = tiled_log(numbered(6)).note


HTTP: list[AuthorityHttp] = []


@pytest.fixture(autouse=True)
def _openssl() -> Iterator[None]:
    require_openssl()
    yield
    while HTTP:
        HTTP.pop().close()


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Served]:
    with served(StampHouse.build(tmp_path / "authority")) as running:
        yield running


def now() -> datetime:
    return read_clocks().now


def stamping(
    folder: Path,
    *authorities: Served,
    pinned: PinnedAuthority | None = None,
    clock: Callable[[], datetime] = now,
    second: Openssl | None = None,
) -> TimeStamping:
    HTTP.append(AuthorityHttp(timeout_s=5))
    return TimeStamping(
        Anchors(folder),
        [
            Authority(
                name=f"number {number}",
                url=one.url,
                pinned=pinned or PinnedAuthority.from_pem(one.house.pinned),
            )
            for number, one in enumerate(authorities)
        ],
        ask=HTTP[-1],
        now=clock,
        second=second or Openssl.installed(),
    )


def test_a_checkpoint_is_stamped_over_its_very_bytes_and_kept_with_its_chain(authority: Served, tmp_path: Path) -> None:
    stamps = stamping(tmp_path / "log", authority)
    stamped = stamps.stamp(NOTE)
    folder = tmp_path / "log" / "anchors"
    assert sorted(path.name for path in folder.iterdir()) == ["5.chain.pem", "5.note", "5.tsr"]
    assert (folder / "5.note").read_text(encoding="utf-8") == NOTE
    assert abs(stamped.time - now()) < timedelta(minutes=1)
    assert stamped.authority == "CN=Stamps Signer"
    assert stamps.verify(5) == (stamped,)
    chain = (folder / "5.chain.pem").read_bytes()
    house = authority.house
    assert chain == house.signer.pem + house.between.pem + house.root.pem
    assert stamped_time((folder / "5.tsr").read_bytes(), NOTE.encode(), chain) == stamped.time


def test_the_auditors_function_reads_what_the_log_kept(authority: Served, tmp_path: Path) -> None:
    stamped = stamping(tmp_path / "log", authority).stamp(NOTE)
    folder = tmp_path / "log" / "anchors"
    token, chain = (folder / "5.tsr").read_bytes(), (folder / "5.chain.pem").read_bytes()
    stamp = stamp_of([authority.house.root.pem])
    assert stamp(token, NOTE.encode(), chain) == int(stamped.time.timestamp() * 1000)
    with pytest.raises(TimeStampRefused, match="other bytes"):
        stamp(token, OTHER_NOTE.encode(), chain)
    with pytest.raises(TimeStampRefused, match="vouches"):
        stamp_of([certified("Stamps Root", may_issue=True).pem])(token, NOTE.encode(), chain)


def test_the_answer_must_be_to_this_very_request(authority: Served, tmp_path: Path) -> None:
    stamping(tmp_path / "first", authority).stamp(NOTE)
    authority.replay = (tmp_path / "first" / "anchors" / "5.tsr").read_bytes()
    with pytest.raises(LogUnavailable, match="answers another request"):
        stamping(tmp_path / "second", authority).stamp(NOTE)
    assert not (tmp_path / "second" / "anchors" / "5.tsr").exists()


@pytest.mark.parametrize("change", ["status", "type", "bytes", "empty", "endless"])
def test_what_is_no_time_stamp_is_not_kept(authority: Served, tmp_path: Path, change: str) -> None:
    match change:
        case "status":
            authority.status = 500
        case "type":
            authority.content_type = "text/html"
        case "bytes":
            authority.replay = b"<html>"
        case "empty":
            authority.replay = b""
        case _:
            authority.replay = bytes(200_000)
    with pytest.raises(LogUnavailable, match="No time-stamp could be had"):
        stamping(tmp_path / "log", authority).stamp(NOTE)
    assert [path.name for path in (tmp_path / "log" / "anchors").iterdir()] == ["5.note"]


def test_where_one_authority_is_silent_the_other_stamps(authority: Served, tmp_path: Path) -> None:
    with served(StampHouse.build(tmp_path / "other", name="Others")) as other:
        stamps = stamping(tmp_path / "log", other, authority)
        other.status = 503
        assert stamps.stamp(NOTE).authority == "CN=Stamps Signer"
        other.status = 200
        authority.status = 503
        assert stamps.stamp(OTHER_NOTE).authority == "CN=Others Signer"
        assert stamps.verify(5)
        assert stamps.verify(6)


def test_an_authority_that_is_not_pinned_stamps_nothing(authority: Served, tmp_path: Path) -> None:
    stranger = PinnedAuthority.from_pem([certified("Stamps Root", may_issue=True).pem])
    with pytest.raises(LogUnavailable, match="vouches"):
        stamping(tmp_path / "log", authority, pinned=stranger).stamp(NOTE)


def test_where_the_signer_is_pinned_no_other_certificate_of_the_same_root_will_do(
    authority: Served, tmp_path: Path
) -> None:
    house = authority.house
    other = certified("Stamps Signer", house.between, may_stamp=True)
    whole = [house.root.pem, house.between.pem]
    with pytest.raises(LogUnavailable, match="signer is missing"):
        stamping(tmp_path / "a", authority, pinned=PinnedAuthority.from_pem([*whole, other.pem])).stamp(NOTE)
    assert stamping(tmp_path / "b", authority, pinned=PinnedAuthority.from_pem([*whole, house.signer.pem])).stamp(NOTE)


def test_a_signer_that_is_pinned_binds_its_own_root_and_no_other(authority: Served, tmp_path: Path) -> None:
    stamped = stamping(tmp_path / "log", authority).stamp(NOTE)
    token = (tmp_path / "log" / "anchors" / "5.tsr").read_bytes()
    house = authority.house
    far_root = certified("Far Root", may_issue=True)
    far = certified("Far Signer", far_root, may_stamp=True)
    both = PinnedAuthority.from_pem([*house.pinned, far_root.pem, far.pem])
    assert open_stamp(token, NOTE.encode(), pinned=both) == stamped
    other = certified("Stamps Signer", house.between, may_stamp=True)
    bound = PinnedAuthority.from_pem([*house.pinned, other.pem])
    with pytest.raises(TimeStampRefused, match="another certificate than the pinned one"):
        open_stamp(token, NOTE.encode(), pinned=bound)


def test_a_time_that_is_stated_too_roughly_is_refused(tmp_path: Path) -> None:
    with (
        served(StampHouse.build(tmp_path / "authority", accuracy=90)) as running,
        pytest.raises(LogUnavailable, match="no better than a minute"),
    ):
        stamping(tmp_path / "log", running).stamp(NOTE)


def test_under_a_root_that_had_run_out_nothing_is_stamped(authority: Served, tmp_path: Path) -> None:
    house = authority.house
    late = PinnedAuthority.from_pem([again(house.root, end=soon(-1)).pem, house.between.pem])
    with pytest.raises(LogUnavailable, match="vouches"):
        stamping(tmp_path / "log", authority, pinned=late).stamp(NOTE)


def test_a_clock_that_differs_by_more_than_a_minute_stamps_nothing(authority: Served, tmp_path: Path) -> None:
    with pytest.raises(LogUnavailable, match="more than a minute"):
        stamping(tmp_path / "log", authority, clock=lambda: now() + timedelta(seconds=90)).stamp(NOTE)


def test_where_openssl_disagrees_nobody_believes(authority: Served, tmp_path: Path) -> None:
    no = tmp_path / "no"
    no.write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
    no.chmod(0o700)
    with pytest.raises(LogUnavailable, match="openssl does not accept"):
        stamping(tmp_path / "log", authority, second=Openssl(program=str(no))).stamp(NOTE)
    stamping(tmp_path / "log", authority).stamp(NOTE)
    with pytest.raises(TimeStampRefused, match="openssl does not accept"):
        stamping(tmp_path / "log", authority, second=Openssl(program=str(no))).verify(5)
    with pytest.raises(LogUnavailable, match="cannot be run"):
        stamping(tmp_path / "log", authority, second=Openssl(program=str(tmp_path / "missing"))).verify(5)


def test_openssl_itself_tells_a_good_stamp_from_one_over_other_bytes(authority: Served, tmp_path: Path) -> None:
    stamped = stamping(tmp_path / "log", authority).stamp(NOTE)
    token = (tmp_path / "log" / "anchors" / "5.tsr").read_bytes()
    second = Openssl.installed()
    assert second is not None
    roots, between = authority.house.root.pem, authority.house.between.pem
    assert second.agrees(token, NOTE.encode(), roots=roots, between=between, time=stamped.time)
    assert not second.agrees(token, OTHER_NOTE.encode(), roots=roots, between=between, time=stamped.time)
    assert not second.agrees(token, NOTE.encode(), roots=between, between=between, time=stamped.time)


def test_a_stamped_note_and_its_stamp_are_never_replaced(authority: Served, tmp_path: Path) -> None:
    stamps = stamping(tmp_path / "log", authority)
    stamps.stamp(NOTE)
    before = {path.name: path.read_bytes() for path in (tmp_path / "log" / "anchors").iterdir()}
    with pytest.raises(LogUnavailable, match="stamped already"):
        stamps.stamp(NOTE)
    with pytest.raises(LogUnavailable, match="renewed, never replaced"):
        Anchors(tmp_path / "log").keep_stamp(5, b"another", b"")
    assert {path.name: path.read_bytes() for path in (tmp_path / "log" / "anchors").iterdir()} == before


def test_a_stamp_is_due_every_hour(authority: Served, tmp_path: Path) -> None:
    stamps = stamping(tmp_path / "log", authority)
    assert stamps.is_due(now())
    time = stamps.stamp(NOTE).time
    assert not stamps.is_due(time + timedelta(minutes=59))
    assert stamps.is_due(time + timedelta(hours=1))


def test_a_stamp_whose_certificates_soon_run_out_is_renewed_and_stays_good(tmp_path: Path) -> None:
    house = StampHouse.build(tmp_path / "old", name="Old", end=soon(20))
    with served(house) as old, served(StampHouse.build(tmp_path / "new", name="New")) as new:
        stamps = stamping(tmp_path / "log", old, new)
        stamped = stamps.stamp(NOTE)
        assert stamped.good_until == soon(20) or abs(stamped.good_until - soon(20)) < timedelta(minutes=5)
        assert stamps.due_for_renewal(now(), timedelta(days=19)) == []
        assert stamps.due_for_renewal(now()) == [5]
        assert stamps.due_for_renewal(now() + timedelta(days=21)) == [], "what ran out cannot be renewed"
        renewed = stamps.renew(5)
        assert renewed.authority == "CN=New Signer"
        assert stamps.verify(5) == (stamped, renewed)
        assert stamps.due_for_renewal(now()) == []
        assert stamps.verify(5)[0].time == stamped.time
        folder = tmp_path / "log" / "anchors"
        assert (folder / "5.renewal-1.tsr").exists()
        # The renewal covers the first stamp and its certificates: neither can be exchanged under it.
        chain = folder / "5.chain.pem"
        chain.write_bytes(chain.read_bytes() + b"\n")
        with pytest.raises(TimeStampRefused, match="other bytes"):
            stamps.verify(5)


def test_a_renewal_stamps_the_note_the_stamp_and_its_certificates(authority: Served, tmp_path: Path) -> None:
    stamps = stamping(tmp_path / "log", authority)
    first, second, third = stamps.stamp(NOTE), stamps.renew(5), stamps.renew(5)
    anchors = Anchors(tmp_path / "log")
    kept = anchors.stamp(5)
    assert kept is not None
    every = [kept, *anchors.renewals(5)]
    pinned = PinnedAuthority.from_pem([authority.house.root.pem])
    assert open_renewed(NOTE.encode(), every, pinned=pinned) == (first, second, third)
    token, chain = every[2]
    assert open_stamp(token, renewal_subject(NOTE.encode(), every[:2]), pinned=pinned, beside=chain) == third
    for other in ([every[0], every[2], every[1]], [every[1], every[0]], [every[0], every[2]]):
        with pytest.raises(TimeStampRefused):
            open_renewed(NOTE.encode(), other, pinned=pinned)


def test_no_byte_of_the_signed_part_of_a_stamp_can_be_changed(authority: Served, tmp_path: Path) -> None:
    stamps = stamping(tmp_path / "log", authority)
    stamped = stamps.stamp(NOTE)
    token = (tmp_path / "log" / "anchors" / "5.tsr").read_bytes()
    pinned = PinnedAuthority.from_pem([authority.house.root.pem])
    accepted = []
    for offset in range(len(token)):
        try:
            found = open_stamp(flipped(token, offset), NOTE.encode(), pinned=pinned, beside=authority.house.between.pem)
        except TimeStampRefused:
            continue
        assert found == stamped, "a changed stamp never says anything else"
        accepted.append(offset)
    assert len(accepted) < 16, "only fields that no signature covers: the manifest of an export covers those"


def test_times_are_in_utc(authority: Served, tmp_path: Path) -> None:
    assert stamping(tmp_path / "log", authority).stamp(NOTE).time.tzinfo is UTC


def test_looking_stamps_what_is_due_and_renews_what_soon_runs_out(tmp_path: Path) -> None:
    house = StampHouse.build(tmp_path / "old", end=soon(20))
    with served(house) as old, served(StampHouse.build(tmp_path / "new", name="New")) as new:
        stamps = stamping(tmp_path / "log", old, new)
        notes = [NOTE]
        clock = [now()]
        due = DueStamps(stamps, lambda: notes[-1] if notes else None, now=lambda: clock[0])
        due.look()
        anchors = Anchors(tmp_path / "log")
        assert anchors.is_stamped(5)
        assert len(anchors.renewals(5)) == 1
        notes.append(OTHER_NOTE)
        due.look()
        assert not anchors.is_stamped(6), "the hour is not over"
        clock[0] += timedelta(hours=1, seconds=5)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(stamps, "_now", now)
            due.look()
        assert anchors.is_stamped(6)
        assert len(anchors.renewals(5)) == 1, "once a day is enough"
        notes.clear()
        DueStamps(stamping(tmp_path / "empty", old), lambda: None, now=now).look()
        assert Anchors(tmp_path / "empty").sizes() == []


def test_authorities_are_read_with_what_is_pinned_of_them(authority: Served, tmp_path: Path) -> None:
    house = authority.house
    (tmp_path / "chain.pem").write_bytes(b"".join(house.pinned))
    (tmp_path / "leaf.pem").write_bytes(house.signer.pem)
    (found,) = read_authorities(f"# remark\n\nfirst {authority.url} chain.pem\n", tmp_path)
    assert (found.name, found.url) == ("first", authority.url)
    assert found.pinned.roots == (house.root.certificate,)
    for text in ("first\n", "first chain.pem http://a\n", "first http://a missing.pem\n", "first http://a leaf.pem\n"):
        with pytest.raises(LogError):
            read_authorities(text, tmp_path)
