"""The centre's enrolment matcher as a process: `python -m matcher.enrolment_service`."""

import asyncio
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any, Final, TypeVar

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from contracts.admission import Admittance, Profile, admits_profile
from contracts.canonical import encode
from contracts.clock import Moment, read_clocks
from contracts.enrolment import EnrolmentRequest
from contracts.fields import Fields, format_bytes
from contracts.model_profile import ModelProfile
from contracts.trust import TrustedKeys, TrustedRole
from contracts.volunteer_enrolment import VolunteerEnrolmentRequest
from matcher.enrolment import Enroller, EnrolmentAnswer, EnrolmentRefused, VolunteerAnswer, open_enroller
from matcher.enrolment_findings import Finding
from matcher.faces.photograph import LARGEST_BYTES
from matcher.keys import KeyRefused, load_signing_key, load_trusted_keys
from matcher.logging_setup import set_up_logging
from matcher.models.shipped_profiles import shipped_profile
from matcher.models.store import ModelStore
from matcher.process_hygiene import Hygiene, close_process, refuse_database_credentials, restart_with_cleaning_memory
from matcher.serving import Service, plain_app, read_json, run_process
from matcher.settings import EnrolmentSettings, from_environment
from matcher.wiping import unsafe_wipe_bytes

_MOST_BYTES: Final = LARGEST_BYTES * 4 // 3 + 65_536

Asked = TypeVar("Asked", EnrolmentRequest, VolunteerEnrolmentRequest)

