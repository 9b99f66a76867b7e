"""The search of one recording as a process: `python -m insyn.search_service`, at the site, one-shot (A12).

It hashes the recording, asks governance for the order, verifies everything itself, searches, tells what it found, signs
how it ended, and ends. The template is overwritten before the process says anything; nothing of it is written to disk.
Standard output has one JSON object at the end: counts, and how it ended.
"""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Final

import cv2
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import NoDecode, SettingsConfigDict

from contracts.authorisation import LeaseAsk
from contracts.clock import Moment, read_clocks
from contracts.errors import ContractError
from contracts.model_profile import ModelProfile
from contracts.pdf_act import ReadsPdf
from contracts.search_order import VerifiedSearchOrder, verify_order
from contracts.search_records import SearchAnswer, SearchEnding, SearchReceipt
from contracts.signature import Purpose, SigningKey
from contracts.trust import TrustedKeys
from edge.confinement import dump_no_core
from edge.errors import EdgeError
from edge.pipeline import OpenedFinder
from edge.worker import limits_of
from insyn.errors import InsynError
from insyn.recording_at_hand import RecordingAtHand, take_recording
from insyn.recording_search import HeldOrder, RecordingSearch, SearchParts, SearchResult
from matcher.candidates import AlertMemory, SealedCandidate
from matcher.embedding import open_embedder
from matcher.errors import MatcherError
from matcher.faces.detection import open_face_finder
from matcher.gallery import Gallery, GalleryTerms, open_gallery
from matcher.gate import ProbeEmbedder
from matcher.governance_client import GovernanceClient, GovernanceUnavailable
from matcher.keys import load_signing_key, load_trusted_keys, opened_key, require_newest_issuers
from matcher.logging_setup import set_up_logging
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore
from matcher.outbox import Delivery
from matcher.process_hygiene import close_process, refuse_database_credentials, restart_with_cleaning_memory
from matcher.settings import MatcherSettings, from_environment
from matcher.stop_latch import StopLatch
from matcher.stopped import StoppedWarrants
from matcher.track_embedder import ModelDoor, TrackEmbedder
from signed_pdf.process import ConfinedReader

_PAUSE_SECONDS: Final = 1.0
_RENEWAL_SECONDS: Final = 15.0
"""Well within an order's minute, and so that a revocation is heard of soon (A8)."""
_LAST_TRIES: Final = 5


class SearchSettings(MatcherSettings):
    """One search. Environment: INSYN_SEARCH_SITE_ID, _GOVERNANCE_URL, _HOME, _SEARCH_ID, _RECORDING and so on."""

    model_config = SettingsConfigDict(env_prefix="INSYN_SEARCH_", title="INSYN_SEARCH_", extra="ignore", frozen=True)

    # A search is of the camera that its order names, of no other and of no list.
    cameras: Annotated[tuple[str, ...], NoDecode] = ()
    search_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    recording: SecretStr
    """The recording's path, from the environment: arguments can be read by every user of the machine.

    `insyn search recording` is given it as one all the same, so the file's name is to name nobody.
    """


class NotSearched(InsynError):
    """The recording was not searched; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    """What this site believes and holds."""

    settings: SearchSettings
    profile: ModelProfile
    store: ModelStore
    site_key: SigningKey
    trusted: TrustedKeys
    stopped: StoppedWarrants
    latch: StopLatch
    reads_pdf: ReadsPdf = field(default_factory=ConfinedReader)
    """One for the whole search: the warrant travels with each order, and a PDF is read once."""
    clocks: Callable[[], Moment] = read_clocks

    def require_not_stopped(self) -> None:
        """Refuse while somebody's stop stands here (A16)."""
        if self.latch.is_set:
            raise NotSearched("Somebody pressed stop at this site; nothing is searched until it is released.")


