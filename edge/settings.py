"""What one edge worker is told, by its environment: never by arguments, which every user of the machine can read."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from edge.decoder_messages import Pace


class EdgeSettings(BaseSettings):
    """Settings of one worker, read from `INSYN_EDGE_…`."""

    model_config = SettingsConfigDict(env_prefix="INSYN_EDGE_", frozen=True)

    site_id: str
    camera_id: str
    source: SecretStr
    """A device number, a path or an address. May hold a password, so it is never shown."""
    matcher_socket: Path
    """The Unix domain socket of the matcher beside this worker."""
    trusted_keys: Path
    """The file of pinned keys that people carried to this machine."""
    home: Path = Path("var")
    """Where built models lie (`INSYN_HOME`)."""
    profile: str = "dlib-resnet"
    """The model profile by name; authorisations of another profile are refused."""
    pace: Pace = Pace.REAL_TIME
    """For recordings: `real-time`, or `consumer` to read every frame as fast as the machine allows."""
    detector_threads: Annotated[int, Field(ge=1, le=64)] = 2
    images_per_second: Annotated[float, Field(gt=0, le=1000)] = 1.0
    open_timeout_s: Annotated[float, Field(gt=0, le=120)] = 10.0
    read_timeout_s: Annotated[float, Field(gt=0, le=120)] = 5.0
    matcher_timeout_s: Annotated[float, Field(gt=0, le=60)] = 5.0
    demo_limit_s: Annotated[float, Field(gt=0, le=600)] = 600.0
    """Under DEMO keys a live source is read for no longer than this."""
    renew_every_s: Annotated[float, Field(gt=0, le=15)] = 2.0
    """How often the matcher is asked for authorisations: a revoked one is then gone well within a lease."""
    report_every_s: Annotated[float, Field(gt=0, le=600)] = 5.0
    """How often state and counts are logged and handed to the matcher."""
