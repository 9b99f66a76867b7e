"""The fifteen items of the gate, each a small rule: what may not be deployed, and when that is not known.

Limits are of `evaluation.md` 5.1. One marked *policy* is a default for the authority to sign; the others come from the
source that the item names.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from benchmarks.accuracy.gate_values import PHOTOGRAPHS, Asked, Evidence, Group, GroupTable, Verdict
from benchmarks.accuracy.use_file import Month, Use
from benchmarks.accuracy.watchlist_protocol import SEEDS
from benchmarks.metrics.differences import max_over_min_bound
from benchmarks.metrics.groups import Status, standing
from benchmarks.metrics.intervals import clopper_pearson, lower_limit, upper_limit
from benchmarks.metrics.rates import Rate
from benchmarks.metrics.sample_size import smallest_ratio_seen

FPIR_LIMIT: Final = 1e-3
LFW_LIMIT: Final = 0.990
TPIR_LIMIT: Final = 0.80
MOST_MISSED: Final = 0.20
"""The same limit as a rate of misses; written out, because 1 - 0.80 is a little less, and 15 people then too few."""
RATIO_OF_FALSE_ALARMS: Final = (3.0, 10.0)
"""Passes by itself, and with a written justification; above the second it fails."""
RATIO_OF_MISSES: Final = 3.0
RATIO_TO_SEE: Final = 3.0
LISTS: Final = len(SEEDS)
LICENCES_FOR_ANY_USE: Final = frozenset({"Apache-2.0", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "MIT"})
"""Licences of models that forbid no use. A licence that is not here has to be read first."""
LONGEST_AGE: Final = timedelta(days=365)

Found = tuple[Verdict, str, str]
"""A verdict, what was found, and why."""
_PASS, _FAIL, _OPEN = Verdict.PASSED, Verdict.FAILED, Verdict.NOT_DEMONSTRATED


def limit_of(use: Use) -> float | None:
    """Item 3's limit: the signed budget over the measured passages, never more than 1 in 1,000; None if not said."""
    return None if use.budget is None else min(FPIR_LIMIT, use.budget.false_alerts / use.budget.passages)


def _strictest(use: Use) -> float:
    """The limit by which something fails, also where nobody has said the deployment's own."""
    return limit_of(use) or FPIR_LIMIT


def same_chain(evidence: Evidence, asked: Asked) -> Found:
    """Item 1: model, detector and preprocessing are the tested ones by hash, and no licence forbids the use."""
    if asked.use.profile_sha256 is not None and asked.use.profile_sha256 != evidence.profile_sha256:
        return _FAIL, "another profile", "What was measured is not what would run."
    if asked.pipeline_sha256 is not None and asked.pipeline_sha256 != evidence.pipeline_sha256:
        return _FAIL, "other code", "The code between a picture and its template is not the one that was measured."
    if forbidding := evidence.licences - LICENCES_FOR_ANY_USE:
        return _FAIL, ", ".join(sorted(forbidding)), "It is not known that this licence allows the use."
    if asked.use.profile_sha256 is None:
        return _OPEN, "not said", "Nobody has said which profile would run."
    if asked.pipeline_sha256 is None:
        return _OPEN, "not known here", "The code that would run was not compared with the one that was measured."
    return _PASS, "the same", "Every file that was measured is bound by its hash, and so is the code."


def integration(evidence: Evidence, _asked: Asked) -> Found:
    """Item 2: LFW View 2 through the product's own chain."""
    if evidence.lfw_accuracy is None:
        return _OPEN, "not measured", "LFW View 2 was not run."
    found = f"{evidence.lfw_accuracy:.4f}"
    if evidence.lfw_accuracy < LFW_LIMIT:
        return _FAIL, found, "The chain does not reach what its models can: look for a fault in preprocessing."
    return _PASS, found, "The chain does what its models can. It says no more than that."


