"""The order to stop before a lease's time is over: a site waits for it, governance signs it (law.md A8, A16).

Governance's own signature suffices to stop. To start, it never does: that needs a lease, and the issuer's warrant.
"""

from dataclasses import dataclass
from datetime import datetime

from contracts.canonical import decode, encode
from contracts.fields import Fields, format_instant
from contracts.signature import Signed
from contracts.vocabulary import CameraId, DeploymentId, SiteId


@dataclass(frozen=True, slots=True, kw_only=True)
class StopPoll:
    """A site's question, signed by it: is anything of mine to be stopped? It waits for the answer."""

    site_id: SiteId
    nonce: str
    asked_at: datetime

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the site signs."""
        return encode(
            {
                "asked_at": format_instant(self.asked_at),
                "kind": "insyn/stop-poll/1",
                "nonce": self.nonce,
                "site_id": self.site_id,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "StopPoll":
        """Read a question.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "question for stops")
        fields.kind("insyn/stop-poll/1")
        poll = cls(
            site_id=SiteId(fields.identifier("site_id")),
            nonce=fields.sha256("nonce"),
            asked_at=fields.instant("asked_at"),
        )
        fields.end()
        return poll


@dataclass(frozen=True, slots=True, kw_only=True)
class StopOrder:
    """Stop at once: this deployment at this camera, by this rule."""

    site_id: SiteId
    camera_id: CameraId
    deployment_id: DeploymentId
    rule: str
    issued_at: datetime

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that governance signs."""
        return encode(
            {
                "camera_id": self.camera_id,
                "deployment_id": self.deployment_id,
                "issued_at": format_instant(self.issued_at),
                "kind": "insyn/stop/1",
                "rule": self.rule,
                "site_id": self.site_id,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "StopOrder":
        """Read an order.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "order to stop")
        fields.kind("insyn/stop/1")
        order = cls(
            site_id=SiteId(fields.identifier("site_id")),
            camera_id=CameraId(fields.identifier("camera_id")),
            deployment_id=DeploymentId(fields.identifier("deployment_id")),
            rule=fields.identifier("rule"),
            issued_at=fields.instant("issued_at"),
        )
        fields.end()
        return order


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStop:
    """Stop at once: this lease of a volunteers' run at this camera, by this rule. What still stands is lent anew (C16).

    It names the lease, so that an order that is repeated does not end what was lent since.
    """

    site_id: SiteId
    camera_id: CameraId
    run_id: str
    lease_id: str
    rule: str
    issued_at: datetime

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that governance signs."""
        return encode(
            {
                "camera_id": self.camera_id,
                "issued_at": format_instant(self.issued_at),
                "kind": "insyn/volunteer-stop/1",
                "lease_id": self.lease_id,
                "rule": self.rule,
                "run_id": self.run_id,
                "site_id": self.site_id,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "RunStop":
        """Read an order.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "order to stop a volunteers' run")
        fields.kind("insyn/volunteer-stop/1")
        order = cls(
            site_id=SiteId(fields.identifier("site_id")),
            camera_id=CameraId(fields.identifier("camera_id")),
            run_id=fields.identifier("run_id"),
            lease_id=fields.identifier("lease_id"),
            rule=fields.identifier("rule"),
            issued_at=fields.instant("issued_at"),
        )
        fields.end()
        return order


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAnswer:
    """What governance answers: signed orders, or none after a while. The answer itself needs no signature.

    `orders` end what deployments lent (`StopOrder`), `runs` what volunteers' runs lent (`RunStop`).
    """

    orders: tuple[Signed, ...]
    runs: tuple[Signed, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the canonical bytes of the answer."""
        return encode(
            {
                "kind": "insyn/stop-answer/2",
                "orders": [order.to_json() for order in self.orders],
                "runs": [order.to_json() for order in self.runs],
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "StopAnswer":
        """Read an answer.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "answer about stops")
        fields.kind("insyn/stop-answer/2")
        answer = cls(
            orders=fields.items("orders", Signed.from_json),
            runs=fields.items("runs", Signed.from_json),
        )
        fields.end()
        return answer
