"""What the README says of rates by group is what the committed reports say, to the last number (C10, D3)."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks.report.derived import complete
from benchmarks.report.files import NUMBERS_FILE, report_files
from benchmarks.report.pages_groups import furthest_apart
from insyn import readme_rates
from insyn.errors import InsynError
from insyn.evaluation_report import files_of, write_report
from insyn.readme_rates import BEGIN, END, NOTHING, committed, main, rates, rewritten
from tests.builders_report import a_crossing, an_evaluation

pytestmark = pytest.mark.law("C10", "D3")
ROOT = Path(__file__).resolve().parents[2]
REPORTS = ROOT / "docs" / "evaluation"


def two() -> list[dict[str, Any]]:
    other = an_evaluation(profile="other", threshold=0.55)
    other["bias"]["crossings"][0] = a_crossing(
        ("ethnicity", "sex"), [("Asian × male", 0, 359), ("White × male", 16, 1639)]
    )
    return [complete(an_evaluation()), complete(other)]


def test_the_readme_says_what_the_committed_reports_say() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme == rewritten(readme, committed(REPORTS)), "python -m insyn.readme_rates"


def test_every_committed_report_is_what_its_numbers_make() -> None:
    """None is committed at first; then the README says so, and nothing else may lie there."""
    reports = committed(REPORTS)
    if not reports:
        assert NOTHING in (ROOT / "README.md").read_text(encoding="utf-8")
    for found in reports:
        # The numbers a line each are left out of the repository: they are in the JSON.
        files, made = files_of(REPORTS / found["profile"]), report_files(found)
        for one in (files, made):
            one.pop(NUMBERS_FILE, None)
        assert files == made, found["profile"]
        assert len(files["evaluation.json"]) < 1_000_000
        assert max(map(len, files["evaluation.json"].splitlines())) < 1_000, "a number a line: a change can be read"


def test_each_group_stands_with_its_counts_of_both_profiles_worst_first() -> None:
    text = rates(two())
    rows = [line for line in text.splitlines() if " × " in line and line.startswith("|")]
    assert rows[0].startswith(
        "| Asian × male | 51 of 363 (1 in 7.1) | 1 in 9.4 to 1 in 5.5 | 0 of 359 (none seen) | none to 1 in "
    )
    assert rows[-1].endswith("| nobody | – |"), "who is in one table alone"
    assert [row.split(" | ")[0] for row in rows][:2] == ["| Asian × male", "| Asian × female"]
    assert "`made`: the lower limit of Asian × male lies above the upper limit of White × male by a factor of" in text
    assert "a distance of at most 0.45" in text
    assert "| between 171 and 241 (overlap counted) | between 8 and 63 |" in text, "of UTKFace, and of LFW"
    for one in two():
        if (furthest := furthest_apart(one)) is not None:
            assert f"`{one['profile']}`: {furthest}, by limits" in text
    assert "a score of at least 0.55" in text
    assert "No group has people enough to show 1 in 1,000." in text


def test_every_count_of_the_table_comes_from_a_report() -> None:
    known = {
        (rate["numerator"], rate["denominator"])
        for found in two()
        for group in found["bias"]["crossings"][0]["groups"]
        for rate in [group["without_overlap"]["rate"]]
    }
    told = re.findall(r"\| ([\d,]+) of ([\d,]+) \(", rates(two()))
    assert {(int(part.replace(",", "")), int(whole.replace(",", ""))) for part, whole in told} == known


def test_a_number_that_somebody_edited_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(readme_rates, "README", tmp_path / "README.md")
    monkeypatch.setattr(readme_rates, "REPORTS", tmp_path / "reports")
    write_report(tmp_path / "reports" / "made", an_evaluation(), pdf=False)
    (tmp_path / "README.md").write_text(f"# Title\n\n{BEGIN}\n{END}\n\nMore.\n", encoding="utf-8")
    assert main(["--check"]) == 1
    assert "python -m insyn.readme_rates" in capsys.readouterr().err
    assert main([]) == 0
    assert main(["--check"]) == 0
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# Title\n")
    assert text.endswith("\n\nMore.\n")
    (tmp_path / "README.md").write_text(text.replace("51 of 363", "5 of 363"), encoding="utf-8")
    assert main(["--check"]) == 1


@pytest.mark.parametrize("readme", ["", BEGIN, END + BEGIN, f"{BEGIN}{END}{BEGIN}{END}"])
def test_without_its_marks_nothing_is_written(readme: str) -> None:
    with pytest.raises(InsynError, match="marks once each"):
        rewritten(readme, [])


def test_a_report_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "evaluation.json").write_text("{", encoding="utf-8")
    with pytest.raises(InsynError, match="write the reports anew"):
        committed(tmp_path)
    assert committed(tmp_path / "nowhere") == []


def test_what_is_published_is_the_same_each_time(tmp_path: Path) -> None:
    write_report(tmp_path, an_evaluation(), pdf=False)
    first = files_of(tmp_path)
    write_report(tmp_path, json.loads(first["evaluation.json"]), pdf=False)
    assert files_of(tmp_path) == first