def false_alarms(evidence: Evidence, asked: Asked) -> Found:
    """Item 3: the one-sided upper limit of FPIR over people, at the list that is wanted.

    It passes by people who alarmed on any list, and fails by each of them on one list alone.
    """
    worst, shown = (max(of, key=by, default=None) for of, by in _limits_of(evidence))
    if worst is None or shown is None or worst.value is None:
        return _OPEN, "not measured", "Nobody was searched for who is not on the list."
    above, upper = _lower(shown), _upper(worst)
    found, limit = _counted_of(worst), limit_of(asked.use)
    if above > _strictest(asked.use):
        why = f"At least {_one_in(above)} on one list, by the lower limit of 95 in 100 such tests: too many."
        return _FAIL, _counted_of(shown), why
    if limit is None:
        return _OPEN, found, "Nobody has said the signed budget of false alerts and the passages that were measured."
    if upper <= limit:
        return _PASS, found, f"At most {_one_in(upper)}: the upper limit, one side, of 95 in 100 such tests."
    return _OPEN, found, f"It may be as many as {_one_in(upper)}: too few people were searched for."


def _limits_of(evidence: Evidence) -> tuple[tuple[Sequence[Rate], Callable[[Rate], float]], ...]:
    """What upper limits are of, and what lower limits are of, each with its limit."""
    return (evidence.searches, _upper), (evidence.on_one_list, _lower)


def _counted_of(rate: Rate) -> str:
    return f"{rate.numerator:,} of {rate.denominator:,}"


def list_length(evidence: Evidence, asked: Asked) -> Found:
    """Item 4: nine tenths of the list that is wanted were tested, and not one list alone, which may be a lucky one."""
    found = f"{evidence.enrolled:,} tested, {asked.use.list_length:,} wanted"
    if not _long_enough(evidence, asked.use):
        return _FAIL, found, "A longer list alarms more; test one of that length."
    if evidence.lists < LISTS:
        why = f"{evidence.lists} of {LISTS} lists were drawn by the protocol's seeds, of a length that counts: too few."
        return _OPEN, found, why
    return _PASS, found, "The list that was tested is long enough."


def _long_enough(evidence: Evidence, use: Use) -> bool:
    return 10 * evidence.enrolled >= 9 * use.list_length


def every_group(evidence: Evidence, asked: Asked) -> Found:
    """Item 5: no group may be shown to exceed item 3's limit, and each expected one must be large enough to keep it."""
    strictest, limit = _strictest(asked.use), limit_of(asked.use)
    eligible = [one for table in evidence.false_alarms for one in _eligible(table, strictest)]
    above = _shown_above(evidence.false_alarms, strictest)
    if above:
        return _FAIL, f"{len(above)} groups above", f"More than the limit, by the lower limit: {_listed(above)}."
    if limit is None:
        return (
            _OPEN,
            "no limit",
            "Nobody has said the signed budget of false alerts and the passages that were measured.",
        )
    if asked.use.expected_groups is None:
        return _OPEN, "not said", "Nobody has said, from documents, which groups pass this site."
    expected = expected_groups(asked.use)
    unknown = {name_of(one) for one in expected if not large_enough(evidence.false_alarms, one, limit)}
    if unknown:
        return _OPEN, f"{len(unknown)} groups open", f"Too few people of: {_named(unknown)}."
    open_ = {name_of(group) for group, rate in eligible if _upper(rate) > limit}
    if open_:
        return (
            _OPEN,
            f"{len(open_)} groups open",
            f"It cannot be excluded that the limit is exceeded by: {_named(open_)}.",
        )
    return _PASS, f"{len(expected)} groups", "Every group that is expected, and every other that was tested, keeps it."


def _shown_above(tables: Sequence[GroupTable], limit: float) -> list[str]:
    """Name the groups that exceed a limit by their lower limit, worst first.

    A group may be too small to show that it keeps the limit, and still show that it does not. Small groups are many, so
    their lower limits hold together (Bonferroni): one alarm in a handful of people fails nothing.
    """
    worst: dict[str, float] = {}
    for table in tables:
        eligible = dict(_eligible(table, limit))
        small = [group for group, _ in table.groups if group not in eligible]
        for group, rate in table.groups:
            lower = _lower(rate) if group in eligible else _lower(rate, among=len(small))
            if lower > limit:
                name = name_of(group)
                worst[name] = max(worst.get(name, 0.0), lower)
    return sorted(worst, key=lambda name: (-worst[name], name))


def expected_groups(use: Use) -> list[Group]:
    """The groups that documents say pass the site."""
    return [] if use.expected_groups is None else [tuple(sorted(one.items())) for one in use.expected_groups.groups]


