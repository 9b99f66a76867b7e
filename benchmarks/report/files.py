"""A report's files from its JSON: the same JSON gives the same bytes."""

import json
from collections.abc import Mapping
from typing import Any, Final

from benchmarks.report.blocks import Picture
from benchmarks.report.derived import complete
from benchmarks.report.numbers import as_csv
from benchmarks.report.page_html import as_html
from benchmarks.report.pages import pages, title
from benchmarks.report.shape import require_shape

JSON_FILE: Final = "evaluation.json"
PAGE_FILE: Final = "evaluation.html"
PDF_FILE: Final = "evaluation.pdf"
"""Made from the page by whoever can draw one; it says the same, and its bytes are its program's."""
NUMBERS_FILE: Final = "numbers.csv"


def report_files(found: Mapping[str, Any]) -> dict[str, bytes]:
    """`evaluation.json`, `evaluation.html`, `numbers.csv`, and each plot as an SVG file of its own.

    Raises:
        NoEvaluation: the evaluation is not whole, or contradicts itself.
    """
    whole = complete(found)
    require_shape(whole)
    made = pages(whole)
    text = json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n"
    plots = {f"{one.name}.svg": one.svg for page in made for one in page.blocks if isinstance(one, Picture)}
    files = {JSON_FILE: text, PAGE_FILE: as_html(title(whole), made), NUMBERS_FILE: as_csv(whole), **plots}
    return {name: content.encode() for name, content in files.items()}
