"""Making a reference from one photograph at the centre: opened here, used once, sealed, signed, and gone.

Governance posts the file unopened. What goes back are boxes that it cannot open, bound by this process's signature to
the warrant, the slot, the photograph and the model profile (law.md A3, A13). There is no database here and no gallery.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol, TypeVar

import cv2
import numpy as np

from contracts.canonical import sha256_hex
from contracts.enrolment import Enrolment, EnrolmentRequest, box_sha256, crop_context, template_context
from contracts.model_profile import ModelProfile
from contracts.sealing import seal
from contracts.signature import Purpose, Signed, SigningKey, key_id
from contracts.volunteer_enrolment import (
    VolunteerEnrolment,
    VolunteerEnrolmentRequest,
    volunteer_template_context,
)
from matcher.embedding import open_embedder
from matcher.enrolment_findings import Finding, face_count, findings, not_one_face
from matcher.errors import ImageRefused, MatcherError
from matcher.faces.detection import open_face_finder
from matcher.faces.face import BgrImage, DetectedFace, FloatArray
from matcher.faces.photograph import as_png, open_photograph
from matcher.faces.portrait import measure_portrait
from matcher.faces.quality import measure
from matcher.models.store import ModelStore
from matcher.track_embedder import ChipEmbedder
from matcher.wiping import unsafe_wipe_bytes, wipe_array

_DETECTION_SIDE: Final = 1280
"""A portrait's face is found as well in a small copy, in a twentieth of the time."""
_FACE_SIDE: Final = 480
"""The copy that the template is made from shows the face at most this large: far more than any embedder sees, and
small enough that cutting the chip loses nothing to aliasing."""
_CROP_SIDE: Final = 512
_CROP_MARGIN: Final = 0.6

Answer = TypeVar("Answer")


class EnrolmentRefused(MatcherError):
    """This photograph does not become a reference. The findings say why, in words for the person who chose it."""

    def __init__(self, sentence: str, found: tuple[Finding, ...] = ()) -> None:
        super().__init__(sentence)
        self.findings = found


class Finder(Protocol):
    """Finds faces: `matcher.faces.detection.FaceFinder`."""

    def detect(self, image_bgr: BgrImage) -> list[DetectedFace]:
        """Return all faces, with landmarks only where the detector gives them."""
        ...

    def with_landmarks(self, image_bgr: BgrImage, face: DetectedFace) -> DetectedFace:
        """Locate the landmarks of one face, as the profile binds them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentAnswer:
    """The signed enrolment and its boxes: templates by recipient's key id, the crop for the viewer."""

    enrolment: Signed
    sealed_templates: dict[str, bytes]
    sealed_crop: bytes
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VolunteerAnswer:
    """The signed enrolment of a volunteer and its one box, for the site of the run. No crop: nobody reviews (C11)."""

    enrolment: Signed
    sealed_template: bytes
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Portrait:
    """The one face of a photograph, in a copy of useful size."""

    image: BgrImage
    face: DetectedFace
    landmarks_xy: FloatArray


