"""What the volunteers' trustee and the region sign by themselves is what governance and sites believe (C11, C16)."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from contracts.run_papers import RunPapers
from contracts.signature import Purpose, Signed, verified
from contracts.trust import PinnedKey, TrustedRole
from contracts.volunteer_run import RunMode, VolunteerRun
from contracts.volunteers import SiteClosure, VolunteerConsent
from insyn.commands.region import app as region
from insyn.commands.signing import make_pinned_key
from insyn.commands.volunteers import app as volunteers
from tests.builders_contracts import a_camera
from tests.builders_volunteers import a_closure, a_consent, a_run


def trustee(*arguments: object, answer: str | None = None) -> Result:
    return CliRunner().invoke(volunteers, [str(argument) for argument in arguments], input=answer)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "trustee.key"
    assert trustee("new-key", path, "--name", "trustee").exit_code == 0
    return path


def public(key: Path) -> PinnedKey:
    return PinnedKey.from_json(json.loads(key.with_name(key.name + ".public.json").read_bytes()))


def by_hand(path: Path, record: bytes, **changes: object) -> Path:
    path.write_text(json.dumps({**json.loads(record), **changes}, indent=2))
    return path


def consented(folder: Path, key: Path, name: str) -> Path:
    out = folder / f"{name}.signed.json"
    file = by_hand(folder / f"{name}.json", a_consent(name).to_bytes())
    result = trustee("sign-consent", file, "--key", key, "--out", out, "--yes")
    assert result.exit_code == 0, result.output
    assert name in result.output
    return out


@pytest.mark.law("C11", "C16")
def test_consents_closure_and_list_become_the_one_file_that_governance_takes(key: Path, tmp_path: Path) -> None:
    at_region, closed = tmp_path / "region.key", tmp_path / "closed.json"
    run_of_region = CliRunner().invoke
    assert run_of_region(region, ["new-key", str(at_region), "--name", "region"]).exit_code == 0
    file = by_hand(tmp_path / "closure.json", a_closure().to_bytes())
    signing = ["sign-closure", str(file), "--key", str(at_region), "--out", str(closed), "--yes"]
    shown = run_of_region(region, signing)
    assert "staff included" not in shown.output
    assert "camera-1" in shown.output
    given = [consented(tmp_path, key, name) for name in ("v1", "v2")]
    said = tmp_path / "declared.json"
    said.write_text(json.dumps([{"volunteer_id": "v1", "sex": "woman", "age": None, "skin": None}]))
    plan, out = by_hand(tmp_path / "run.json", a_run().to_bytes()), tmp_path / "papers.json"
    options = ["--closure", closed, "--declared", said, "--key", key, "--out", out, "--yes"]
    result = trustee("sign-run", plan, "--consent", given[0], "--consent", given[1], *options)
    assert result.exit_code == 0, result.output
    papers, pinned = RunPapers.from_bytes(out.read_bytes()), public(key)
    assert pinned.role is TrustedRole.VOLUNTEERS
    keys = {pinned.id: pinned.public}
    made = VolunteerRun.from_bytes(verified(papers.run, Purpose.VOLUNTEER_RUN, keys))
    assert made.mode is RunMode.CLOSED_SITE
    assert made.consents == tuple(one.sha256 for one in papers.consents)
    assert papers.closure is not None
    assert made.rests_on_sha256 == papers.closure.sha256
    of_region = public(at_region)
    closure = verified(papers.closure, Purpose.SITE_CLOSURE, {of_region.id: of_region.public})
    assert SiteClosure.from_bytes(closure) == a_closure()
    first = verified(papers.consents[0], Purpose.VOLUNTEER_CONSENT, keys)
    assert VolunteerConsent.from_bytes(first) == a_consent("v1")
    assert [one.sex for one in papers.declared] == ["woman"]


@pytest.mark.law("C11", "C13")
def test_nothing_is_signed_for_a_child_without_a_yes_or_over_somebody_elses_consent(key: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    child = by_hand(tmp_path / "child.json", a_consent("v1").to_bytes(), of_age=False)
    grown = by_hand(tmp_path / "grown.json", a_consent("v1").to_bytes())
    assert "child" in trustee("sign-consent", child, "--key", key, "--out", out, "--yes").output
    assert trustee("sign-consent", grown, "--key", key, "--out", out, answer="n\n").exit_code == 1
    other = tmp_path / "other.key"
    assert trustee("new-key", other, "--name", "other").exit_code == 0
    plan = by_hand(tmp_path / "run.json", a_run().to_bytes())
    borrowed = consented(tmp_path, other, "v1")
    refused = trustee("sign-run", plan, "--consent", borrowed, "--key", key, "--out", out, "--yes")
    assert refused.exit_code == 1
    assert not out.exists()
    for content in ("[]", "not json", "1"):
        grown.write_text(content)
        assert trustee("sign-consent", grown, "--key", key, "--out", out, "--yes").exit_code == 1
    assert Signed.from_json(json.loads(borrowed.read_bytes())).payload


@pytest.mark.law("C11", "C16", "P1")
@pytest.mark.parametrize("role", [one for one in TrustedRole if one is not TrustedRole.VOLUNTEERS])
def test_a_key_of_another_role_signs_nothing_of_volunteers(role: TrustedRole, tmp_path: Path) -> None:
    key, out = tmp_path / "other.key", tmp_path / "out.json"
    make_pinned_key(key, role, "other", demo=False)
    consent = by_hand(tmp_path / "consent.json", a_consent("v1").to_bytes())
    plan = by_hand(tmp_path / "run.json", a_run().to_bytes())
    for arguments in (("sign-consent", consent), ("sign-run", plan, "--consent", consent)):
        refused = trustee(*arguments, "--key", key, "--out", out, "--yes")
        assert refused.exit_code == 1
        assert f"is of the role {role.value}, and this is signed with one of the role volunteers" in refused.output
    assert not out.exists()


@pytest.mark.law("C16", "P1")
@pytest.mark.parametrize("role", [one for one in TrustedRole if one is not TrustedRole.REGION])
def test_a_key_of_another_role_closes_no_site_and_signs_no_camera(role: TrustedRole, tmp_path: Path) -> None:
    key, out = tmp_path / "other.key", tmp_path / "out.json"
    make_pinned_key(key, role, "other", demo=False)
    closure = by_hand(tmp_path / "closure.json", a_closure().to_bytes())
    camera = by_hand(tmp_path / "camera.json", a_camera().to_bytes())
    for command, file in (("sign-closure", closure), ("sign-camera", camera)):
        refused = CliRunner().invoke(region, [command, str(file), "--key", str(key), "--out", str(out), "--yes"])
        assert refused.exit_code == 1
        assert f"is of the role {role.value}, and this is signed with one of the role region" in refused.output
    assert not out.exists()


@pytest.mark.law("P1")
def test_a_key_of_which_nobody_knows_what_it_may_sign_signs_nothing(key: Path, tmp_path: Path) -> None:
    key.with_name(key.name + ".public.json").unlink()
    out, consent = tmp_path / "out.json", by_hand(tmp_path / "consent.json", a_consent("v1").to_bytes())
    refused = trustee("sign-consent", consent, "--key", key, "--out", out, "--yes")
    assert refused.exit_code == 1
    assert "public half" in refused.output
    assert not out.exists()
