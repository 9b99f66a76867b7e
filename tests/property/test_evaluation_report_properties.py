"""Whatever is changed in whatever file of a signed report, it is no longer what was signed (A17, C10)."""

import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.canonical import encode
from contracts.evaluation_report import SIGNATURE_FILE, EvaluationReport
from contracts.signature import Purpose
from insyn.errors import InsynError
from insyn.evaluation_report import check_report
from tests.builders_contracts import a_signing_key

pytestmark = pytest.mark.law("A17", "C10")
EVALUATOR = a_signing_key("evaluator")
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,12}\.(svg|csv|html)", fullmatch=True)
FOLDERS = st.dictionaries(NAMES, st.binary(max_size=20), min_size=1, max_size=5)


@settings(max_examples=40)
@given(FOLDERS, st.data())
def test_no_change_of_a_file_goes_unseen(files: dict[str, bytes], data: st.DataObject) -> None:
    whole = {**files, "evaluation.json": b"{}"}
    said = EvaluationReport.of("a" * 64, date(2026, 11, 26), whole)
    assert EvaluationReport.from_bytes(said.to_bytes()) == said
    changed = dict(whole)
    name = data.draw(st.sampled_from(sorted(whole)))
    kind = data.draw(st.sampled_from(("change", "remove", "add", "rename")))
    match kind:
        case "change":
            changed[name] += b"x"
        case "remove":
            del changed[name]
        case "add":
            changed["more.txt"] = b""
        case _:
            changed["other.txt"] = changed.pop(name)
    with tempfile.TemporaryDirectory() as folder:
        for one, content in changed.items():
            (Path(folder) / one).write_bytes(content)
        signed = EVALUATOR.sign(Purpose.EVALUATION_REPORT, said.to_bytes())
        (Path(folder) / SIGNATURE_FILE).write_bytes(encode(signed.to_json()))
        with pytest.raises(InsynError, match=r"missing|was changed|was not signed"):
            check_report(Path(folder), {EVALUATOR.id: EVALUATOR.public})