class Enroller:
    """Enrols one photograph at a time; not thread-safe."""

    def __init__(
        self,
        *,
        profile: ModelProfile,
        finder: Finder,
        embedder: ChipEmbedder,
        signing_key: SigningKey,
        viewer_public: bytes,
        site_publics: frozenset[bytes],
    ) -> None:
        """Take the parts. Templates are sealed to the viewer and to `site_publics`, and to nobody else who asks."""
        self._profile = profile
        self._finder = finder
        self._embedder = embedder
        self._signing_key = signing_key
        self._viewer_public = viewer_public
        self._site_publics = site_publics

    def enrol(self, request: EnrolmentRequest, photograph: bytes) -> EnrolmentAnswer:
        """Make a reference.

        Raises:
            EnrolmentRefused: another photograph or profile than asked for, not exactly one face, or too poor a picture.
        """
        recipients = self._require_request(request, photograph)
        return self._looked_at(photograph, lambda portrait: self._enrolled(request, recipients, portrait))

    def enrol_volunteer(self, request: VolunteerEnrolmentRequest, photograph: bytes) -> VolunteerAnswer:
        """Make a volunteer's template, for the one site of their run (C11).

        Raises:
            EnrolmentRefused: another photograph or profile than asked for, not exactly one face, or too poor a picture.
        """
        self._require_asked(request, photograph)
        recipient = bytes.fromhex(request.recipient)
        if recipient not in self._site_publics:
            raise EnrolmentRefused("The recipient is none of the sites that are pinned here; no template is made.")
        return self._looked_at(photograph, lambda portrait: self._enrolled_volunteer(request, recipient, portrait))

    def examine(self, request: EnrolmentRequest, photograph: bytes) -> tuple[Finding, ...]:
        """Say all that would be found about a photograph, good or bad, and make nothing of it.

        Raises:
            EnrolmentRefused: another photograph or profile than asked for, not a photograph, or not exactly one face.
        """
        self._require_request(request, photograph)
        return self._looked_at(photograph, self._findings)

    def _looked_at(self, photograph: bytes, use: Callable[[_Portrait], Answer]) -> Answer:
        """Find the one face, use it once, and overwrite what was decoded."""
        try:
            image = open_photograph(photograph)
        except ImageRefused as error:
            raise EnrolmentRefused(str(error)) from error
        try:
            portrait = self._portrait(image)
        finally:
            wipe_array(image)
        try:
            return use(portrait)
        finally:
            wipe_array(portrait.image)

    def _require_request(self, request: EnrolmentRequest, photograph: bytes) -> tuple[bytes, ...]:
        self._require_asked(request, photograph)
        recipients = tuple(bytes.fromhex(public) for public in request.recipients)
        if self._viewer_public not in recipients or len(set(recipients)) != len(recipients):
            raise EnrolmentRefused("The recipients must be different keys, and the viewer's must be among them.")
        if not set(recipients) <= self._site_publics | {self._viewer_public}:
            raise EnrolmentRefused(
                "A recipient is none of the sites that are pinned here; governance opens no template."
            )
        return recipients

    def _require_asked(self, request: EnrolmentRequest | VolunteerEnrolmentRequest, photograph: bytes) -> None:
        if sha256_hex(photograph) != request.photograph_sha256:
            raise EnrolmentRefused("This is not the photograph that the request names; send the one the issuer saw.")
        if request.profile_sha256 != self._profile.profile_sha256:
            raise EnrolmentRefused("The request is for another model profile than the one installed here.")

    def _portrait(self, image: BgrImage) -> _Portrait:
        """Find the one face in a small copy, then look at it in a copy where it is as large as useful."""
        small, small_factor = _shrunk(image, _DETECTION_SIDE / max(image.shape[:2]))
        faces = self._finder.detect(small)
        if len(faces) != 1:
            raise EnrolmentRefused(not_one_face(len(faces)), (face_count(len(faces)),))
        face = _scaled(faces[0], 1 / small_factor)
        useful, factor = _shrunk(image, _FACE_SIDE / max(face.width, face.height))
        found = self._finder.with_landmarks(useful, _scaled(face, factor))
        if found.landmarks_xy is None:
            raise EnrolmentRefused("The eyes and the nose could not be found; choose another photograph.")
        # A copy even where nothing was shrunk, since the photograph is overwritten.
        return _Portrait(image=useful.copy(), face=found, landmarks_xy=found.landmarks_xy)

    def _enrolled(
        self, request: EnrolmentRequest, recipients: tuple[bytes, ...], portrait: _Portrait
    ) -> EnrolmentAnswer:
        found = self._good_findings(portrait)
        templates = self._sealed_templates(portrait, recipients, template_context(request))
        crop = self._sealed_crop(request, portrait)
        enrolment = Enrolment(
            warrant_id=request.warrant_id,
            slot_id=request.slot_id,
            photograph_sha256=request.photograph_sha256,
            profile_sha256=request.profile_sha256,
            template_sha256=tuple((recipient, box_sha256(box)) for recipient, box in templates.items()),
            crop_sha256=box_sha256(crop),
        )
        signed = self._signing_key.sign(Purpose.ENROLMENT, enrolment.to_bytes())
        return EnrolmentAnswer(enrolment=signed, sealed_templates=templates, sealed_crop=crop, findings=found)

    def _enrolled_volunteer(
        self, request: VolunteerEnrolmentRequest, recipient: bytes, portrait: _Portrait
    ) -> VolunteerAnswer:
        found = self._good_findings(portrait)
        ((key, box),) = self._sealed_templates(portrait, (recipient,), volunteer_template_context(request)).items()
        enrolment = VolunteerEnrolment(
            run_id=request.run_id,
            volunteer_id=request.volunteer_id,
            reference_id=request.reference_id,
            photograph_sha256=request.photograph_sha256,
            profile_sha256=request.profile_sha256,
            recipient=key,
            template_sha256=box_sha256(box),
        )
        signed = self._signing_key.sign(Purpose.VOLUNTEER_ENROLMENT, enrolment.to_bytes())
        return VolunteerAnswer(enrolment=signed, sealed_template=box, findings=found)

    def _good_findings(self, portrait: _Portrait) -> tuple[Finding, ...]:
        """Return what was found, all of it acceptable.

        Raises:
            EnrolmentRefused: something is not.
        """
        found = self._findings(portrait)
        wrong = next((finding.sentence for finding in found if not finding.acceptable), None)
        if wrong is not None:
            raise EnrolmentRefused(wrong, found)
        return found

    def _findings(self, portrait: _Portrait) -> tuple[Finding, ...]:
        at = (portrait.image, portrait.face.box_xyxy, portrait.landmarks_xy, self._profile.landmarks.layout)
        measured = measure(*at), measure_portrait(*at)
        return (face_count(1), *findings(*measured, self._profile.faces, self._profile.portrait))

    def _sealed_templates(
        self, portrait: _Portrait, recipients: tuple[bytes, ...], context: dict[str, str]
    ) -> dict[str, bytes]:
        """Embed the face once and seal the template to each recipient; the plain one is overwritten."""
        chip = self._embedder.align(portrait.image, portrait.landmarks_xy)
        vectors = self._embedder.embed([chip])
        wipe_array(chip)
        plain = np.ascontiguousarray(vectors[0], "<f4").tobytes()
        wipe_array(vectors)
        try:
            return {key_id(public): seal(plain, public, context) for public in recipients}
        finally:
            unsafe_wipe_bytes(plain)

    def _sealed_crop(self, request: EnrolmentRequest, portrait: _Portrait) -> bytes:
        plain = as_png(_with_margin(portrait))
        try:
            return seal(plain, self._viewer_public, crop_context(request))
        finally:
            unsafe_wipe_bytes(plain)


