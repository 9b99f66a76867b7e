"""What a page of the report says of known counts, in words for whoever is no statistician (A17, C10, D3)."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.accuracy.gate_items import MOST_MISSED
from benchmarks.metrics.groups import Status, standing
from benchmarks.metrics.rates import Unit, rate
from benchmarks.report.blocks import Command, Lead, Picture, Table, Text
from benchmarks.report.derived import complete, longest_lists, steady
from benchmarks.report.errors import NoEvaluation
from benchmarks.report.files import report_files
from benchmarks.report.icons import hundred, ten_thousand
from benchmarks.report.pages import pages
from benchmarks.report.pages_groups import furthest_apart
from benchmarks.report.shape import SCHEMA, require_shape, schema_text
from contracts.canonical import decode
from matcher.models.shipped_profiles import shipped_names, shipped_profile
from tests.builders_report import a_crossing, a_group, a_rate, an_evaluation

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.law("A17", "C10", "D3")


def words(number: int, found: dict[str, Any]) -> str:
    """Everything that a page says, tables too."""
    said: list[str] = []
    for block in pages(complete(found))[number - 1].blocks:
        match block:
            case Text(text) | Lead(text, _) | Command(text):
                said.append(text)
            case Table(caption, head, rows):
                said += [caption, *head, *(cell for row in rows for cell in row)]
            case Picture(_, shows, _):
                said.append(shows)
    return "\n".join(said)


def test_the_verdict_is_told_in_whole_people_by_the_worse_of_both_figures() -> None:
    """135 of 6,625 by Clopper-Pearson: 0.01711 to 0.02408; 40 of 100: 0.3033 to 0.5028, both outwards."""
    said = words(1, an_evaluation())
    assert (
        "Out of 10,000 people not on the list, between 171 and 241 are wrongly flagged (UTKFace, overlap counted"
        in said
    )
    assert "Out of 100 on the list who pass, between 30 and 51 are found." in said
    assert said.startswith("FAIL: it may not be used outside demonstrations")
    assert "a distance of at most 0.45" in said
    assert "2027-11-26" in said, "evidence for a year"


def test_whichever_way_to_count_overlap_is_worse_is_told_and_named() -> None:
    """Ten who overlap and are not flagged make the counted rate the better one: 125 of 6,615 is 0.01575 to 0.02248."""
    found = an_evaluation()
    more = a_group("everybody", 125, 6615)
    more["with_overlap"]["rate"] = a_rate(125, 6625)
    found["bias"]["everybody"] = more
    assert complete(found)["in_whole_people"]["flagged_overlap"] == "without_overlap"
    assert "between 157 and 225 are wrongly flagged (UTKFace, overlap left out" in words(1, found)


def test_the_lists_own_set_is_told_from_the_lowest_limit_of_any_list_to_the_highest() -> None:
    """5 of 1,875 by Clopper-Pearson: 0.000866 to 0.006212; 1 of 1,875: 0.0000135 to 0.002968. Shorter lists are not."""
    found = an_evaluation()
    assert "Out of 10,000 people of LFW, whose others are on the list: between 8 and 63 (one list)." in words(1, found)
    (longest,) = found["identification"]
    seed = longest["seeds"][0]
    second = {**seed, "seed": 2, "at_profile": {**seed["at_profile"], "people_alarmed": a_rate(1, 1875)}}
    shorter = {**seed, "at_profile": {**seed["at_profile"], "people_alarmed": a_rate(900, 1875)}}
    found["identification"] = [{**longest, "enrolled": 100, "seeds": [shorter]}, {**longest, "seeds": [seed, second]}]
    assert "between 0 and 63 (2 lists, from the lowest limit of any to the highest)" in words(1, found)


def test_a_page_does_not_call_itself_signed() -> None:
    """A signature is made over the page, so that none can lie there when it is written."""
    assert "signed by\nnot signed when this was written" in words(1, an_evaluation())


def test_each_of_the_three_ways_out_is_said_to_help_or_not() -> None:
    many = words(1, an_evaluation())
    assert "Yes, for false alarms of all people together: 50 people were tested and keep 1 in 1,000." in many
    assert "No: of those who pass, more than 1 in 1,000 are flagged, however few pass." in many
    assert "No: 135 of 6,625 are too many already" in many
    few = an_evaluation()
    few["bias"]["everybody"] = a_group("everybody", 0, 2000)
    few["false_alarms_by_list"]["groups"][0] = {"group": "everybody", "people": 2000, "false_alarms": [0, 0, 0]}
    said = words(1, few)
    assert "Not shown: on none of the lists that were tested do so many people show 1 in 1,000." in said
    assert "Yes: 2,995 people of whom as small a part alarms would show 1 in 1,000." in said
    assert "Only where a site's budget of false alerts" in said


def test_a_rate_above_the_limit_is_too_many_only_where_its_lower_limit_is() -> None:
    found = an_evaluation()
    found["bias"]["everybody"] = a_group("everybody", 4, 3000)
    assert complete(found)["would_change"]["too_many"] is False, "1 in 750, and perhaps 1 in 2,190"


def test_groups_too_small_for_a_claim_are_still_told_apart() -> None:
    said = words(8, an_evaluation())
    assert said.startswith(
        "The groups are not treated alike: the lower limit of Asian × male lies above the upper limit"
    )
    assert "Bonferroni" in said
    assert "We cannot exclude that Asian × male is more than 1,000 times worse than Indian × female." in said
    assert "98.75 % each" in said, "four groups"


def test_the_two_that_lie_furthest_apart_are_told_by_one_way_to_count_which_is_named() -> None:
    found = an_evaluation()
    left_out = furthest_apart(complete(found))
    assert left_out is not None
    assert left_out.endswith("(overlap left out)")
    found["bias"]["crossings"][0]["groups"][0]["with_overlap"]["rate"] = a_rate(80, 363)
    assert furthest_apart(complete(found)) == left_out, "however far apart they are where it is counted"
    for one in found["bias"]["crossings"][0]["groups"]:
        one["without_overlap"]["rate"] = a_rate(1, 100)
    counted = furthest_apart(complete(found))
    assert counted is not None
    assert counted.endswith("(overlap counted)"), "where only that way shows it"
    assert words(8, found).startswith(f"The groups are not treated alike: {counted}.")


def test_what_is_enough_people_for_misses_is_named_on_their_page() -> None:
    said = words(7, an_evaluation())
    assert "at most 20 % missed. Ok, there are 15 people or more" in said
    assert standing("fifteen", rate(0, 15, unit=Unit.PERSON, people=15), MOST_MISSED).status is Status.ELIGIBLE
    assert standing("fourteen", rate(0, 14, unit=Unit.PERSON, people=14), MOST_MISSED).status is Status.INSUFFICIENT


def test_no_difference_found_is_not_called_equality() -> None:
    found = an_evaluation()
    found["bias"]["crossings"] = [a_crossing(("ethnicity", "sex"), [("A", 1, 100), ("B", 0, 100)])]
    said = words(8, found)
    assert "No two groups' intervals lie apart. That is no proof that they are equal" in said
    assert "We cannot exclude that A is any number of times worse than B: nobody of B was flagged" in said


def test_children_of_whom_there_is_nobody_are_said_to_be_unknown() -> None:
    assert "Children in the data: 185, of the ages 13–17. Of children under 13 there is nobody" in words(
        9, an_evaluation()
    )
    found = an_evaluation()
    found["bias"]["crossings"][1] = a_crossing(("age",), [("25–34", 1, 100)])
    assert words(9, found).startswith("There are no children in the data: nothing is known of them")


def test_what_is_absent_was_not_measured() -> None:
    assert "Sensitivity was not measured" in words(10, an_evaluation())
    assert "Video was not measured" in words(10, an_evaluation())
    assert words(12, an_evaluation()).startswith("Operation was not measured")
    assert "Not tested: video; smaller faces, blur, compression, light; operation;" in words(14, an_evaluation())


def test_what_others_measured_has_its_place() -> None:
    limits = {"lower": 0.0, "upper": 0.01, "confidence": 0.95, "method": "Clopper-Pearson"}
    condition = {"what": "face size", "level": 40, "unit": "px", "people": 500, "searches": 500, "false_alarms": 2}
    condition |= {"fpir": 0.004, "interval": limits, "listed_searches": 80, "missed": 9, "fnir": 9 / 80}
    condition |= {"fnir_interval": None, "not_acquired": 31}
    stream = {"unit": "transit", "passes_of_listed": 12, "found": 9, "passes_of_others": 340, "false_alarms": 3}
    stream |= {"never_compared": 7, "interval": limits}
    stream |= {"camera_hours": 1.5, "by_unit": [{"unit": "frame", "passes_of_others": 9000, "false_alarms": 4}]}
    month = {"month": "2026-10", "faces": 1000, "counted_how": "tracks", "alerts": 5, "true": 2, "false": 1}
    month |= {"unconfirmed": 2, "precision": 2 / 3, "overturned": 1, "flags": ["alerts do not add up"]}
    found = an_evaluation(sensitivity=[condition], stream=stream, operation=[month])
    said = words(10, found)
    for part in ("face size", "40 px", "2 of 500", "none to 1 in 100", "9 of 80", "the trials share people", "31"):
        assert part in said
    assert "passes in which no face was good enough to compare\n7" in said
    for part in ("9 of 12", "3 of 340", "1.50", "2.00", "1 in 2,250"):
        assert part in said
    assert "was not measured" not in said
    for part in ("2026-10", "tracks", "67 of 100", "alerts do not add up"):
        assert part in words(12, found)
    assert "rendered footage" in words(1, found)


def test_other_thresholds_and_their_lists_have_their_place() -> None:
    group = {"group": "everybody", "people": 6615, "demonstrated": None, "why": "Even one person is too many."}
    limits = {"thresholds": [{"which": "calibrated", "threshold": -0.3, "groups": [group]}]}
    figure = {"value": None, "reason": "Too few people."}
    chosen = {"people": 2874, "score": "euclidean-distance", "target_fpir": 0.001, "threshold": figure}
    found = an_evaluation(list_limits=limits, calibration=chosen)
    for part in ("a distance of at most 0.3 (calibrated)", "not shown", "Even one person is too many."):
        assert part in words(5, found)
    assert "what 2,874 other people would choose for 1 in 1,000\nnone. Too few people." in words(2, found)
    require_shape(complete(found))


def test_failures_are_numbers_without_a_name_or_a_picture() -> None:
    said = words(11, an_evaluation())
    assert "M1" in said
    assert "no search: turned away" in said
    assert "No photograph is shown" in said


def test_the_worst_group_stands_first() -> None:
    table = next(one for one in pages(complete(an_evaluation()))[5].blocks if isinstance(one, Table))
    assert [row[0] for row in table.rows] == ["Asian × male", "Asian × female", "White × male", "Indian × female"]
    assert {row[-1] for row in table.rows} == {"insufficient"}


def test_an_empty_group_is_listed_and_has_no_rate() -> None:
    found = an_evaluation()
    found["bias"]["crossings"][0] = a_crossing(("ethnicity", "sex"), [("A", 1, 100), ("B", 0, 0)])
    table = next(one for one in pages(complete(found))[5].blocks if isinstance(one, Table))
    assert table.rows[1][:4] == ("B", "0", "0", "not known")
    assert table.rows[1][-1] == "empty"


def test_the_same_figures_in_another_order_or_with_a_machines_noise_give_the_same_bytes() -> None:
    found = an_evaluation()
    turned = json.loads(json.dumps(found, sort_keys=True))
    turned["lfw_view2"]["accuracy"] += 1e-16
    turned["trade_off"]["operating"]["fpir"] *= 1 + 1e-15
    assert report_files(turned) == report_files(found)
    again = report_files(json.loads(report_files(found)["evaluation.json"]))
    assert again == report_files(found), "pages anew from what was written"


def test_what_follows_is_computed_and_never_read() -> None:
    edited = complete(an_evaluation())
    edited["in_whole_people"]["flagged_of_10000"] = [0, 1]
    edited["comparisons"] = []
    assert report_files(edited) == report_files(an_evaluation())


def test_ten_digits_are_kept_and_no_zero_lies_below_zero() -> None:
    assert steady({"a": [0.1 + 0.2, 1 / 3, 3, True, None]}) == {"a": [0.3, 0.3333333333, 3, True, None]}
    assert str(steady(-0.0)) == "0.0"


def test_every_number_stands_in_the_table_of_numbers() -> None:
    files = report_files(an_evaluation())
    rows = list(csv.reader(io.StringIO(files["numbers.csv"].decode())))
    assert rows[0] == ["where", "number"]
    lines = {row[0]: row[1] for row in rows[1:]}
    assert lines["lfw_view2.accuracy"] == "0.9893"
    assert lines["groups[Asian × male].false_alarms"] == "51"
    assert lines["bias.crossings[ethnicity × sex].groups[Asian × male].without_overlap.rate.denominator"] == "363"
    assert len(lines) == len(rows) - 1, "no place twice"


def test_icons_count_as_many_people_as_they_say() -> None:
    svg = hundred("t", "found", 39, 47, ("found", "unsure", "missed"))
    first, second, third, *legend = svg.split("<g ")[1:]
    assert [part.count("translate") for part in (first, second, third)] == [39, 8, 53]
    assert len(legend) == 3
    field = ten_thousand("t", "flagged", 171, 241, ("flagged", "unsure", "not"))
    assert field.count("h3v3h-3z") == 241
    assert "9,759 not" in field


def test_every_label_of_a_plot_has_an_id_of_its_own() -> None:
    page = report_files(an_evaluation())["evaluation.html"].decode()
    ids = [part.split('"')[0] for part in page.split(' id="')[1:]]
    assert len(ids) == len(set(ids))


def test_the_schema_is_current() -> None:
    written = (ROOT / SCHEMA).read_text(encoding="utf-8")
    assert written == schema_text(), "python -m benchmarks.report.shape"
    required = json.loads(written)["required"]
    assert {"lfw_view2", "identification", "groups", "gate", "profile_sha256"} <= set(required)


@pytest.mark.parametrize("part", ["lfw_view2", "identification", "groups", "gate", "profile_sha256"])
def test_without_what_machines_ask_for_there_is_no_report(part: str) -> None:
    whole = complete(an_evaluation())
    require_shape(whole)
    with pytest.raises(NoEvaluation, match=part):
        require_shape({name: one for name, one in whole.items() if name != part})


@pytest.mark.parametrize("name", shipped_names())
def test_the_profile_stands_in_it_in_full_and_no_other_can(name: str) -> None:
    profile = shipped_profile(name)
    found = an_evaluation(profile_record=decode(profile.canonical_bytes()), profile_sha256=profile.profile_sha256)
    assert "embedder, file, licence" in words(2, found)
    require_shape(complete(found))
    found["profile_record"]["comparison"]["threshold"] += 0.01
    with pytest.raises(NoEvaluation, match="another one than its hash says"):
        require_shape(complete(found))


def test_the_longest_list_is_the_one_below_which_all_keep_it_whichever_list_is_drawn() -> None:
    told: dict[str, Any] = {
        "lengths": [1, 10, 50, 100],
        "groups": [{"group": "everybody", "people": 6615, "false_alarms": [0, 0, 2, 7]}],
    }

    def longest(**more: Any) -> int | None:
        found: int | None = longest_lists({"false_alarms_by_list": told, **more})[0]["longest"]
        return found

    def drawn(length: int | None, which: str = "profile") -> dict[str, Any]:
        judged = [{"which": which, "groups": [{"group": "everybody", "demonstrated": length}]}]
        return {"list_limits": {"thresholds": judged}}

    assert longest() == 50
    assert longest(**drawn(5)) == 5
    assert longest(**drawn(200)) == 50
    assert longest(**drawn(None)) is None, "another list of the same length alarms too often"
    assert longest(**drawn(5, "calibrated")) == 50
    counted = {"people": 6692, "false_alarms": [0, 2, 7, 7]}
    told["groups"][0]["with_overlap"] = counted
    assert longest() == 10, "the worse of overlap left out and counted"
    told["groups"] = [{"group": "everybody", "people": 6615, "false_alarms": [0, 7, 2, 7]}]
    assert longest() == 1, "a longer list that happens to keep it shows nothing where a shorter one does not"
