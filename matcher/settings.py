"""Settings of the three processes, from their environment alone."""

from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from contracts.vocabulary import CameraId, SiteId
from matcher.models.shipped_profiles import DEFAULT_PROFILE

_IDENTIFIER = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_Identifier = Annotated[str, Field(pattern=_IDENTIFIER)]
_PublicKey = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


_Settings = TypeVar("_Settings", bound=BaseSettings)


def from_environment(kind: type[_Settings]) -> _Settings:
    """Read settings from the environment.

    Raises:
        pydantic.ValidationError: one is missing or wrong; its title is the prefix.
    """
    return kind()


class MatcherSettings(BaseSettings):
    """The site's matcher. Environment: INSYN_MATCHER_SITE_ID, _CAMERAS (comma-separated), _GOVERNANCE_URL, _HOME …."""

    model_config = SettingsConfigDict(env_prefix="INSYN_MATCHER_", title="INSYN_MATCHER_", extra="ignore", frozen=True)

    home: Path = Path("var")
    site_id: _Identifier
    cameras: Annotated[tuple[_Identifier, ...], NoDecode] = Field(min_length=1)
    governance_url: str
    profile: str = DEFAULT_PROFILE
    threads: int = Field(default=1, ge=1, le=64)
    renewal_seconds: float = Field(default=20.0, ge=0.2, le=30)
    report_seconds: float = Field(default=10.0, ge=0.2, le=300)
    trust_file: Path | None = None
    site_key_file: Path | None = None
    opening_key_file: Path | None = None
    socket: Path | None = None

    @field_validator("cameras", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @property
    def site(self) -> SiteId:
        """The site."""
        return SiteId(self.site_id)

    @property
    def camera_ids(self) -> tuple[CameraId, ...]:
        """The cameras that leases are asked for."""
        return tuple(CameraId(camera) for camera in self.cameras)

    @property
    def trust_path(self) -> Path:
        """The pinned keys."""
        return self.trust_file or self.home / "trust.json"

    @property
    def site_key_path(self) -> Path:
        """The site's signing key."""
        return self.site_key_file or self.home / "site" / self.site_id / "site.key"

    @property
    def opening_key_path(self) -> Path:
        """The key that templates are sealed to."""
        return self.opening_key_file or self.home / "site" / self.site_id / "opening.key"

    @property
    def stop_path(self) -> Path:
        """The stop button's latch: while this file is there, nothing is asked for or compared."""
        return self.home / "site" / self.site_id / "stop"

    @property
    def receipts_folder(self) -> Path:
        """Where receipts of leases wait for governance."""
        return self.home / "site" / self.site_id / "receipts"

    @property
    def issuers_seen_path(self) -> Path:
        """The highest version of the list of issuers that was believed here, beside the site's key."""
        return self.site_key_path.with_name("issuers-version")

    @property
    def stopped_path(self) -> Path:
        """The warrants that their issuer took back, beside the site's key."""
        return self.site_key_path.with_name("stopped-warrants.json")

    @property
    def socket_path(self) -> Path:
        """Where edge workers find the matcher."""
        return self.socket or self.home / "run" / f"matcher-{self.site_id}.sock"


class EnrolmentSettings(BaseSettings):
    """The centre's enrolment matcher. Environment: INSYN_ENROLMENT_HOME, _REFERENCE_PUBLIC_KEY (hexadecimal) and so on.

    `reference_public_key` is the viewer's: reference crops are sealed to it. `site_public_keys` are the sites' opening
    keys, carried here by people: templates are sealed to no other, whoever asks.
    """

    model_config = SettingsConfigDict(
        env_prefix="INSYN_ENROLMENT_", title="INSYN_ENROLMENT_", extra="ignore", frozen=True
    )

    home: Path = Path("var")
    reference_public_key: _PublicKey
    site_public_keys: Annotated[tuple[_PublicKey, ...], NoDecode] = Field(min_length=1)
    profile: str = DEFAULT_PROFILE
    threads: int = Field(default=1, ge=1, le=64)
    trust_file: Path | None = None
    key_file: Path | None = None
    socket: Path | None = None

    @field_validator("site_public_keys", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @property
    def trust_path(self) -> Path:
        """The pinned keys, which say what this process's own key is for, and what admits a profile beside them."""
        return self.trust_file or self.home / "trust.json"

    @property
    def key_path(self) -> Path:
        """The key that signs enrolments."""
        return self.key_file or self.home / "centre" / "enrolment" / "enrolment.key"

    @property
    def socket_path(self) -> Path:
        """Where governance finds the process."""
        return self.socket or self.home / "run" / "enrolment.sock"


class ViewerSettings(BaseSettings):
    """The centre's viewer. Environment: INSYN_VIEWER_HOME, _LOG_ORIGIN and so on."""

    model_config = SettingsConfigDict(env_prefix="INSYN_VIEWER_", title="INSYN_VIEWER_", extra="ignore", frozen=True)

    home: Path = Path("var")
    log_origin: str = Field(min_length=1, max_length=200)
    profile: str = DEFAULT_PROFILE
    threads: int = Field(default=1, ge=1, le=64)
    trust_file: Path | None = None
    keys_folder: Path | None = None
    socket: Path | None = None

    @property
    def trust_path(self) -> Path:
        """The pinned keys."""
        return self.trust_file or self.home / "trust.json"

    @property
    def folder(self) -> Path:
        """Where viewer.key, reference.key and day-keys/ lie."""
        return self.keys_folder or self.home / "centre" / "viewer"

    @property
    def socket_path(self) -> Path:
        """Where governance finds the process."""
        return self.socket or self.home / "run" / "viewer.sock"