def _shrunk(image: BgrImage, factor: float) -> tuple[BgrImage, float]:
    """Return a smaller copy by averaging areas, or the picture itself; never a larger one."""
    if factor >= 1:
        return image, 1.0
    height, width = image.shape[:2]
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8), factor


def _scaled(face: DetectedFace, factor: float) -> DetectedFace:
    left, top, right, bottom = face.box_xyxy
    landmarks = None if face.landmarks_xy is None else np.asarray(face.landmarks_xy * factor, np.float32)
    box = (left * factor, top * factor, right * factor, bottom * factor)
    return replace(face, box_xyxy=box, landmarks_xy=landmarks)


def _with_margin(portrait: _Portrait) -> BgrImage:
    """Cut the face with enough around it for a person to judge it, at most `_CROP_SIDE` pixels a side."""
    height, width = portrait.image.shape[:2]
    left, top, right, bottom = portrait.face.box_xyxy
    x, y = (right - left) * _CROP_MARGIN, (bottom - top) * _CROP_MARGIN
    rows = slice(max(0, round(top - y)), min(height, round(bottom + y)))
    columns = slice(max(0, round(left - x)), min(width, round(right + x)))
    crop = portrait.image[rows, columns]
    shrunk, _ = _shrunk(crop, _CROP_SIDE / max(crop.shape[:2]))
    return np.ascontiguousarray(shrunk)


def open_enroller(
    profile: ModelProfile,
    store: ModelStore,
    *,
    threads: int,
    signing_key: SigningKey,
    viewer_public: bytes,
    site_publics: frozenset[bytes],
) -> Enroller:
    """Load a profile's models and return an enroller.

    Raises:
        ModelMissing, ModelRefused: a model file is not there or not what its hash says.
    """
    return Enroller(
        profile=profile,
        finder=open_face_finder(profile, store, threads=threads),
        embedder=open_embedder(profile, store, threads=threads),
        signing_key=signing_key,
        viewer_public=viewer_public,
        site_publics=site_publics,
    )
