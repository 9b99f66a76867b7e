"""A report is signed with all its files, and whatever was changed afterwards is one sentence (A17, C10)."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from contracts.canonical import encode
from contracts.errors import Malformed
from contracts.evaluation_report import EvaluationReport, believed_report
from contracts.signature import Purpose
from contracts.trust import TrustedKeys
from governance.application.errors import Unavailable
from insyn import evaluation_report
from insyn.commands.evaluate import app
from insyn.errors import InsynError
from insyn.evaluation_report import with_parts, write_report
from tests.builders_contracts import a_signing_key, a_trusted_site
from tests.builders_report import an_evaluation

pytestmark = pytest.mark.law("A17", "C10")
EVALUATOR = a_signing_key("evaluator")
KEYS = {EVALUATOR.id: EVALUATOR.public}
CHECK = ("check-report", "--date", "2026-12-24")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def refused(*arguments: object) -> str:
    """The one sentence that a command says instead."""
    result = run(*arguments)
    assert result.exit_code == 1, result.output
    (line,) = [line for line in result.output.strip().splitlines() if line.startswith("insyn: ")]
    return line.removeprefix("insyn: ")


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """The evaluator's key, and a file of pinned keys that believes it."""
    assert run("new-key", tmp_path / "evaluator.key", "--name", "laboratory").exit_code == 0
    half = json.loads((tmp_path / "evaluator.key.public.json").read_bytes())
    (tmp_path / "trust.json").write_bytes(encode({"keys": [half], "kind": "insyn/trusted-keys/1"}))
    return tmp_path / "trust.json"


@pytest.fixture
def report(tmp_path: Path, keys: Path) -> Path:
    """A folder with a signed report."""
    folder = tmp_path / "report"
    write_report(folder, an_evaluation(), pdf=False)
    said = run("sign-report", "--report", folder, "--key", keys.with_name("evaluator.key"), "--yes")
    assert said.exit_code == 0, said.output
    assert "made, measured on 2026-11-26: FAIL." in said.output
    return folder


def test_what_was_signed_is_told_with_its_hash(report: Path, keys: Path) -> None:
    said = run(*CHECK, "--report", report, "--keys", keys)
    assert said.exit_code == 0, said.output
    assert "as laboratory signed it: 10 files" in said.output


@pytest.mark.parametrize(
    ("day", "sentence"),
    [("2026-11-25", "a day that has not come (2026-11-26)"), ("2027-11-27", "expired: measured on 2026-11-26")],
)
def test_a_report_holds_for_a_year_from_its_measuring(report: Path, keys: Path, day: str, sentence: str) -> None:
    given = ("check-report", "--report", report, "--keys", keys, "--date")
    assert sentence in refused(*given, day)
    assert run(*given, "2026-11-26").exit_code == run(*given, "2027-11-26").exit_code == 0


def test_what_follows_from_the_numbers_is_written_anew_before_it_is_signed(tmp_path: Path, keys: Path) -> None:
    """A repository keeps no `numbers.csv`: the folder is signed as it lies, and whole."""
    folder = tmp_path / "checkout"
    write_report(folder, an_evaluation(), pdf=False)
    whole = evaluation_report.files_of(folder)
    (folder / "numbers.csv").unlink()
    said = run("sign-report", "--report", folder, "--key", keys.with_name("evaluator.key"), "--yes")
    assert said.exit_code == 0, said.output
    assert evaluation_report.files_of(folder) == whole
    assert run(*CHECK, "--report", folder, "--keys", keys).exit_code == 0


def test_a_no_signs_nothing_and_writes_nothing(tmp_path: Path, keys: Path) -> None:
    folder = tmp_path / "checkout"
    write_report(folder, an_evaluation(), pdf=False)
    (folder / "numbers.csv").unlink()
    before = evaluation_report.files_of(folder)
    given = ["sign-report", "--report", str(folder), "--key", str(keys.with_name("evaluator.key"))]
    assert CliRunner().invoke(app, given, input="n\n").exit_code == 1
    assert evaluation_report.files_of(folder) == before


def edited(folder: Path) -> None:
    path = folder / "evaluation.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"numerator": 125', '"numerator": 5'), encoding="utf-8")


