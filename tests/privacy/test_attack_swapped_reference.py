"""Governance, with all of its keys, cannot lay another picture beside a candidate's crops, nor have a template opened.

What it may try: another enrolment of the same warrant, one of a photograph that the issuer never saw (the enrolment
matcher signs whatever it is sent), or a key of its own among the recipients of a template.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.canonical import sha256_hex
from contracts.sealing import OpeningKey
from contracts.vocabulary import SlotId
from matcher.viewer import ViewRefused
from tests.builders_contracts import a_hash
from tests.unit.test_enrolment_refusals import RECIPIENTS, a_photograph, an_enroller, refusal
from tests.unit.test_viewer_refusals import Desk


@pytest.mark.parametrize("other", [{"slot_id": SlotId("slot-2")}, {"photograph_sha256": a_hash("never seen")}])
def test_another_reference_than_the_site_compared_with_is_never_shown(tmp_path: Path, other: dict[str, Any]) -> None:
    desk = Desk(tmp_path)
    # As enrolled and signed at the centre, boxes and all; the report stays the one that the site signed.
    desk.enrolment = replace(desk.enrolment, **other)
    with pytest.raises(ViewRefused, match="not the one that the site compared with"):
        desk.view()
    with pytest.raises(ViewRefused, match="not the one that the site compared with"):
        desk.viewer.rescore(desk.pair, desk.sealed_template)


def test_the_reference_that_the_site_compared_with_is_shown(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.report.enrolment_sha256 == sha256_hex(desk.enrolment.to_bytes())
    desk.view()


def test_no_template_is_sealed_to_a_key_of_governances_own() -> None:
    photograph, own = a_photograph(), OpeningKey.generate().public
    refused = refusal(photograph, an_enroller(), recipients=tuple(key.hex() for key in (*RECIPIENTS, own)))
    assert "pinned" in str(refused)
