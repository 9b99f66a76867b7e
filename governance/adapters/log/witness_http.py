"""Asking a witness over HTTP: one small request, one small answer, in bounded time, with no detours."""

import ssl
import time
from pathlib import Path
from typing import Final

import httpx

from governance.audit.errors import LogUnavailable

LARGEST_ANSWER: Final = 64 * 1024
_PATH: Final = "/add-checkpoint"


class WitnessHttp:
    """`POST <address>/add-checkpoint` for every witness, over connections that are kept. Safe for many threads.

    Proxies of the environment are not asked and redirections not followed: the address in the policy is the witness.
    `ca_file` (PEM) names whose certificates are believed for https, where that is not the public authorities.
    """

    def __init__(self, *, timeout_s: float = 10.0, ca_file: Path | None = None) -> None:
        self._timeout_s = timeout_s
        self._client = httpx.Client(
            timeout=httpx.Timeout(timeout_s, connect=min(3.0, timeout_s)),
            follow_redirects=False,
            trust_env=False,
            verify=trusted_roots(ca_file),
            headers={"User-Agent": "insyn", "Content-Type": "text/plain; charset=utf-8"},
        )

    def __call__(self, address: str, body: bytes) -> tuple[int, bytes]:
        """Return the answer's status and body.

        Raises:
            LogUnavailable: there is none in time, or it is endless.
        """
        until = time.monotonic() + self._timeout_s
        try:
            with self._client.stream("POST", address.rstrip("/") + _PATH, content=body) as answer:
                found = bytearray()
                for part in answer.iter_raw():
                    found += part
                    if len(found) > LARGEST_ANSWER or time.monotonic() > until:
                        raise LogUnavailable("it answers endlessly")
                return answer.status_code, bytes(found)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise LogUnavailable("it does not answer") from error

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def trusted_roots(ca_file: Path | None) -> ssl.SSLContext | bool:
    """Return what `httpx` takes for whom to believe over https: the authorities of a file, or the public ones.

    Raises:
        LogUnavailable: the file holds no certificates.
    """
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # ssl.SSLError is one
        raise LogUnavailable(f"The file of authorities {ca_file} holds no certificates in PEM.") from error