def large_enough(tables: Sequence[GroupTable], group: Group, limit: float) -> bool:
    """Whether a group has, in every way to count, the people without whom nothing can be shown."""
    counted = _counted(tables, group, limit)
    return bool(counted) and all(rate is not None for rate in counted)


def keeps_limit(tables: Sequence[GroupTable], group: Group, limit: float) -> bool:
    """Whether a group is large enough in every way to count, and below the limit by its upper limit."""
    counted = _counted(tables, group, limit)
    return bool(counted) and all(rate is not None and _upper(rate) <= limit for rate in counted)


def _counted(tables: Sequence[GroupTable], group: Group, limit: float) -> list[Rate | None]:
    """The group's rate in each table of its labels; None where it is not there or too small."""
    kinds = tuple(kind for kind, _ in group)
    return [dict(_eligible(table, limit)).get(group) for table in tables if table.kinds == kinds]


def _eligible(table: GroupTable, target: float) -> list[tuple[Group, Rate]]:
    """Groups with at least 3 / target people: fewer cannot show the target even without an alarm."""
    return [(group, rate) for group, rate in table.groups if standing("", rate, target).status is Status.ELIGIBLE]


def ratio_of_false_alarms(evidence: Evidence, asked: Asked) -> Found:
    """Item 6: 3 by itself, 10 with a written justification, above 10 never."""
    passes, fails = RATIO_OF_FALSE_ALARMS
    justified = asked.use.ratio_justification is not None
    tables = [_eligible(table, _strictest(asked.use)) for table in evidence.false_alarms]
    return _ratio(tables, fails if justified else passes, fails)


def ratio_of_misses(evidence: Evidence, asked: Asked) -> Found:
    """Item 7: the same of misses, at 3; passed only by the groups that are expected at the site."""
    tables = [_eligible(table, MOST_MISSED) for table in evidence.misses]
    verdict, found, why = _ratio(tables, RATIO_OF_MISSES, RATIO_OF_MISSES)
    if verdict is not _PASS:
        return verdict, found, why
    if asked.use.expected_groups is None:
        return _OPEN, found, "Nobody has said, from documents, which groups pass this site."
    expected = expected_groups(asked.use)
    unknown = {name_of(one) for one in expected if not large_enough(evidence.misses, one, MOST_MISSED)}
    if unknown:
        return _OPEN, found, f"Misses are not known of: {_named(unknown)}."
    return verdict, found, why


def _ratio(tables: Iterable[Sequence[tuple[Group, Rate]]], passes: float, fails: float) -> Found:
    """By the outer limits of the groups, wider than any joint interval, so never too sure."""
    known = [_bounds([rate for _, rate in groups]) for groups in tables if len(groups) > 1]
    if not known:
        return _OPEN, "not measured", "Fewer than two groups are large enough to be compared."
    lower, upper = max(low for low, _ in known), max(high for _, high in known)
    shown = f"between {lower:.1f} and " + (f"{upper:.1f}" if upper != float("inf") else "no limit")
    if lower > fails:
        return _FAIL, shown, f"The worst group is more than {fails:g} times worse than the best."
    if upper <= passes:
        return _PASS, shown, f"No group is more than {passes:g} times worse than another."
    return _OPEN, shown, f"It cannot be excluded that a group is {passes:g} times worse, or more."


def _bounds(rates: Sequence[Rate]) -> tuple[float, float]:
    worst, best = max(rates, key=_value), min(rates, key=_value)
    of_worst, of_best = (clopper_pearson(one.numerator, one.denominator) for one in (worst, best))
    lower = max_over_min_bound(of_worst.lower, of_best.upper).value or 0.0
    limits = [clopper_pearson(one.numerator, one.denominator) for one in rates]
    highest, lowest = max(one.upper for one in limits), min(one.lower for one in limits)
    return lower, (highest / lowest if lowest > 0 else float("inf"))


