"""The search of one recording under a post-remote warrant: who asks, who approves, and what may be searched (A12).

One request, one recording, one reference, once. Searched again means asked, approved and logged again.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from governance.domain.decisions import Decision, all_of, allow, deny, refuse_where
from governance.domain.identifiers import AccountId, CameraId, ReferenceId, SearchId, SiteId, WarrantId
from governance.domain.legal_profile import LegalProfile
from governance.domain.review import Barred
from governance.domain.warrants import Warrant, WarrantState, WarrantType, is_in_window

LONGEST_RECORDING: Final = timedelta(hours=24)
"""A12, design: a recording is a closed file of a known time, never an archive."""
APPROVAL_LIFE: Final = timedelta(hours=24)
"""A12, design: a search that is not begun by then is asked for anew."""
ORDER_LIMIT: Final = timedelta(seconds=60)
"""An order is lent for so long (P1), and renewed while everything still holds; the site refuses a longer one."""
SEARCH_LIMIT: Final = timedelta(minutes=15)
"""A12, design: so long a search goes on, renewals included; what takes longer is asked for with a shorter recording."""
LATE_RECEIPT: Final = timedelta(minutes=5)
"""What a search found arrives within its order, or so much later, or never."""

_IN_FORCE: Final = frozenset({WarrantState.ISSUED, WarrantState.ACTIVE})


class SearchState(StrEnum):
    """Where a search stands. Begun means that its order was issued: that happens once."""

    ASKED = "asked"
    APPROVED = "approved"
    BEGUN = "begun"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A closed video file: the camera that recorded it, from when to when (half-open), and the SHA-256 of its bytes."""

    camera_id: str
    sha256: str
    recorded_from: datetime
    recorded_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTerms:
    """What the warrant says about searching: its cameras that still stand, and when its recordings end."""

    cameras: Collection[str]
    recorded_until: datetime | None
    first_identification: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingSearch:
    """One search: what is searched for whom, who asked and approved, and how it ended, in numbers.

    `order_sha256` names what governance signed last, a commitment to the whole query. `ends_at` is that order's end.
    """

    search_id: SearchId
    warrant_id: WarrantId
    reference_id: ReferenceId
    site_id: SiteId
    camera_id: CameraId
    recording_sha256: str
    recorded_from: datetime
    recorded_until: datetime
    state: SearchState
    asked_by: AccountId
    created_at: datetime
    expires_at: datetime
    approved_by: AccountId | None = None
    approved_at: datetime | None = None
    begun_at: datetime | None = None
    ends_at: datetime | None = None
    order_sha256: str | None = None
    day_key_sha256: str | None = None
    ended_at: datetime | None = None
    ending: str | None = None
    frames: int | None = None
    faces: int | None = None
    compared: int | None = None
    candidates: int | None = None

    @property
    def recording(self) -> Recording:
        """What is searched."""
        return Recording(
            camera_id=self.camera_id,
            sha256=self.recording_sha256,
            recorded_from=self.recorded_from,
            recorded_until=self.recorded_until,
        )

    def lacks_receipt(self, now: datetime) -> bool:
        """Say whether it was begun, its order is over, and the site has not said how it ended."""
        return self.state is SearchState.BEGUN and self.ends_at is not None and now >= self.ends_at


def lets_search(warrant: Warrant, *, now: datetime) -> Decision:
    """A12, A6, A4: a warrant for searching afterwards, signed by its issuer, in force and in its window."""
    if warrant.type is not WarrantType.POST_REMOTE:
        return deny("A12", "Only a warrant for searching afterwards lets a recording be searched.")
    if warrant.state not in _IN_FORCE:
        return deny("A6", f"A warrant that is {warrant.state.value} lets nothing be searched.")
    return is_in_window(warrant, now=now)


def may_search_recording(
    warrant: Warrant, terms: SearchTerms, recording: Recording, legal: LegalProfile, *, now: datetime
) -> Decision:
    """A12: this very recording, of a camera of the warrant, closed long enough ago. Asked at every step anew."""
    return all_of("A12", (lets_search(warrant, now=now), _is_covered(terms, recording, legal, now=now)))


def _is_covered(terms: SearchTerms, recording: Recording, legal: LegalProfile, *, now: datetime) -> Decision:
    begins, ends = recording.recorded_from, recording.recorded_until
    if begins.tzinfo is None or ends.tzinfo is None:
        return deny("A12", "The recording's times need an explicit offset from UTC.")
    until = terms.recorded_until
    too_fresh = ends > now - legal.post_remote_age and not terms.first_identification
    return refuse_where(
        "A12",
        (not _is_sha256(recording.sha256), "A12", "A recording is named by the SHA-256 of its file."),
        (recording.camera_id not in terms.cameras, "A4", "The warrant does not name this recording's camera."),
        (begins >= ends, "A12", "A recording ends after it begins."),
        (ends - begins > LONGEST_RECORDING, "A12", "One search is of one recording of at most 24 hours."),
        (ends > now, "A12", "The recording has not ended yet."),
        (until is None or ends > until, "A12", "The recording ends later than the recordings that the warrant names."),
        (too_fresh, "A12", "The recording ended less than 24 hours ago: so short a delay is still real-time use."),
    )


