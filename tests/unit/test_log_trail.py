"""What entries tell of a match, a person and an account: folded from opened entries, gaps and misfits named."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.application.log_reading import OpenedLine
from governance.application.log_trail import (
    ChainLink,
    Link,
    Standing,
    chain_of,
    trail_of_account,
    trail_of_person,
)
from governance.audit.leaf import Compartment, KeyRef, Leaf

ISSUERS = {"key-1": "the court"}
CASE = {"warrant": "w1", "deployment": "d1"}
ALERT = {"alert": "a1", "camera": "c1", "crops": "f" * 64, "document": "r1", "lease": "l1", "reference": "p1", **CASE}


def an_object(number: int) -> Compartment:
    key = KeyRef(data_class="candidate", day=20_460, number=number)
    return Compartment(group="object", key=key, commitment=b"\x01" * 32, box_sha256=b"\x02" * 32)


def line(index: int, event: str, *, body: Mapping[str, object] | None = None, **fields: Any) -> OpenedLine:
    objects = tuple(an_object(number) for number in fields.pop("objects", ()))
    closed = frozenset(fields.pop("closed", ()))
    leaf = Leaf(event=event, src="governance", sn=index + 1, time_ms=index, body=body or {}, compartments=objects)
    return OpenedLine(index=index, leaf=leaf, fields=fields, closed=closed)


def a_whole_story() -> list[OpenedLine]:
    keys = [["candidate", 20_460, 7, 8]]
    return [
        line(0, "warrant.draft", actor="anna", warrant="w1"),
        line(1, "warrant.submit", actor="anna", warrant="w1"),
        line(2, "warrant.approve", actor="lisa", warrant="w1", document="act"),
        line(3, "warrant.export", actor="lisa", warrant="w1"),
        line(4, "warrant.import", actor="lisa", warrant="w1", document="act", key="key-1"),
        line(5, "reference.enrol", actor="anna", warrant="w1", reference="p1", slot="s1"),
        line(6, "deployment.start", actor="lisa", **CASE),
        line(7, "object.read", purpose="lease", camera="c1", **CASE),
        line(8, "lease.issue", lease="l1", camera="c1", site="x", gallery="g", profile="m1", **CASE),
        line(9, "object.read", purpose="rescore", report="a1", reference="p1", warrant="w1"),
        line(10, "candidate.accept", site="x", objects=(7, 8), **ALERT),
        line(11, "candidate.view", actor="olga", alert="a1", reference="p1", warrant="w1"),
        line(12, "candidate.review", actor="olga", alert="a1", d="e" * 64, objects=(9,)),
        line(13, "candidate.view", actor="oskar", alert="a1", reference="p1", warrant="w1"),
        line(14, "candidate.review", actor="oskar", alert="a1", d="d" * 64),
        line(15, "candidate.dismiss", alert="a1", warrant="w1", body={"rule": "E6"}),
        line(16, "erasure.intend", body={"keys": keys, "reason": "decision"}),
        line(17, "erasure.complete", body={"keys": keys, "of": [16], "reason": "decision", "count": 2}),
    ]


def told(lines: list[OpenedLine], alert: str = "a1") -> dict[Link, ChainLink]:
    return {link.link: link for link in chain_of(alert, lines, issuers=ISSUERS)}


def without(*indices: int) -> list[OpenedLine]:
    return [one for one in a_whole_story() if one.index not in indices]


def changed(index: int, **fields: Any) -> list[OpenedLine]:
    return [replace(one, fields={**one.fields, **fields}) if one.index == index else one for one in a_whole_story()]


def test_a_whole_story_is_told_link_by_link_in_order_and_without_a_problem() -> None:
    chain = chain_of("a1", a_whole_story(), issuers=ISSUERS)
    assert [link.link for link in chain] == list(Link)
    assert not [problem for link in chain for problem in link.problems]
    standing = {link.link: link.standing for link in chain}
    # No admission stands in these entries; one sealed answer is kept on.
    assert {name for name, value in standing.items() if value is not Standing.TOLD} == {Link.PROFILE, Link.ERASURE}
    assert {link.link: [one.index for one in link.lines] for link in chain} == {
        Link.AUTHORITY: [4],
        Link.WARRANT: [0, 1, 2, 3, 4, 5, 6],
        Link.LEASE: [8],
        Link.PROFILE: [8],
        Link.COMPARISON: [9, 10],
        Link.ALERT: [10],
        Link.VIEWS: [11, 13],
        Link.DECISIONS: [12, 14],
        Link.OUTCOME: [15],
        Link.ERASURE: [16, 17],
    }


@pytest.mark.law("E8", "P4")
def test_the_admission_that_was_taken_in_before_is_told_and_no_other() -> None:
    profile = dict(told(a_whole_story())[Link.LEASE].facts)["profile"]
    before = [
        replace(line(0, "model.admit", profile="0" * 64, document="1" * 64), index=-3),
        replace(line(0, "model.admit", profile=profile, document="2" * 64), index=-2),
    ]
    later = line(98, "model.admit", profile=profile, document="3" * 64)
    link = told([*before, *a_whole_story(), later])[Link.PROFILE]
    assert link.standing is Standing.TOLD
    assert dict(link.facts) == {"profile": profile, "admission": "2" * 64}
    assert [one.index for one in link.lines] == [8, -2]
    for other in ([before[0]], [later]):
        assert told([*other, *a_whole_story()])[Link.PROFILE].standing is Standing.PENDING


@pytest.mark.law("E8")
def test_who_else_was_enrolled_under_the_warrant_is_no_link_of_this_match() -> None:
    other = line(99, "reference.enrol", actor="anna", warrant="w1", reference="p2", slot="s2")
    link = told([*a_whole_story(), other])[Link.WARRANT]
    assert [one.index for one in link.lines] == [0, 1, 2, 3, 4, 5, 6]
    assert not link.problems


def test_an_alert_that_no_entry_names_has_no_chain() -> None:
    assert chain_of("another", a_whole_story(), issuers=ISSUERS) == ()
    assert chain_of("a1", [], issuers=ISSUERS) == ()
    # A refused view names the alert, and is no beginning of one.
    assert chain_of("a1", [line(0, "request.refuse", alert="a1", actor="olga")], issuers=ISSUERS) == ()


@pytest.mark.parametrize(
    ("lines", "link", "sentence"),
    [
        (changed(4, key="key-2"), Link.AUTHORITY, "not one of the pinned"),
        (changed(4, document="another"), Link.WARRANT, "not what the issuer signed"),
        (without(2), Link.WARRANT, "Not told in these entries: warrant.approve"),
        (changed(5, reference="p2"), Link.WARRANT, "was not enrolled under this warrant"),
        (changed(8, warrant="w2"), Link.LEASE, "different values of 'warrant'"),
        (changed(8, camera="c2"), Link.LEASE, "different values of 'camera'"),
        (without(9), Link.COMPARISON, "own comparison is not among"),
        (changed(14, actor="olga"), Link.DECISIONS, "decided twice"),
        (without(13), Link.DECISIONS, "without an entry that they looked"),
    ],
)
def test_what_does_not_fit_together_is_named_at_its_link(lines: list[OpenedLine], link: Link, sentence: str) -> None:
    problems = {one.link: one.problems for one in chain_of("a1", lines, issuers=ISSUERS) if one.problems}
    assert set(problems) == {link}
    assert sentence in " ".join(problems[link])


def test_a_lease_that_stands_behind_its_alert_is_named() -> None:
    lines = [replace(one, index=99) if one.index == 8 else one for one in a_whole_story()]
    assert "behind the alert" in " ".join(told(lines)[Link.LEASE].problems)


@pytest.mark.parametrize(("index", "link"), [(4, Link.AUTHORITY), (8, Link.LEASE), (8, Link.PROFILE)])
def test_a_link_whose_entry_is_missing_says_so(index: int, link: Link) -> None:
    assert told(without(index))[link].standing is Standing.MISSING


def test_a_lead_that_fewer_than_two_confirmed_is_a_misfit() -> None:
    lines = [*without(14, 15, 16, 17), line(20, "lead.confirm", alert="a1", warrant="w1")]
    outcome = told(lines)[Link.OUTCOME]
    assert outcome.problems == ("It was confirmed by fewer than two people.",)
    assert (
        told([*a_whole_story()[:15], line(20, "lead.confirm", alert="a1", warrant="w1")])[Link.OUTCOME].problems == ()
    )


def test_what_is_still_open_is_pending_and_no_misfit() -> None:
    chain = told(without(11, 12, 13, 14, 15, 16, 17))
    pending = {name for name, link in chain.items() if link.standing is Standing.PENDING}
    assert pending == {Link.PROFILE, Link.VIEWS, Link.DECISIONS, Link.OUTCOME, Link.ERASURE}
    assert not [link for link in chain.values() if link.problems]


def test_an_alert_that_did_not_hold_at_the_centre_begins_with_its_dismissal() -> None:
    lines = [*without(10, 11, 12, 13, 14, 15, 16, 17), line(10, "candidate.dismiss", body={"rule": "rescore"}, **ALERT)]
    chain = told(lines)
    assert "did not hold" in chain[Link.ALERT].sentence
    assert chain[Link.OUTCOME].facts == (("rule", "rescore"),)
    assert chain[Link.ERASURE].sentence == "Nothing was kept of it."


def test_an_announced_change_that_did_not_come_tells_nothing() -> None:
    lines = [*a_whole_story(), line(18, "change.void", body={"of": [14, 15]})]
    chain = told(lines)
    assert chain[Link.OUTCOME].standing is Standing.PENDING
    assert [one.index for one in chain[Link.DECISIONS].lines] == [12]


def test_an_erasure_of_another_object_is_not_this_ones() -> None:
    other = [["candidate", 20_460, 99, 99]]
    lines = [*without(16, 17), line(16, "erasure.intend", body={"keys": other, "reason": "decision"})]
    assert told(lines)[Link.ERASURE].lines == ()
    # What completes another intent is not this one's, though it names the same keys.
    keys = [["candidate", 20_460, 7, 8]]
    foreign = line(17, "erasure.complete", body={"keys": keys, "of": [3], "reason": "decision", "count": 2})
    assert [one.index for one in told([*without(17), foreign])[Link.ERASURE].lines] == [16]
    # An intent alone erases nothing.
    assert told(without(17))[Link.ERASURE].sentence.startswith("0 of 3")
    assert told(a_whole_story())[Link.ERASURE].sentence.startswith("2 of 3")


def test_fields_that_were_erased_are_no_misfit() -> None:
    lines = [
        replace(one, fields={k: v for k, v in one.fields.items() if k != "actor"}, closed=frozenset({"operator"}))
        for one in a_whole_story()
    ]
    assert not [problem for link in chain_of("a1", lines, issuers=ISSUERS) for problem in link.problems]


# -- trails -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given_id", ["p1", "s1"])
def test_a_persons_trail_by_slot_or_by_reference_is_the_same(given_id: str) -> None:
    trail = trail_of_person(given_id, a_whole_story())
    assert [one.index for one in trail.own] == [5, 9, 10, 11, 12, 13, 14, 15, 16, 17]
    assert [one.index for one in trail.of_case] == [0, 1, 2, 3, 4, 6]
    assert [one.index for one in trail.leases] == [7, 8]


def test_nobody_else_is_in_a_persons_trail() -> None:
    others = [
        line(20, "reference.enrol", warrant="w2", reference="p2", slot="s2"),
        line(21, "candidate.accept", **{**ALERT, "alert": "a2", "reference": "p2", "warrant": "w2"}),
        line(22, "candidate.view", alert="a2", actor="olga"),
    ]
    lines = [*a_whole_story(), *others]
    assert {one.index for one in trail_of_person("p1", lines).own}.isdisjoint({20, 21, 22})
    assert [one.index for one in trail_of_person("s2", lines).own] == [20, 21, 22]
    # An id of another kind names no person: not a warrant's, an alert's or an account's.
    for other in ("w1", "a1", "olga", "l1", "nobody"):
        assert trail_of_person(other, lines).own == ()


def test_an_accounts_trail_is_what_it_did_and_what_was_done_to_it() -> None:
    lines = [*a_whole_story(), line(30, "account.create", actor="adam", subject="olga")]
    assert [one.index for one in trail_of_account("olga", lines).own] == [11, 12, 30]
    assert trail_of_account("p1", lines).own == ()


def test_what_cannot_be_told_any_more_is_counted_and_named() -> None:
    lines = [
        *a_whole_story(),
        line(40, "candidate.view", closed=("subject",)),
        line(41, "session.open", closed=("operator",)),
    ]
    assert [one.index for one in trail_of_person("p1", lines).unreadable] == [40]
    assert [one.index for one in trail_of_account("olga", lines).unreadable] == [41]
    assert trail_of_person("p1", [*lines, line(42, "change.void", body={"of": [15]})]).voided == {15}


@given(st.lists(st.sampled_from(a_whole_story()), max_size=30, unique_by=lambda one: one.index))
def test_any_part_of_a_story_is_told_without_an_error_and_only_by_its_own_entries(lines: list[OpenedLine]) -> None:
    ordered = sorted(lines, key=lambda one: one.index)
    indices = {one.index for one in ordered}
    chain = chain_of("a1", ordered, issuers=ISSUERS)
    assert {one.index for link in chain for one in link.lines} <= indices
    assert chain == () or [link.link for link in chain] == list(Link)
    trail = trail_of_person("p1", ordered)
    shown = [one.index for one in (*trail.own, *trail.of_case, *trail.leases)]
    assert len(shown) == len(set(shown))
    assert set(shown) <= indices
