"""The camera as the act names it: by the hash of its signed record, which a newer one may only narrow (A4)."""

from contracts.camera import CameraRecord, only_narrows
from contracts.refusals import AuthorisationRefused, RefusalReason
from contracts.signature import Purpose, Signed, verified
from contracts.trust import TrustedKeys, TrustedRole
from contracts.warrant import Warrant


def named_record(signed: Signed | None, trusted: TrustedKeys) -> CameraRecord | None:
    """Return the record from before that came along, if one did: the region signed it as it signs every record.

    Raises:
        ContractError: it is malformed, or no pinned region signed it.
    """
    if signed is None:
        return None
    return CameraRecord.from_bytes(verified(signed, Purpose.CAMERA, trusted.of(TrustedRole.REGION)))


def require_as_named(warrant: Warrant, sent: Signed, named: CameraRecord, camera: CameraRecord) -> None:
    """A4: the camera looks where its issuer knew it to look, or sees less. `named` was read from `sent`.

    Raises:
        AuthorisationRefused: the act names another record, or none, or the camera's own does more than narrow it.
    """
    meant = {one.record_sha256 for one in warrant.cameras if one.camera_id == camera.camera_id}
    if meant != {sent.sha256}:
        raise AuthorisationRefused(
            RefusalReason.CAMERA_CHANGED, "The warrant does not name this record of the camera (law.md A4)."
        )
    if not only_narrows(named, camera):
        raise AuthorisationRefused(
            RefusalReason.CAMERA_CHANGED,
            "The camera was changed by more than further masks and fewer hours since the act was written (law.md A4).",
        )
