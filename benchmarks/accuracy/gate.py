"""The gate: may this profile, at this threshold and list, be used? Fifteen items: PASS, FAIL, NOT DEMONSTRATED.

The last two both block. Nothing is read off a report: `evidence_of` computes every figure anew from the score file, and
the worse of the figures with and without the exclusion of overlap counts.
"""

from collections.abc import Iterator

from benchmarks.accuracy.evidence import evidence_of
from benchmarks.accuracy.gate_items import ITEMS
from benchmarks.accuracy.gate_values import Asked, Evidence, Item, Outcome, Verdict
from benchmarks.accuracy.score_file import ScoreFile


def gate(scores: ScoreFile, asked: Asked) -> Outcome:
    """Judge a score file for a use."""
    return judge(evidence_of(scores, asked.use), asked)


def judge(evidence: Evidence, asked: Asked) -> Outcome:
    """Judge every item. One FAIL fails the whole; without one, whatever was not demonstrated blocks it."""
    items = tuple(_items(evidence, asked))
    found = {item.verdict for item in items}
    whole = next(one for one in (Verdict.FAILED, Verdict.NOT_DEMONSTRATED, Verdict.PASSED) if one in found)
    return Outcome(items, whole)


def _items(evidence: Evidence, asked: Asked) -> Iterator[Item]:
    for number, (asks, limit, source, rule) in enumerate(ITEMS, start=1):
        verdict, found, why = rule(evidence, asked)
        yield Item(number, asks, verdict, found, limit, source, why)
