"""The files of a data set, by their names inside: in a folder, a tar archive that is not compressed, or a zip archive.

An archive is foreign. Nothing of it is unpacked; a name that climbs out, a link, or a member that the file is too
short for refuses the whole archive.
"""

import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Protocol, TypeVar

from benchmarks.data.errors import DataRefused

Member = TypeVar("Member")

LARGEST: Final = 64 * 1024 * 1024
"""No picture of a data set is larger; what is, is something else."""


class Files(Protocol):
    """Regular files by name, with `/` between folders, in the order of their names.

    Reading is safe from many threads.
    """

    @property
    def names(self) -> tuple[str, ...]:
        """All names."""
        ...

    def read(self, name: str) -> bytes:
        """The content of one.

        Raises:
            DataRefused: there is none of this name, it is too large, or it cannot be read.
        """
        ...


def open_files(path: Path) -> Files:
    """Open a folder or an archive.

    Raises:
        DataRefused: there is nothing, it is no folder or archive of these kinds, or an archive that is
        damaged or climbs.
    """
    if path.is_dir():
        return _Folder(path)
    if not path.is_file():
        raise DataRefused(f"There is no folder or archive at {path}; download the data set and name its place.")
    if zipfile.is_zipfile(path):
        return _open_zip(path)
    return _open_tar(path)


class _Folder:
    def __init__(self, root: Path) -> None:
        self._root = root
        within = (found for found in root.rglob("*") if found.is_file() and not found.is_symlink())
        self.names = _own(found.relative_to(root).as_posix() for found in within)

    def read(self, name: str) -> bytes:
        if _climbs(name):
            raise DataRefused("A file was asked for that lies outside the data set.")
        path = self._root / name
        try:
            _small(name, path.stat().st_size)
            return path.read_bytes()
        except OSError as error:
            raise DataRefused(f"The data set has no file {name} that can be read.") from error


@dataclass(frozen=True, slots=True)
class _Member:
    offset: int
    size: int


class _Tar:
    """Read by place: a tar archive that is not compressed has every member in one piece."""

    def __init__(self, path: Path, members: Mapping[str, _Member]) -> None:
        self._path, self._members = path, members
        self.names = _own(members)

    def read(self, name: str) -> bytes:
        member = _known(self._members, name)
        with self._path.open("rb") as file:
            file.seek(member.offset)
            return file.read(member.size)


class _Zip:
    def __init__(self, path: Path, members: Mapping[str, zipfile.ZipInfo]) -> None:
        self._path, self._members = path, members
        self.names = _own(members)

    def read(self, name: str) -> bytes:
        info = _known(self._members, name)
        try:
            with zipfile.ZipFile(self._path) as archive:
                return archive.read(info)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as error:
            raise DataRefused(f"The file {name} of the archive is damaged or locked; download it again.") from error


def _open_tar(path: Path) -> Files:
    try:
        with tarfile.open(path, "r:") as archive:
            found = [member for member in archive if not member.isdir()]
    except (tarfile.TarError, EOFError, OSError) as error:
        sentence = (
            f"{path.name} is no tar or zip archive, or is cut off; unpack it if it is compressed, or download it again."
        )
        raise DataRefused(sentence) from error
    end = path.stat().st_size
    for member in found:
        if not member.isfile() or _climbs(member.name):
            raise DataRefused(f"{path.name} has links or paths that climb out of it; do not use this archive.")
        if member.offset_data + member.size > end:
            raise DataRefused(f"{path.name} is cut off; download it again.")
    members = {member.name: _Member(member.offset_data, _small(member.name, member.size)) for member in found}
    return _Tar(path, members)


def _open_zip(path: Path) -> Files:
    try:
        with zipfile.ZipFile(path) as archive:
            found = [info for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError) as error:
        raise DataRefused(f"{path.name} is cut off or damaged; download it again.") from error
    if any(_climbs(info.filename) or _is_link(info) for info in found):
        raise DataRefused(f"{path.name} has links or paths that climb out of it; do not use this archive.")
    for info in found:
        _small(info.filename, info.file_size)
    return _Zip(path, {info.filename: info for info in found})


def _own(names: Iterable[str]) -> tuple[str, ...]:
    """The names of a set, in order, without what a desktop leaves beside each file (`._x.jpg`, `__MACOSX`)."""
    return tuple(
        sorted(
            name
            for name in names
            if not any(part == "__MACOSX" or part.startswith(".") for part in PurePosixPath(name).parts)
        )
    )


def _is_link(info: zipfile.ZipInfo) -> bool:
    return (info.external_attr >> 16) & 0o170000 == 0o120000


def _climbs(name: str) -> bool:
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts or "\\" in name or ":" in (path.parts or ("",))[0]


def _small(name: str, size: int) -> int:
    if size > LARGEST:
        raise DataRefused(f"The file {name} has more than {LARGEST // 2**20} MB and is no picture.")
    return size


def _known(members: Mapping[str, Member], name: str) -> Member:
    try:
        return members[name]
    except KeyError as error:
        raise DataRefused(f"The archive has no file {name}.") from error
