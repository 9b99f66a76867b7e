"""The issuer's key on a token (PKCS#11): it signs the same bytes, and nothing that another key may not (P1)."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.canonical import encode
from contracts.issuer_list import ListedIssuer
from contracts.signature import Purpose, verified
from contracts.vocabulary import IssuerType
from insyn.commands.authority import app
from insyn.commands.signers import PIN
from tests.builders_commands import CommandLine, signed_in
from tests.builders_contracts import ISSUER_NAME, a_signing_key, a_warrant

pytestmark = pytest.mark.law("P1")
MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")
LABEL, KEY = "court of tests", "warrants 2026"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    module: Path
    half: Path

    @property
    def options(self) -> tuple[object, ...]:
        return ("--pkcs11", self.module, "--token", LABEL, "--key", KEY, "--public", self.half)


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Token:
    pkcs11: Any = pytest.importorskip("pkcs11", reason="python-pkcs11 (the extra 'hsm') is not installed")
    module = next((Path(path) for path in MODULES if Path(path).exists()), None)
    if module is None or shutil.which("softhsm2-util") is None:
        pytest.skip("softhsm2 is not installed: apt-get install softhsm2")
    (tmp_path / "tokens").mkdir()
    settings = tmp_path / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {tmp_path / 'tokens'}\nlog.level = ERROR\n", encoding="ascii")
    monkeypatch.setenv("SOFTHSM2_CONF", str(settings))
    monkeypatch.setenv(PIN, "1234")
    made = ["softhsm2-util", "--init-token", "--free", "--label", LABEL, "--so-pin", "5678", "--pin", "1234"]
    subprocess.run(made, check=True, capture_output=True, env=os.environ)
    library = pkcs11.lib(str(module))
    library.reinitialize()
    with library.get_token(token_label=LABEL).open(rw=True, user_pin="1234") as session:
        # The curve's name as softhsm2 2.6 wants it: a printable string (PKCS#11 3.0, 6.3.5).
        curve = session.create_domain_parameters(
            pkcs11.KeyType.EC_EDWARDS,
            {pkcs11.Attribute.EC_PARAMS: bytes.fromhex("130c656477617264733235353139")},
            local=True,
        )
        public, _ = curve.generate_keypair(mechanism=pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN, store=True, label=KEY)
        point = bytes(public[pkcs11.Attribute.EC_POINT])[-32:]
    half = tmp_path / "court.public.json"
    half.write_bytes(encode(listed(point).to_json()))
    return Token(module=module, half=half)


def listed(public: bytes, *, demo: bool = True) -> ListedIssuer:
    now = datetime.now(UTC).replace(microsecond=0)
    return ListedIssuer(
        name=ISSUER_NAME,
        issuer_type=IssuerType.COURT,
        public=public,
        demo=demo,
        valid_from=now,
        valid_to=now + timedelta(days=1),
    )


def an_act(folder: Path, *, demo: bool = True) -> Path:
    path = folder / "act.json"
    path.write_bytes(a_warrant(demo=demo).to_bytes())
    return path


def test_a_token_signs_a_warrant_that_is_believed(tmp_path: Path, token: Token) -> None:
    act, out = an_act(tmp_path), tmp_path / "signed.json"
    CommandLine(app, tmp_path).must("sign", act, *token.options, "--out", out, "--yes")
    half = ListedIssuer.from_json(json.loads(token.half.read_bytes()))
    assert verified(signed_in(out), Purpose.WARRANT, {half.id: half.public}) == act.read_bytes()


def test_a_demo_token_signs_no_real_warrant(tmp_path: Path, token: Token) -> None:
    out = ("--out", tmp_path / "x.json", "--yes")
    assert "DEMO" in CommandLine(app, tmp_path).refused("sign", an_act(tmp_path, demo=False), *token.options, *out)


def test_a_token_without_this_key_or_with_another_pin_is_one_sentence(
    tmp_path: Path, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    line, act, out = CommandLine(app, tmp_path), an_act(tmp_path), ("--out", tmp_path / "x.json", "--yes")
    other = ("--pkcs11", token.module, "--token", LABEL, "--key", "another", "--public", token.half)
    assert "cannot be used" in line.refused("sign", act, *other, *out)
    monkeypatch.setenv(PIN, "9999")
    assert "cannot be used" in line.refused("sign", act, *token.options, *out)


def test_another_keys_public_half_signs_nothing(tmp_path: Path, token: Token) -> None:
    token.half.write_bytes(encode(listed(a_signing_key("stranger").public).to_json()))
    out = ("--out", tmp_path / "x.json", "--yes")
    assert "another key's" in CommandLine(app, tmp_path).refused("sign", an_act(tmp_path), *token.options, *out)