def open_site(settings: SearchSettings) -> _Site:
    """Read keys, pinned keys and profile; no model is loaded.

    Raises:
        MatcherError: one of them is missing or not usable.
    """
    profile = shipped_profile(settings.profile)
    trusted = load_trusted_keys(settings.trust_path)
    require_newest_issuers(trusted, settings.issuers_seen_path)
    site_key = load_signing_key(settings.site_key_path)
    return _Site(
        settings=settings,
        profile=profile,
        store=ModelStore(settings.home),
        site_key=site_key,
        trusted=trusted,
        stopped=StoppedWarrants(settings.stopped_path, trusted),
        latch=StopLatch(
            settings.stop_path, site_id=settings.site, site_key=site_key, trusted=trusted, clocks=read_clocks
        ),
    )


async def search(site: _Site, client: GovernanceClient) -> SearchResult:
    """Search the recording once and tell governance; return the numbers.

    Raises:
        InsynError, MatcherError, ContractError, EdgeError: nothing was searched, and why.
    """
    site.require_not_stopped()
    recording = take_recording(site.settings.recording.get_secret_value())
    ask = LeaseAsk(nonce=secrets.token_hex(32), asked_boot=site.clocks().boot)
    answer = await client.ask_search(site.settings.search_id, recording.sha256, ask, site.clocks())
    result, told = SearchResult(ending=SearchEnding.FAILED, frames=0, faces=0, compared=0), 0
    try:
        held = HeldOrder(_verified(site, answer, recording, ask))
        renewing = asyncio.create_task(_renew(client, site, held, recording, answer.order.order.sha256))
        try:
            result = await asyncio.to_thread(_searched, site, held, answer.gallery, recording)
            told = await _tell(client, site, held, result.candidates)
        finally:
            held.end()
            renewing.cancel()
        if told < len(result.candidates):
            result = replace(result, ending=SearchEnding.OUT_OF_TIME)
    finally:
        # Governance waits for the word that it is over, whatever happened.
        await _say_over(client, site, result, candidates=told)
    return replace(result, candidates=result.candidates[:told])


def _verified(site: _Site, answer: SearchAnswer, recording: RecordingAtHand, ask: LeaseAsk) -> VerifiedSearchOrder:
    permit = verify_order(
        answer.order,
        trusted=site.trusted,
        site_id=site.settings.site,
        recording_sha256=recording.sha256,
        profile=site.profile,
        ask=ask,
        at=site.clocks(),
        reads_pdf=site.reads_pdf,
    )
    if site.stopped.holds(permit.order.warrant_sha256, permit.warrant.issuer):
        raise NotSearched("The issuer took this warrant back; nothing is searched under it.")
    return permit


async def _renew(
    client: GovernanceClient, site: _Site, held: HeldOrder, recording: RecordingAtHand, newest: str
) -> None:
    """Renew the order while it stands. A refusal ends it at once; where nobody answers, it runs out by itself."""
    while True:
        await asyncio.sleep(_RENEWAL_SECONDS)
        ask = LeaseAsk(nonce=secrets.token_hex(32), asked_boot=site.clocks().boot)
        try:
            answer = await client.ask_search(
                site.settings.search_id, recording.sha256, ask, site.clocks(), renews=newest
            )
            held.renew(_verified(site, answer, recording, ask))
            newest = answer.order.order.sha256
        except GovernanceUnavailable:
            continue
        except (InsynError, MatcherError, ContractError):
            held.end()
            return


def _searched(site: _Site, held: HeldOrder, bundle: bytes, recording: RecordingAtHand) -> SearchResult:
    permit = held.first
    with opened_key(site.settings.opening_key_path) as opening:
        gallery = open_gallery(bundle, _gallery_terms(site, permit), opening, site.clocks())
    try:
        _require_the_one(gallery, permit)
        parts = SearchParts(
            held=held,
            gallery=gallery,
            door=ModelDoor(lambda: _models(site), site.clocks),
            site_key=site.site_key,
            open_finder=lambda: OpenedFinder(
                finder=open_face_finder(site.profile, site.store, threads=site.settings.threads),
                layout=site.profile.landmarks.layout,
            ),
            limits=limits_of(site.profile),
            memory=AlertMemory(quiet_time=site.profile.comparison.quiet_time),
            clocks=site.clocks,
            is_stopped=lambda: site.latch.is_set,
        )
        return RecordingSearch(recording, parts, session=secrets.token_hex(16)).run()
    finally:
        gallery.wipe()


