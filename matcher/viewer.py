"""Opening one candidate at the centre, after its log receipt, and comparing it anew before anybody sees it.

The viewer believes nobody but the pinned keys: the site's signature over the report, the enrolment matcher's over the
reference, the log's over the entry that says that this very alert is about to be shown (invariant 4). It keeps nothing.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from contracts.candidate_report import CandidateReport, crops_context
from contracts.canonical import decode, sha256_hex
from contracts.enrolment import Enrolment, box_sha256, crop_context, request_of, template_context
from contracts.errors import ReceiptRefused
from contracts.model_profile import ModelProfile
from contracts.probe import Probe, ProbeCrop
from contracts.receipt import LogReceipt, disclosed, verify_receipt
from contracts.sealing import unseal
from contracts.signature import Purpose, Signed, verified
from contracts.trust import TrustedKeys, TrustedRole
from matcher.comparison import comparison_scores, reaches_threshold
from matcher.day_keys import DayKeys
from matcher.embedding import open_embedder
from matcher.errors import MatcherError
from matcher.faces.photograph import as_png
from matcher.gate import ProbeEmbedder
from matcher.keys import opened_key
from matcher.models.store import ModelStore
from matcher.track_embedder import TrackEmbedder
from matcher.wiping import unsafe_wipe_bytes, wipe_array

RECEIPT_LIFE: Final = timedelta(seconds=60)
"""A view follows its log entry within this time, or needs another entry."""
_SHOWING: Final = frozenset({"candidate.view", "hand-off.open"})
"""The entries that say that a candidate's picture is about to be shown: to a reviewer, or once to a patrol (A9b)."""
_CLOCKS_DIFFER: Final = timedelta(seconds=5)