def power(evidence: Evidence, asked: Asked) -> Found:
    """Item 8: who claims that groups do not differ could have seen a ratio of 3, four times in five."""
    if asked.use.claims_no_difference is False:
        return _PASS, "no such claim", "Nobody claims that groups do not differ."
    tables = [_eligible(table, _strictest(asked.use)) for table in evidence.false_alarms]
    compared = [rate.numerator for groups in tables if len(groups) > 1 for _, rate in groups]
    if asked.use.claims_no_difference is None:
        return _OPEN, "not said", "Nobody has said whether it is claimed that groups do not differ."
    if not compared:
        return _OPEN, "not measured", "Fewer than two groups are large enough to be compared."
    fewest = min(compared)
    if fewest == 0:
        return _OPEN, "no alarm in the best group", "Without an alarm no difference can be seen."
    seen = smallest_ratio_seen(fewest)
    verdict = _PASS if seen <= RATIO_TO_SEE else _OPEN
    return (
        verdict,
        f"a ratio of {seen:.1f}",
        f"A difference by {seen:.1f} or more would have been seen four times in five.",
    )


def finds(evidence: Evidence, _asked: Asked) -> Found:
    """Item 9: those who are looked for are found; the worst way to count decides, and few people show nothing."""
    worst = min(evidence.found, key=_value, default=None)
    if worst is None or worst.value is None:
        return _OPEN, "not measured", "Nobody on a list was searched for."
    shown = f"{worst.numerator:,} of {worst.denominator:,}"
    if worst.value < TPIR_LIMIT:
        return _FAIL, shown, "It misses too many of those who are looked for to justify looking at everybody."
    if min(0.0 if one.interval is None else one.interval.lower for one in evidence.found) < TPIR_LIMIT:
        return _OPEN, shown, "So few people were looked for that it may miss more than that."
    return _PASS, shown, "It finds those who are looked for often enough."


def capacity(evidence: Evidence, asked: Asked) -> Found:
    """Item 10: the false alerts to be expected in a day, by item 3's limits and the day's passages."""
    use = asked.use
    if use.traffic is None or use.reviewed_a_day is None:
        return _OPEN, "not said", "The site's passages a day and what its reviewers can look at are not known."
    if not any(one.denominator for one in evidence.searches):
        return _OPEN, "not measured", "Nobody was searched for who is not on the list."
    passages = use.traffic.passages_a_day
    most, least = (passages * max(map(limit, of)) for of, limit in _limits_of(evidence))
    found = f"up to {most:,.1f} a day, {use.reviewed_a_day:,} can be reviewed"
    if least > use.reviewed_a_day:
        return _FAIL, found, "Reviewers in a hurry confirm what they should not."
    if most > use.reviewed_a_day:
        return _OPEN, found, "There may be more false alerts a day than can be reviewed."
    return _PASS, found, "Every false alert that is to be expected can be looked at in time."


def threshold(evidence: Evidence, asked: Asked) -> Found:
    """Item 11: not below the tested threshold, and one for all people."""
    found = f"{evidence.wanted_threshold:g} wanted, {evidence.threshold:g} tested (higher is more alike)"
    if evidence.wanted_threshold < evidence.threshold:
        return _FAIL, found, "Below the threshold that was tested."
    if asked.use.one_threshold_for_all is None:
        return _OPEN, found, "Nobody has said that one threshold holds for all."
    if not asked.use.one_threshold_for_all:
        return _FAIL, "set per group", "A threshold for each group sorts people by what they look like."
    return _PASS, found, "Not below the threshold that was tested, and one for all."


def held_out(evidence: Evidence, _asked: Asked) -> Found:
    """Item 12: nobody who was tested had a part in choosing the threshold."""
    if evidence.chosen_on_others is None:
        return _OPEN, "not on record", "Nobody has recorded on whom this threshold was chosen."
    if not evidence.chosen_on_others:
        return _FAIL, "the same people", "The threshold was chosen on people that it is reported on."
    return _PASS, "other people", "Nobody who was tested had a part in choosing the threshold."


def two_people(_evidence: Evidence, asked: Asked) -> Found:
    """Item 13: two people confirm, separately, and there is a record of it."""
    said = asked.use.confirmation
    if said is None:
        return _OPEN, "not said", "Nobody has said who confirms an alert, and that it is on record."
    if not said.two_people_separately:
        return _FAIL, "one person, or together", "Two people must confirm each alert, separately."
    if not said.reviewer_record:
        return _FAIL, "no record", "There must be a record of who reviewed what."
    return _PASS, "yes", "Two people confirm each alert, separately, and it is on record."


