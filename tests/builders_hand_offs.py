"""Hand-offs for tests of their rules."""

from datetime import timedelta
from typing import Any

from governance.domain.hand_offs import HandOff, HandOffState
from governance.domain.identifiers import (
    AccountId,
    AlertId,
    CameraId,
    DeploymentId,
    LeaseId,
    ReferenceId,
    SiteId,
    SlotId,
    WarrantId,
)
from governance.domain.review import Alert, AlertState
from tests.builders_contracts import NOON, SITE


def a_hand_off(**changes: Any) -> HandOff:
    """Return a lead on its way to Pia."""
    hand_off: dict[str, Any] = {
        "hand_off_id": "h1",
        "alert_id": AlertId("a1"),
        "warrant_id": WarrantId("w1"),
        "slot_id": SlotId("s1"),
        "reference_id": ReferenceId("r1"),
        "patrol": AccountId("pia"),
        "sent_by": AccountId("bea"),
        "state": HandOffState.SENT,
        "found": None,
        "opened_index": None,
        "created_at": NOON,
        "due_at": NOON + timedelta(hours=24),
        "concluded_at": None,
        "expires_at": NOON + timedelta(days=100),
    }
    return HandOff(**(hand_off | changes))


def an_alert(**changes: Any) -> Alert:
    """Return a confirmed lead."""
    alert: dict[str, Any] = {
        "alert_id": AlertId("a1"),
        "warrant_id": WarrantId("w1"),
        "deployment_id": DeploymentId("d1"),
        "reference_id": ReferenceId("r1"),
        "site_id": SiteId(SITE),
        "camera_id": CameraId("camera-1"),
        "lease_id": LeaseId("l1"),
        "state": AlertState.CONFIRMED_LEAD,
        "report": None,
        "crops": None,
        "crops_sha256": "",
        "joined": 0,
        "captured_at": NOON,
        "stream_time": 0.0,
        "created_at": NOON,
        "due_at": NOON + timedelta(hours=24),
        "concluded_at": NOON,
        "expires_at": NOON + timedelta(days=100),
    }
    return Alert(**(alert | changes))
