"""The centre's two small processes over their Unix sockets: the enrolment matcher and the viewer."""

import base64
import binascii
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import httpx

from contracts.canonical import decode
from contracts.enrolment import EnrolmentRequest
from contracts.errors import Malformed
from contracts.look_alike import ListedReference
from contracts.receipt import LogReceipt
from contracts.signature import Signed
from contracts.volunteer_enrolment import VolunteerEnrolmentRequest
from governance.application.errors import EnrolmentRefused, NotUnderstood, Unavailable
from governance.application.findings import Finding
from governance.application.picture_ports import EnrolmentAnswer, Pictures, Rescore, VolunteerAnswer
from governance.domain.identifiers import DeploymentId

_TIMEOUT: Final = httpx.Timeout(30.0, connect=3.0)
_UNPROCESSABLE: Final = 422
_NEVER: Final = frozenset({400, 403, 422})
"""A refusal for good: the same question will have the same answer."""


def _encode64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


class _Post:
    """Posts JSON to one Unix socket. Whatever goes wrong is `Unavailable`; what was posted is never repeated in it."""

    def __init__(self, socket: Path, name: str) -> None:
        self._name = name
        self._client = httpx.Client(
            transport=httpx.HTTPTransport(uds=str(socket)), base_url="http://centre", timeout=_TIMEOUT
        )

    def __call__(self, path: str, body: dict[str, object]) -> tuple[int, Any]:
        try:
            answer = self._client.post(path, json=body)
            return answer.status_code, answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable(f"The {self._name} does not answer; see that it runs, then try again.") from error

    def get(self, path: str) -> Any:
        try:
            return self._client.get(path).raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable(f"The {self._name} does not answer; see that it runs, then try again.") from error

    def refused(self) -> Unavailable:
        return Unavailable(f"The {self._name} refused, or answered something that it should not.")

    def close(self) -> None:
        self._client.close()


class EnrolmentClient:
    """The enrolment matcher at the centre."""

    def __init__(self, socket: Path) -> None:
        self._post = _Post(socket, "enrolment matcher")

    def enrol(self, request: EnrolmentRequest, photograph: bytes) -> EnrolmentAnswer:
        """Post the unopened photograph and return the answer, whose signature the caller verifies."""
        try:
            value = self._asked("/enrolments", request, photograph)
            return EnrolmentAnswer(
                enrolment=Signed.from_json(value["enrolment"]),
                sealed_templates={
                    str(key): base64.b64decode(box, validate=True) for key, box in value["sealed_templates"].items()
                },
                sealed_crop=base64.b64decode(value["sealed_crop"], validate=True),
                findings=_findings(value["findings"]),
            )
        except (KeyError, TypeError, AttributeError, binascii.Error, Malformed) as error:
            raise self._post.refused() from error

    def examine(self, request: EnrolmentRequest, photograph: bytes) -> tuple[Finding, ...]:
        """Post the unopened photograph and return what was found about it."""
        try:
            return _findings(self._asked("/examinations", request, photograph)["findings"])
        except (KeyError, TypeError, AttributeError) as error:
            raise self._post.refused() from error

    def enrol_volunteer(self, request: VolunteerEnrolmentRequest, photograph: bytes) -> VolunteerAnswer:
        """Post a volunteer's unopened photograph and return the answer, whose signature the caller verifies."""
        try:
            value = self._asked("/volunteer-enrolments", request, photograph)
            return VolunteerAnswer(
                enrolment=Signed.from_json(value["enrolment"]),
                sealed_template=base64.b64decode(value["sealed_template"], validate=True),
                findings=_findings(value["findings"]),
            )
        except (KeyError, TypeError, AttributeError, binascii.Error, Malformed) as error:
            raise self._post.refused() from error

    def close(self) -> None:
        """Close the connection."""
        self._post.close()

    def _asked(self, path: str, request: EnrolmentRequest | VolunteerEnrolmentRequest, photograph: bytes) -> Any:
        body = {"request": decode(request.to_bytes()), "photograph": _encode64(photograph)}
        status, value = self._post(path, body)
        if status == _UNPROCESSABLE:
            raise EnrolmentRefused(str(value["detail"]), _findings(value.get("findings", [])))
        if status != httpx.codes.OK:
            raise self._post.refused()
        return value


class ViewerClient:
    """The viewer at the centre."""

    def __init__(self, socket: Path) -> None:
        self._post = _Post(socket, "viewer")

    def public_reference_key(self) -> bytes:
        """Return the X25519 key to which references are sealed for the viewer."""
        try:
            return base64.b64decode(self._post.get("/public-keys")["reference"], validate=True)
        except (KeyError, TypeError, binascii.Error) as error:
            raise self._post.refused() from error

    def day_key(self, deployment_id: DeploymentId, day: str) -> Signed:
        """Return the signed day key."""
        value = self._asked("/day-keys", {"deployment_id": deployment_id, "day": day})
        try:
            return Signed.from_json(value["day_key"])
        except (KeyError, TypeError, Malformed) as error:
            raise self._post.refused() from error

    def rescore(self, *, report: Signed, crops: bytes, enrolment: Signed, sealed_template: bytes) -> Rescore:
        """Compare anew.

        Raises:
            NotUnderstood: the viewer opened or believed something not; the report will never be reviewable.
            Unavailable: it does not answer.
        """
        body: dict[str, object] = {
            "report": report.to_json(),
            "crops": _encode64(crops),
            "enrolment": enrolment.to_json(),
            "sealed_template": _encode64(sealed_template),
        }
        status, value = self._post("/rescores", body)
        if status in _NEVER:
            raise NotUnderstood("The viewer could not open or believe this report; sending it again will not help.")
        if status != httpx.codes.OK:
            raise self._post.refused()
        try:
            return Rescore(score=float(value["score"]), reaches_threshold=value["reaches_threshold"] is True)
        except (KeyError, TypeError, ValueError) as error:
            raise self._post.refused() from error

    def look_alikes(self, listed: Sequence[ListedReference]) -> Signed:
        """Have the references of one list compared with one another; whoever asks verifies the answer."""
        value = self._asked("/look-alikes", {"listed": [one.to_json() for one in listed]})
        try:
            return Signed.from_json(value["report"])
        except (KeyError, TypeError, Malformed) as error:
            raise self._post.refused() from error

    def view(
        self, *, receipt: LogReceipt, report: Signed, crops: bytes, enrolment: Signed, sealed_crop: bytes
    ) -> Pictures:
        """Open the two pictures of one logged view."""
        body: dict[str, object] = {
            "receipt": receipt.to_json(),
            "report": report.to_json(),
            "crops": _encode64(crops),
            "enrolment": enrolment.to_json(),
            "sealed_crop": _encode64(sealed_crop),
        }
        value = self._asked("/views", body)
        try:
            return Pictures(
                probe_png=base64.b64decode(value["probe_png"], validate=True),
                reference_png=base64.b64decode(value["reference_png"], validate=True),
            )
        except (KeyError, TypeError, binascii.Error) as error:
            raise self._post.refused() from error

    def close(self) -> None:
        """Close the connection."""
        self._post.close()

    def _asked(self, path: str, body: dict[str, object]) -> Any:
        status, value = self._post(path, body)
        if status != httpx.codes.OK:
            raise self._post.refused()
        return value


def _findings(values: list[Any]) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            code=str(one["code"]),
            sentence=str(one["sentence"]),
            acceptable=one["acceptable"] is True,
            measured=str(one.get("measured", "")),
            limit=str(one.get("limit", "")),
            advice=str(one.get("advice", "")),
        )
        for one in values
    )
