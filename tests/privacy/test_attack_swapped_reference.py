"""Governance, with all of its keys, cannot lay another picture beside a candidate's crops, nor have a template opened.

What it may try: another enrolment of the same warrant, one of a photograph that the issuer never saw (the enrolment
matcher signs whatever it is sent), or a key of its own among the recipients of a template.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.canonical import sha256_hex
from contracts.enrolment import box_sha256, crop_context, request_of, template_context
from contracts.sealing import OpeningKey, seal
from contracts.vocabulary import SlotId
from matcher.viewer import ViewRefused
from tests.builders_contracts import a_hash, a_template
from tests.unit.test_enrolment_refusals import RECIPIENTS, a_photograph, an_enroller, refusal
from tests.unit.test_viewer_refusals import KEYS, Desk


def enrol_somebody_else(desk: Desk, **other: Any) -> None:
    """Lay a whole other enrolment of the same warrant beside the candidate: well sealed, and signed at the centre."""
    request = request_of(replace(desk.enrolment, **other))
    public = KEYS.viewer_opening.public
    desk.sealed_template = seal(a_template(2).astype("<f4").tobytes(), public, template_context(request))
    desk.sealed_crop = seal(b"somebody else's picture", public, crop_context(request))
    bound: dict[str, Any] = {
        "template_sha256": ((KEYS.viewer_opening.id, box_sha256(desk.sealed_template)),),
        "crop_sha256": box_sha256(desk.sealed_crop),
    }
    desk.enrolment = replace(desk.enrolment, **bound, **other)


@pytest.mark.law("A3")
@pytest.mark.parametrize(
    "other",
    [{}, {"slot_id": SlotId("slot-2")}, {"photograph_sha256": a_hash("a photograph that the issuer never saw")}],
)
def test_another_reference_than_the_site_compared_with_is_never_shown(tmp_path: Path, other: dict[str, Any]) -> None:
    desk = Desk(tmp_path)
    enrol_somebody_else(desk, **other)
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
