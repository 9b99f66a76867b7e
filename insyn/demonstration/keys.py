"""The demonstration's keys, all marked DEMO, and the file that pins them. Made once for a data folder."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from contracts.canonical import decode, encode
from contracts.clock import read_clocks
from contracts.errors import Malformed
from contracts.fields import Fields
from contracts.issuer_list import IssuerList, ListedIssuer
from contracts.joint_signature import JointlySigned
from contracts.sealing import OpeningKey
from contracts.signature import Purpose, SigningKey
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from contracts.vocabulary import IssuerType
from insyn.errors import InsynError
from insyn.home import Home
from insyn.key_files import public_half, read_key, write_key

SITE: Final = "demo-site"
ISSUER: Final = "demo-court"
OFFICERS: Final = ("demo-officer-1", "demo-officer-2")
ORGANISATIONS: Final = ("demo-police", "demo-region-office", "demo-courts")
_LIST_LIFE: Final = timedelta(days=3650)
"""The demonstration's own list of issuers must not end while somebody tries the program."""
_PINNED: Final = frozenset(TrustedRole) - {
    TrustedRole.EVALUATOR,
    TrustedRole.LAWYER,
    TrustedRole.MODEL_OFFICER,
    TrustedRole.VOLUNTEERS,
}
"""The roles that the demonstration pins a key for: no lawyer attests what it does."""
_START_ANEW: Final = "For the demonstration run `make demo-reset`, then start again."


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
    signing = [
        (TrustedRole.DATA_PROTECTION, home.supervisors / "data-protection.key", "data-protection"),
        (TrustedRole.ENROLMENT, home.enrolment / "enrolment.key", "demo-enrolment"),
        (TrustedRole.GOVERNANCE, home.governance / "keys" / "lease.key", "demo-governance"),
        (TrustedRole.LOG, home.log / "log.key", "demo-log"),
        (TrustedRole.MARKET_SURVEILLANCE, home.supervisors / "market-surveillance.key", "market-surveillance"),
        *((TrustedRole.OFFICER, home.authority / f"{name}.key", name) for name in OFFICERS),
        *((TrustedRole.ORGANISATION, home.organisations / f"{name}.key", name) for name in ORGANISATIONS),
        (TrustedRole.REGION, home.region / "region.key", "demo-region"),
        (TrustedRole.SITE, home.site(SITE) / "site.key", SITE),
        (TrustedRole.SUPERVISOR, home.supervisors / "urgent-tags.key", "demo-supervisor"),
        (TrustedRole.VIEWER, home.viewer / "viewer.key", "demo-viewer"),
    ]
    pinned = []
    for role, path, name in signing:
        pinned.append(PinnedKey(role=role, name=name, public=_key_at(path).public, demo=True))
        _show_public_half(path, pinned[-1])
    _make_where_missing(home.viewer / "reference.key", OpeningKey.generate().secret)
    _make_where_missing(home.site(SITE) / "opening.key", OpeningKey.generate().secret)
    _replace(home.issuers, _issuer_list(home).to_bytes())
    # Last, so that a set that was interrupted is completed by the next start and never taken for a whole one.
    _replace(home.trust, TrustedKeys(tuple(pinned)).to_bytes())


def require_keys_of_this_version(home: Home) -> None:
    """See that this folder's pinned keys, if there are any, have the roles that `make_demo_keys` pins.

    An earlier version pinned the issuer itself, which two organisations list now (P1), and no authority that is told.

    Raises:
        InsynError: they are of another version, or cannot be read.
    """
    if not home.trust.exists():
        return
    try:
        roles = set(Fields(decode(home.trust.read_bytes()), "file of pinned keys").items("keys", _role_named))
    except Malformed as error:
        raise InsynError(f"The pinned keys (trust.json) cannot be read: {error} {_START_ANEW}") from error
    if not _PINNED <= roles <= frozenset(TrustedRole):
        raise InsynError(
            f"The pinned keys of this data folder (trust.json) are another version's; it cannot be carried over. "
            f"{_START_ANEW}"
        )


def _role_named(value: object) -> str:
    return Fields(value, "pinned key").text("role")


def _issuer_list(home: Home) -> JointlySigned:
    """Return the list of the one court of the demonstration, signed by two of its three organisations."""
    now = read_clocks().now.replace(microsecond=0)
    begin, end = now - timedelta(days=1), now + _LIST_LIFE
    key = home.authority / "issuer.key"
    court = ListedIssuer(
        name=ISSUER,
        issuer_type=IssuerType.COURT,
        public=_key_at(key).public,
        demo=True,
        valid_from=begin,
        valid_to=end,
    )
    _show_public_half(key, court)
    listed = IssuerList(version=1, issued_at=begin, expires_at=end, issuers=(court,)).to_bytes()
    signers = [_key_at(home.organisations / f"{name}.key") for name in ORGANISATIONS[:2]]
    return JointlySigned.of(*(key.sign(Purpose.ISSUER_LIST, listed) for key in signers))


def _key_at(path: Path) -> SigningKey:
    _make_where_missing(path, SigningKey.generate().seed)
    return SigningKey.from_seed(read_key(path))


def _show_public_half(path: Path, half: PinnedKey | ListedIssuer) -> None:
    """Whoever tries the guides signs with these keys at the command line, which asks whose they are."""
    _replace(public_half(path), encode(half.to_json()))


def _replace(path: Path, data: bytes) -> None:
    partial = path.with_suffix(".partial")
    partial.write_bytes(data)
    partial.replace(path)


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
