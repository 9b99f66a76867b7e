"""The demonstration's five photographs of three people, from what the ordinary package index carries.

Nobody is named. The people are `person-a` (three portraits), `person-b` and `person-c` (one each); a photograph is
chosen by the SHA-256 of its bytes and never by the name of its file, because there the file names are names.

Portrait 1 of `person-a` is the one to enrol: of the three it lies nearest to both others (distance 0.36 and 0.34,
where the outer two lie 0.44 apart), so that the demonstration does not hang on the edge of the threshold.
"""

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Final

from insyn.demonstration.errors import PhotographChangedError, PhotographsUnavailableError

Report = Callable[[int, int], None]
"""Called with (done, total); both count the same things, and `done == total` is the last call."""

PORTRAIT_PACKAGE: Final = "face-recognition==1.3.0"
PORTRAIT_PACKAGE_SHA256: Final = "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec"
_FETCH_TIMEOUT_SECONDS: Final = 180
_LARGEST_MEMBER_BYTES: Final = 4 * 1024 * 1024
_MOST_MEMBERS: Final = 500

_OFFICIAL_PORTRAIT: Final = "public domain (a work of the United States federal government)"


@dataclass(frozen=True, kw_only=True)
class Photograph:
    """One photograph on disk, whose bytes have the SHA-256 stated."""

    person: str
    number: int
    path: Path
    sha256: str
    licence: str
    source: str


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    person: str
    number: int
    sha256: str
    suffix: str
    licence: str
    source: str

    @property
    def file_name(self) -> str:
        return f"{self.person}-{self.number}{self.suffix}"


def _portrait(person: str, number: int, sha256: str) -> _Wanted:
    return _Wanted(
        person=person,
        number=number,
        sha256=sha256,
        suffix=".jpg",
        licence=_OFFICIAL_PORTRAIT,
        source="source distribution of face_recognition 1.3.0",
    )


_ASTRONAUT: Final = _Wanted(
    person="person-c",
    number=1,
    sha256="88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
    suffix=".png",
    licence="public domain (NASA)",
    source="scikit-image, skimage.data.astronaut()",
)
_PORTRAITS: Final = (
    _portrait("person-a", 1, "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6"),
    _portrait("person-a", 2, "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6"),
    _portrait("person-a", 3, "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3"),
    _portrait("person-b", 1, "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c"),
)
_WANTED: Final = (*_PORTRAITS, _ASTRONAUT)


def prepare_photographs(home: Path, *, report: Report) -> tuple[Photograph, ...]:
    """Make the five photographs ready under `home/demonstration/photographs` and return them, person by person.

    Photographs already there with the right SHA-256 are not fetched again; then no network is used and the call takes
    milliseconds.

    Raises:
        PhotographsUnavailableError: the package index cannot be reached, scikit-image is not installed, or the data
            folder cannot be written.
        PhotographChangedError: a source holds other bytes than those chosen.
    """
    try:
        return _prepared(home, report)
    except OSError as error:
        raise PhotographsUnavailableError(
            f"The demonstration's photographs could not be stored in {home}: make the folder writable and free 10 MB, "
            "then run the set-up again."
        ) from error


def _prepared(home: Path, report: Report) -> tuple[Photograph, ...]:
    folder = home / "demonstration" / "photographs"
    folder.mkdir(parents=True, exist_ok=True)
    missing = {wanted for wanted in _WANTED if _sha256_of_file(folder / wanted.file_name) != wanted.sha256}
    report(len(_WANTED) - len(missing), len(_WANTED))
    if _ASTRONAUT in missing:
        _write_atomically(folder / _ASTRONAUT.file_name, _astronaut_bytes())
        missing.discard(_ASTRONAUT)
        report(len(_WANTED) - len(missing), len(_WANTED))
    if missing:
        members = members_by_sha256(_portrait_archive(home), {wanted.sha256 for wanted in missing})
        for wanted in missing:
            _write_atomically(folder / wanted.file_name, members[wanted.sha256])
        report(len(_WANTED), len(_WANTED))
    return tuple(_photograph(wanted, folder) for wanted in _WANTED)


