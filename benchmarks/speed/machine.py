"""What the figures were measured on. No host name, no path, nothing of who runs it."""

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Final

from benchmarks.speed.process_facts import ram_gib

_LIBRARIES: Final = {
    "dlib": "dlib-bin",
    "face_recognition": "face-recognition",
    "numpy": "numpy",
    "onnxruntime": "onnxruntime",
    "opencv": "opencv-python-headless",
}


def cores() -> list[int]:
    """Return the cores that this process may run on."""
    return sorted(os.sched_getaffinity(0))


def machine() -> dict[str, object]:
    """Describe the machine and the libraries that were measured; a library that is not installed is null."""
    return {
        "cores": len(cores()),
        "cpu": _cpu_model(),
        "load_before": [round(load, 2) for load in os.getloadavg()],
        "os": _operating_system(),
        "python": platform.python_version(),
        "ram_gib": round(ram_gib(), 1),
        "versions": {name: _version(package) for name, package in _LIBRARIES.items()},
    }


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _operating_system() -> str:
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        name = platform.system()
    return f"{name}, {platform.machine()}"


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
