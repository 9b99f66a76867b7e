"""The notification of one use to the two authorities, and their acknowledgement (law.md A10, A7).

It says that and under what kind of decision a warrant went into use, and nothing that is operational: no person, no
camera, no place, no case, no time of day but that of the notification itself. The hash of the act binds it to the
warrant, which the authority may ask for. Delivered is what the authority signed for; nobody sets it by hand.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from contracts.canonical import decode, encode
from contracts.fields import Fields, format_instant
from contracts.vocabulary import IssuerType, Objective, WarrantType


class Authority(StrEnum):
    """Who is told of each use."""

    DATA_PROTECTION = "data-protection"
    MARKET_SURVEILLANCE = "market-surveillance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One use, told to one authority, signed by governance."""

    notification_id: str
    authority: Authority
    warrant_sha256: str
    type: WarrantType
    objective: Objective
    issuer_type: IssuerType
    impact_assessment_sha256: str
    registration_number: str
    minted_at: datetime
    demo: bool

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that governance signs."""
        return encode(
            {
                "authority": self.authority.value,
                "demo": self.demo,
                "impact_assessment_sha256": self.impact_assessment_sha256,
                "issuer_type": self.issuer_type.value,
                "kind": "insyn/notification/1",
                "minted_at": format_instant(self.minted_at),
                "notification_id": self.notification_id,
                "objective": self.objective.value,
                "registration_number": self.registration_number,
                "type": self.type.value,
                "warrant_sha256": self.warrant_sha256,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Notification":
        """Read a notification.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "notification")
        fields.kind("insyn/notification/1")
        notification = cls(
            notification_id=fields.identifier("notification_id"),
            authority=fields.choice("authority", Authority),
            warrant_sha256=fields.sha256("warrant_sha256"),
            type=fields.choice("type", WarrantType),
            objective=fields.choice("objective", Objective),
            issuer_type=fields.choice("issuer_type", IssuerType),
            impact_assessment_sha256=fields.sha256("impact_assessment_sha256"),
            registration_number=fields.text("registration_number"),
            minted_at=fields.instant("minted_at"),
            demo=fields.boolean("demo"),
        )
        fields.end()
        return notification


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """An authority's signed word that a notification reached it."""

    notification_id: str
    notification_sha256: str
    authority: Authority
    acknowledged_at: datetime

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that the authority signs."""
        return encode(
            {
                "acknowledged_at": format_instant(self.acknowledged_at),
                "authority": self.authority.value,
                "kind": "insyn/notification-acknowledgement/1",
                "notification_id": self.notification_id,
                "notification_sha256": self.notification_sha256,
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Acknowledgement":
        """Read an acknowledgement.

        Raises:
            Malformed: it is not one.
        """
        fields = Fields(decode(data), "acknowledgement")
        fields.kind("insyn/notification-acknowledgement/1")
        acknowledgement = cls(
            notification_id=fields.identifier("notification_id"),
            notification_sha256=fields.sha256("notification_sha256"),
            authority=fields.choice("authority", Authority),
            acknowledged_at=fields.instant("acknowledged_at"),
        )
        fields.end()
        return acknowledgement
