"""The real processes of one camera: matcher service, edge worker, and the decoder that the worker starts."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from benchmarks.errors import SiteFailed
from benchmarks.speed.authority import CAMERA, SITE, authority_of_now
from benchmarks.speed.cores import plain_environment
from benchmarks.speed.material import Material
from benchmarks.speed.process_facts import children_of
from benchmarks.speed.stand_in_governance import StandInGovernance
from contracts.model_profile import ModelProfile

_START_S: Final = 60.0
_POLL_S: Final = 0.1
_PATIENCE_S: Final = 5.0
DECODER: Final = "decoder"


class SiteProcesses:
    """Starts them under an authority of the benchmark's own. Use as a context: none is left behind."""

    def __init__(self, material: Material, film: Path, profile: ModelProfile, *, threads: int) -> None:
        authority = authority_of_now(profile)
        authority.put_site_keys(material.folder)
        self._governance = StandInGovernance(authority)
        self._material = material
        self._film = film
        self._profile = profile
        self._threads = threads
        self._socket = material.folder / "run" / f"matcher-{SITE}.sock"
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        self._governance.__enter__()
        try:
            self._start("matcher", "matcher.service", self._matcher_settings())
            self._wait(self._socket.exists, "The matcher did not open its socket")
            self._start("edge", "edge.worker", self._edge_settings())
            self._wait(lambda: DECODER in self.processes(), "The edge worker did not start its decoder")
        except SiteFailed:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for process in reversed(self._started.values()):
            process.terminate()
        for process in self._started.values():
            try:
                process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._governance.__exit__(kind, error, traceback)

    def processes(self) -> Mapping[str, int]:
        """Return the process ids by name.

        Raises:
            SiteFailed: one of them has ended.
        """
        for name, process in self._started.items():
            if process.poll() is not None:
                raise SiteFailed(f"The process {name} ended with status {process.returncode}; {self._last_words(name)}")
        found = {name: process.pid for name, process in self._started.items()}
        decoders = children_of(found["edge"]) if "edge" in found else []
        return {**found, DECODER: decoders[0]} if decoders else found

    def _start(self, name: str, module: str, settings: Mapping[str, str]) -> None:
        with (self._material.folder / f"{name}.log").open("wb") as said:
            self._started[name] = subprocess.Popen(  # noqa: S603  # our own program, without a shell
                [sys.executable, "-m", module],
                env={**plain_environment(), **settings},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
            )

    def _wait(self, condition: Callable[[], bool], failure: str) -> None:
        deadline = time.monotonic() + _START_S
        while not condition():
            self.processes()
            if time.monotonic() > deadline:
                raise SiteFailed(f"{failure} within {_START_S:.0f} seconds.")
            time.sleep(_POLL_S)

    def _last_words(self, name: str) -> str:
        said = (self._material.folder / f"{name}.log").read_text(errors="replace").strip().splitlines()
        return f"it said last: {said[-1]}" if said else "it said nothing."

    def _matcher_settings(self) -> Mapping[str, str]:
        return {
            "INSYN_MATCHER_CAMERAS": CAMERA,
            "INSYN_MATCHER_GOVERNANCE_URL": self._governance.url,
            "INSYN_MATCHER_HOME": str(self._material.folder),
            "INSYN_MATCHER_PROFILE": self._profile.name,
            "INSYN_MATCHER_SITE_ID": SITE,
        }

    def _edge_settings(self) -> Mapping[str, str]:
        return {
            "INSYN_EDGE_CAMERA_ID": CAMERA,
            "INSYN_EDGE_DETECTOR_THREADS": str(self._threads),
            "INSYN_EDGE_HOME": str(self._material.folder),
            "INSYN_EDGE_MATCHER_SOCKET": str(self._socket),
            "INSYN_EDGE_PACE": "real-time",
            "INSYN_EDGE_PROFILE": self._profile.name,
            "INSYN_EDGE_SITE_ID": SITE,
            "INSYN_EDGE_SOURCE": str(self._film),
            "INSYN_EDGE_TRUSTED_KEYS": str(self._material.folder / "trust.json"),
        }