def may_ask_search(asker: AccountId, barred: Barred) -> Decision:
    """B14: whoever asked for, approved or enrolled under the warrant does not choose what is searched."""
    if barred.bars(asker):
        return deny(
            "B14",
            "Whoever asked for, approved or enrolled under a warrant, or came only after it, does not ask for its "
            "searches.",
        )
    return allow("B14")


def may_approve_search(search: RecordingSearch, warrant: Warrant, approver: AccountId) -> Decision:
    """A12, B14: a second person, never whoever asked for the search or for the warrant, lets it happen."""
    return refuse_where(
        "A12",
        (search.state is not SearchState.ASKED, "A12", f"A search that is {search.state.value} is not approved."),
        (
            approver in {search.asked_by, warrant.applicant},
            "B14",
            "Whoever asked for a search, or for its warrant, does not approve it.",
        ),
    )


def may_begin_search(
    search: RecordingSearch,
    *,
    site_id: SiteId,
    recording_sha256: str,
    reviewers_on_shift: int,
    legal: LegalProfile,
    now: datetime,
) -> Decision:
    """A12, E6: approved, not begun before, at its own site, with the very file at hand, and two people who can look."""
    approved_at = search.approved_at
    return refuse_where(
        "A12",
        (search.site_id != site_id, "A12", "This search is another site's."),
        (
            search.state in {SearchState.BEGUN, SearchState.ENDED},
            "A12",
            "This search was begun before; a recording is searched again only when it is asked for again.",
        ),
        (
            search.state is not SearchState.APPROVED or search.approved_by is None or approved_at is None,
            "A12",
            "A legal officer has not approved this search.",
        ),
        (
            approved_at is not None and now >= approved_at + APPROVAL_LIFE,
            "A12",
            "The approval is older than 24 hours; ask for the search anew.",
        ),
        (
            recording_sha256 != search.recording_sha256,
            "A12",
            "The file at hand is not the recording that was approved: their SHA-256 differ.",
        ),
        (
            reviewers_on_shift < max(2, legal.reviewers_needed),
            "E6",
            "Fewer than two reviewers who may review this warrant are on shift.",
        ),
    )


def may_go_on_search(
    search: RecordingSearch,
    *,
    site_id: SiteId,
    recording_sha256: str,
    renews: str,
    reviewers_on_shift: int,
    legal: LegalProfile,
    now: datetime,
) -> Decision:
    """A12, A8, P1: what was begun goes on under the order that stands, each renewed once, for 15 minutes at most."""
    stands = search.state is SearchState.BEGUN and search.ends_at is not None and now < search.ends_at
    begun_at = search.begun_at
    return refuse_where(
        "A12",
        (search.site_id != site_id, "A12", "This search is another site's."),
        (not stands, "A12", "No order of this search stands that could be renewed."),
        (renews != search.order_sha256, "A12", "This order was renewed before, or is another search's."),
        (recording_sha256 != search.recording_sha256, "A12", "The order is for another recording."),
        (
            begun_at is None or now >= begun_at + SEARCH_LIMIT,
            "A12",
            "A search goes on for at most 15 minutes; ask with a shorter recording.",
        ),
        (
            reviewers_on_shift < max(2, legal.reviewers_needed),
            "E6",
            "Fewer than two reviewers who may review this warrant are on shift.",
        ),
    )


def order_end(warrant: Warrant, *, begun_at: datetime, now: datetime) -> datetime:
    """Return when an order issued now ends: after at most a minute, never after the warrant or the longest search."""
    return min(now + ORDER_LIMIT, warrant.not_after, begun_at + SEARCH_LIMIT)


def search_covers(search: RecordingSearch, *, read_at: datetime, received_at: datetime) -> Decision:
    """A12: a candidate of a recording was found while the order held, and arrived soon enough after it."""
    begun_at, ends_at = search.begun_at, search.ends_at
    if begun_at is None or ends_at is None or not begun_at - timedelta(seconds=5) <= read_at < ends_at:
        return deny("A12", "The candidate was not found while its search order held.")
    if received_at > ends_at + LATE_RECEIPT:
        return deny("A12", "The candidate came too late after its search order.")
    return allow("A12")


LONGER_THAN_SAID: Final = timedelta(seconds=60)
"""How much longer than it was said to be a recording may run: clocks of cameras and the times people type differ."""


def runs_as_long(recording: Recording, stream_time: float) -> Decision:
    """A12: what lies so far into the file was recorded in the time that was approved, and not after it."""
    if timedelta(seconds=stream_time) <= recording.recorded_until - recording.recorded_from + LONGER_THAN_SAID:
        return allow("A12")
    return deny("A12", "The recording runs longer than was said when its search was approved.")


def seen_at(recording: Recording, stream_time: float) -> datetime:
    """Return when a face so many seconds into a recording was recorded, to the millisecond."""
    return recording.recorded_from + timedelta(milliseconds=round(stream_time * 1000))


def _is_sha256(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")