def members_by_sha256(archive: bytes, wanted: set[str]) -> Mapping[str, bytes]:
    """Return the members of a `.tar.gz` whose bytes have one of the SHA-256 values wanted, keyed by it.

    Nothing is extracted to disk and no member's name is used. Only plain files of at most 4 MiB are read.

    Raises:
        PhotographChangedError: a wanted member is not among them, or the archive cannot be read.
    """
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=BytesIO(archive), mode="r:gz") as tar:
            for number, member in enumerate(tar):
                if number >= _MOST_MEMBERS or len(found) == len(wanted):
                    break
                if not member.isreg() or member.size > _LARGEST_MEMBER_BYTES:
                    continue
                stream = tar.extractfile(member)
                content = stream.read(_LARGEST_MEMBER_BYTES) if stream else b""
                digest = hashlib.sha256(content).hexdigest()
                if digest in wanted:
                    found[digest] = content
    except (tarfile.TarError, OSError, EOFError) as error:
        raise PhotographChangedError(
            "The archive with the demonstration's portraits cannot be read; remove the folder "
            "demonstration/packages in the data folder and run the set-up again."
        ) from error
    if set(found) != wanted:
        raise PhotographChangedError(
            f"{len(wanted - set(found))} of the demonstration's portraits are not in the archive of "
            f"{PORTRAIT_PACKAGE}: it is not the release that was chosen, so do not use it."
        )
    return found


def _photograph(wanted: _Wanted, folder: Path) -> Photograph:
    return Photograph(
        person=wanted.person,
        number=wanted.number,
        path=folder / wanted.file_name,
        sha256=wanted.sha256,
        licence=wanted.licence,
        source=wanted.source,
    )


def _astronaut_bytes() -> bytes:
    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        raise PhotographsUnavailableError(
            "The demonstration needs scikit-image for its photograph of an astronaut: install insyn[demo]."
        )
    path = Path(spec.origin).parent / "data" / "astronaut.png"
    if _sha256_of_file(path) != _ASTRONAUT.sha256:
        raise PhotographChangedError(
            "Scikit-image's photograph of an astronaut is missing or is not the one chosen: "
            "install the locked version of insyn[demo] again."
        )
    return path.read_bytes()


def _portrait_archive(home: Path) -> bytes:
    """Return the bytes of the pinned source distribution, from the cache or the package index."""
    cache = home / "demonstration" / "packages"
    cache.mkdir(parents=True, exist_ok=True)
    cached = cache / f"{PORTRAIT_PACKAGE_SHA256}.tar.gz"
    if _sha256_of_file(cached) != PORTRAIT_PACKAGE_SHA256:
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            _download(Path(scratch)).replace(cached)
    return cached.read_bytes()


def _download(folder: Path) -> Path:
    """Let pip fetch the source distribution, checked against its pinned SHA-256, into `folder`.

    pip reads the package's metadata too (a few seconds, in a throw-away environment); it builds and installs nothing.
    """
    requirement = folder / "requirement.txt"
    requirement.write_text(f"{PORTRAIT_PACKAGE} --hash=sha256:{PORTRAIT_PACKAGE_SHA256}\n", encoding="ascii")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--no-binary", "face-recognition", "--dest", str(folder), "--requirement", str(requirement)]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command; nothing in it comes from outside
            command,
            check=False,
            capture_output=True,
            timeout=_FETCH_TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _unavailable() from error
    archives = sorted(folder.glob("*.tar.gz"))
    if done.returncode != 0 or not archives:
        if b"DO NOT MATCH THE HASHES" in done.stderr:
            raise PhotographChangedError(
                f"The package index delivers another {PORTRAIT_PACKAGE} than the one chosen: do not use it."
            )
        raise _unavailable()
    if _sha256_of_file(archives[0]) != PORTRAIT_PACKAGE_SHA256:
        raise PhotographChangedError(
            f"The command pip delivered another {PORTRAIT_PACKAGE} than the one chosen: do not use it."
        )
    return archives[0]


def _unavailable() -> PhotographsUnavailableError:
    return PhotographsUnavailableError(
        f"The command pip could not fetch {PORTRAIT_PACKAGE} from the package index: "
        "connect this machine to the network (or set pip's index) and run the set-up again."
    )


def _sha256_of_file(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def _write_atomically(path: Path, content: bytes) -> None:
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    scratch.write_bytes(content)
    scratch.replace(path)
