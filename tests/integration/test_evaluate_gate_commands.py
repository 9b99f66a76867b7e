"""`insyn evaluate manifest|sign|gate` on files that people carry: signatures first, then figures, then one status."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy.pipeline_hash import pipeline_sha256
from benchmarks.accuracy.score_file import ScoreFile, to_bytes
from contracts.canonical import decode, encode
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from insyn.commands.evaluate import app
from insyn.key_files import public_half, write_key
from tests.builders_accuracy import a_profile
from tests.builders_commands import CommandLine
from tests.builders_contracts import a_signing_key
from tests.builders_scores import good_scores, good_use, manifests_of, with_manifests

pytestmark = pytest.mark.law("A17", "C10", "D1", "D3")

KEYS = {name: a_signing_key(name) for name in ("police", "region", "second-of-police", "laboratory", "stranger")}
PINNED = {"police": "police", "region": "region", "second-of-police": "police", "laboratory": "laboratory"}


def scores() -> ScoreFile:
    """Those of the code that runs here, few enough to be quick: open, because groups are too small for a ratio."""
    return replace(good_scores(4000, 0), pipeline_sha256=pipeline_sha256(a_profile()))


def half(name: str) -> PinnedKey:
    role = TrustedRole.EVALUATOR if name in {"laboratory", "stranger"} else TrustedRole.ORGANISATION
    return PinnedKey(role=role, name=PINNED.get(name, name), public=KEYS[name].public, demo=False)


@pytest.fixture
def line(tmp_path: Path) -> CommandLine:
    for name, key in KEYS.items():
        write_key(tmp_path / name, key.seed)
        public_half(tmp_path / name).write_bytes(encode(half(name).to_json()))
    keys = tuple(half(name) for name in PINNED)
    (tmp_path / "keys.json").write_bytes(TrustedKeys(keys).to_bytes())
    (tmp_path / "report.json").write_bytes(b"{}")
    (tmp_path / "use.json").write_bytes(good_use().model_dump_json().encode())
    return CommandLine(app, tmp_path)


def carried(line: CommandLine, of: ScoreFile) -> ScoreFile:
    """Write and sign everything, as three organisations would."""
    folder = line.folder
    (folder / "scores.zip").write_bytes(to_bytes(of))
    line.must("sign-scores", folder / "scores.zip", "--key", folder / "laboratory", "--yes")
    for at, manifest in enumerate(manifests_of(of)):
        (folder / f"m{at}").write_bytes(manifest.to_bytes())
        line.must(
            "manifest", "sign", folder / f"m{at}", "--key", folder / "police", "--out", folder / f"n{at}", "--yes"
        )
        line.must(
            "manifest", "sign", folder / f"n{at}", "--key", folder / "region", "--out", folder / f"s{at}", "--yes"
        )
    return of


def gate_line(line: CommandLine, *more: object, manifests: tuple[str, ...] = ("s0", "s1")) -> tuple[object, ...]:
    folder = line.folder
    named = [part for one in manifests for part in ("--manifest", folder / one)]
    parts = ("--scores", folder / "scores.zip", "--use", folder / "use.json", "--keys", folder / "keys.json")
    return ("gate", *parts, *named, "--date", "2026-11-26", *more)


def test_signed_scores_are_judged_and_only_a_pass_ends_with_nought(line: CommandLine) -> None:
    carried(line, scores())
    out = line.folder / "outcome.json"
    result = line.run(*gate_line(line, "--json", out))
    told = json.loads(out.read_text(encoding="utf-8"))
    assert [one["number"] for one in told["items"] if one["verdict"] != "PASS"] == [6, 8], result.output
    assert (told["verdict"], told["envelope"], told["demo"]) == ("NOT DEMONSTRATED", None, False)
    assert result.exit_code == 4, result.output
    stricter = good_use(one_threshold_for_all=False)
    (line.folder / "use.json").write_bytes(stricter.model_dump_json().encode())
    assert line.run(*gate_line(line)).exit_code == 3


def test_a_pass_has_an_envelope_and_is_drafted(line: CommandLine) -> None:
    carried(line, replace(good_scores(), pipeline_sha256=pipeline_sha256(a_profile())))
    draft, out = line.folder / "draft.json", line.folder / "outcome.json"
    more = ("--json", out, "--admission-draft", draft, "--report", line.folder / "report.json")
    line.must(*gate_line(line, *more, "--admission-id", "first"))
    envelope = json.loads(out.read_text(encoding="utf-8"))["envelope"]
    assert (envelope["largest_list"], envelope["expires_on"]) == (444, "2027-06-01")
    made = decode(draft.read_bytes())
    assert made["envelope"]["groups"] == ["female", "male"]
    assert made["envelope"]["age_bands"] == ["adult"]
    assert made["envelope"]["camera_classes"] == ["hall"]
    assert (made["verdict"], made["profile_class"], made["expires_at"]) == ("PASS", "TRIAL", "2027-06-02T00:00:00.000Z")
    assert made["profile_sha256"] == a_profile().profile_sha256
    assert len(made["manifest_sha256s"]) == 2


def test_nothing_but_a_pass_is_drafted(line: CommandLine) -> None:
    carried(line, scores())
    draft = line.folder / "draft.json"
    result = line.run(*gate_line(line, "--admission-draft", draft))
    assert (result.exit_code, draft.exists()) == (4, False)
    assert "Only a PASS" in result.output


@pytest.mark.parametrize("demo", [{"laboratory"}, {"police", "region", "second-of-police"}])
def test_a_demo_key_under_scores_or_data_is_said_and_drafts_nothing(line: CommandLine, demo: set[str]) -> None:
    keys = tuple(replace(half(name), demo=name in demo) for name in PINNED)
    (line.folder / "keys.json").write_bytes(TrustedKeys(keys).to_bytes())
    carried(line, replace(good_scores(), pipeline_sha256=pipeline_sha256(a_profile())))
    draft, out = line.folder / "draft.json", line.folder / "outcome.json"
    more = ("--json", out, "--admission-draft", draft, "--report", line.folder / "report.json", "--admission-id", "a")
    result = line.must(*gate_line(line, *more))
    told = json.loads(out.read_text(encoding="utf-8"))
    assert (told["verdict"], told["demo"], draft.exists()) == ("PASS", True, False)
    assert "it admits nothing" in result.output
    assert "nothing was written" in result.output


def test_an_age_band_that_was_not_tested_is_not_admitted(line: CommandLine) -> None:
    carried(line, replace(good_scores(), pipeline_sha256=pipeline_sha256(a_profile())))
    said = good_use().model_dump()
    said["age_bands"] = [{"band": "child", "labels": ["0–12"]}, {"band": "adult", "labels": ["25–34", "35–49"]}]
    (line.folder / "use.json").write_text(json.dumps(said), encoding="utf-8")
    out = line.folder / "outcome.json"
    line.must(*gate_line(line, "--json", out))
    assert json.loads(out.read_text(encoding="utf-8"))["envelope"]["age_bands"] == []


def test_an_edited_number_is_refused_by_the_signature(line: CommandLine) -> None:
    of = carried(line, scores())
    edited = replace(of, lists=(replace(of.lists[0], best=np.minimum(of.lists[0].best, 0.0) - 1e-9),))
    (line.folder / "scores.zip").write_bytes(to_bytes(edited))
    assert "was changed" in line.refused(*gate_line(line))


def test_a_truncated_file_is_refused_even_where_it_was_signed_so(line: CommandLine) -> None:
    carried(line, scores())
    whole = (line.folder / "scores.zip").read_bytes()
    (line.folder / "cut.zip").write_bytes(whole[: len(whole) // 2])
    assert "cut off" in line.refused(
        "sign-scores", line.folder / "cut.zip", "--key", line.folder / "laboratory", "--yes"
    )


def test_a_signature_of_somebody_else_is_refused(line: CommandLine) -> None:
    carried(line, scores())
    beside = line.folder / "scores.zip.signed.json"
    beside.unlink()
    assert "The scores are not signed" in line.refused(*gate_line(line))
    line.must("sign-scores", line.folder / "scores.zip", "--key", line.folder / "stranger", "--yes")
    assert "not pinned" in line.refused(*gate_line(line))
    for name in ("police", "s0"):
        beside.write_bytes((line.folder / name).read_bytes())
        assert "is not the signature of a score file" in line.refused(*gate_line(line))


def test_a_key_of_another_role_signs_nothing(line: CommandLine) -> None:
    folder = line.folder
    carried(line, scores())
    (folder / "scores.zip.signed.json").unlink()
    said = line.refused("sign-scores", folder / "scores.zip", "--key", folder / "police", "--yes")
    assert "This key is of the role organisation; scores are signed with an evaluator's" in said
    out = folder / "out"
    said = line.refused("manifest", "sign", folder / "m0", "--key", folder / "laboratory", "--out", out, "--yes")
    assert "This key is of the role evaluator; a data manifest is signed with an organisation's" in said
    said = line.refused("manifest", "sign", folder / "n0", "--key", folder / "police", "--out", out, "--yes")
    assert "has signed this already" in said
    assert not out.exists()
    assert not (folder / "scores.zip.signed.json").exists()


def test_a_sentence_names_the_file_that_is_meant(line: CommandLine) -> None:
    carried(line, scores())
    assert "s9 cannot be read" in line.refused(*gate_line(line, manifests=("s0", "s9"))).replace("\n", "")
    (line.folder / "s9").write_bytes(b"{}")
    said = line.refused(*gate_line(line, manifests=("s0", "s9")))
    assert f"The file {line.folder / 's9'} is not a data manifest that was signed." in said
    keys = line.folder / "keys.json"
    keys.write_text(json.dumps(json.loads(keys.read_bytes()), indent=1))
    said = line.refused(*gate_line(line))
    assert f"The file {keys} is not a file of pinned keys, as `insyn evaluate keys` makes one." in said
    assert "canonical JSON" in said


def test_a_draft_that_cannot_be_made_leaves_no_outcome_behind(line: CommandLine) -> None:
    carried(line, replace(good_scores(), pipeline_sha256=pipeline_sha256(a_profile())))
    out, draft = line.folder / "outcome.json", line.folder / "draft.json"
    assert "give --report" in line.refused(*gate_line(line, "--json", out, "--admission-draft", draft))
    assert not out.exists()
    assert not draft.exists()


def test_manifests_of_one_organisation_or_missing_ones_are_refused(line: CommandLine) -> None:
    folder = line.folder
    carried(line, scores())
    assert "two different organisations" in line.refused(*gate_line(line, manifests=("n0", "s1")))
    assert "hand it in" in line.refused(*gate_line(line, manifests=("s0",)))
    key = folder / "second-of-police"
    line.must("manifest", "sign", folder / "n0", "--key", key, "--out", folder / "twice", "--yes")
    assert "two different organisations" in line.refused(*gate_line(line, manifests=("twice", "s1")))
    assert "two different" in line.refused("manifest", "check", folder / "twice", "--keys", folder / "keys.json")
    line.must("manifest", "check", folder / "s0", "--keys", folder / "keys.json")


def test_a_groups_errors_that_were_dropped_before_signing_are_refused(line: CommandLine) -> None:
    """The evaluator signs what has no gap in itself; what the organisations signed has two pictures more."""
    whole = scores()
    carried(line, whole)
    shorter = good_scores(3999, 0)
    if shorter.probes is None or whole.probes is None:
        raise ValueError
    named = replace(
        shorter,
        pipeline_sha256=whole.pipeline_sha256,
        probes=replace(shorter.probes, manifest_sha256=whole.probes.manifest_sha256),
    )
    (line.folder / "scores.zip").write_bytes(to_bytes(named))
    (line.folder / "scores.zip.signed.json").unlink()
    line.must("sign-scores", line.folder / "scores.zip", "--key", line.folder / "laboratory", "--yes")
    assert "counts of pictures" in line.refused(*gate_line(line))


def test_an_expired_evidence_fails(line: CommandLine) -> None:
    carried(line, with_manifests(replace(scores(), measured_on=date(2025, 6, 1))))
    out = line.folder / "outcome.json"
    assert line.run(*gate_line(line, "--json", out)).exit_code == 3
    (failed,) = [one for one in json.loads(out.read_text())["items"] if one["verdict"] == "FAIL"]
    assert failed["number"] == 14


def test_a_use_with_an_unknown_field_is_refused(line: CommandLine) -> None:
    carried(line, scores())
    (line.folder / "use.json").write_bytes(encode({**good_use().model_dump(), "more": 1}))
    assert "more" in line.refused(*gate_line(line))


def test_a_manifest_of_pictures_holds_no_name_and_is_checked_against_them(line: CommandLine) -> None:
    folder, data = line.folder, line.folder / "data"
    (data / "utkface").mkdir(parents=True)
    for name in ("25_0_1_20170101000000000.jpg", "30_1_2_20170101000000001.jpg"):
        (data / "utkface" / name).write_bytes(name.encode())
    line.must("manifest", "make", "utkface", "--data", data, "--out", folder / "utk")
    made = decode((folder / "utk").read_bytes())
    assert (made["pictures"], made["people"], made["name"]) == (2, 2, "UTKFace")
    assert b".jpg" not in (folder / "utk").read_bytes()
    for one, other, key in (("utk", "half", "police"), ("half", "whole", "region")):
        line.must("manifest", "sign", folder / one, "--key", folder / key, "--out", folder / other, "--yes")
    check = ("manifest", "check", folder / "whole", "--keys", folder / "keys.json", "--data", data, "--set", "utkface")
    line.must(*check)
    (data / "utkface" / "30_1_2_20170101000000001.jpg").rename(data / "utkface" / "30_1_3_20170101000000001.jpg")
    assert "labels" in line.refused(*check)
    assert "neither" in line.refused("manifest", "make", "other", "--data", data, "--out", folder / "o")


def test_what_is_to_be_signed_is_shown_and_a_no_signs_nothing(line: CommandLine) -> None:
    (line.folder / "scores.zip").write_bytes(to_bytes(scores()))
    result = line.run("sign-scores", line.folder / "scores.zip", "--key", line.folder / "laboratory", answer="n\n")
    assert result.exit_code == 1
    assert a_profile().profile_sha256[:20] in result.output.replace("\n", "")
    assert not (line.folder / "scores.zip.signed.json").exists()