class ViewRefused(MatcherError):
    """This is not shown: the records do not belong together, or the log does not say that it may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedPair:
    """A candidate and the reference it is about, as they travel: signed and sealed."""

    report: Signed
    crops: bytes
    enrolment: Signed


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescore:
    """What this machine's own comparison says, from the crops alone."""

    score: float
    reaches_threshold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Two pictures, as PNG, for one look."""

    probe_png: bytes = field(repr=False)
    reference_png: bytes = field(repr=False)


@dataclass(slots=True)
class UsedEntries:
    """Which log entries were used for a view.

    Entries from before this process began are refused, so that a restart forgets nothing that could be used twice.
    """

    began_at: datetime
    _used: dict[int, datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def use(self, index: int, at: datetime, now: datetime) -> None:
        """Use an entry, once and while it is fresh.

        Raises:
            ReceiptRefused: it is older than a minute, from the future, from before this process began, or used.
        """
        if not -_CLOCKS_DIFFER <= now - at <= RECEIPT_LIFE:
            raise ReceiptRefused("The log entry is not of the last 60 seconds; write another.")
        if at < self.began_at:
            raise ReceiptRefused("The log entry is from before this viewer began; write another.")
        with self._lock:
            self._used = {used: when for used, when in self._used.items() if now - when <= 2 * RECEIPT_LIFE}
            if index in self._used:
                raise ReceiptRefused("This log entry was used for a view already; write another.")
            self._used[index] = at


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewerTerms:
    """What the viewer believes and holds."""

    trusted: TrustedKeys
    log_origin: str
    profile: ModelProfile
    reference_key_file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    report: CandidateReport
    enrolment: Enrolment
    crops: bytes


class Viewer:
    """Re-scores and opens candidates. `load` is called at the first re-scoring."""

    def __init__(
        self, terms: ViewerTerms, day_keys: DayKeys, load: Callable[[], ProbeEmbedder], now: Callable[[], datetime]
    ) -> None:
        self._terms = terms
        self._day_keys = day_keys
        self._load = load
        self._now = now
        self._models: ProbeEmbedder | None = None
        self._used = UsedEntries(now())

    def rescore(self, pair: SealedPair, sealed_template: bytes) -> Rescore:
        """Embed and fuse a candidate's crops anew and compare them with the reference; keep nothing.

        Raises:
            ViewRefused, ContractError, MatcherError: a signature, a hash, a seal or the profile is not right.
        """
        checked = self._checked(pair)
        if checked.report.profile_sha256 != self._terms.profile.profile_sha256:
            raise ViewRefused("The candidate was found with another model profile than the one installed here.")
        template = opened_template(self._terms, checked.enrolment, sealed_template)
        probe = self._opened_crops(checked)
        if self._models is None:
            self._models = self._load()
        fusion = self._models.embed(probe.crops)
        rule = self._models.rule
        try:
            score = float(comparison_scores(fusion.template, template[np.newaxis], rule.score)[0])
        finally:
            wipe_array(fusion.template)
            wipe_array(template)
            _wipe_crops(probe)
        return Rescore(score=score, reaches_threshold=reaches_threshold(score, rule))

    def view(self, receipt: LogReceipt, pair: SealedPair, sealed_crop: bytes) -> View:
        """Open both pictures, if the log proves an entry that says so, fresh and not used before.

        Raises:
            ReceiptRefused: it does not.
            ViewRefused, ContractError, MatcherError: a signature, a hash or a seal is not right.
        """
        checked = self._checked(pair)
        if box_sha256(sealed_crop) != checked.enrolment.crop_sha256:
            raise ViewRefused("The reference's picture is not the one that was enrolled.")
        self._require_receipt(receipt, checked)
        context = crop_context(request_of(checked.enrolment))
        with opened_key(self._terms.reference_key_file) as key:
            reference_png = unseal(sealed_crop, key, context)
        probe = self._opened_crops(checked)
        try:
            return View(probe_png=_png(max(probe.crops, key=lambda crop: crop.quality)), reference_png=reference_png)
        finally:
            _wipe_crops(probe)

    def _checked(self, pair: SealedPair) -> _Checked:
        """Verify what the site and the enrolment matcher signed, and that the two belong together."""
        trusted = self._terms.trusted
        report = CandidateReport.from_bytes(
            verified(pair.report, Purpose.CANDIDATE_REPORT, trusted.of(TrustedRole.SITE))
        )
        enrolment = Enrolment.from_bytes(verified(pair.enrolment, Purpose.ENROLMENT, trusted.of(TrustedRole.ENROLMENT)))
        site, enroller = (
            trusted.find(TrustedRole.SITE, pair.report.key),
            trusted.find(TrustedRole.ENROLMENT, pair.enrolment.key),
        )
        if site is None or site.name != report.site_id:
            raise ViewRefused("The report names another site than the key that signed it.")
        if enroller is None or enroller.use is not site.use:
            raise ViewRefused("A DEMO key cannot be combined with one that is not DEMO.")
        if (report.warrant_id, report.profile_sha256) != (enrolment.warrant_id, enrolment.profile_sha256):
            raise ViewRefused("The candidate and the reference belong to different warrants or model profiles.")
        if report.enrolment_sha256 != pair.enrolment.sha256:
            # The site verified this enrolment under the issuer's warrant; any other may be of anybody.
            raise ViewRefused("The reference is not the one that the site compared with.")
        if report.crops_sha256 is None or report.crops_sha256 != sha256_hex(pair.crops):
            raise ViewRefused("These crops are not the ones that the report names.")
        return _Checked(report=report, enrolment=enrolment, crops=pair.crops)

    def _require_receipt(self, receipt: LogReceipt, checked: _Checked) -> None:
        entry = decode(self._proven_leaf(receipt))
        if not isinstance(entry, dict) or entry.get("e") not in _SHOWING:
            raise ReceiptRefused("The log entry is not about showing this candidate.")
        about = disclosed(receipt, "subject")
        if (about.get("alert"), about.get("crops")) != (checked.report.report_id, checked.report.crops_sha256):
            raise ReceiptRefused("The log entry is not about showing this candidate.")
        written = entry.get("t")
        if isinstance(written, bool) or not isinstance(written, int):
            raise ReceiptRefused("The log entry does not say when it was written.")
        now = self._now()
        # In milliseconds since 1970; counted from now, so that no number can be too large for a date.
        age = now.timestamp() - written / 1000
        if not abs(age) < RECEIPT_LIFE.total_seconds() * 2:
            raise ReceiptRefused("The log entry is not of the last 60 seconds; write another.")
        self._used.use(receipt.index, now - timedelta(seconds=age), now)

    def _proven_leaf(self, receipt: LogReceipt) -> bytes:
        refusal = ReceiptRefused("No log key is pinned here.")
        for log_key in self._terms.trusted.of(TrustedRole.LOG).values():
            try:
                return verify_receipt(receipt, origin=self._terms.log_origin, log_key=log_key)
            except ReceiptRefused as error:
                refusal = error
        raise refusal

    def _opened_crops(self, checked: _Checked) -> Probe:
        report = checked.report
        path = self._day_keys.find(report.deployment_id, report.captured_at, report.day_key_sha256)
        context = crops_context(report.report_id, report.deployment_id, report.reference_id)
        with opened_key(path) as key:
            plain = unseal(checked.crops, key, context)
        try:
            probe = Probe.from_bytes(plain)
        finally:
            unsafe_wipe_bytes(plain)
        if probe.camera_id != report.camera_id:
            raise ViewRefused("The crops are from another camera than the report.")
        return probe


def opened_template(
    terms: ViewerTerms, enrolment: Enrolment, sealed_template: bytes
) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Open the template that an enrolment sealed to the viewer. The caller overwrites it.

    Raises:
        ViewRefused, ContractError, MatcherError: it is another one, or does not open, or has another length.
    """
    with opened_key(terms.reference_key_file) as key:
        if enrolment.template_hash_for(key.id) != box_sha256(sealed_template):
            raise ViewRefused("The reference's template is not the one that was enrolled for the viewer.")
        plain = unseal(sealed_template, key, template_context(request_of(enrolment)))
    try:
        if len(plain) != terms.profile.embedder.dimensions * 4:
            raise ViewRefused("The reference's template has another length than the model profile's.")
        return np.frombuffer(plain, "<f4").astype(np.float32)
    finally:
        unsafe_wipe_bytes(plain)


def _png(crop: ProbeCrop) -> bytes:
    pixels = np.frombuffer(crop.pixels_bgr, np.uint8).reshape(crop.height, crop.width, 3)
    return as_png(pixels)


def _wipe_crops(probe: Probe) -> None:
    for crop in probe.crops:
        unsafe_wipe_bytes(crop.pixels_bgr)


def probe_embedder(profile: ModelProfile, store: ModelStore, *, threads: int) -> ProbeEmbedder:
    """Load a profile's embedder for re-scoring.

    Raises:
        ModelMissing, ModelRefused: the model file is not there or not what its hash says.
    """
    return TrackEmbedder(open_embedder(profile, store, threads=threads), profile.comparison)
