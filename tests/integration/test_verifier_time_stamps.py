"""Time-stamps in an export: they date entries without any witness, hold after renewal, and bind the log to the past."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from rfc3161_client import TimestampRequestBuilder

from contracts.clock import read_clocks
from governance.audit.problems import Layer, Severity
from governance.verifier.exported import Question, audit_export
from governance.verifier.report import Report
from governance.verifier.sources import ListedFiles
from governance.verifier.time_stamp import renewal_subject, stamp_of
from tests.builders_authority import StampHouse, require_openssl
from tests.builders_honest_log import HonestLog, a_policy


def stamped(house: StampHouse, data: bytes) -> bytes:
    request = TimestampRequestBuilder().data(data).nonce(nonce=True).cert_request(cert_request=True).build()
    return house.reply(request.as_bytes())


@dataclass(frozen=True, kw_only=True)
class Stamped:
    """A log whose operator asks for no witness; one of its checkpoints was stamped, and the stamp renewed."""

    log: HonestLog
    house: StampHouse
    folder: Path
    size: int

    def audit(self, *, pinned: StampHouse | None = None, files: Mapping[str, bytes] | None = None) -> Report:
        told = files or self.log.files(folder=self.folder, policy=a_policy(quorum=0))
        stamp = stamp_of((pinned or self.house).pinned)
        question = Question(policy=a_policy(quorum=0), now_ms=self.log.now_ms, stamp=stamp)
        return audit_export(ListedFiles(dict(told)), question)


@pytest.fixture
def house(tmp_path: Path) -> Stamped:
    require_openssl()
    authority = StampHouse.build(tmp_path / "tsa")
    log = HonestLog(seed=1, now_ms=int(read_clocks().now.timestamp() * 1000) - 50_000)
    log.begin()
    log.warrant()
    size = log.size()
    note = log.checkpoint().encode()
    token, chain = stamped(authority, note), authority.between.pem
    log.anchors |= {f"{size}.note": note, f"{size}.tsr": token, f"{size}.chain.pem": chain}
    renewal = stamped(authority, renewal_subject(note, [(token, chain)]))
    log.anchors |= {f"{size}.renewal-1.tsr": renewal, f"{size}.renewal-1.chain.pem": chain}
    log.now_ms += 70_000
    log.beat()
    return Stamped(log=log, house=authority, folder=tmp_path, size=size)


def wrong(report: Report) -> set[tuple[Layer, str]]:
    return {(one.layer, one.file) for one in report.problems.of(Severity.WRONG)}


def test_a_stamped_checkpoint_dates_the_entries_before_and_after_it(house: Stamped) -> None:
    report = house.audit()
    assert wrong(report) == set()
    (anchor,) = report.brackets.anchors
    assert (anchor.size, anchor.said_by) == (house.size, "the time-stamping authority")
    assert report.problems.of(Severity.FINDING) == ()


def test_a_stamp_by_another_authority_is_not_believed(house: Stamped, tmp_path: Path) -> None:
    report = house.audit(pinned=StampHouse.build(tmp_path / "other", name="Other"))
    assert {layer for layer, _ in wrong(report)} == {Layer.TIME_STAMP}
    assert report.brackets.anchors == ()


def test_a_renewal_over_other_bytes_is_not_believed(house: Stamped) -> None:
    house.log.anchors[f"{house.size}.renewal-1.tsr"] = house.log.anchors[f"{house.size}.tsr"]
    assert wrong(house.audit()) == {(Layer.TIME_STAMP, f"anchors/{house.size}.renewal-1.tsr")}


def test_a_log_that_was_rewritten_with_its_key_is_seen_by_the_time_stamp(house: Stamped) -> None:
    house.log.rebuild([house.log.leaves[0].replace(b'"log.begin"', b'"log.begun"'), *house.log.leaves[1:]])
    found = wrong(house.audit())
    assert {layer for layer, _ in found} == {Layer.SIGNATURE, Layer.TIME_STAMP}


def test_an_entry_put_before_the_stamp_with_the_key_is_seen_by_its_time(house: Stamped) -> None:
    house.log.now_ms -= 200_000
    house.log.write("session.open", {"allowed": True})
    assert {layer for layer, _ in wrong(house.audit())} == {Layer.TIME}


def test_without_a_named_authority_stamps_are_said_not_to_be_checked(house: Stamped) -> None:
    files = house.log.files(folder=house.folder, policy=a_policy(quorum=0))
    report = audit_export(ListedFiles(files), Question(policy=a_policy(quorum=0), now_ms=house.log.now_ms))
    assert any("--tsa" in one for one in report.not_checked)
    assert report.brackets.anchors == ()
