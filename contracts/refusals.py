"""Why an authorisation does not authorise: a closed list, for counting."""

from enum import StrEnum

from contracts.errors import ContractError


class RefusalReason(StrEnum):
    """Why an authorisation does not authorise."""

    CAMERA_CHANGED = "camera-changed"
    CAMERA_CLOSED = "camera-closed"
    CLOCK_JUMPED = "clock-jumped"
    CONSENT = "consent"
    DEMO_MIXED = "demo-mixed"
    EXPIRED = "expired"
    LEASE_TOO_LONG = "lease-too-long"
    LIVE_WARRANT = "live-warrant"
    MALFORMED = "malformed"
    NOT_ADMITTED = "not-admitted"
    NOT_YET_VALID = "not-yet-valid"
    OPEN_SITE = "open-site"
    OTHER_CAMERA = "other-camera"
    OTHER_ISSUERS = "other-issuers"
    OTHER_RECORDING = "other-recording"
    OTHER_RECORDS = "other-records"
    OTHER_REQUEST = "other-request"
    OTHER_SITE = "other-site"
    POST_REMOTE = "post-remote"
    SIGNATURE = "signature"
    STOPPED = "stopped"
    URGENT_TIMES = "urgent-times"
    WANTED = "wanted"


class AuthorisationRefused(ContractError):
    """This authorisation authorises nothing here and now. `reason` says why, for counting."""

    def __init__(self, reason: RefusalReason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