def _gallery_terms(site: _Site, permit: VerifiedSearchOrder) -> GalleryTerms:
    return GalleryTerms(
        permit=permit,
        trusted=site.trusted,
        profile_sha256=site.profile.profile_sha256,
        dimensions=site.profile.embedder.dimensions,
    )


def _require_the_one(gallery: Gallery, permit: VerifiedSearchOrder) -> None:
    """A12: one probe, and the one that the order names."""
    if [entry.reference_id for entry in gallery.entries] != [permit.order.reference_id]:
        raise NotSearched("The reference is not the one of the search order; nothing was compared.")


def _models(site: _Site) -> ProbeEmbedder:
    embedder = open_embedder(site.profile, site.store, threads=site.settings.threads)
    return TrackEmbedder(embedder, site.profile.comparison)


async def _tell(client: GovernanceClient, site: _Site, held: HeldOrder, found: Sequence[SealedCandidate]) -> int:
    """Deliver candidates in their order while the order holds; return how many governance took."""
    told = 0
    for sealed in found:
        delivery = Delivery.UNREACHABLE
        while held.live(site.clocks()) is not None:
            delivery = await client.deliver_candidate(sealed)
            if delivery is not Delivery.UNREACHABLE:
                break
            await asyncio.sleep(_PAUSE_SECONDS)
        if delivery is not Delivery.ACCEPTED:
            return told
        told += 1
    return told


async def _say_over(client: GovernanceClient, site: _Site, result: SearchResult, *, candidates: int) -> None:
    """Sign that the search is over, and try a few times to hand that in."""
    now = site.clocks().now
    receipt = SearchReceipt(
        site_id=site.settings.site,
        search_id=site.settings.search_id,
        ending=result.ending,
        ended_at=now.replace(microsecond=now.microsecond // 1000 * 1000),
        frames=result.frames,
        faces=result.faces,
        compared=result.compared,
        candidates=candidates,
    )
    signed = site.site_key.sign(Purpose.SEARCH_RECEIPT, receipt.to_bytes())
    for _ in range(_LAST_TRIES):
        if await client.deliver_search_receipt(signed) is not Delivery.UNREACHABLE:
            return
        await asyncio.sleep(_PAUSE_SECONDS)


async def _run() -> SearchResult:
    settings = from_environment(SearchSettings)
    site = open_site(settings)
    client = GovernanceClient(settings.governance_url, site_id=settings.site, site_key=site.site_key)
    try:
        return await search(site, client)
    finally:
        await client.close()


def main() -> int:
    """Search one recording as the environment says; exit status 0 where it was searched, else 1 and one sentence."""
    restart_with_cleaning_memory("insyn.search_service")
    cv2.setNumThreads(1)
    try:
        refuse_database_credentials(os.environ)
        dump_no_core()
        close_process()
        set_up_logging("search")
        result = asyncio.run(_run())
    except ValidationError as error:
        names = sorted({str(part["loc"][0]) for part in error.errors() if part["loc"]})
        sys.stderr.write(f"These settings are missing or wrong: {', '.join(names)}.\n")
        return 1
    except (InsynError, MatcherError, ContractError, EdgeError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        # What the operating system says holds paths, so only its kind is repeated.
        sys.stderr.write(f"A file or socket could not be used: {error.strerror}; check the site's folder.\n")
        return 1
    counts = {"compared": result.compared, "faces": result.faces, "frames": result.frames}
    sys.stdout.write(json.dumps({**counts, "candidates": len(result.candidates), "ending": result.ending.value}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
