"""A report's files from its JSON: the same JSON gives the same bytes."""

import json
from collections.abc import Mapping
from typing import Any

from benchmarks.report.blocks import Picture
from benchmarks.report.page_html import as_html
from benchmarks.report.pages import pages, title


def report_files(found: Mapping[str, Any]) -> dict[str, bytes]:
    """`evaluation.json`, `evaluation.html`, and each plot as an SVG file of its own."""
    made = pages(found)
    text = json.dumps(found, ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False) + "\n"
    plots = {f"{one.name}.svg": one.svg for page in made for one in page.blocks if isinstance(one, Picture)}
    files = {"evaluation.json": text, "evaluation.html": as_html(title(found), made), **plots}
    return {name: content.encode() for name, content in files.items()}
