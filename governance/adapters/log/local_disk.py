"""Which kind of file system a folder lies on: a log's database needs one that keeps its promises."""

import re
from pathlib import Path
from typing import Final

from governance.audit.errors import LogUnavailable

_MOUNTS: Final = Path("/proc/self/mountinfo")
_NETWORK: Final = frozenset(
    {
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "fuse.cephfs",
        "fuse.glusterfs",
        "fuse.s3fs",
        "fuse.sshfs",
        "gfs2",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "ocfs2",
        "smb3",
        "smbfs",
        "virtiofs",
    }
)


def require_local(folder: Path, mounts: Path = _MOUNTS) -> None:
    """Accept a folder on a disk of this machine, as far as the kernel tells.

    Raises:
        LogUnavailable: it lies on a file system of the network, where SQLite's write-ahead log is not safe.
    """
    if file_system(folder, mounts) in _NETWORK:
        raise LogUnavailable(
            "The log's database lies on a network file system, where a commit can be lost; choose a folder on a disk "
            "of this machine, or PostgreSQL."
        )


def file_system(folder: Path, mounts: Path = _MOUNTS) -> str:
    """Return the type of the file system that a folder lies on, or an empty text where the kernel does not tell."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    place, best, found = folder.resolve(), -1, ""
    for line in lines:
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not after:
            continue
        point = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4]))
        # Of two mounts on one place the later one lies on top.
        if place.is_relative_to(point) and len(point.parts) >= best:
            best, found = len(point.parts), after.split(" ")[0]
    return found
