"""Talking to governance: lease requests, candidate reports and counts, each signed by the site's key.

Nothing that governance answers is believed here; `contracts.authorisation.verify` and `matcher.gallery` do that.
"""

import base64
import ipaddress
import json
import secrets
from typing import Final
from urllib.parse import urlsplit

import httpx

from contracts.authorisation import LeaseAsk
from contracts.canonical import MAX_BYTES, encode
from contracts.clock import Moment
from contracts.errors import Malformed
from contracts.fields import Fields
from contracts.lease_request import LeaseAnswer, LeaseRequest
from contracts.search_records import SearchAnswer, SearchRequest
from contracts.signature import Purpose, Signed, SigningKey
from contracts.site_report import CameraCounts, SiteReport
from contracts.stop import StopAnswer, StopPoll
from contracts.vocabulary import CameraId, SiteId
from matcher.candidates import SealedCandidate
from matcher.errors import MatcherError
from matcher.outbox import Delivery

_TIME_OUT: Final = httpx.Timeout(5.0)
_POLL_TIME_OUT: Final = httpx.Timeout(5.0, read=40.0)
"""Longer than governance keeps a question about stops open."""
_LONGEST_REFUSAL: Final = 4096
_ORDERS: Final = "/api/site/post-remote/orders"
_TRY_AGAIN: Final = frozenset({httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS})


class GovernanceUnavailable(MatcherError):
    """Governance did not answer, or not with what was asked for. The lease is not renewed."""


class SearchRefused(MatcherError):
    """Governance does not let this recording be searched; the sentence is its own."""


class AddressRefused(MatcherError):
    """The address of governance is not one that this process talks to."""