_log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class EnrolmentService:
    """One enroller, opened at the first photograph, and one thread that uses it.

    `admitted` is asked before each photograph: what admits the profile may end while the process runs (P4).
    """

    profile: ModelProfile
    hygiene: Hygiene
    open_enroller: Callable[[], Enroller]
    admitted: Callable[[], Admittance]
    _enroller: Enroller | None = None
    _enrolling: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "enrolling"))

    async def enrol(self, request: EnrolmentRequest, photograph: bytes) -> EnrolmentAnswer:
        """Enrol one photograph; its bytes are overwritten afterwards."""
        return await asyncio.get_running_loop().run_in_executor(self._enrolling, self._enrol, request, photograph)

    async def enrol_volunteer(self, request: VolunteerEnrolmentRequest, photograph: bytes) -> VolunteerAnswer:
        """Enrol one volunteer's photograph; its bytes are overwritten afterwards."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._enrolling, self._enrol_volunteer, request, photograph)

    async def examine(self, request: EnrolmentRequest, photograph: bytes) -> tuple[Finding, ...]:
        """Examine one photograph; its bytes are overwritten afterwards."""
        return await asyncio.get_running_loop().run_in_executor(self._enrolling, self._examine, request, photograph)

    def _enrol(self, request: EnrolmentRequest, photograph: bytes) -> EnrolmentAnswer:
        try:
            return self._opened().enrol(request, photograph)
        finally:
            unsafe_wipe_bytes(photograph)

    def _enrol_volunteer(self, request: VolunteerEnrolmentRequest, photograph: bytes) -> VolunteerAnswer:
        try:
            return self._opened().enrol_volunteer(request, photograph)
        finally:
            unsafe_wipe_bytes(photograph)

    def _examine(self, request: EnrolmentRequest, photograph: bytes) -> tuple[Finding, ...]:
        try:
            return self._opened().examine(request, photograph)
        finally:
            unsafe_wipe_bytes(photograph)

    def _opened(self) -> Enroller:
        answer = self.admitted()
        if not answer.admitted:
            raise EnrolmentRefused(answer.sentence)
        if self._enroller is None:
            self._enroller = self.open_enroller()
        return self._enroller


def build_app(service: EnrolmentService) -> FastAPI:
    """Return the routes that governance uses (Unix socket only)."""
    app = plain_app()

    @app.get("/health")
    async def health() -> dict[str, Any]:
        return {"hygiene": asdict(service.hygiene), "profile_sha256": service.profile.profile_sha256, "status": "ok"}

    @app.post("/enrolments")
    async def enrolments(request: Request) -> Response:
        asked, photograph = _asked(await read_json(request, _MOST_BYTES), EnrolmentRequest.from_bytes)
        try:
            answer = await service.enrol(asked, photograph)
        except EnrolmentRefused as refusal:
            return _refused(refusal)
        return JSONResponse(_as_json(answer))

    @app.post("/volunteer-enrolments")
    async def volunteer_enrolments(request: Request) -> Response:
        asked, photograph = _asked(await read_json(request, _MOST_BYTES), VolunteerEnrolmentRequest.from_bytes)
        try:
            answer = await service.enrol_volunteer(asked, photograph)
        except EnrolmentRefused as refusal:
            return _refused(refusal)
        return JSONResponse(
            {
                "enrolment": answer.enrolment.to_json(),
                "findings": [finding.to_json() for finding in answer.findings],
                "sealed_template": format_bytes(answer.sealed_template),
            }
        )

    @app.post("/examinations")
    async def examinations(request: Request) -> Response:
        asked, photograph = _asked(await read_json(request, _MOST_BYTES), EnrolmentRequest.from_bytes)
        try:
            found = await service.examine(asked, photograph)
        except EnrolmentRefused as refusal:
            return _refused(refusal)
        return JSONResponse({"findings": [finding.to_json() for finding in found]})

    return app


def _asked(value: object, read: Callable[[bytes], Asked]) -> tuple[Asked, bytes]:
    fields = Fields(value, "enrolment")
    asked = fields.record("request", lambda value: read(encode(value)))
    photograph = fields.binary("photograph")
    fields.end()
    return asked, photograph


def _refused(refusal: EnrolmentRefused) -> JSONResponse:
    _log.info("enrolment refused", count=len(refusal.findings))
    found = [finding.to_json() for finding in refusal.findings]
    return JSONResponse({"detail": str(refusal), "findings": found}, status_code=422)


def _as_json(answer: EnrolmentAnswer) -> dict[str, object]:
    return {
        "enrolment": answer.enrolment.to_json(),
        "findings": [finding.to_json() for finding in answer.findings],
        "sealed_crop": format_bytes(answer.sealed_crop),
        "sealed_templates": {recipient: format_bytes(box) for recipient, box in answer.sealed_templates.items()},
    }


def compose(settings: EnrolmentSettings, hygiene: Hygiene) -> EnrolmentService:
    """Put the parts together; the models' bytes are checked, and loaded at the first photograph.

    Raises:
        MatcherError: the key, the pinned keys, the profile or a model is not usable.
    """
    profile = shipped_profile(settings.profile)
    store = ModelStore(settings.home)
    for file in profile.files.values():
        store.read(file.sha256)
    signing_key = load_signing_key(settings.key_path)
    viewer_public = bytes.fromhex(settings.reference_public_key)
    site_publics = frozenset(bytes.fromhex(public) for public in settings.site_public_keys)

    def opened() -> Enroller:
        return open_enroller(
            profile,
            store,
            threads=settings.threads,
            signing_key=signing_key,
            viewer_public=viewer_public,
            site_publics=site_publics,
        )

    admitted = admitted_here(profile, load_trusted_keys(settings.trust_path), signing_key.id, read_clocks)
    return EnrolmentService(profile=profile, hygiene=hygiene, open_enroller=opened, admitted=admitted)


def admitted_here(
    profile: Profile, trusted: TrustedKeys, key: str, clocks: Callable[[], Moment]
) -> Callable[[], Admittance]:
    """P4: return what says at each moment whether the profile may be used under the key that signs enrolments.

    Raises:
        KeyRefused: the key is not pinned, so that nobody knows what it is for.
    """
    own = trusted.find(TrustedRole.ENROLMENT, key)
    if own is None:
        raise KeyRefused("The key that signs enrolments is not among the pinned keys; have it pinned here.")
    environment = own.use
    return lambda: admits_profile(trusted.admission, profile, environment, now=clocks().now)


async def _start() -> int:
    refuse_database_credentials(os.environ)
    settings = from_environment(EnrolmentSettings)
    hygiene = close_process()
    set_up_logging("enrolment")
    server = Service(settings.socket_path)
    return await server.run(lambda: build_app(compose(settings, hygiene)))


def main() -> int:
    """Run the enrolment matcher until a signal."""
    restart_with_cleaning_memory("matcher.enrolment_service")
    return run_process(_start)


if __name__ == "__main__":
    sys.exit(main())
