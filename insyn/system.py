"""The embedded shape: every part of Insyn as processes of this one machine, each with only the settings it needs."""

import json
import socket
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from contracts.notification import Authority
from contracts.sealing import OpeningKey
from governance.vault.hygiene import CLEANING_ENVIRONMENT as CLEANING_VAULT
from insyn.errors import InsynError
from insyn.home import Home
from insyn.key_files import read_key
from insyn.processes import ProcessGroup, Program
from matcher.models.shipped_profiles import shipped_profile
from matcher.process_hygiene import CLEANING_ENVIRONMENT as CLEANING_MATCHER

LOG_ORIGIN: Final = "insyn.invalid/demonstration/2026"
LEASE_ENDED: Final = 75
"""The exit status with which a matcher ends itself when its last lease has ended (matcher.serving)."""
LOG_ENDED: Final = 75
"""The exit status with which a sequencer ends itself where a fresh start finds out what became of a commit
(governance.sequencer_service)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraProgram:
    """One camera's worker: what it reads, and how fast (`real-time`, or `consumer` to read every frame)."""

    camera_id: str
    source: str
    pace: str = "real-time"


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """Where the processes run and what they are told. `port` is governance's, on loopback."""

    home: Home
    site_id: str
    cameras: Sequence[str]
    port: int
    profile: str

    @property
    def address(self) -> str:
        """Where the consoles are."""
        return f"http://127.0.0.1:{self.port}"

    def start_centre(self, processes: ProcessGroup) -> None:
        """Start sequencer, vault, viewer and enrolment matcher, and then governance, which asks them.

        Raises:
            ProcessFailed: one of them did not become ready.
            InsynError: governance's port is taken.
        """
        processes.start_together([one for one in self.before_governance() if not processes.is_running(one.name)])
        if not processes.is_running("governance"):
            # Another server's answer on this port would pass for ours.
            require_free(self.port)
            self.home.profile.write_bytes(shipped_profile(self.profile).canonical_bytes())
            processes.start(self.governance())
        (self.home.run / "address").write_text(self.address, encoding="ascii")

    def before_governance(self) -> tuple[Program, ...]:
        """Return the processes that must run before governance; none of them waits for another."""
        return self.sequencer(), self.vault(), self.viewer(), self.enrolment()

    def start_site(self, processes: ProcessGroup) -> None:
        """Start the site's matcher.

        Raises:
            ProcessFailed: it did not become ready.
        """
        processes.start(self.matcher())

    def governance(self) -> Program:
        """The server with the law, the database and the log."""
        settings = {
            "INSYN_GOVERNANCE_DATA": str(self.home.governance),
            "INSYN_GOVERNANCE_ENROLMENT_SOCKET": str(self.home.sockets / "enrolment.sock"),
            "INSYN_GOVERNANCE_LOG_ORIGIN": pinned_origin(self.home),
            "INSYN_GOVERNANCE_PORT": str(self.port),
            **_where_there_is("INSYN_GOVERNANCE_PROFILE", self.home.profile),
            "INSYN_GOVERNANCE_PROFILE_SHA256": shipped_profile(self.profile).profile_sha256,
            "INSYN_GOVERNANCE_SEQUENCER_SOCKET": str(self.home.sockets / "sequencer.sock"),
            "INSYN_GOVERNANCE_TRUST": str(self.home.trust),
            "INSYN_GOVERNANCE_VAULT_SOCKET": str(self.home.sockets / "vault.sock"),
            **self._log_policy("INSYN_GOVERNANCE_LOG_POLICY"),
            **_where_there_is("INSYN_GOVERNANCE_NOTIFICATIONS", self.home.notifications),
            **_where_there_is("INSYN_GOVERNANCE_TIME_STAMPS", self.home.time_stamps),
            "INSYN_GOVERNANCE_ANCHORS": str(self.home.log),
            "INSYN_GOVERNANCE_VIEWER_SOCKET": str(self.home.sockets / "viewer.sock"),
        }
        return Program(
            name="governance",
            arguments=["-m", "governance.serve"],
            settings=settings,
            ready=lambda: answers(self.address + "/api/health"),
        )

    def desk(self, authority: Authority, port: int) -> Program:
        """An authority's receiving desk, in real life on that authority's own machine."""
        return Program(
            name=f"desk-{authority.value}",
            arguments=[
                *("-m", "insyn.supervisor_desk", authority.value, str(self.home.supervisors / authority.value)),
                *(str(self.home.supervisors / f"{authority.value}.key"), str(self.home.trust), str(port)),
            ],
            settings={},
            ready=lambda: answers(f"http://127.0.0.1:{port}/"),
        )

    def start_desks(self, processes: ProcessGroup) -> None:
        """Start the desks of both authorities, and write down where they are.

        Raises:
            ProcessFailed: one of them did not become ready.
        """
        ports = {authority: free_port() for authority in Authority}
        ways = {authority.value: f"http://127.0.0.1:{port}" for authority, port in ports.items()}
        self.home.notifications.write_text(json.dumps(ways), encoding="utf-8")
        processes.start_together([self.desk(authority, port) for authority, port in ports.items()])

    def sequencer(self) -> Program:
        """The process that alone writes the transparency log."""
        path = self.home.sockets / "sequencer.sock"
        settings = {
            "INSYN_SEQUENCER_HOME": str(self.home.log),
            "INSYN_SEQUENCER_GUARD": str(self.home.log_guard / "log.guard"),
            "INSYN_SEQUENCER_ORIGIN": log_origin(self.home),
            "INSYN_SEQUENCER_SOCKET": str(path),
        }
        return Program(
            name="sequencer",
            arguments=["-m", "governance.sequencer_service"],
            settings=settings,
            ready=lambda: answers("http://sequencer/size", path),
            expected_exits=frozenset({LOG_ENDED}),
            ends_last=True,
        )

    def vault(self) -> Program:
        """The process that holds the keys of all that is sealed."""
        path = self.home.sockets / "vault.sock"
        settings = {
            **self._log_policy("INSYN_VAULT_POLICY"),
            # Whatever is not given this, here and below, starts itself anew (`docs/matcher.md`); that takes seconds.
            **CLEANING_VAULT,
            "INSYN_VAULT_HOME": str(self.home.vault),
            "INSYN_VAULT_LOG_ORIGIN": pinned_origin(self.home),
            "INSYN_VAULT_SOCKET": str(path),
            "INSYN_VAULT_TRUST": str(self.home.trust),
            "INSYN_VAULT_TWIN": str(self.home.vault_twin),
        }
        return Program(
            name="vault",
            arguments=["-m", "governance.vault_service"],
            settings=settings,
            ready=lambda: answers("http://vault/health", path),
            ends_last=True,
        )

    def viewer(self) -> Program:
        """The process that opens one crop for one log entry."""
        path = self.home.sockets / "viewer.sock"
        settings = {
            **CLEANING_MATCHER,
            "INSYN_VIEWER_HOME": str(self.home.root),
            "INSYN_VIEWER_LOG_ORIGIN": pinned_origin(self.home),
            "INSYN_VIEWER_PROFILE": self.profile,
            "INSYN_VIEWER_SOCKET": str(path),
        }
        return Program(
            name="viewer",
            arguments=["-m", "matcher.viewer_service"],
            settings=settings,
            ready=lambda: answers("http://viewer/health", path),
        )

    def enrolment(self) -> Program:
        """The process that makes a template of a photograph."""
        path = self.home.sockets / "enrolment.sock"
        reference_key = OpeningKey.from_bytes(read_key(self.home.viewer / "reference.key"))
        site_key = OpeningKey.from_bytes(read_key(self.home.site(self.site_id) / "opening.key"))
        settings = {
            **CLEANING_MATCHER,
            "INSYN_ENROLMENT_HOME": str(self.home.root),
            "INSYN_ENROLMENT_REFERENCE_PUBLIC_KEY": reference_key.public.hex(),
            "INSYN_ENROLMENT_PROFILE": self.profile,
            "INSYN_ENROLMENT_SOCKET": str(path),
            "INSYN_ENROLMENT_SITE_PUBLIC_KEYS": site_key.public.hex(),
        }
        return Program(
            name="enrolment",
            arguments=["-m", "matcher.enrolment_service"],
            settings=settings,
            ready=lambda: answers("http://enrolment/health", path),
        )

    def matcher(self) -> Program:
        """The site's matcher."""
        path = self.matcher_socket
        settings = {
            **CLEANING_MATCHER,
            "INSYN_MATCHER_HOME": str(self.home.root),
            "INSYN_MATCHER_SITE_ID": self.site_id,
            "INSYN_MATCHER_CAMERAS": ",".join(self.cameras),
            "INSYN_MATCHER_GOVERNANCE_URL": self.address,
            "INSYN_MATCHER_PROFILE": self.profile,
            "INSYN_MATCHER_SOCKET": str(path),
        }
        return Program(
            name="matcher",
            arguments=["-m", "matcher.service"],
            settings=settings,
            ready=lambda: answers("http://matcher/health", path),
            expected_exits=frozenset({LEASE_ENDED}),
        )

    def edge(self, camera: CameraProgram) -> Program:
        """One camera's worker. A recording is read once."""
        settings = {
            "INSYN_EDGE_CAMERA_ID": camera.camera_id,
            "INSYN_EDGE_HOME": str(self.home.root),
            "INSYN_EDGE_MATCHER_SOCKET": str(self.matcher_socket),
            "INSYN_EDGE_PACE": camera.pace,
            "INSYN_EDGE_PROFILE": self.profile,
            "INSYN_EDGE_SITE_ID": self.site_id,
            "INSYN_EDGE_SOURCE": camera.source,
            "INSYN_EDGE_TRUSTED_KEYS": str(self.home.trust),
        }
        return Program(
            name=f"edge-{camera.camera_id}", arguments=["-m", "edge.worker"], settings=settings, restart=False
        )

    def _log_policy(self, name: str) -> dict[str, str]:
        """Name the pinned policy where people have put one: with it witnesses are asked, without it there are none."""
        return _where_there_is(name, self.home.log_policy)

    @property
    def matcher_socket(self) -> Path:
        """Where edge workers find the matcher."""
        return self.home.sockets / f"matcher-{self.site_id}.sock"


