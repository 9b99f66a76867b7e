"""Order the search of one recording that lies at a site: every condition anew, the entry first, then the order (A12).

`search.begin` commits to the whole query before a frame of it can be decoded: without the order, which is released by
that entry's receipt alone, nothing at the site opens the recording or the reference. An order holds for a minute; while
its search lasts it is renewed, once, by `search.renew`: what is revoked meanwhile ends within that minute (A8).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from contracts.canonical import sha256_hex
from contracts.fields import format_bytes
from contracts.gallery_bundle import GalleryBundle
from contracts.issued_act import ActPapers
from contracts.search_order import SearchOrder, UnverifiedSearchOrder
from contracts.search_records import SearchAnswer, SearchReceipt, SearchRequest
from contracts.signature import Purpose, Signed
from contracts.vocabulary import CameraId as ContractCameraId
from contracts.vocabulary import ReferenceId as ContractReferenceId
from contracts.vocabulary import SiteId as ContractSiteId
from contracts.vocabulary import SlotId as ContractSlotId
from contracts.warrant import Warrant as Act
from governance.application.admissions import is_admitted_for
from governance.application.build_watchlist import kept_off
from governance.application.errors import Conflict, NotFound
from governance.application.findings import KnownPhotograph
from governance.application.galleries import build_gallery
from governance.application.governance import Governance
from governance.application.journal import Recorded
from governance.application.papers import open_act
from governance.application.ports import LogValue, Transaction
from governance.application.procedure import require
from governance.application.released import Released, release
from governance.application.reviewers import reviewers_on_shift
from governance.application.search_recording import about_search, may_record, terms_of, the_one_reference
from governance.application.site_records import from_site, use_nonce
from governance.application.vault import for_step
from governance.domain.decisions import Decision, allow, deny
from governance.domain.events import Event
from governance.domain.identifiers import DeploymentId, SearchId, SiteId
from governance.domain.references import Reference
from governance.domain.registers import Camera
from governance.domain.searches import (
    RecordingSearch,
    SearchState,
    lets_search,
    may_begin_search,
    may_go_on_search,
    may_search_recording,
    order_end,
)
from governance.domain.site_stops import site_may_go_on
from governance.domain.warrants import Warrant


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """All that one order is made from."""

    search: RecordingSearch
    warrant: Warrant
    camera: Camera
    papers: ActPapers
    gallery: GalleryBundle
    now: datetime


def order_search(governance: Governance, request: Signed) -> Released[SearchAnswer]:
    """Answer a site's signed request for the order of an approved search, once.

    Raises:
        NotUnderstood: the request is malformed, or not signed by the pinned key of the site it names.
        Refused: a rule forbids it (A12, A3, A4, A6, A16, B8, E6, P1), or the request was answered before; it is logged.
        Unavailable: the viewer gives no day key; nothing was ordered.
    """
    asked, site_id = from_site(
        governance, request, Purpose.SEARCH_REQUEST, SearchRequest.from_bytes, lambda one: one.site_id
    )
    day = governance.clock.now().astimezone(UTC).strftime("%Y-%m-%d")
    with governance.database.transaction() as tx:
        search = _let(governance, tx, asked, site_id)
    if search.begun_at is not None and search.begun_at.astimezone(UTC).strftime("%Y-%m-%d") != day:
        raise Conflict("A search ends with its day, at midnight UTC; ask for it anew.")
    day_key = governance.viewer.day_key(DeploymentId(search.search_id), day)
    with governance.database.transaction() as tx:
        now = governance.clock.now()
        about: dict[str, LogValue] = {"search": search.search_id, "site": site_id}
        use_nonce(tx, asked.nonce, asked.asked_at, now, about=about, event=Event.SEARCH_REFUSE)
        begun = _begun(governance, tx, _let(governance, tx, asked, site_id), now)
        if day != now.astimezone(UTC).strftime("%Y-%m-%d"):
            raise Conflict("The day changed while the order was made; ask again.")
        answer, entry = _order(governance, tx, begun, nonce=asked.nonce, day_key=day_key)
        tx.commit()
        receipt = tx.log.receipt(entry)
    return release(
        governance,
        answer,
        Recorded(index=receipt.index, receipt=receipt),
        events=[Event.SEARCH_BEGIN, Event.SEARCH_RENEW],
    )


def take_search_receipt(governance: Governance, signed: Signed) -> None:
    """Take in a site's word that a search is over, once: its numbers, and how it ended.

    Raises:
        NotUnderstood: the record is malformed, or not signed by the pinned key of the site that it names.
    """
    read, site_id = from_site(
        governance, signed, Purpose.SEARCH_RECEIPT, SearchReceipt.from_bytes, lambda one: one.site_id
    )
    with governance.database.transaction() as tx:
        search = tx.searches.find(SearchId(read.search_id))
        if search is None or search.site_id != site_id or search.state is not SearchState.BEGUN:
            return
        tx.searches.save(
            replace(
                search,
                state=SearchState.ENDED,
                ended_at=read.ended_at,
                ending=read.ending.value,
                frames=read.frames,
                faces=read.faces,
                compared=read.compared,
                candidates=read.candidates,
            )
        )
        numbers = {
            "candidates": read.candidates,
            "compared": read.compared,
            "faces": read.faces,
            "frames": read.frames,
        }
        about = {**about_search(search), "document": signed.sha256}
        tx.log.append(Event.SEARCH_END, about, body={**numbers, "method": read.ending.value})
        tx.commit()


def _let(governance: Governance, tx: Transaction, asked: SearchRequest, site_id: SiteId) -> RecordingSearch:
    """Return the search if it may be begun, or go on, with the file at hand. What the site named is not logged."""
    search = tx.searches.find(SearchId(asked.search_id))
    if search is None:
        require(tx, deny("A12", "There is no such search."), event=Event.SEARCH_REFUSE, about={"site": site_id})
        raise NotFound("There is no such search.")
    now = governance.clock.now()
    present = reviewers_on_shift(tx, tx.warrants.get(search.warrant_id), now=now)
    if asked.renews is None:
        may_have_it = may_begin_search(
            search,
            site_id=site_id,
            recording_sha256=asked.recording_sha256,
            reviewers_on_shift=present,
            legal=governance.legal,
            now=now,
        )
    else:
        may_have_it = may_go_on_search(
            search,
            site_id=site_id,
            recording_sha256=asked.recording_sha256,
            renews=asked.renews,
            reviewers_on_shift=present,
            legal=governance.legal,
            now=now,
        )
    require(tx, may_have_it, event=Event.SEARCH_REFUSE, about=about_search(search))
    return search


def _begun(governance: Governance, tx: Transaction, search: RecordingSearch, now: datetime) -> _Begun:
    """Ask every condition, then open the act and the reference; one denial is enough."""
    warrant, camera = tx.warrants.get(search.warrant_id), tx.cameras.find(search.camera_id)
    about = about_search(search)
    reference, is_enrolled = the_one_reference(governance, tx, warrant)
    conditions = (
        lets_search(warrant, now=now),
        is_enrolled,
        _is_the_same(search, reference),
        may_record(camera),
        site_may_go_on(tx.site_stops.where(site_id=search.site_id)),
        _issuers_are_listed(governance, now),
    )
    require(tx, *conditions, event=Event.SEARCH_REFUSE, about=about)
    terms = terms_of(governance, tx, warrant, about)
    covered = may_search_recording(warrant, terms, search.recording, governance.legal, now=now)
    require(tx, covered, event=Event.SEARCH_REFUSE, about=about)
    if reference is None or camera is None:
        raise NotFound("There is no such camera or reference.")
    papers, (boxes, origin) = open_act(
        governance, tx, warrant, for_step("search", about), (reference.boxes, reference.origin)
    )
    site, act = tx.sites.get(search.site_id), Act.from_bytes(papers.warrant.payload)
    gallery = build_gallery(
        DeploymentId(search.search_id), site, {reference.reference_id: boxes}, built_at=search.begun_at or now
    )
    require(
        tx,
        *_of_the_person(governance, act, reference, origin),
        is_admitted_for(
            governance, tx, now=now, persons=1, cameras=[camera], age_bands=[slot.age_band for slot in act.slots]
        ),
        _is_as_named(act, camera),
        allow("A3") if gallery.references else deny("A3", "The photograph was enrolled for another site than this."),
        event=Event.SEARCH_REFUSE,
        about=about,
    )
    return _Begun(search=search, warrant=warrant, camera=camera, papers=papers, gallery=gallery, now=now)


def _is_the_same(search: RecordingSearch, reference: Reference | None) -> Decision:
    if reference is not None and reference.reference_id == search.reference_id:
        return allow("A12")
    return deny("A12", "The reference is another one than the search was approved for.")


def _issuers_are_listed(governance: Governance, now: datetime) -> Decision:
    if governance.trusted.issuers_at(now):
        return allow("P1")
    return deny("P1", "No list of issuers is in its time; two organisations sign a new one.")


def _is_as_named(act: Act, camera: Camera) -> Decision:
    """A4: decide whether the camera's record is the very one that the act names; a site asks the same."""
    named = {one.record_sha256 for one in act.cameras if one.camera_id == ContractCameraId(camera.camera_id)}
    if named == {sha256_hex(camera.payload)}:
        return allow("A4")
    return deny("A4", "The camera's record is not the one that the act names; apply for a warrant that names it.")


