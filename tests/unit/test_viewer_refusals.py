"""Invariant 4 at the viewer: nothing is shown without a fresh, proven, unused log entry about this very candidate."""

import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.authorisation import DayKey
from contracts.candidate_report import CandidateReport, crops_context
from contracts.canonical import sha256_hex
from contracts.enrolment import Enrolment, box_sha256, crop_context, request_of, template_context
from contracts.errors import ContractError, ReceiptRefused, SignatureRefused
from contracts.probe import Probe
from contracts.receipt import LogReceipt
from contracts.sealing import OpeningKey, seal
from contracts.signature import Purpose
from contracts.vocabulary import CameraId, SiteId, SlotId, WarrantId
from matcher.comparison import comparison_scores
from matcher.day_keys import DayKeyRefused, DayKeys
from matcher.errors import MatcherError
from matcher.models.shipped_profiles import shipped_profile
from matcher.viewer import SealedPair, UsedEntries, Viewer, ViewerTerms, ViewRefused
from tests.builders_contracts import (
    LOG_ORIGIN,
    NOON,
    PHOTOGRAPH_SHA256,
    WARRANT,
    a_hash,
    a_probe,
    a_report,
    a_signing_key,
    a_template,
    a_trusted_site,
)
from tests.builders_matcher import FakeModels
from tests.builders_receipts import a_checkpoint, a_receipt, a_view_entry

KEYS = a_trusted_site()
PROFILE = shipped_profile()
REFERENCE_PNG = cv2.imencode(".png", np.full((8, 8, 3), 7, np.uint8))[1].tobytes()


@dataclass
class Desk:
    """A viewer with one candidate on its way to it, all of it good until a test changes something."""

    folder: Path
    now: datetime = NOON
    report_changes: dict[str, Any] = field(default_factory=dict)
    enrolment_changes: dict[str, Any] = field(default_factory=dict)
    probe: Probe = field(default_factory=a_probe)
    models: FakeModels = field(default_factory=FakeModels)
    site_key: Any = KEYS.site
    enroller: Any = KEYS.enrolment
    sealed_to: OpeningKey | None = None

    def __post_init__(self) -> None:
        reference_key = self.folder / "reference.key"
        reference_key.touch(mode=0o600)
        reference_key.write_bytes(KEYS.viewer_opening.secret)
        self.day_keys = DayKeys(self.folder / "day-keys", KEYS.viewer, lambda: self.now)
        self.day_key = self.day_keys.issue("deployment-1", "2026-03-02")
        terms = ViewerTerms(
            trusted=KEYS.trusted, log_origin=LOG_ORIGIN, profile=PROFILE, reference_key_file=reference_key
        )
        self.viewer = Viewer(terms, self.day_keys, lambda: self.models, lambda: self.now)
        self.build()

    def build(self) -> None:
        """Sign and seal what is on its way, with the changes asked for."""
        report_id = secrets.token_hex(8)
        public = DayKey.from_bytes(self.day_key.payload).public
        report = a_report(
            report_id=report_id,
            profile_sha256=PROFILE.profile_sha256,
            day_key_sha256=self.day_key.sha256,
            captured_at=self.now,
        )
        context = crops_context(report_id, report.deployment_id, report.reference_id)
        self.crops = seal(self.probe.to_bytes(), self.sealed_to.public if self.sealed_to else public, context)
        self.report = replace(report, **{"crops_sha256": sha256_hex(self.crops), **self.report_changes})
        enrolment = Enrolment(
            warrant_id=WARRANT,
            slot_id=SlotId("slot-1"),
            photograph_sha256=PHOTOGRAPH_SHA256,
            profile_sha256=PROFILE.profile_sha256,
            template_sha256=(),
            crop_sha256=a_hash("crop"),
        )
        request = request_of(enrolment)
        reference = KEYS.viewer_opening.public
        self.sealed_template = seal(a_template().astype("<f4").tobytes(), reference, template_context(request))
        self.sealed_crop = seal(REFERENCE_PNG, reference, crop_context(request))
        bound: dict[str, Any] = {
            "template_sha256": ((KEYS.viewer_opening.id, box_sha256(self.sealed_template)),),
            "crop_sha256": box_sha256(self.sealed_crop),
        }
        self.enrolment = replace(enrolment, **{**bound, **self.enrolment_changes})
        compared_with = {"enrolment_sha256": sha256_hex(self.enrolment.to_bytes())}
        self.report = replace(self.report, **{**compared_with, **self.report_changes})

    @property
    def pair(self) -> SealedPair:
        return SealedPair(
            report=self.site_key.sign(Purpose.CANDIDATE_REPORT, self.report.to_bytes()),
            crops=self.crops,
            enrolment=self.enroller.sign(Purpose.ENROLMENT, self.enrolment.to_bytes()),
        )

    def receipt(self, index: int = 5, **changes: object) -> LogReceipt:
        entry = a_view_entry(self.report.report_id, self.report.crops_sha256 or "", now=self.now, **changes)
        return a_receipt(KEYS, entry, index=index)

    def view(self, receipt: LogReceipt | None = None) -> Any:
        return self.viewer.view(receipt or self.receipt(), self.pair, self.sealed_crop)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_good_receipt_shows_both_pictures_once(desk: Desk) -> None:
    view = desk.view()
    assert view.reference_png == REFERENCE_PNG
    shown = cv2.imdecode(np.frombuffer(view.probe_png, np.uint8), cv2.IMREAD_COLOR)
    assert shown.tobytes() == a_probe().crops[0].pixels_bgr


