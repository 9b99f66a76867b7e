"""What a site may lawfully send fits through the door: the largest candidate is not lost to a limit of the web."""

import base64

from contracts.probe import MAX_CROPS, MAX_SIDE
from governance.application.accept_candidate import LARGEST_CROPS
from governance.web.settings import LARGEST_REPORT


def test_the_largest_crops_fit_into_a_report() -> None:
    assert MAX_CROPS * MAX_SIDE * MAX_SIDE * 3 < LARGEST_CROPS
    assert len(base64.b64encode(bytes(LARGEST_CROPS))) + 65_536 < LARGEST_REPORT
