"""The list of issuers from its making to its pin: two organisations, never an older one, never out of its time (P1)."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.believed_issuers import believing, listed_for
from contracts.errors import ContractError, SignatureRefused
from contracts.fields import format_bytes
from contracts.issuer_list import ListedIssuer
from contracts.model_profile import ProfileClass
from contracts.trust import PinnedKey, TrustedKeys
from insyn.commands.authority import app
from insyn.errors import InsynError
from insyn.home import Home
from insyn.pinning import pin_issuers
from tests.builders_commands import CommandLine
from tests.builders_contracts import a_trusted_site

pytestmark = pytest.mark.law("P1")
ORGANISATIONS = ("police", "region", "courts")


@pytest.fixture
def line(tmp_path: Path) -> CommandLine:
    """Return the commands, with an issuer's key, three organisations' keys and a home that pins them."""
    line = CommandLine(app, tmp_path)
    line.must("keygen", tmp_path / "issuer.key", "--name", "court", "--type", "court", "--demo")
    pinned = []
    for name in ORGANISATIONS:
        line.must("list", "keygen", tmp_path / f"{name}.key", "--name", name, "--demo")
        pinned.append(PinnedKey.from_json(json.loads((tmp_path / f"{name}.key.public.json").read_bytes())))
    (tmp_path / "trust.json").write_bytes(TrustedKeys(tuple(pinned)).to_bytes())
    return line


def made(line: CommandLine, version: int, *signers: str) -> Path:
    """Make a list of this version, signed by these organisations one after the other."""
    folder = line.folder
    half = folder / "issuer.key.public.json"
    path = folder / f"list-{version}-{'-'.join(signers)}.json"
    line.must("list", "make", half, "--version", version, "--days", 30, "--out", path)
    for number, name in enumerate(signers):
        out = path.with_suffix(f".{number}.json")
        line.must("list", "sign", path, "--key", folder / f"{name}.key", "--out", out, "--yes")
        path = out
    return path


def test_two_organisations_make_a_list_that_is_believed(line: CommandLine) -> None:
    path = made(line, 1, "police", "courts")
    assert "Version 1" in line.must("list", "pin", path, "--home", line.folder).output
    trusted = believing(TrustedKeys.from_bytes((line.folder / "trust.json").read_bytes()), path.read_bytes())
    now = datetime.now(UTC)
    assert [issuer.name for issuer in trusted.issuers_at(now)] == ["court"]
    assert trusted.issuers_at(now + timedelta(days=31)) == ()
    shown = line.must("list", "show", path).output
    assert "DEMO issuer" in shown
    assert "Signed with" in shown


@pytest.mark.parametrize("signers", [(), ("police",), ("police", "police")])
def test_one_organisation_alone_makes_nobody_an_issuer(line: CommandLine, signers: tuple[str, ...]) -> None:
    line.refused("list", "pin", made(line, 1, *signers), "--home", line.folder)
    assert not (line.folder / "issuers.json").exists()


def test_an_older_list_is_not_put_back(line: CommandLine) -> None:
    old, new = made(line, 1, "police", "region"), made(line, 2, "region", "courts")
    line.must("list", "pin", old, "--home", line.folder)
    line.must("list", "pin", new, "--home", line.folder)
    assert "older" in line.refused("list", "pin", old, "--home", line.folder)
    line.must("list", "pin", new, "--home", line.folder)
    assert (line.folder / "issuers.json").read_bytes() == new.read_bytes()


def test_another_list_of_the_same_version_is_not_believed(line: CommandLine) -> None:
    first = made(line, 1, "police", "region")
    line.must("list", "pin", first, "--home", line.folder)
    line.must("keygen", line.folder / "second.key", "--name", "prosecutor", "--type", "prosecutor", "--demo")
    (line.folder / "second.key.public.json").replace(line.folder / "issuer.key.public.json")
    assert "older" in line.refused("list", "pin", made(line, 1, "courts", "region"), "--home", line.folder)


def test_a_list_that_is_over_is_not_pinned(line: CommandLine) -> None:
    data = made(line, 1, "police", "region").read_bytes()
    with pytest.raises(InsynError, match="not in its time"):
        pin_issuers(Home(line.folder), data, datetime.now(UTC) + timedelta(days=31))


def test_a_demo_organisation_lists_demo_issuers_only(line: CommandLine) -> None:
    half = line.folder / "issuer.key.public.json"
    half.write_bytes(half.read_bytes().replace(b'"demo":true', b'"demo":false'))
    path = line.folder / "real.json"
    line.must("list", "make", half, "--version", 1, "--days", 30, "--out", path)
    key = ("--key", line.folder / "police.key", "--out", line.folder / "x.json", "--yes")
    assert "DEMO" in line.refused("list", "sign", path, *key)


def test_an_issuers_key_signs_no_list(line: CommandLine) -> None:
    path = made(line, 1)
    key = ("--key", line.folder / "issuer.key", "--out", line.folder / "x.json", "--yes")
    line.refused("list", "sign", path, *key)


def test_a_key_pinned_for_something_else_is_never_listed(line: CommandLine) -> None:
    police = PinnedKey.from_json(json.loads((line.folder / "police.key.public.json").read_bytes()))
    half = line.folder / "issuer.key.public.json"
    court = ListedIssuer.from_json(json.loads(half.read_bytes()))
    half.write_bytes(half.read_bytes().replace(encoded(court.public), encoded(police.public)))
    data = made(line, 1, "region", "courts").read_bytes()
    with pytest.raises(ContractError, match="something else"):
        believing(TrustedKeys.from_bytes((line.folder / "trust.json").read_bytes()), data)


@pytest.mark.parametrize("demo", [False, True])
def test_whatever_two_organisations_signed_demo_and_other_are_not_mixed(demo: bool) -> None:  # noqa: FBT001
    """Also where no command of ours was asked: the list is refused where it is read."""
    site = a_trusted_site(demo=demo, demo_issuer=not demo)
    with pytest.raises(SignatureRefused, match="DEMO"):
        believing(TrustedKeys(site.trusted.keys), site.issuer_list.to_bytes())
    good = a_trusted_site(demo=demo)
    listed = TrustedKeys(good.trusted.keys, good.trusted.issuers)
    assert believing(TrustedKeys(good.trusted.keys), good.issuer_list.to_bytes()) == listed


@pytest.mark.law("P4")
def test_a_list_that_was_signed_for_another_use_is_none() -> None:
    site = a_trusted_site(demo=True)
    trusted = believing(TrustedKeys(site.trusted.keys), site.issuer_list.to_bytes())
    assert listed_for(trusted, ProfileClass.DEMO).issuers == site.trusted.issuers
    assert listed_for(trusted, ProfileClass.TRIAL).issuers is None
    assert listed_for(trusted, ProfileClass.TRIAL).keys == trusted.keys


def encoded(public: bytes) -> bytes:
    return format_bytes(public).encode()
