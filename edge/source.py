"""What a camera is read from: a closed list of kinds, and who may open which.

The location (a path, an address with its password) is a secret of the site: it is in no error and in no `repr`.
"""

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from contracts.vocabulary import SourceKind
from edge.errors import SourceRefused

SCHEMES: Final = {
    "http": SourceKind.HTTP,
    "https": SourceKind.HTTPS,
    "rtsp": SourceKind.RTSP,
    "rtsps": SourceKind.RTSPS,
}

_HOST_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_LOOKS_LIKE_A_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_MAX_LOCATION: Final = 2048
_MAX_DEVICE: Final = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraSource:
    """One place frames come from. `location` is an absolute path, a device number or an address, by `kind`."""

    kind: SourceKind
    location: str = field(repr=False)

    @property
    def is_live(self) -> bool:
        """Whether frames come whether or not anybody takes them."""
        return self.kind not in (SourceKind.FILE, SourceKind.FOLDER)

    @property
    def is_address(self) -> bool:
        """Whether the source is reached over a network."""
        return self.kind in SCHEMES.values()


def parse_source(text: str) -> CameraSource:
    """Read what an operator wrote: a device number, a path or an address.

    Raises:
        SourceRefused: the scheme is not on the closed list, or the address is not well formed.
    """
    if not text or len(text) > _MAX_LOCATION or not text.isprintable():
        raise SourceRefused("This source is empty, too long or holds control characters; write it anew.")
    if text.isascii() and text.isdigit():
        return _device(int(text))
    if "://" in text:
        return CameraSource(kind=_kind_of(split_address(text)), location=text)
    path = Path(text)
    if not path.exists() and _LOOKS_LIKE_A_SCHEME.match(text):
        raise SourceRefused("This source has a scheme that is not allowed; allowed are http, https, rtsp and rtsps.")
    kind = SourceKind.FOLDER if path.is_dir() else SourceKind.FILE
    return CameraSource(kind=kind, location=str(path.absolute()))


def may_open(source: CameraSource, *, local_only: bool) -> bool:
    """Decide whether an authorisation of this sort may read this source.

    Under DEMO keys only local devices, files and loopback addresses are read: a demonstration watches no place. Nor
    does a trial, but where the region declared the site closed.
    """
    if not local_only or not source.is_address:
        return True
    return is_loopback(split_address(source.location).hostname or "")


def is_loopback(host: str) -> bool:
    """Whether this name or address is this machine itself, whatever a name server says."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def split_address(text: str) -> SplitResult:
    """Split an address whose host and port are well formed.

    Raises:
        SourceRefused: they are not.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SourceRefused("The address of this source is not well formed; check its host and port.") from error
    if not host or port == 0 or not (_HOST_NAME.fullmatch(host) or _is_ip(host)):
        raise SourceRefused("The address of this source names no usable host; check it.")
    return parts


def _kind_of(parts: SplitResult) -> SourceKind:
    kind = SCHEMES.get(parts.scheme.lower())
    if kind is None:
        raise SourceRefused("This source has a scheme that is not allowed; allowed are http, https, rtsp and rtsps.")
    return kind


def _device(number: int) -> CameraSource:
    if number > _MAX_DEVICE:
        raise SourceRefused("There is no camera device with so high a number; local cameras count from 0.")
    return CameraSource(kind=SourceKind.DEVICE, location=str(number))


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
