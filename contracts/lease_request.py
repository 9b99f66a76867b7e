"""What a site asks: a lease for one camera, with a fresh nonce; and what governance answers."""

from dataclasses import dataclass
from datetime import datetime

from contracts.authorisation import UnverifiedAuthorisation
from contracts.canonical import decode, encode
from contracts.fields import Fields, format_bytes, format_instant
from contracts.lent_run import UnverifiedVolunteerRun
from contracts.signature import Signed
from contracts.vocabulary import CameraId, SiteId


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRequest:
    """One request, signed by the site. The nonce is 64 random hexadecimal digits, used once."""

    site_id: SiteId
    camera_id: CameraId
    nonce: str
    asked_at: datetime

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the site signs."""
        return encode(
            {
                "asked_at": format_instant(self.asked_at),
                "camera_id": self.camera_id,
                "kind": "insyn/lease-request/1",
                "nonce": self.nonce,
                "site_id": self.site_id,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "LeaseRequest":
        """Read a request.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "lease request")
        fields.kind("insyn/lease-request/1")
        request = cls(
            site_id=SiteId(fields.identifier("site_id")),
            camera_id=CameraId(fields.identifier("camera_id")),
            nonce=fields.sha256("nonce"),
            asked_at=fields.instant("asked_at"),
        )
        fields.end()
        return request


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseAnswer:
    """One authorisation per warrant that names the camera now, each with its gallery bundle. None means no.

    `runs` are the volunteers' runs that are lent to the camera now, each with its own gallery (C11). `stops` are the
    issuer's signed revocations and rejections: the site never again honours a warrant that one names.
    """

    authorisations: tuple[tuple[UnverifiedAuthorisation, bytes], ...]
    stops: tuple[Signed, ...] = ()
    runs: tuple[tuple[UnverifiedVolunteerRun, bytes], ...] = ()

    def to_bytes(self) -> bytes:
        """Return the canonical bytes of the answer. The parts are signed; the answer itself needs no signature."""
        return encode(
            {
                "authorisations": [
                    {"authorisation": unverified.to_json(), "gallery": format_bytes(gallery)}
                    for unverified, gallery in self.authorisations
                ],
                "kind": "insyn/lease-answer/3",
                "runs": [{"gallery": format_bytes(gallery), "run": run.to_json()} for run, gallery in self.runs],
                "stops": [stop.to_json() for stop in self.stops],
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "LeaseAnswer":
        """Read an answer.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "lease answer")
        fields.kind("insyn/lease-answer/3")
        answer = cls(
            authorisations=fields.items("authorisations", _lent),
            stops=fields.items("stops", Signed.from_json),
            runs=fields.items("runs", _lent_run),
        )
        fields.end()
        return answer


def _lent(value: object) -> tuple[UnverifiedAuthorisation, bytes]:
    fields = Fields(value, "lent authorisation")
    pair = fields.record("authorisation", UnverifiedAuthorisation.from_json), fields.binary("gallery")
    fields.end()
    return pair


def _lent_run(value: object) -> tuple[UnverifiedVolunteerRun, bytes]:
    fields = Fields(value, "lent volunteers' run")
    pair = fields.record("run", UnverifiedVolunteerRun.from_json), fields.binary("gallery")
    fields.end()
    return pair
