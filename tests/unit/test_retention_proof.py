"""What an auditor is told of erasure: nothing late or missing goes by, and nothing that lives again (B1, B11, F3)."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.adapters.db.kept_tables import kept_tables
from governance.application.public_words import retention
from governance.application.reports.report import Phrase
from governance.audit.inventory import inventory_of
from governance.audit.puncturable import KeyTree
from governance.audit.retention import DAY_MS, Destruction, Hold, Retention, end_of_day
from governance.audit.retention_proof import in_words, prove
from governance.audit.vault_keys import CLASSES, KeyRange
from governance.domain.retention import RETENTION, DataClass, may_start
from governance.domain.retention import in_words as rules_in_words

pytestmark = pytest.mark.law("B1", "B11", "F3")

DAY = 20_460


def key(number: int) -> KeyRange:
    return KeyRange(data_class="candidate", day=DAY, first=number, last=number)


def destroyed(number: int, *, at_ms: int) -> Destruction:
    return Destruction(index=9, ranges=(key(number),), reason="retention", said_ms=at_ms, confirmed_ms=at_ms)


def test_each_key_is_counted_under_what_became_of_it() -> None:
    log = Retention()
    for number in range(5):
        log.oblige(number, "candidate", DAY, number)
    end = end_of_day(DAY)
    log.destroyed(destroyed(0, at_ms=end))
    log.destroyed(destroyed(1, at_ms=end + 2 * DAY_MS))
    log.hold(Hold(index=7, ranges=(key(2),), from_ms=end - DAY_MS, until_ms=end + 9 * DAY_MS))
    proof = prove(log.report(now_ms=end + 3 * DAY_MS), (), None)
    (one,) = proof.classes
    assert (one.due, one.in_time, one.late, one.held, one.missing) == (5, 1, 1, 1, 2)
    assert not proof.is_kept
    assert [lapse.split(":")[0] for lapse in proof.lapses].count("not destroyed") == 2
    assert "Not every promise was kept." in in_words(proof)
    assert proof.to_json()["kept"] is False


def test_a_key_that_lives_though_the_log_says_it_went_is_found_in_the_inventory() -> None:
    log = Retention()
    log.oblige(1, "candidate", DAY, 0)
    end = end_of_day(DAY)
    log.destroyed(destroyed(0, at_ms=end))
    report = log.report(now_ms=end + 3 * DAY_MS)
    whole = inventory_of({("candidate", DAY): KeyTree.from_root(b"s" * 32)})
    assert prove(report, (key(0),), None).is_kept
    proof = prove(report, (key(0),), whole)
    assert proof.alive == (key(0),)
    assert not proof.is_kept


# -- no rule, no start -----------------------------------------------------------------------------------------------


def test_every_table_and_every_class_of_keys_has_a_rule() -> None:
    assert may_start(kept_tables(), CLASSES).allowed


@given(st.sampled_from(sorted(RETENTION)))
def test_without_one_rule_nothing_starts(missing: DataClass) -> None:
    rules = {one: rule for one, rule in RETENTION.items() if one is not missing}
    tables = {one.value: one for one in DataClass}
    assert may_start(tables, CLASSES, RETENTION).allowed
    refused = may_start(tables, CLASSES, rules)
    assert not refused.allowed
    assert refused.rule == "B11"
    assert missing.value in refused.reason


@given(st.sampled_from(sorted(RETENTION)))
def test_a_rule_without_a_provision_is_none(emptied: DataClass) -> None:
    rules = {**RETENTION, emptied: replace(RETENTION[emptied], provision=" ")}
    assert not may_start({one.value: one for one in DataClass}, CLASSES, rules).allowed


def test_a_table_that_names_no_class_starts_nothing() -> None:
    assert not may_start({**kept_tables(), "forgotten": None}, CLASSES).allowed
    assert not may_start({}, CLASSES).allowed


def test_keys_of_an_unknown_class_start_nothing() -> None:
    assert not may_start(kept_tables(), [*CLASSES, "for-ever"]).allowed


@pytest.mark.law("C12")
def test_the_document_says_what_the_code_does() -> None:
    text = (Path(__file__).parents[2] / "docs" / "retention.md").read_text(encoding="utf-8")
    table = text.partition("<!-- classes: `insyn retention rules` -->\n")[2].partition("<!-- end of classes -->")[0]
    assert table == rules_in_words(), "run `insyn retention rules` and put its table into docs/retention.md"


@pytest.mark.law("C12")
def test_the_public_page_says_of_every_class_what_it_is_in_both_languages() -> None:
    table = retention().table
    assert table is not None
    said = {str(row[0]): row[1] for row in table.rows}
    assert set(said) == {one.value for one in DataClass}
    assert all(isinstance(words, Phrase) and words.en and words.sv for words in said.values())
