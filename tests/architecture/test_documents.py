"""What the documents name exists: tests, files, and the links between documents."""

import re
from pathlib import Path

import pytest

from governance.domain.events import SENTENCES

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def names_of_tests() -> set[str]:
    found: set[str] = set()
    for file in ROOT.glob("tests/**/test_*.py"):
        found |= set(re.findall(r"^(?:async )?def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE))
    return found


def missing_in(document: Path) -> list[str]:
    text = document.read_text(encoding="utf-8")
    known = names_of_tests()
    missing = [name for name in re.findall(r"`(test_\w+)`", text) if name not in known]
    files = {path.name for path in ROOT.glob("tests/**/test_*.py")}
    missing += [name for name in re.findall(r"`(test_\w+\.py)`", text) if name not in files]
    missing += [path for path in re.findall(r"`((?:tests|docs)/[\w./-]+\.\w+)`", text) if not (ROOT / path).exists()]
    links = [link.split("#")[0] for link in re.findall(r"\]\((?!https?:)([^)]+)\)", text)]
    return missing + [link for link in links if link and not (document.parent / link).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_names_exists(document: Path) -> None:
    assert missing_in(document) == []


def test_a_name_that_does_not_exist_is_found(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("`test_that_nobody_wrote`, `test_lost.py` and [a page](nowhere.md)\n", encoding="utf-8")
    assert missing_in(document) == ["test_that_nobody_wrote", "test_lost.py", "nowhere.md"]


def word_of(row: str) -> str:
    """The word of a row of the glossary, without what is said of it."""
    return re.split(r" \(|;|,| /", row.split("|")[1].strip())[0].casefold()


def test_the_glossary_has_each_word_once_and_in_order() -> None:
    page = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = [row for row in page.splitlines() if row.startswith("| ")]
    assert [row for row in rows if row.count("|") != 5] == [], "two words in one row, or a cell is missing"
    words = [word_of(row) for row in rows][1:]
    assert len(words) > 80
    assert words == sorted(set(words))


def test_the_logs_specification_tells_every_event_in_the_programs_own_words() -> None:
    page = (ROOT / "docs" / "audit-log.md").read_text(encoding="utf-8")
    table = page.partition("\n## Events\n")[2].partition("\n## ")[0]
    told = re.findall(r"^\| `([a-z-]+\.[a-z-]+)` \| (.+) \|$", table, re.MULTILINE)
    assert told == [(event.value, sentence) for event, sentence in SENTENCES.items()]