def test_entry_is_good_for_one_view(desk: Desk) -> None:
    desk.view()
    with pytest.raises(ReceiptRefused, match="already"):
        desk.view()
    desk.view(desk.receipt(index=6))


@pytest.mark.parametrize("seconds", [61, 3600, -6, -3600])
def test_stale_entry_or_one_from_the_future_shows_nothing(desk: Desk, seconds: int) -> None:
    receipt = desk.receipt()
    desk.now += timedelta(seconds=seconds)
    with pytest.raises(ReceiptRefused, match="60 seconds"):
        desk.view(receipt)


def test_entry_of_a_minute_ago_still_shows(desk: Desk) -> None:
    receipt = desk.receipt()
    desk.now += timedelta(seconds=60)
    desk.view(receipt)


def test_entry_from_before_the_viewer_began_shows_nothing(desk: Desk) -> None:
    """A restart forgets which entries were used; so none from before it counts."""
    receipt = desk.receipt()
    desk.now += timedelta(seconds=10)
    desk.viewer._used = UsedEntries(desk.now)
    with pytest.raises(ReceiptRefused, match="before this viewer began"):
        desk.view(receipt)


@pytest.mark.parametrize(
    "changes",
    [
        {"e": "candidate.accept"},
        {"alert": "another-report"},
        {"crops": a_hash("other crops")},
        {"alert": None},
        {"t": "soon"},
        {"t": True},
        {"t": None},
        {"t": 2**53 - 1},
        {"t": -(2**53) + 1},
    ],
)
def test_entry_about_something_else_shows_nothing(desk: Desk, changes: dict[str, object]) -> None:
    with pytest.raises(ReceiptRefused):
        desk.view(desk.receipt(**changes))


def test_forged_receipts_show_nothing(desk: Desk) -> None:
    good = desk.receipt()
    forger = replace(KEYS, log=a_signing_key("forger"))
    other_root = a_checkpoint(KEYS, 8, b"\x01" * 32)
    other_origin = a_checkpoint(KEYS, 8, b"\x01" * 32, origin="insyn.invalid/other")
    entry = a_view_entry(desk.report.report_id, desk.report.crops_sha256 or "", now=desk.now)
    for forged in (
        a_receipt(forger, entry),
        replace(good, index=4),
        replace(good, index=8),
        replace(good, proof=good.proof[:-1]),
        replace(good, proof=(*good.proof, bytes(32))),
        replace(good, leaf=good.leaf + b" "),
        replace(good, checkpoint=other_root),
        replace(good, checkpoint=other_origin),
        replace(good, checkpoint=good.checkpoint.replace("8\n", "9\n", 1)),
    ):
        with pytest.raises(ContractError):
            desk.view(forged)
    desk.view(good)


@given(position=st.integers(min_value=0), bit=st.integers(min_value=0, max_value=7))
def test_no_single_bit_of_the_leaf_can_be_changed(
    tmp_path_factory: pytest.TempPathFactory, position: int, bit: int
) -> None:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    receipt = desk.receipt()
    leaf = bytearray(receipt.leaf)
    leaf[position % len(leaf)] ^= 1 << bit
    with pytest.raises(ReceiptRefused):
        desk.view(replace(receipt, leaf=bytes(leaf)))


