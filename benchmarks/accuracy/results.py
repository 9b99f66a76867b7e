"""What a run found, as JSON and for people: the same values, so that a table cannot say what the file does not."""

from collections.abc import Sequence
from typing import Any, Final

from benchmarks.accuracy.bias_run import BiasResult
from benchmarks.accuracy.embedding_run import Embedded
from benchmarks.accuracy.identification_run import ListResult
from benchmarks.accuracy.overlap import ONE_IN, SAME_PHOTOGRAPH, Overlap
from benchmarks.accuracy.pipeline_hash import pipeline_sha256
from benchmarks.accuracy.view2 import View2
from benchmarks.data.pictures import DataSheet
from benchmarks.metrics.plain_values import plain
from benchmarks.metrics.rates import Rate, Unit, rate
from contracts.canonical import decode

KIND: Final = "insyn/evaluation/1"


def of_run(embedded: Embedded, sheets: Sequence[DataSheet], **found: Any) -> dict[str, Any]:
    """One file: whose chain it was, on which pictures, what was found. No name of a picture or a person is in it."""
    return {
        "kind": KIND,
        "profile": embedded.profile.name,
        "profile_sha256": embedded.profile.profile_sha256,
        "profile_record": decode(embedded.profile.canonical_bytes()),
        "pipeline_sha256": pipeline_sha256(embedded.profile),
        "files": plain({part: file.sha256 for part, file in embedded.profile.files.items()}),
        "data": [plain(sheet) for sheet in sheets],
        "pictures_sha256": embedded.manifest,
        "acquisition": plain(acquisition(embedded)),
        **found,
    }


def acquisition(embedded: Embedded) -> dict[str, Rate | dict[str, int]]:
    """Pictures without a face, pictures that the product would have stopped at, and why."""
    reasons = [one.failure or one.refused for one in embedded.samples]
    stopped = {why: reasons.count(why) for why in sorted({why for why in reasons if why is not None})}
    return {
        "failures_to_detect": _samples(int((~embedded.detected).sum()), embedded),
        "failures_to_acquire": _samples(int((~embedded.accepted).sum()), embedded),
        "reasons": stopped,
    }


def _samples(failed: int, embedded: Embedded) -> Rate:
    return rate(failed, len(embedded.samples), unit=Unit.SAMPLE, people=None, method=None)


def of_view2(found: View2) -> dict[str, Any]:
    """LFW View 2."""
    return dict(plain(found))


def of_lists(found: Sequence[ListResult]) -> list[dict[str, Any]]:
    """Each length of list with its seeds."""
    return [plain(one) for one in found]


def of_bias(found: BiasResult, overlap: Overlap) -> dict[str, Any]:
    """Groups, and how overlap was found."""
    shared = {
        "same_photograph": int(overlap.same_photograph.sum()),
        "same_person": int((overlap.same_person & ~overlap.same_photograph).sum()),
        "excluded": int(overlap.either.sum()),
        "rule": (
            f"same photograph: the aligned faces in grey correlate at {SAME_PHOTOGRAPH} or more; same person: another "
            f"profile's score reaches what one in {ONE_IN:,} comparisons of different people of the list's set reaches"
        ),
    }
    return {"overlap": shared, **plain(found)}
