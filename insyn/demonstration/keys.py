"""The demonstration's keys, all marked DEMO, and the file that pins them. Made once for a data folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.sealing import OpeningKey
from contracts.signature import SigningKey
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from contracts.vocabulary import IssuerType
from insyn.home import Home
from insyn.key_files import read_key, write_key

SITE: Final = "demo-site"
ISSUER: Final = "demo-court"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoKeys:
    """What the demonstration itself signs with, when it plays the issuing authority and the region."""

    issuer: SigningKey
    region: SigningKey
    site_opening: OpeningKey


def make_demo_keys(home: Home) -> None:
    """Make every key of the demonstration and pin the public halves in `trust.json`; nothing if that is there.

    Raises:
        InsynError: a key cannot be written.
    """
    if home.trust.exists():
        return
    signing = {
        TrustedRole.ENROLMENT: (home.enrolment / "enrolment.key", "demo-enrolment", None),
        TrustedRole.GOVERNANCE: (home.governance / "keys" / "lease.key", "demo-governance", None),
        TrustedRole.ISSUER: (home.authority / "issuer.key", ISSUER, IssuerType.COURT),
        TrustedRole.LOG: (home.log / "log.key", "demo-log", None),
        TrustedRole.REGION: (home.region / "region.key", "demo-region", None),
        TrustedRole.SITE: (home.site(SITE) / "site.key", SITE, None),
        TrustedRole.VIEWER: (home.viewer / "viewer.key", "demo-viewer", None),
    }
    pinned = []
    for role, (path, name, issuer_type) in signing.items():
        _make_where_missing(path, SigningKey.generate().seed)
        key = SigningKey.from_seed(read_key(path))
        pinned.append(PinnedKey(role=role, name=name, public=key.public, demo=True, issuer_type=issuer_type))
    _make_where_missing(home.viewer / "reference.key", OpeningKey.generate().secret)
    _make_where_missing(home.site(SITE) / "opening.key", OpeningKey.generate().secret)
    # Last, so that a set that was interrupted is completed by the next start and never taken for a whole one.
    partial = home.trust.with_suffix(".partial")
    partial.write_bytes(TrustedKeys(tuple(pinned)).to_bytes())
    partial.replace(home.trust)


def _make_where_missing(path: Path, secret: bytes) -> None:
    """A start that was interrupted left whole keys, which nothing has used yet: they are kept."""
    if not path.exists():
        write_key(path, secret)


def load_demo_keys(home: Home) -> DemoKeys:
    """Load what the demonstration signs with.

    Raises:
        InsynError: a key is missing.
    """
    return DemoKeys(
        issuer=SigningKey.from_seed(read_key(home.authority / "issuer.key")),
        region=SigningKey.from_seed(read_key(home.region / "region.key")),
        site_opening=OpeningKey.from_bytes(read_key(home.site(SITE) / "opening.key")),
    )
