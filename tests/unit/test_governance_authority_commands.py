"""What the issuing authority and the region do by themselves: shown always, signed exactly, never by accident."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from contracts.camera import CameraRecord
from contracts.issuer_list import ListedIssuer
from contracts.signature import Purpose, Signed, verified
from contracts.trust import PinnedKey
from insyn.commands.authority import app as authority
from insyn.commands.region import app as region
from tests.builders_contracts import a_slot, a_warrant


def run(*arguments: object, answer: str | None = None) -> Result:
    return CliRunner().invoke(authority, [str(argument) for argument in arguments], input=answer)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "issuer.key"
    assert run("keygen", path, "--name", "court-of-tests", "--type", "court", "--demo").exit_code == 0
    return path


@pytest.fixture
def approved(tmp_path: Path) -> Path:
    path = tmp_path / "approved.json"
    path.write_bytes(a_warrant(demo=True).to_bytes())
    return path


def pinned(key: Path) -> ListedIssuer:
    return ListedIssuer.from_json(json.loads(key.with_name("issuer.key.public.json").read_bytes()))


def test_a_warrant_is_shown_and_signed_byte_for_byte(key: Path, approved: Path, tmp_path: Path) -> None:
    out = tmp_path / "signed.json"
    result = run("sign", approved, "--key", key, "--out", out, answer="y\n")
    assert result.exit_code == 0, result.output
    assert "DEMO WARRANT" in result.output
    signed = Signed.from_json(json.loads(out.read_bytes()))
    public = pinned(key)
    assert public.demo
    assert verified(signed, Purpose.WARRANT, {public.id: public.public}) == approved.read_bytes()


def test_what_is_signed_is_shown_even_where_nobody_asks(key: Path, approved: Path, tmp_path: Path) -> None:
    result = run("sign", approved, "--key", key, "--out", tmp_path / "signed.json", "--yes")
    assert "brottsbalken 4:1" in result.output.casefold()
    assert "Taken from home" in result.output


def test_without_a_yes_nothing_is_signed(key: Path, approved: Path, tmp_path: Path) -> None:
    result = run("sign", approved, "--key", key, "--out", tmp_path / "signed.json", answer="n\n")
    assert result.exit_code == 1
    assert not (tmp_path / "signed.json").exists()


def test_a_demo_key_signs_no_real_warrant(key: Path, tmp_path: Path) -> None:
    real = tmp_path / "real.json"
    real.write_bytes(a_warrant(demo=False).to_bytes())
    result = run("sign", real, "--key", key, "--out", tmp_path / "signed.json", "--yes")
    assert result.exit_code == 1
    assert "DEMO" in result.output


def test_another_authoritys_warrant_is_not_signed(key: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_bytes(a_warrant(demo=True, issuer="court-elsewhere").to_bytes())
    assert run("sign", other, "--key", key, "--out", tmp_path / "signed.json", "--yes").exit_code == 1


def test_what_is_not_canonical_is_not_signed(key: Path, approved: Path, tmp_path: Path) -> None:
    approved.write_bytes(approved.read_bytes() + b"\n")
    result = run("sign", approved, "--key", key, "--out", tmp_path / "signed.json", "--yes")
    assert result.exit_code == 1
    assert "canonical" in result.output


def test_a_text_cannot_hide_a_part_of_what_is_signed(tmp_path: Path) -> None:
    slot = a_slot("slot-1")
    sly = type(slot)(
        slot_id=slot.slot_id,
        commitment=slot.commitment,
        photographs=slot.photographs,
        necessity="Harmless \x1b[8m[conceal]and hidden[/conceal]",
        age_band=slot.age_band,
    )
    path = tmp_path / "sly.json"
    path.write_bytes(a_warrant(slots=(sly,)).to_bytes())
    result = run("show", path)
    assert "\x1b" not in result.output
    assert "[conceal]" in result.output


def test_a_key_and_a_signed_warrant_are_never_overwritten(key: Path, approved: Path, tmp_path: Path) -> None:
    assert run("keygen", key, "--name", "court-of-tests", "--type", "court").exit_code == 1
    out = tmp_path / "signed.json"
    out.write_bytes(b"something")
    assert run("sign", approved, "--key", key, "--out", out, "--yes").exit_code == 1
    assert out.read_bytes() == b"something"


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    result = run("show", tmp_path / "none.json")
    assert result.exit_code == 1
    assert "cannot be read" in result.output
    assert "Traceback" not in result.output


def test_the_region_signs_a_camera_written_by_hand(tmp_path: Path) -> None:
    def at_region(*arguments: object) -> Result:
        return CliRunner().invoke(region, [str(argument) for argument in arguments])

    key, record, out = tmp_path / "region.key", tmp_path / "camera.json", tmp_path / "signed.json"
    assert at_region("new-key", key, "--name", "region").exit_code == 0
    fields = {
        "kind": "insyn/camera/2",
        "serial": 1,
        "opens": 300,
        "closes": 60,
        "healthcare": False,
        "opened_by_sha256": None,
        "camera_id": "camera-1",
        "site_id": "site-1",
        "source_kind": "rtsp",
        "view": "The north entrance.",
        "masks": [],
        "loopback_only": False,
        "care_area": False,
    }
    record.write_text(json.dumps(fields, indent=2))
    result = at_region("sign-camera", record, "--key", key, "--out", out, "--yes")
    assert result.exit_code == 0, result.output
    public = PinnedKey.from_json(json.loads((tmp_path / "region.key.public.json").read_bytes()))
    signed = Signed.from_json(json.loads(out.read_bytes()))
    payload = verified(signed, Purpose.CAMERA, {public.id: public.public})
    assert CameraRecord.from_bytes(payload).camera_id == "camera-1"
