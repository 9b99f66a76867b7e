"""The edge's side of the matcher's Unix domain socket: authorisations come in, probes and counts go out.

    GET  /authorisations/{camera_id}  -> 200 {"authorisations": [{"ask": …, "authorisation": …}, …]}
    GET  /runs/{camera_id}            -> 200 {"runs": [{"ask": …, "run": …}, …]}, those on a closed site
    POST /probes                      <- Probe.to_bytes() -> 200 {"compared": bool, "reason": NotComparedReason or null}
    POST /counts                      <- CameraCounts as JSON; 2xx taken

The matcher hands on what governance signed, without the gallery; every signature is verified here once more.
"""

import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TypeVar

import httpx

from contracts.admission import Profile
from contracts.authorisation import (
    LeaseAsk,
    UnverifiedAuthorisation,
    VerifiedAuthorisation,
    verify,
)
from contracts.clock import Moment
from contracts.errors import ContractError, Malformed
from contracts.fields import Fields
from contracts.lent_run import UnverifiedVolunteerRun
from contracts.pdf_act import ReadsPdf, reads_no_pdf
from contracts.probe import Probe
from contracts.site_report import CameraCounts
from contracts.trust import TrustedKeys
from contracts.vocabulary import CameraId, NotComparedReason, SiteId
from contracts.volunteer_run import VerifiedVolunteerRun, verify_volunteer_run
from edge.errors import MatcherUnreachable

Lent = TypeVar("Lent")


class ProbeClient:
    """Speaks to the one matcher of this site, over a socket file that names no network address."""

    def __init__(self, socket: Path, *, timeout_s: float) -> None:
        self._http = httpx.Client(
            transport=httpx.HTTPTransport(uds=str(socket)),
            base_url="http://matcher",
            timeout=timeout_s,
            follow_redirects=False,
            trust_env=False,
        )

    def authorisations(self, camera_id: CameraId) -> list[tuple[UnverifiedAuthorisation, LeaseAsk]]:
        """Ask which authorisations the matcher holds for this camera. Nobody has verified them here yet.

        Raises:
            MatcherUnreachable: it does not answer as agreed.
        """
        return self._listed(camera_id, "authorisations", _lent)

    def runs(self, camera_id: CameraId) -> list[tuple[UnverifiedVolunteerRun, LeaseAsk]]:
        """Ask which volunteers' runs on a closed site the matcher holds for this camera (C16); none is verified yet.

        Raises:
            MatcherUnreachable: it does not answer as agreed.
        """
        return self._listed(camera_id, "runs", _lent_run)

    def send_probe(self, probe: Probe) -> NotComparedReason | None:
        """Hand one probe to the matcher; return why it was not compared, or None where it was.

        When this returns the matcher has forgotten it. Whether anybody was a candidate is not said.

        Raises:
            MatcherUnreachable: it does not answer as agreed.
        """
        answer = self._send("POST", "/probes", probe.to_bytes())
        if answer.status_code != httpx.codes.OK:
            raise MatcherUnreachable("The matcher did not take a probe as agreed; see its log.")
        try:
            fields = Fields(json.loads(answer.content), "answer to a probe")
            if fields.boolean("compared"):
                return None
            return fields.choice("reason", NotComparedReason)
        except (ValueError, RecursionError, Malformed) as error:
            raise MatcherUnreachable("The matcher's answer to a probe is not as agreed.") from error

    def send_counts(self, counts: CameraCounts) -> None:
        """Hand the worker's counts to the matcher, which signs them with the site's own.

        Raises:
            MatcherUnreachable: it did not take them.
        """
        answer = self._send("POST", "/counts", json.dumps(counts.to_json()).encode())
        if not answer.is_success:
            raise MatcherUnreachable("The matcher did not take the counts; see its log.")

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def _listed(self, camera_id: CameraId, what: str, read: Callable[[object], Lent]) -> list[Lent]:
        answer = self._send("GET", f"/{what}/{camera_id}")
        if answer.status_code != httpx.codes.OK:
            raise MatcherUnreachable(f"The matcher gave no {what}; see its log.")
        try:
            fields = Fields(json.loads(answer.content), f"list of {what}")
            found = fields.items(what, read)
            fields.end()
        except (ValueError, RecursionError, Malformed) as error:
            raise MatcherUnreachable(f"The matcher's list of {what} is not as agreed.") from error
        return list(found)

    def _send(self, method: str, path: str, content: bytes | None = None) -> httpx.Response:
        try:
            return self._http.request(method, path, content=content)
        except httpx.HTTPError as error:
            raise MatcherUnreachable("The matcher beside this worker does not answer; start it.") from error


def verify_each(
    lent: list[tuple[UnverifiedAuthorisation, LeaseAsk]],
    *,
    trusted: TrustedKeys,
    site_id: SiteId,
    camera_id: CameraId,
    profile: Profile,
    at: Moment,
    reads_pdf: ReadsPdf = reads_no_pdf,
) -> tuple[list[VerifiedAuthorisation], list[ContractError]]:
    """Verify each by itself: one that is refused does not take the others with it.

    All the lists of a camera together are bounded by what the model profile is admitted for (P4).
    """
    verified: list[VerifiedAuthorisation] = []
    refused: list[ContractError] = []
    for unverified, ask in lent:
        try:
            permit = verify(
                unverified,
                trusted=trusted,
                site_id=site_id,
                camera_id=camera_id,
                profile=profile,
                ask=ask,
                at=at,
                beside=sum(permit.lease.person_count for permit in verified),
                reads_pdf=reads_pdf,
            )
        except ContractError as error:
            refused.append(error)
        else:
            verified.append(permit)
    return verified, refused


def verify_runs(
    lent: list[tuple[UnverifiedVolunteerRun, LeaseAsk]],
    *,
    warrants: Collection[VerifiedAuthorisation],
    trusted: TrustedKeys,
    site_id: SiteId,
    camera_id: CameraId,
    profile: Profile,
    at: Moment,
) -> tuple[list[VerifiedVolunteerRun], list[ContractError]]:
    """Verify each run by itself. `warrants` are those that are live here, whose persons count too (P4).

    Whom the warrants look for is not known here: that nobody of them is a volunteer, the matcher sees (C16).
    """
    verified: list[VerifiedVolunteerRun] = []
    refused: list[ContractError] = []
    for unverified, ask in lent:
        try:
            run = verify_volunteer_run(
                unverified,
                lent=warrants,
                wanted=(),
                trusted=trusted,
                site_id=site_id,
                camera_id=camera_id,
                profile=profile,
                ask=ask,
                at=at,
                beside=sum(len(run.volunteers) for run in verified),
            )
        except ContractError as error:
            refused.append(error)
        else:
            verified.append(run)
    return verified, refused


def _lent_run(value: object) -> tuple[UnverifiedVolunteerRun, LeaseAsk]:
    fields = Fields(value, "lent volunteers' run")
    pair = fields.record("run", UnverifiedVolunteerRun.from_json), fields.record("ask", LeaseAsk.from_json)
    fields.end()
    return pair


def _lent(value: object) -> tuple[UnverifiedAuthorisation, LeaseAsk]:
    fields = Fields(value, "lent authorisation")
    pair = (
        fields.record("authorisation", UnverifiedAuthorisation.from_json),
        fields.record("ask", LeaseAsk.from_json),
    )
    fields.end()
    return pair
