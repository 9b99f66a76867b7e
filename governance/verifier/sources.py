"""Where an export is read from: a folder, a zip file, or a server. Each file at most once, and none without a limit."""

import stat
import tempfile
import zipfile
import zlib
from http.client import HTTPException
from pathlib import Path
from typing import IO, Final, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from governance.audit.errors import LogError
from governance.audit.manifest import is_file_path

MAX_FILE_BYTES: Final = 64 * 1024 * 1024
MAX_FILES: Final = 1_000_000
MAX_TOTAL_BYTES: Final = 64 * 1024 * 1024 * 1024
MAX_RATIO: Final = 100
"""Nothing in an export shrinks to less than a hundredth; what does is a bomb."""
TIMEOUT_S: Final = 30


class SourceRefused(LogError):
    """This cannot be read as an export: nothing was verified."""


class Source(Protocol):
    """Files by their path below the export."""

    def paths(self) -> tuple[str, ...] | None:
        """Return the paths of all files in ascending order; nothing where they cannot be listed."""

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes; nothing where there is no such file, or it is damaged.

        Raises:
            SourceRefused: the source as a whole cannot be read, or the file is larger than any of an export.
        """


class FolderSource:
    """A folder on disk. Links and devices in it are not followed: they are no files of an export."""

    def __init__(self, root: Path) -> None:
        """Take a folder.

        Raises:
            SourceRefused: it holds more files than an export has, or cannot be listed.
        """
        self._root = root
        self._files: dict[str, None] = {}
        try:
            for path in sorted(root.rglob("*")):  # goes into no folder that is a link
                if stat.S_ISREG(path.lstat().st_mode):
                    self._files[path.relative_to(root).as_posix()] = None
        except OSError as error:
            raise SourceRefused("The folder cannot be listed; check its name and your rights on it.") from error
        if len(self._files) > MAX_FILES:
            raise SourceRefused(f"The folder holds more than {MAX_FILES} files; this is no export of a log.")

    def paths(self) -> tuple[str, ...] | None:
        """See `Source`."""
        return tuple(sorted(self._files))

    def read(self, path: str) -> bytes | None:
        """See `Source`."""
        if path not in self._files:
            return None
        try:
            with (self._root / path).open("rb") as file:
                return _limited(file, path)
        except OSError:
            return None


class ZipSource:
    """A zip file. It is refused before anything is unpacked where it could only be a bomb or a trap."""

    def __init__(self, path: Path) -> None:
        """Take a zip file.

        Raises:
            SourceRefused: it is none, is encrypted, names a file twice or outside, or would unpack to too much.
        """
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise SourceRefused("The file is not a zip file that can be read.") from error
        members = [member for member in self._zip.infolist() if not member.is_dir()]
        self._members = {member.filename: member for member in members}
        if len(self._members) != len(members):
            raise SourceRefused("The zip file holds one path twice: nobody could say which one is meant.")
        if len(members) > MAX_FILES or sum(member.file_size for member in members) > MAX_TOTAL_BYTES:
            raise SourceRefused("The zip file would unpack to more than any export holds.")
        for member in members:
            _require_harmless(member)

    def paths(self) -> tuple[str, ...] | None:
        """See `Source`."""
        return tuple(sorted(self._members))

    def read(self, path: str) -> bytes | None:
        """See `Source`."""
        member = self._members.get(path)
        if member is None:
            return None
        try:
            with self._zip.open(member) as file:
                return _limited(file, path)
        except (OSError, zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError):
            return None


def _require_harmless(member: zipfile.ZipInfo) -> None:
    if member.flag_bits & 0x1 or member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise SourceRefused("The zip file is encrypted or packed in a way that exports are not.")
    if member.filename.startswith("/") or ".." in member.filename.split("/") or "\\" in member.filename:
        raise SourceRefused("The zip file names a file outside of itself.")
    if member.file_size > MAX_FILE_BYTES or member.file_size > MAX_RATIO * (member.compress_size + 1024):
        raise SourceRefused(f"The zip file holds something that unpacks to far more than it is: {member.filename!a}.")


class UrlSource:
    """A server over http or https. What was fetched is kept in a folder of its own until the audit is over."""

    def __init__(self, url: str) -> None:
        """Take the address of a log.

        Raises:
            SourceRefused: it is no address of http or https.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise SourceRefused("An address of a log begins with http:// or https:// and has no question mark.")
        self._base = url.rstrip("/") + "/"
        self._kept = tempfile.TemporaryDirectory(prefix="insyn-verify-")
        self._missing: set[str] = set()
        self._opener = _opener()

    def paths(self) -> tuple[str, ...] | None:
        """See `Source`."""
        return None

    def read(self, path: str) -> bytes | None:
        """See `Source`."""
        if path in self._missing or not is_file_path(path):
            return None
        kept = Path(self._kept.name) / path.replace("/", "~")
        if kept.exists():
            return kept.read_bytes()
        data = self._fetched(path)
        if data is None:
            self._missing.add(path)
        else:
            kept.write_bytes(data)
        return data

    def close(self) -> None:
        """Forget what was fetched."""
        self._kept.cleanup()

    def _fetched(self, path: str) -> bytes | None:
        request = Request(self._base + path, headers={"Accept-Encoding": "gzip"})  # noqa: S310  # the scheme was checked
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                data = _limited(answer, path)
                packed = answer.headers.get("Content-Encoding") == "gzip"
        except HTTPError as error:
            if error.code in {404, 410}:
                return None
            raise SourceRefused(f"The server answered {error.code} for {path}.") from error
        except (URLError, HTTPException, OSError) as error:
            raise SourceRefused(f"The server does not answer for {path}.") from error
        return _unpacked(data, path) if packed else data


def _opener() -> OpenerDirector:
    """Return an opener for http and https alone, that follows no redirection: the address given is the one meant."""
    opener = OpenerDirector()
    for handler in (ProxyHandler(), HTTPHandler(), HTTPSHandler(), HTTPDefaultErrorHandler(), HTTPErrorProcessor()):
        opener.add_handler(handler)
    return opener


def _unpacked(data: bytes, path: str) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(data, MAX_FILE_BYTES)
    except zlib.error as error:
        raise SourceRefused(f"The server's answer for {path} is damaged.") from error
    if not unpacker.eof:
        raise SourceRefused(f"The server's answer for {path} is damaged, or unpacks to more than any file of a log.")
    return plain


def _limited(file: IO[bytes], path: str) -> bytes:
    data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise SourceRefused(f"{path} is larger than any file of an export.")
    return data


def open_source(where: str) -> Source:
    """Return the source that a folder, a zip file or an address names.

    Raises:
        SourceRefused: there is nothing, or nothing that could be an export.
    """
    if "://" in where:
        return UrlSource(where)
    path = Path(where)
    if path.is_dir():
        return FolderSource(path)
    if path.is_file():
        return ZipSource(path)
    raise SourceRefused(f"There is no folder and no file named {where}.")


class ListedFiles:
    """A source of files in memory: for tests, and for whoever made an export and verifies it at once."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._files = files

    def paths(self) -> tuple[str, ...] | None:
        """See `Source`."""
        return tuple(sorted(self._files))

    def read(self, path: str) -> bytes | None:
        """See `Source`."""
        return self._files.get(path)
