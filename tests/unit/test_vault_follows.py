"""The vault follows one log to the next: only where the old log names it, or the vault's own people pinned it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from contracts.errors import Malformed
from contracts.signature import SigningKey
from governance.audit.checkpoint import parse_body
from governance.audit.note import ED25519, VerifierKey, parse_note
from governance.audit.succession import BEGIN, CLOSE, FORK, beginning, closing
from governance.vault.errors import VaultRefused
from governance.vault.rules import Terms
from governance.vault.state import Head
from governance.vault.succession import Succession, after_closing, after_fork
from tests.builders_vault import (
    CANDIDATE,
    LOG_KEY,
    NOON_MS,
    ORIGIN,
    SUBJECT,
    Organisations,
    SmallLog,
    VaultHouse,
    the_terms,
)

NEXT = "insyn.invalid/vault/2027"
NEW_KEY = SigningKey.from_seed(b"\x22" * 32)
THIEF = SigningKey.from_seed(b"\x23" * 32)
NOON_S = NOON_MS // 1000


def vkey(key: SigningKey = NEW_KEY, name: str = NEXT) -> VerifierKey:
    return VerifierKey(name=name, algorithm=ED25519, public_key=key.public)


def head_of(log: SmallLog, size: int | None = None) -> Head:
    checkpoint = parse_body(parse_note(log.checkpoint(size)).text)
    return Head(size=checkpoint.size, root=checkpoint.root)


def closed(log: SmallLog, *, key: SigningKey = NEW_KEY, origin: str = NEXT) -> SmallLog:
    event, body = closing(vkey(key, origin))
    log.append(event, body=body)
    return log


def begun(before: SmallLog, *, event: str = BEGIN, key: SigningKey = NEW_KEY, size: int | None = None) -> SmallLog:
    log = SmallLog(key=key, origin=NEXT)
    for name, body in beginning(event, parse_body(parse_note(before.checkpoint(size)).text), ["A" * 42 + "A="]):
        log.append(name, body=body)
    return log


def an_old_log() -> SmallLog:
    log = SmallLog()
    for _ in range(5):
        log.append("session.open")
    return log


def told(old: SmallLog, new: SmallLog, *, seen: int) -> Succession:
    return Succession(
        opening=new.receipt(0), closing=old.receipt(len(old.leaves) - 1), consistency=old.consistency(seen)
    )


def test_it_follows_a_year_that_closed_and_counts_the_logs(tmp_path: Path) -> None:
    old = closed(an_old_log())
    new = begun(old)
    head = after_closing(told(old, new, seen=3), seen=head_of(old, 3), terms=the_terms())
    assert (head.size, head.root, head.era) == (3, head_of(new).root, 1)


def test_it_believes_the_new_log_alone_afterwards_also_when_it_starts_anew(tmp_path: Path) -> None:
    house = VaultHouse(tmp_path)
    house.log = old = an_old_log()
    with house.vault() as vault:
        ((key, secret),) = vault.allot([CANDIDATE])
        index = old.opens(key)
        assert vault.release([key], old.receipt(index), ()) == {key: secret}
        vault.allot(
            [SUBJECT]
        )  # the copies remember the old log too; its size is the larger one, and counts for nothing
        closed(old)
        new = begun(old)
        vault.follow(told(old, new, seen=vault.seen()[0]))
        assert vault.seen() == (3, head_of(new).root)
    house.terms = replace(house.terms, origin=NEXT, log_keys=(NEW_KEY.public,))
    with house.vault() as vault:
        assert vault.seen() == (3, head_of(new).root)
        index = new.opens(key)
        assert vault.release([key], new.receipt(index), new.consistency(3)) == {key: secret}
        with pytest.raises(VaultRefused):
            vault.release([key], old.receipt(5), ())


def _another_end(old: SmallLog, new: SmallLog) -> Succession:
    return told(old, begun(an_old_log()), seen=3)


def _another_key(old: SmallLog, _new: SmallLog) -> Succession:
    return told(old, begun(old, key=THIEF), seen=3)


def _a_fork(old: SmallLog, _new: SmallLog) -> Succession:
    return told(old, begun(old, event=FORK), seen=3)


def _a_later_entry(old: SmallLog, new: SmallLog) -> Succession:
    return replace(told(old, new, seen=3), opening=new.receipt(1))


def _not_its_last_entry(old: SmallLog, _new: SmallLog) -> Succession:
    old.append("session.open")
    return replace(told(old, begun(old), seen=3), closing=old.receipt(len(old.leaves) - 2))


def _not_closed(old: SmallLog, new: SmallLog) -> Succession:
    return replace(told(old, new, seen=3), closing=old.receipt(4))


def _of_a_branch(old: SmallLog, _new: SmallLog) -> Succession:
    branch = closed(SmallLog(old.leaves[:2]))
    return told(branch, begun(branch), seen=2)


@pytest.mark.parametrize(
    "changed",
    [
        _a_fork,
        _a_later_entry,
        _another_end,
        _another_key,
        _not_closed,
        _not_its_last_entry,
        _of_a_branch,
    ],
)
def test_it_follows_to_nothing_else(changed: Callable[[SmallLog, SmallLog], Succession]) -> None:
    old = closed(an_old_log())
    new = begun(old)
    after_closing(told(old, new, seen=3), seen=head_of(old, 3), terms=the_terms())
    with pytest.raises(VaultRefused):
        after_closing(changed(old, new), seen=head_of(an_old_log(), 3), terms=the_terms())


def test_a_log_does_not_follow_itself() -> None:
    old = closed(an_old_log(), key=LOG_KEY, origin=ORIGIN)
    new = SmallLog(key=LOG_KEY, origin=ORIGIN)
    for name, body in beginning(BEGIN, parse_body(parse_note(old.checkpoint()).text), []):
        new.append(name, body=body)
    with pytest.raises(VaultRefused, match="names itself"):
        after_closing(told(old, new, seen=3), seen=head_of(old, 3), terms=the_terms())


def test_a_key_of_another_log_is_not_the_new_ones() -> None:
    old = an_old_log()
    old.append(CLOSE, body={"key": vkey(name="insyn.invalid/other").text, "origin": NEXT})
    with pytest.raises(VaultRefused, match="another log"):
        after_closing(told(old, begun(old), seen=3), seen=head_of(old, 3), terms=the_terms())


def test_where_witnesses_are_asked_they_cosigned_the_end(tmp_path: Path) -> None:
    others = Organisations()
    old = closed(an_old_log())
    one = told(old, begun(old), seen=3)
    terms = the_terms(others.policy)
    with pytest.raises(VaultRefused, match="Too few witnesses"):
        after_closing(one, seen=head_of(old, 3), terms=terms)
    assert one.closing is not None
    cosigned = others.cosigned(one.closing.checkpoint, a=NOON_S, b=NOON_S)
    after_closing(replace(one, closing=replace(one.closing, checkpoint=cosigned)), seen=head_of(old, 3), terms=terms)


def the_new_terms(others: Organisations | None = None, key: SigningKey = NEW_KEY) -> Terms:
    terms = the_terms(None if others is None else others.policy)
    return replace(terms, origin=NEXT, log_keys=(key.public,))


@pytest.mark.parametrize("seen", [0, 2, 4, 5])
def test_after_a_fork_it_follows_what_its_people_pinned_on_the_branch_it_saw(seen: int) -> None:
    old = an_old_log()
    one = Succession(opening=begun(old, event=FORK, size=4).receipt(0), consistency=_between(old, seen, 4))
    head = after_fork(one, seen=head_of(old, seen), terms=the_new_terms())
    assert (head.size, head.era) == (3, 1)


def _between(old: SmallLog, one: int, other: int) -> tuple[bytes, ...]:
    smaller, larger = sorted((one, other))
    return old.consistency(smaller, larger)


def test_after_a_fork_it_does_not_follow_a_key_that_nobody_pinned() -> None:
    old = an_old_log()
    one = Succession(opening=begun(old, event=FORK, key=THIEF).receipt(0))
    with pytest.raises(VaultRefused, match="does not believe the new log"):
        after_fork(one, seen=head_of(old), terms=the_new_terms())


def test_without_witnesses_a_fork_cannot_leave_the_branch_that_the_vault_saw() -> None:
    other = SmallLog(an_old_log().leaves[:2])
    other.append("session.end")
    one = Succession(opening=begun(other, event=FORK).receipt(0), consistency=other.consistency(2))
    with pytest.raises(VaultRefused, match="forked"):
        after_fork(one, seen=head_of(an_old_log(), 4), terms=the_new_terms())


def test_a_year_that_begins_is_no_fork() -> None:
    old = an_old_log()
    with pytest.raises(VaultRefused, match="does not declare a fork"):
        after_fork(Succession(opening=begun(old).receipt(0)), seen=head_of(old), terms=the_new_terms())


def test_with_witnesses_what_they_cosigned_counts_and_not_the_branch_that_a_thief_showed() -> None:
    others, old = Organisations(), an_old_log()
    opening = begun(old, event=FORK, size=3).receipt(0)
    forged = SmallLog([*old.leaves[:2], *old.leaves[:4]])
    cosigned = others.cosigned(old.checkpoint(3), a=NOON_S, b=NOON_S)
    terms = the_new_terms(others)
    assert after_fork(Succession(opening=opening, trusted=cosigned), seen=head_of(forged), terms=terms).era == 1
    for wrong in (
        None,
        old.checkpoint(3),
        others.cosigned(old.checkpoint(3), a=NOON_S),
        others.cosigned(old.checkpoint(4), a=NOON_S, b=NOON_S),
        "no note",
    ):
        with pytest.raises(VaultRefused):
            after_fork(Succession(opening=opening, trusted=wrong), seen=head_of(old), terms=terms)


def test_the_file_that_people_carry_is_read_as_it_was_written_and_strictly() -> None:
    old = closed(an_old_log())
    for one in (
        told(old, begun(old), seen=3),
        Succession(opening=begun(old, event=FORK).receipt(0), trusted=old.checkpoint()),
    ):
        assert Succession.from_bytes(one.to_bytes()) == one
        with pytest.raises(Malformed):
            Succession.from_bytes(one.to_bytes() + b" ")
        with pytest.raises(Malformed):
            Succession.from_bytes(one.to_bytes().replace(b"succession/1", b"succession/2"))
