"""Before FFmpeg speaks to a camera: its name is resolved once, and one request of our own asks whether it redirects.

Runs in the decoder, so that a camera that never answers hangs a process that is watched and killed.
"""

import re
import socket
import ssl
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, unquote, urlunsplit

from contracts.vocabulary import SourceKind
from edge.source import split_address

_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322}
_STATUS_LINE: Final = re.compile(rb"(?:HTTP|RTSP)/\d\.\d (\d{3})\b")
_ENCRYPTED: Final = (SourceKind.HTTPS, SourceKind.RTSPS)


class Redirected(Exception):
    """The camera answered with another address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundAddress:
    """An address whose host is resolved: what FFmpeg opens is the machine that was asked."""

    location: str = field(repr=False)
    host_header: str | None = field(repr=False)


def check_address(location: str, kind: SourceKind, *, timeout_s: float) -> BoundAddress:
    """Resolve the camera's name and ask it once.

    Raises:
        Redirected: it answers with a redirect.
        OSError: it cannot be reached.
    """
    parts = split_address(location)
    host = parts.hostname or ""
    port = parts.port or _DEFAULT_PORTS[parts.scheme.lower()]
    # A name that means this machine is never looked up: under DEMO keys nothing else may be reached by it.
    address = "127.0.0.1" if host == "localhost" else _resolve(host, port)
    with socket.create_connection((address, port), timeout=timeout_s) as plain:
        connection = _encrypt(plain, host) if kind in _ENCRYPTED else plain
        connection.settimeout(timeout_s)
        connection.sendall(_request(parts, host, port))
        head = connection.recv(4096)
        if connection is not plain:
            connection.close()
    status = _STATUS_LINE.match(head)
    if status is not None and status[1].startswith(b"3"):
        raise Redirected
    return _bind(parts, kind, address, port)


def _resolve(host: str, port: int) -> str:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return str(found[0][4][0])


def _encrypt(plain: socket.socket, host: str) -> socket.socket:
    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


def _request(parts: SplitResult, host: str, port: int) -> bytes:
    """Return a request without credentials: a camera that wants them answers 401, which is no redirect."""
    bracketed = f"[{host}]" if ":" in host else host
    if parts.scheme.lower().startswith("rtsp"):
        target = urlunsplit((parts.scheme, f"{bracketed}:{port}", parts.path, parts.query, ""))
        text = f"DESCRIBE {target} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n"
    else:
        target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        text = f"GET {target} HTTP/1.1\r\nHost: {bracketed}:{port}\r\nConnection: close\r\n\r\n"
    return text.encode()


def _bind(parts: SplitResult, kind: SourceKind, address: str, port: int) -> BoundAddress:
    """Write the resolved address into the location, but for encrypted ones, where the certificate binds the name."""
    if kind in _ENCRYPTED:
        return BoundAddress(location=parts.geturl(), host_header=None)
    bracketed = f"[{address}]" if ":" in address else address
    user = parts.netloc.rpartition("@")[0]
    netloc = f"{user}@{bracketed}:{port}" if user else f"{bracketed}:{port}"
    location = urlunsplit((parts.scheme, netloc, parts.path, parts.query, ""))
    is_same = unquote(parts.hostname or "") == address
    host_header = f"{parts.hostname}:{port}" if kind is SourceKind.HTTP and not is_same else None
    return BoundAddress(location=location, host_header=host_header)