def test_refused_receipt_opens_no_crop(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[bytes] = []
    monkeypatch.setattr("matcher.viewer.unseal", lambda box, *_rest: opened.append(box))
    with pytest.raises(ReceiptRefused):
        desk.view(desk.receipt(alert="another"))
    assert not opened


def refuses_both(desk: Desk) -> None:
    """Neither a view nor a re-scoring comes of it, and no model runs."""
    with pytest.raises((ContractError, MatcherError)):
        desk.view()
    with pytest.raises((ContractError, MatcherError)):
        desk.viewer.rescore(desk.pair, desk.sealed_template)
    assert desk.models.embedded == 0


@pytest.mark.parametrize(
    ("report", "enrolment"),
    [
        ({"site_id": SiteId("site-2")}, {}),
        ({"warrant_id": WarrantId("warrant-2")}, {}),
        ({"crops_sha256": a_hash("other crops")}, {}),
        ({"crops_sha256": None, "joins": "report-0"}, {}),
        ({"day_key_sha256": a_hash("other day key")}, {}),
        ({"captured_at": NOON - timedelta(days=3)}, {}),
        ({"camera_id": CameraId("camera-2")}, {}),
        ({}, {"warrant_id": WarrantId("warrant-2")}),
        ({}, {"profile_sha256": a_hash("other profile")}),
    ],
)
def test_records_that_do_not_belong_together_show_nothing(
    tmp_path: Path, report: dict[str, Any], enrolment: dict[str, Any]
) -> None:
    refuses_both(Desk(tmp_path, report_changes=report, enrolment_changes=enrolment))


def test_report_signed_by_governance_or_a_stranger_shows_nothing(tmp_path: Path) -> None:
    for number, key in enumerate((KEYS.governance, a_signing_key("stranger"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        refuses_both(Desk(folder, site_key=key))


def test_enrolment_signed_by_anybody_else_shows_nothing(tmp_path: Path) -> None:
    refuses_both(Desk(tmp_path, enroller=KEYS.governance))


def test_crops_sealed_to_another_key_do_not_open(tmp_path: Path) -> None:
    desk = Desk(tmp_path, sealed_to=KEYS.viewer_opening)
    with pytest.raises(ContractError):
        desk.view()


def test_other_references_picture_is_not_shown(desk: Desk) -> None:
    request = request_of(desk.enrolment)
    other = seal(REFERENCE_PNG, KEYS.viewer_opening.public, crop_context(request))
    with pytest.raises(ViewRefused):
        desk.viewer.view(desk.receipt(), desk.pair, other)


def test_other_references_template_is_not_compared(desk: Desk) -> None:
    request = request_of(desk.enrolment)
    other = seal(a_template(2).tobytes(), KEYS.viewer_opening.public, template_context(request))
    with pytest.raises(ViewRefused):
        desk.viewer.rescore(desk.pair, other)


@pytest.mark.parametrize("seed", [1, 2])
def test_rescoring_is_this_machines_own_comparison_whatever_the_site_claimed(tmp_path: Path, seed: int) -> None:
    desk = Desk(tmp_path, models=FakeModels(a_template(seed)), report_changes={"score": 0.01})
    rescored = desk.viewer.rescore(desk.pair, desk.sealed_template)
    own = comparison_scores(a_template(seed), a_template()[np.newaxis], PROFILE.comparison.score)[0]
    assert rescored.score == pytest.approx(float(own))
    assert rescored.reaches_threshold is (seed == 1)
    assert not desk.models.given[0].any()


def test_report_of_another_profile_is_not_rescored(tmp_path: Path) -> None:
    other = a_hash("other profile")
    desk = Desk(tmp_path, report_changes={"profile_sha256": other}, enrolment_changes={"profile_sha256": other})
    with pytest.raises(ViewRefused, match="model profile"):
        desk.viewer.rescore(desk.pair, desk.sealed_template)


def test_day_key_is_made_once_and_signed_by_the_viewer(desk: Desk) -> None:
    again = desk.day_keys.issue("deployment-1", "2026-03-02")
    assert again == desk.day_key
    assert desk.day_keys.issue("deployment-2", "2026-03-02").payload != desk.day_key.payload
    files = list((desk.folder / "day-keys").glob("*/*.key"))
    assert len(files) == 2
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)


def test_destroyed_day_key_opens_nothing_and_is_never_made_again(desk: Desk) -> None:
    desk.day_keys.destroy("deployment-1", "2026-03-02")
    with pytest.raises(DayKeyRefused):
        desk.view()
    with pytest.raises(DayKeyRefused, match="destroyed"):
        desk.day_keys.issue("deployment-1", "2026-03-02")
    desk.day_keys.destroy("deployment-1", "2026-03-02")


def test_day_key_older_than_a_month_is_destroyed(desk: Desk) -> None:
    desk.now += timedelta(days=31)
    assert desk.day_keys.destroy_old() == 0
    desk.now += timedelta(days=1)
    assert desk.day_keys.destroy_old() == 1
    assert not list((desk.folder / "day-keys").glob("*/*.key"))


@pytest.mark.parametrize("day", ["2026-13-01", "20260302", "2026-3-2", "../../etc", "", "2025-01-01", "2026-03-04"])
def test_day_key_is_made_for_a_day_about_now_only(desk: Desk, day: str) -> None:
    with pytest.raises(DayKeyRefused):
        desk.day_keys.issue("deployment-1", day)


@pytest.mark.parametrize("deployment", ["..", "a/b", "", "-x", "x" * 65])
def test_day_keys_deployment_cannot_name_a_path(desk: Desk, deployment: str) -> None:
    with pytest.raises(DayKeyRefused):
        desk.day_keys.issue(deployment, "2026-03-02")


def test_signatures_are_for_one_purpose_only(desk: Desk) -> None:
    """A site's signature over a lease request, say, is none over a report."""
    wrong = KEYS.site.sign(Purpose.LEASE_REQUEST, desk.report.to_bytes())
    with pytest.raises(SignatureRefused):
        desk.viewer.view(desk.receipt(), replace(desk.pair, report=wrong), desk.sealed_crop)


def test_report_round_trips_as_the_viewer_reads_it(desk: Desk) -> None:
    assert CandidateReport.from_bytes(desk.pair.report.payload).captured_at == NOON.astimezone(UTC)
