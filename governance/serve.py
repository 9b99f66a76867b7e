"""`python -m governance.serve`: the server with the law, the database and the log, on one data folder.

It stands here and not in `governance.web`, because only `bootstrap` knows what is plugged in and the web may not import
it. Settings come from the environment; none of them can skip a step. Whether this is a demonstration is told by the
pinned keys alone.
"""

import errno
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog
import uvicorn
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from governance.adapters.kept_file import KeptFile
from governance.adapters.report_pdf import print_pdf
from governance.application import heartbeat
from governance.application.daily_checkpoint import DailyCheckpoint
from governance.application.errors import GovernanceError
from governance.bootstrap import Running, build
from governance.jobs import JOBS, Work, run
from governance.json_lines import set_up_logging
from governance.settings import Settings
from governance.web.app import create_app
from governance.web.settings import WebSettings

EXIT_REFUSED: Final = 2
"""The server could not start: a person has to do something."""

log = structlog.get_logger()


class ServerSettings(BaseSettings):
    """Environment, each name after INSYN_GOVERNANCE_: what the server is told.

    _DATA, _TRUST, _VIEWER_SOCKET, _ENROLMENT_SOCKET, _SEQUENCER_SOCKET, _VAULT_SOCKET, _LOG_ORIGIN, _PROFILE_SHA256
    must be set. What may be set: _PORT; _PROFILE (the profile's canonical bytes, for proof bundles); _DATABASE_URL (of
    a PostgreSQL database); _LOG_TOKENS (a file of tokens by which auditors' machines read the log); _LOG_POLICY with
    _ANCHORS (witnesses) and _CONTROLLERS (the controller's own among them); _TIME_STAMPS with _ANCHORS (a file of
    authorities: name, address and a PEM file beside it); _CA_FILE (PEM, where certificates are not publicly known);
    _NOTIFICATIONS (a JSON object: the way to each authority that is told of each use).
    """

    model_config = SettingsConfigDict(env_prefix="INSYN_GOVERNANCE_", extra="ignore", frozen=True)

    data: Path
    trust: Path
    viewer_socket: Path
    enrolment_socket: Path
    sequencer_socket: Path
    vault_socket: Path
    port: int = Field(default=8471, ge=1, le=65_535)
    log_origin: str = Field(pattern=r"^[^\s+]{1,200}$")
    profile_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    profile: Path | None = None
    database_url: str | None = None
    log_tokens: Path | None = None
    log_policy: Path | None = None
    anchors: Path | None = None
    controllers: str = ""
    time_stamps: Path | None = None
    ca_file: Path | None = None
    notifications: Path | None = None

    def to_settings(self) -> Settings:
        """Return governance's own settings."""
        return Settings(
            data=self.data,
            trust=self.trust,
            enrolment_socket=self.enrolment_socket,
            viewer_socket=self.viewer_socket,
            sequencer_socket=self.sequencer_socket,
            vault_socket=self.vault_socket,
            log_origin=self.log_origin,
            profile_sha256=self.profile_sha256,
            profile=self.profile,
            database_url=self.database_url,
            log_policy=self.log_policy,
            anchors=self.anchors,
            controllers=tuple(name for name in self.controllers.split(",") if name),
            time_stamps=self.time_stamps,
            ca_file=self.ca_file,
            notifications=self.notifications,
        )


def main() -> int:
    """Serve until a signal. A refusal to start is one sentence on standard error and exit status 2."""
    os.umask(0o077)
    # uvicorn ends its own work on a signal and then raises it anew: as an interrupt, so that the folder is given back.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    set_up_logging()
    try:
        settings = ServerSettings()  # type: ignore[call-arg]  # the environment gives them
        with build(settings.to_settings()) as running, _listening(settings.port) as listening:
            kept = KeptFile(settings.data / "public-checkpoint")
            _serve(running, WebSettings(log_tokens=settings.log_tokens, public=kept, print_pdf=print_pdf), listening)
    except KeyboardInterrupt:
        return 0
    except ValidationError as error:
        names = ", ".join(sorted("INSYN_GOVERNANCE_" + str(part["loc"][0]).upper() for part in error.errors()))
        return _refuse(f"These settings are missing or wrong: {names}.")
    except GovernanceError as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(_sentence(error))
    return 0


def _sentence(error: OSError) -> str:
    if error.errno in {errno.EADDRINUSE, errno.EACCES}:
        return f"The server cannot listen on its port: {error.strerror}; end what uses it, or choose another."
    return f"The server cannot use its data folder: {error.strerror}; free some space, or mend the folder's rights."


def _serve(running: Running, settings: WebSettings, listening: socket.socket) -> None:
    app = create_app(running.governance, settings)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=3,
    )
    daily: DailyCheckpoint = app.state.daily_checkpoint
    work = Work(governance=running.governance, daily=daily, time_stamps=running.time_stamps, stop=threading.Event())
    threads = [threading.Thread(target=run, args=(job, work), name=job.name, daemon=True) for job in JOBS]
    heartbeat.begin(running.governance)
    for thread in threads:
        thread.start()
    log.info("serving", port=listening.getsockname()[1])
    try:
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        work.stop.set()
        for thread in threads:
            thread.join(timeout=10)
        # Where the log is gone already, its silence says the same.
        with suppress(GovernanceError):
            heartbeat.stop(running.governance)


def _listening(port: int) -> socket.socket:
    return socket.create_server(("127.0.0.1", port), backlog=128)


def _refuse(sentence: str) -> int:
    sys.stderr.write(sentence + "\n")
    return EXIT_REFUSED


if __name__ == "__main__":
    sys.exit(main())