def of_another(folder: Path) -> None:
    path = folder / "evaluation.json"
    path.write_text(path.read_text(encoding="utf-8").replace("a" * 64, "e" * 64), encoding="utf-8")


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "an edited number": (edited, "The file evaluation.json was changed after this report was signed."),
    "another profile in the numbers": (
        of_another,
        "The file evaluation.json was changed after this report was signed.",
    ),
    "an edited page": (
        lambda folder: (folder / "evaluation.html").write_text("PASS"),
        "The file evaluation.html was changed after this report was signed.",
    ),
    "a missing file": (
        lambda folder: (folder / "numbers.csv").unlink(),
        "The file numbers.csv of this report is missing.",
    ),
    "a file more": (
        lambda folder: (folder / "more.svg").write_text("<svg/>"),
        "The file more.svg was not signed with this report.",
    ),
    "no signature": (
        lambda folder: (folder / "signature.json").unlink(),
        "is not signed: signature.json is missing.",
    ),
    "no signature in its file": (
        lambda folder: (folder / "signature.json").write_text("{}"),
        "The signature of this report is not believed. This signed record has no field 'key'.",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_is_one_sentence(change: str, report: Path, keys: Path) -> None:
    changed, sentence = CHANGES[change]
    changed(report)
    assert refused(*CHECK, "--report", report, "--keys", keys).endswith(sentence)


def test_whom_nobody_pinned_is_not_believed(report: Path, tmp_path: Path) -> None:
    strangers = tmp_path / "strangers.json"
    strangers.write_bytes(a_trusted_site().trusted.to_bytes())
    assert "is not pinned here for insyn/evaluation-report/1" in refused(
        *CHECK, "--report", report, "--keys", strangers
    )
    strangers.write_bytes(TrustedKeys(()).to_bytes())
    assert "is not pinned here" in refused(*CHECK, "--report", report, "--keys", strangers)


def test_another_models_report_is_refused(report: Path, keys: Path) -> None:
    sentence = refused(*CHECK, "--report", report, "--keys", keys, "--profile", "dlib-resnet")
    assert sentence == "This report is of another model profile than the one in use."


def test_numbers_of_another_model_than_was_signed_are_refused(tmp_path: Path) -> None:
    """An evaluator whose statement and numbers contradict one another is not believed."""
    write_report(tmp_path / "report", an_evaluation(), pdf=False)
    files = evaluation_report.files_of(tmp_path / "report")
    statement = EvaluationReport.of("f" * 64, evaluation_report.date(2026, 11, 26), files)
    signed = EVALUATOR.sign(Purpose.EVALUATION_REPORT, statement.to_bytes())
    (tmp_path / "report" / "signature.json").write_bytes(encode(signed.to_json()))
    with pytest.raises(InsynError, match="of another model profile than was signed"):
        evaluation_report.check_report(tmp_path / "report", KEYS)


def test_a_page_that_does_not_say_what_the_numbers_say_is_not_signed(tmp_path: Path, keys: Path) -> None:
    write_report(tmp_path / "report", an_evaluation(), pdf=False)
    page = tmp_path / "report" / "evaluation.html"
    page.write_text(page.read_text(encoding="utf-8").replace("FAIL", "PASS"), encoding="utf-8")
    sentence = refused(
        "sign-report", "--report", tmp_path / "report", "--key", keys.with_name("evaluator.key"), "--yes"
    )
    assert sentence.startswith("evaluation.html does not say what evaluation.json says")


def test_no_other_role_answers_for_a_report(tmp_path: Path) -> None:
    write_report(tmp_path / "report", an_evaluation(), pdf=False)
    half = next(one for one in a_trusted_site().trusted.keys if one.role.value == "lawyer")
    (tmp_path / "lawyer.key").write_bytes(a_signing_key("lawyer").seed)
    (tmp_path / "lawyer.key.public.json").write_bytes(encode(half.to_json()))
    sentence = refused("sign-report", "--report", tmp_path / "report", "--key", tmp_path / "lawyer.key", "--yes")
    assert sentence.startswith("This key is of the role lawyer; a report is signed with an evaluator's")


def test_a_signed_report_is_neither_signed_again_nor_written_over(report: Path, keys: Path) -> None:
    assert "is signed already" in refused(
        "sign-report", "--report", report, "--key", keys.with_name("evaluator.key"), "--yes"
    )
    write_report(report, an_evaluation(), pdf=False)  # the same again changes nothing
    with pytest.raises(InsynError, match="is not written over"):
        write_report(report, an_evaluation(measured_on="2026-11-27"), pdf=False)


def test_pages_are_made_anew_from_the_numbers_alone(report: Path, tmp_path: Path) -> None:
    said = run("report", "--from", report / "evaluation.json", "--out", tmp_path / "again", "--no-pdf")
    assert said.exit_code == 0, said.output
    assert evaluation_report.files_of(tmp_path / "again") == evaluation_report.files_of(report)


@pytest.mark.parametrize("content", ["", "{", "[" * 100_000, "[]", "{}", '{"kind": "insyn/other/1"}'])
def test_what_is_no_evaluation_makes_no_page(tmp_path: Path, content: str) -> None:
    (tmp_path / "other.json").write_text(content, encoding="utf-8")
    refused("report", "--from", tmp_path / "other.json", "--out", tmp_path / "out", "--no-pdf")
    assert not (tmp_path / "out").exists()


def test_without_what_draws_a_pdf_one_sentence_names_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing_draws(page: str) -> bytes:
        raise Unavailable("PDF files need the extra `pdf` and Debian's libpango-1.0-0; take HTML or JSON.")

    monkeypatch.setattr(evaluation_report, "print_pdf", nothing_draws)
    missing = write_report(tmp_path / "report", an_evaluation(), pdf=True)
    assert missing is not None
    assert "libpango-1.0-0" in missing
    assert (tmp_path / "report" / "evaluation.html").exists()
    assert not (tmp_path / "report" / "evaluation.pdf").exists()


BROKEN: dict[str, tuple[str, str, str]] = {
    "a rate that its counts do not give": (
        '"numerator": 125',
        '"numerator": 124',
        "a rate is not what its counts give",
    ),
    "more errors than trials": ('"numerator": 125', '"numerator": 9999', "the counts of a rate contradict"),
    "a verdict that the items do not come to": ('"verdict": "FAIL"\n }', '"verdict": "PASS"\n }', "do not come to its"),
    "no kind": ('"kind": "insyn/evaluation/1"', '"kind": "other"', "at kind"),
    "no number": ('"accuracy": 0.9893', '"accuracy": NaN', "is no JSON that can be read"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_numbers_that_contradict_themselves_make_no_page(fault: str, report: Path, tmp_path: Path) -> None:
    before, after, said = BROKEN[fault]
    text = (report / "evaluation.json").read_text(encoding="utf-8")
    assert before in text
    (tmp_path / "edited.json").write_text(text.replace(before, after), encoding="utf-8")
    sentence = refused("report", "--from", tmp_path / "edited.json", "--out", tmp_path / "out", "--no-pdf")
    assert said in sentence
    assert not (tmp_path / "out").exists()


def test_what_other_runs_measured_is_taken_in_if_it_is_of_the_same_profile(tmp_path: Path) -> None:
    month = {"operation": [{"month": "2026-10"}], "profile_sha256": "a" * 64}
    path = tmp_path / "operation.json"
    path.write_text(json.dumps(month), encoding="utf-8")
    assert with_parts(an_evaluation(), [path])["operation"] == month["operation"]
    path.write_text(json.dumps(month | {"profile_sha256": "e" * 64}), encoding="utf-8")
    with pytest.raises(InsynError, match="of another model profile"):
        with_parts(an_evaluation(), [path])
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(InsynError, match="none of these: operation, sensitivity, stream"):
        with_parts(an_evaluation(), [path])


@pytest.mark.parametrize(
    "month",
    [
        '{"month": "2026-13"}',
        '{"month": "2026-10", "faces": -1}',
        '{"month": "2026-10", "false": 1e300}',
        '{"month": "2026-10", "faces": NaN}',
    ],
)
def test_months_that_are_none_make_no_page(report: Path, tmp_path: Path, month: str) -> None:
    (tmp_path / "operation.json").write_text(f'{{"operation": [{month}]}}', encoding="utf-8")
    given = ("report", "--from", report / "evaluation.json", "--with", tmp_path / "operation.json", "--no-pdf")
    refused(*given, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_in_a_report_is_named(report: Path, keys: Path) -> None:
    (report / "drafts").mkdir()
    said = refused(*CHECK, "--report", report, "--keys", keys)
    assert said.startswith("drafts is a folder, and no file of a report; take it out of ")


def test_either_data_or_numbers() -> None:
    assert refused("report", "--out", "nowhere").startswith("Give either --data")


def test_a_statement_is_read_back_exactly_and_nothing_else_is_one() -> None:
    said = EvaluationReport.of("a" * 64, evaluation_report.date(2026, 11, 26), {"evaluation.json": b"{}", "b.svg": b""})
    assert EvaluationReport.from_bytes(said.to_bytes()) == said
    assert believed_report(EVALUATOR.sign(Purpose.EVALUATION_REPORT, said.to_bytes()), KEYS) == said
    value = json.loads(said.to_bytes())
    wrong = (
        {**value, "files": value["files"][::-1]},
        {**value, "files": [value["files"][0]]},
        {**value, "files": value["files"] * 2},
        {**value, "measured_on": "20261126"},
        {**value, "measured_on": "2026-02-30"},
        {**value, "kind": "insyn/evaluation/1"},
        {**value, "more": 1},
        {key: one for key, one in value.items() if key != "profile_sha256"},
    )
    for one in wrong:
        with pytest.raises(Malformed):
            EvaluationReport.from_bytes(encode(one))