def age(evidence: Evidence, asked: Asked) -> Found:
    """Item 14: the evidence is not older than twelve months, and of what would run where it would run.

    A higher threshold and a shorter list change nothing: the scores are counted again for them.
    """
    found, changed = evidence.measured_on.isoformat(), _changed(evidence, asked.use)
    if evidence.measured_on > asked.today:
        return _FAIL, found, "It was measured tomorrow or later; correct the date."
    if asked.today - evidence.measured_on > LONGEST_AGE:
        return _FAIL, found, "The evidence is older than twelve months; measure again."
    if changed:
        return _FAIL, found, f"Since it was measured this has changed: {', '.join(sorted(changed))}; measure again."
    if unsaid := _not_known_of(evidence, asked.use):
        return _OPEN, found, unsaid
    return _PASS, found, "The evidence is not older than twelve months, and nothing has changed."


def _not_known_of(evidence: Evidence, use: Use) -> str | None:
    """What keeps item 14 open, in a sentence."""
    if use.camera_classes is None or use.changed_since_tested is None:
        return "Nobody has said at which class of camera, and whether anything has changed since."
    if use.profile_sha256 is None:
        return "Nobody has said which profile would run."
    if evidence.camera_class == PHOTOGRAPHS:
        return "It was measured on photographs, and at no class of camera."
    return None


def _changed(evidence: Evidence, use: Use) -> set[str]:
    changed = {one.replace("-", " ") for one in use.changed_since_tested or []}
    if use.profile_sha256 not in {None, evidence.profile_sha256}:
        changed.add("the model")
    tested = evidence.camera_class
    if use.camera_classes is not None and tested != PHOTOGRAPHS and set(use.camera_classes) != {tested}:
        changed.add("camera class")
    if evidence.wanted_threshold < evidence.threshold:
        changed.add("the threshold")
    if not _long_enough(evidence, use):
        changed.add("the list")
    return changed


def operation(_evidence: Evidence, asked: Asked) -> Found:
    """Item 15: the lower limit of false alerts over faces, and two months in a row of drift without an explanation."""
    if asked.use.operation is None:
        return _OPEN, "not said", "Nobody has said what came of it in operation, or that there is none yet."
    months = asked.use.operation.months
    if not months:
        return _PASS, "not in operation", "There is no operation yet that could speak against it."
    alerts, faces = sum(one.false_alerts for one in months), sum(one.faces for one in months)
    found = f"{alerts:,} of {faces:,}"
    if max(_operating(one.false_alerts, one.faces) for one in months) > _strictest(asked.use):
        return _FAIL, found, "In a month there were more false alerts than the limit allows."
    if _operating(alerts, faces) > _strictest(asked.use):
        return _FAIL, found, "In operation there were more false alerts than the limit allows."
    if _drifted(months):
        return _FAIL, found, "Two months in a row it drifted from the report, and nobody has explained why."
    return _PASS, found, "Operation does not show more false alerts than the limit allows, nor drift that stays."


def _operating(alerts: int, faces: int) -> float:
    return lower_limit(alerts, faces) if faces else 0.0


def _drifted(months: Sequence[Month]) -> bool:
    unexplained: Mapping[int, bool] = MappingProxyType(
        {one.number: one.drift and one.explanation is None for one in months}
    )
    return any(unexplained[number] and unexplained.get(number + 1, False) for number in unexplained)


def name_of(group: Group) -> str:
    """`Asian × female`, as the report has it."""
    return " × ".join(label for _, label in group)


def _upper(rate: Rate) -> float:
    return upper_limit(rate.numerator, rate.denominator) if rate.denominator else 1.0


def _lower(rate: Rate, *, among: int = 1) -> float:
    """The one-sided lower limit; `among` so many, it holds for all of them together."""
    return lower_limit(rate.numerator, rate.denominator, 1 - 0.05 / among) if rate.denominator else 0.0


def _value(rate: Rate) -> float:
    return rate.value or 0.0


def _one_in(rate: float) -> str:
    return f"1 in {round(1 / rate):,}" if rate > 0 else "none"


def _named(groups: set[str]) -> str:
    return _listed(sorted(groups))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
