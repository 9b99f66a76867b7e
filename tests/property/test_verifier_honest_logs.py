"""Honest logs raise no alarm: nothing wrong in any of them, and nothing to be asked about but what really happened."""

import tempfile
from pathlib import Path

import pytest

from governance.audit.problems import Layer, Severity
from governance.verifier.exported import Question, audit_export
from governance.verifier.sources import ListedFiles
from tests.builders_honest_log import HonestLog, a_policy


def audit_one(seed: int) -> None:
    log = HonestLog(seed=seed).live(40 + 7 * (seed % 40))
    if seed % 3 == 0:
        log.rotate("second")
        log.beat()
        log.anchor()
    quorum = (0, 1, 2)[seed % 3]
    if not quorum:
        log.anchors.clear()
    with tempfile.TemporaryDirectory() as folder:
        files = log.files(folder=Path(folder), policy=a_policy(quorum=quorum))
    report = audit_export(ListedFiles(files), Question(policy=a_policy(quorum=quorum), now_ms=log.now_ms))
    assert report.problems.of(Severity.WRONG) == (), seed
    asked = report.problems.of(Severity.FINDING)
    assert {one.layer for one in asked} <= {Layer.CHANGES}, [one.sentence for one in asked]
    assert report.audited is not None
    voids = sum(b'"change.void"' in leaf for leaf in log.leaves)
    assert (len(asked), report.audited.voided) == (voids, voids)
    assert report.audited.entries == log.size() == report.size
    assert report.audited.rows_live == len(log.rows)


def test_fifty_honest_logs_raise_no_alarm() -> None:
    for seed in range(50):
        audit_one(seed)


@pytest.mark.torture
def test_a_thousand_honest_logs_raise_no_alarm() -> None:
    for seed in range(1000):
        audit_one(1000 + seed)
