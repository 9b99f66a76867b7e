"""The gate: may this profile, at this threshold and list, be used? Fifteen items: PASS, FAIL, NOT DEMONSTRATED.

The last two both block. Nothing is read off a report: `evidence_of` computes every figure anew from the score file, and
the worse of the figures with and without the exclusion of overlap counts.
"""

from collections.abc import Callable, Iterator
from typing import Final

from benchmarks.accuracy import gate_items
from benchmarks.accuracy.evidence import evidence_of
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


_NIST: Final = "NIST SP 800-63A-4, 3.11"
_POLICY: Final = "policy"
_OWN_LIMIT: Final = "the budget over the passages, at most 1 in 1,000"
_Rule = Callable[[Evidence, Asked], gate_items.Found]
ITEMS: Final[tuple[tuple[str, str, str, _Rule], ...]] = (
    (
        "What was measured is what would run, and its licences allow it.",
        "exact",
        "EU act, Art. 11 and 15",
        gate_items.same_chain,
    ),
    (
        "LFW View 2 in the product's own chain.",
        f"at least {gate_items.LFW_LIMIT}",
        "the models' published figures",
        gate_items.integration,
    ),
    (
        "False alarms, upper 95 % limit over people.",
        _OWN_LIMIT,
        f"{_NIST}; Bridges [2020] EWCA Civ 1058",
        gate_items.false_alarms,
    ),
    ("The list that was tested is as long as the one wanted.", "at least nine tenths", _NIST, gate_items.list_length),
    (
        "False alarms in every group that is large enough, and every one that is expected at the site.",
        f"{_OWN_LIMIT}, each",
        f"{_NIST}; Bridges [2020] EWCA Civ 1058",
        gate_items.every_group,
    ),
    (
        "How many times worse the worst group is, false alarms.",
        "passes at 3, or at 10 with a written justification; fails above 10",
        f"NISTIR 8280; {_POLICY}",
        gate_items.ratio_of_false_alarms,
    ),
    ("How many times worse the worst group is, misses.", "3", f"NISTIR 8280; {_POLICY}", gate_items.ratio_of_misses),
    (
        "Who claims that groups do not differ would have seen a difference by three.",
        "80 % power",
        "exact conditional test",
        gate_items.power,
    ),
    ("Those who are looked for are found.", f"at least {gate_items.TPIR_LIMIT}", _POLICY, gate_items.finds),
    ("False alerts to be expected in a day can be reviewed.", "the site's own", _POLICY, gate_items.capacity),
    ("The threshold is not below the tested one, and one for all.", "exact", "own", gate_items.threshold),
    ("The threshold was chosen on other people.", "exact", "own", gate_items.held_out),
    ("Two people confirm, separately, on record.", "yes", "EU act, Art. 14(5)", gate_items.two_people),
    (
        "The evidence is fresh, and of this model, camera class, threshold, list and population.",
        "twelve months",
        f"{_NIST}; {_POLICY}",
        gate_items.age,
    ),
    (
        "In operation, lower limit of false alerts over faces; no two months of unexplained drift.",
        _OWN_LIMIT,
        _POLICY,
        gate_items.operation,
    ),
)