def pinned_origin(home: Home) -> str:
    """Return the origin of the log that this machine's people believe: the one that they pinned, or the first one."""
    try:
        return home.pinned_log.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return LOG_ORIGIN


def log_origin(home: Home) -> str:
    """Return the origin of the log that lies here: a log that followed another one has it in its folder."""
    try:
        return (home.log / "origin").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return LOG_ORIGIN


def running_address(home: Home) -> str:
    """Return where the running system's consoles are.

    Raises:
        InsynError: none runs on this folder.
    """
    try:
        address = (home.run / "address").read_text(encoding="ascii").strip()
    except OSError as error:
        raise InsynError("No system runs on this folder: start it with `make run` first.") from error
    if not answers(address + "/api/health"):
        raise InsynError("The system does not answer: start it with `make run` first.")
    return address


def answers(url: str, path: Path | None = None) -> bool:
    """Say whether something answers there with success, over TCP or over the Unix socket at `path`."""
    if path is not None and not path.exists():
        return False
    transport = httpx.HTTPTransport(uds=str(path)) if path is not None else None
    try:
        with httpx.Client(transport=transport, timeout=2.0, trust_env=False) as client:
            return client.get(url).is_success
    except httpx.HTTPError:
        return False


def require_free(port: int) -> None:
    """See that nobody listens on this port of the loopback address.

    Raises:
        InsynError: somebody does.
    """
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        raise InsynError(
            f"Port {port} of this machine is in use; end what uses it, or choose another with `--port`."
        ) from error


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on at this moment."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _where_there_is(name: str, path: Path) -> dict[str, str]:
    return {name: str(path)} if path.exists() else {}