def _of_the_person(governance: Governance, act: Act, reference: Reference, origin: bytes) -> Iterator[Decision]:
    """C2, C13: the person's age is counted on the day of the search, as for a list."""
    band = next((slot.age_band for slot in act.slots if slot.slot_id == ContractSlotId(reference.slot_id)), "")
    refused = kept_off(governance, reference, KnownPhotograph.from_bytes(origin), band)
    if refused is not None:
        yield refused


def _order(
    governance: Governance, tx: Transaction, begun: _Begun, *, nonce: str, day_key: Signed
) -> tuple[SearchAnswer, int]:
    """Sign the order, remember it, and log it, in the transaction that makes it true; its entry's handle comes last."""
    search, gallery = begun.search, begun.gallery.to_bytes()
    begun_at = search.begun_at or begun.now
    camera = Signed(payload=begun.camera.payload, key=begun.camera.key, signature=begun.camera.signature)
    order = SearchOrder(
        search_id=search.search_id,
        site_id=ContractSiteId(search.site_id),
        camera_id=ContractCameraId(search.camera_id),
        reference_id=ContractReferenceId(search.reference_id),
        warrant_sha256=begun.papers.warrant.sha256,
        camera_sha256=camera.sha256,
        day_key_sha256=day_key.sha256,
        gallery_sha256=sha256_hex(gallery),
        issuers_sha256="" if governance.trusted.issuers is None else governance.trusted.issuers.sha256,
        profile_sha256=Act.from_bytes(begun.papers.warrant.payload).profile_sha256,
        recording_sha256=search.recording_sha256,
        recorded_from=search.recorded_from,
        recorded_until=search.recorded_until,
        nonce=nonce,
        issued_at=begun.now,
        expires_at=order_end(begun.warrant, begun_at=begun_at, now=begun.now),
    )
    signed = governance.lease_key.sign(Purpose.SEARCH_ORDER, order.to_bytes())
    tx.searches.save(
        replace(
            search,
            state=SearchState.BEGUN,
            begun_at=begun_at,
            ends_at=order.expires_at,
            order_sha256=signed.sha256,
            day_key_sha256=day_key.sha256,
        )
    )
    query: dict[str, LogValue] = {
        "document": signed.sha256,
        "gallery": order.gallery_sha256,
        "profile": order.profile_sha256,
    }
    event = Event.SEARCH_BEGIN if search.state is SearchState.APPROVED else Event.SEARCH_RENEW
    entry = tx.log.append(event, {**about_search(search), **query}, body={"state": format_bytes(tx.state_root())})
    unverified = UnverifiedSearchOrder(
        warrant=begun.papers.warrant,
        camera=camera,
        day_key=day_key,
        order=signed,
        amendments=begun.papers.amendments,
    )
    return SearchAnswer(order=unverified, gallery=gallery), entry