class GovernanceClient:
    """One site's connection to governance. No proxy, no redirect, no answer without an end."""

    def __init__(
        self, url: str, *, site_id: SiteId, site_key: SigningKey, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        require_safe_address(url)
        self._site_id = site_id
        self._site_key = site_key
        self._session = secrets.token_hex(6)
        self._reports = 0
        self._client = httpx.AsyncClient(
            base_url=url,
            timeout=_TIME_OUT,
            follow_redirects=False,
            trust_env=False,
            transport=transport,
        )

    async def ask_lease(self, camera_id: CameraId, ask: LeaseAsk, at: Moment) -> LeaseAnswer:
        """Ask for the authorisations of one camera.

        Raises:
            GovernanceUnavailable: no usable answer came.
        """
        request = LeaseRequest(site_id=self._site_id, camera_id=camera_id, nonce=ask.nonce, asked_at=at.now)
        signed = self._site_key.sign(Purpose.LEASE_REQUEST, request.to_bytes())
        body = await self._fetch("/api/site/leases", signed, _TIME_OUT)
        try:
            return LeaseAnswer.from_bytes(body)
        except Malformed as error:
            raise GovernanceUnavailable(f"Governance's answer is not a lease. {error}") from error

    async def ask_search(
        self, search_id: str, recording_sha256: str, ask: LeaseAsk, at: Moment, *, renews: str | None = None
    ) -> SearchAnswer:
        """Ask for the order to search the recording at hand, or for one that renews it (A12).

        Raises:
            SearchRefused: a rule forbids it; the sentence says which.
            GovernanceUnavailable: no usable answer came.
        """
        request = SearchRequest(
            site_id=self._site_id,
            search_id=search_id,
            recording_sha256=recording_sha256,
            nonce=ask.nonce,
            asked_at=at.now,
            renews=renews,
        )
        signed = self._site_key.sign(Purpose.SEARCH_REQUEST, request.to_bytes())
        body = await self._fetch(_ORDERS, signed, _TIME_OUT)
        try:
            return SearchAnswer.from_bytes(body)
        except Malformed as error:
            raise GovernanceUnavailable(f"Governance's answer is not a search order. {error}") from error

    async def deliver_search_receipt(self, signed: Signed) -> Delivery:
        """Try once to deliver the word that a search is over."""
        return await self._deliver("/api/site/post-remote/receipts", encode(signed.to_json()))

    async def await_stops(self, at: Moment) -> StopAnswer:
        """Ask what is to be stopped; governance answers at once when something is, else after a while.

        Raises:
            GovernanceUnavailable: no usable answer came.
        """
        poll = StopPoll(site_id=self._site_id, nonce=secrets.token_hex(32), asked_at=at.now)
        body = await self._fetch(
            "/api/site/stops", self._site_key.sign(Purpose.STOP_POLL, poll.to_bytes()), _POLL_TIME_OUT
        )
        try:
            return StopAnswer.from_bytes(body)
        except Malformed as error:
            raise GovernanceUnavailable(f"Governance's answer says nothing about stops. {error}") from error

    async def report_stop(self, signed: Signed) -> Signed | None:
        """Report a stop that somebody pressed here, and return its release if there is one.

        Raises:
            GovernanceUnavailable: no usable answer came.
        """
        body = await self._fetch("/api/site/button", signed, _TIME_OUT)
        try:
            return _release(body)
        except (ValueError, RecursionError, Malformed) as error:
            raise GovernanceUnavailable("Governance's answer says nothing of a release.") from error

    async def deliver_receipts(self, signed: Signed) -> Delivery:
        """Try once to deliver receipts of leases."""
        return await self._deliver("/api/site/receipts", encode(signed.to_json()))

    async def deliver_sightings(self, signed: Signed) -> Delivery:
        """Try once to deliver when volunteers were seen (C11)."""
        return await self._deliver("/api/site/volunteer-sightings", encode(signed.to_json()))

    async def deliver_candidate(self, sealed: SealedCandidate) -> Delivery:
        """Try once to deliver a candidate report."""
        crops = None if sealed.crops is None else base64.b64encode(sealed.crops).decode("ascii")
        return await self._deliver("/api/site/candidates", encode({"crops": crops, "report": sealed.report.to_json()}))

    async def _deliver(self, path: str, body: bytes) -> Delivery:
        try:
            answer = await self._post(path, body)
        except httpx.HTTPError:
            return Delivery.UNREACHABLE
        if answer.is_success:
            return Delivery.ACCEPTED
        if answer.is_client_error and answer.status_code not in _TRY_AGAIN:
            return Delivery.REFUSED
        return Delivery.UNREACHABLE

    async def send_counts(self, cameras: tuple[CameraCounts, ...]) -> bool:
        """Send the site's counts, signed; say whether governance took them. Counts only grow: the next do too."""
        self._reports += 1
        report = SiteReport(site_id=self._site_id, session=self._session, number=self._reports, cameras=cameras)
        signed = self._site_key.sign(Purpose.SITE_REPORT, report.to_bytes())
        try:
            answer = await self._post("/api/site/reports", encode(signed.to_json()))
        except httpx.HTTPError:
            return False
        return answer.is_success

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _post(self, path: str, body: bytes) -> httpx.Response:
        return await self._client.post(path, content=body, headers={"Content-Type": "application/json"})

    async def _fetch(self, path: str, signed: Signed, patience: httpx.Timeout) -> bytes:
        """Post and read an answer of at most `MAX_BYTES`."""
        pieces, size = [], 0
        try:
            async with self._client.stream(
                "POST",
                path,
                content=encode(signed.to_json()),
                headers={"Content-Type": "application/json"},
                timeout=patience,
            ) as answer:
                if path == _ORDERS and answer.is_client_error:
                    raise SearchRefused(await _sentence_of(answer))
                if answer.status_code != httpx.codes.OK:
                    raise GovernanceUnavailable(f"Governance refused the request ({answer.status_code}).")
                async for piece in answer.aiter_bytes():
                    size += len(piece)
                    if size > MAX_BYTES:
                        raise GovernanceUnavailable("Governance's answer is too large.")
                    pieces.append(piece)
        except httpx.HTTPError as error:
            raise GovernanceUnavailable("Governance cannot be reached; no lease is renewed.") from error
        return b"".join(pieces)


async def _sentence_of(answer: httpx.Response) -> str:
    """Return what governance says to people: one printable line of its own, or one of ours."""
    unknown = f"Governance refused the request ({answer.status_code})."
    async for piece in answer.aiter_bytes(_LONGEST_REFUSAL):
        try:
            said = json.loads(piece)["detail"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return unknown
        return said if isinstance(said, str) and said.isprintable() else unknown
    return unknown


def _release(body: bytes) -> Signed | None:
    fields = Fields(json.loads(body), "answer about a stop")
    release = fields.record("release", lambda value: None if value is None else Signed.from_json(value))
    fields.end()
    return release


def require_safe_address(url: str) -> None:
    """Accept https anywhere, and http at this machine's own addresses alone.

    Raises:
        AddressRefused: it is neither, or holds a user name or password.
    """
    parts = urlsplit(url)
    allowed = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname))
    if not allowed or not parts.hostname or parts.username or parts.password:
        raise AddressRefused("The address of governance must be https://…, or http:// on this machine alone.")


def _is_loopback(host: str | None) -> bool:
    if host is None:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
