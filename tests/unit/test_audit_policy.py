"""A policy says whom to believe; what it does not say, nobody is believed for."""

from itertools import combinations

import pytest

from contracts.signature import SigningKey
from governance.adapters.signatures import ed25519_verifies
from governance.audit.accepted import accept
from governance.audit.base64_strict import encode64
from governance.audit.cosignature import Cosignature, Verifiers, cosign
from governance.audit.errors import CheckpointRefused, PolicyRefused
from governance.audit.note import (
    COSIGNATURE_ED25519,
    COSIGNATURE_ML_DSA_44,
    ED25519,
    NoteSignature,
    VerifierKey,
    key_id,
)
from governance.audit.policy import Group, KnownLog, Policy, Witness, parse_policy
from tests.builders_tiles import LOG_VKEY, ORIGIN, numbered, tiled_log

KEYS = {name: SigningKey.from_seed(bytes([number]) * 32) for number, name in enumerate("abcdef", start=65)}
VKEYS = {
    name: VerifierKey(name=f"{name}.example", algorithm=COSIGNATURE_ED25519, public_key=key.public)
    for name, key in KEYS.items()
}
WITNESSES = "".join(f"witness {name} {key.text}\n" for name, key in VKEYS.items())
TWO_LEVELS = f"""# Two organisations, each with three witnesses.
log {LOG_VKEY.text} https://log.example/
{WITNESSES}
group ours 2 a b c
\tgroup theirs any  d e f\t
group both all ours theirs
quorum both
"""
LOG = tiled_log(numbered(5))
VERIFY = Verifiers(ed25519=ed25519_verifies)


def cosigned(*names: str, time_s: int = 1_780_000_000) -> str:
    lines = [
        cosign(LOG.checkpoint.body(), time_s=time_s, key=VKEYS[name], sign=KEYS[name].private.sign) for name in names
    ]
    return LOG.note + "".join(lines)


def every_choice() -> list[set[str]]:
    return [set(names) for count in range(7) for names in combinations("abcdef", count)]


def test_nested_groups_are_satisfied_exactly_where_both_thresholds_are_met() -> None:
    policy = parse_policy(TWO_LEVELS)
    for names in every_choice():
        assert policy.is_satisfied(names) == (len(names & set("abc")) >= 2 and len(names & set("def")) >= 1)


def test_a_policy_is_read_back_as_it_was_written() -> None:
    policy = parse_policy(TWO_LEVELS)
    assert parse_policy(policy.to_text()) == policy
    assert policy.to_text().endswith("group both 2 ours theirs\nquorum both\n")
    assert policy.logs == (KnownLog(key=LOG_VKEY, url="https://log.example/"),)


def test_a_single_witness_may_be_the_quorum() -> None:
    policy = parse_policy(f"{WITNESSES}quorum a\n")
    assert policy.is_satisfied(["a"])
    assert not policy.is_satisfied(["b"])
    assert not policy.is_satisfied([])


def test_none_asks_for_nobody() -> None:
    assert parse_policy("quorum none\n").is_satisfied([])


def test_the_name_of_a_group_is_no_witness() -> None:
    policy = parse_policy(TWO_LEVELS)
    assert not policy.is_satisfied(["both", "ours", "theirs", "none", ""])


def test_one_witness_counts_once_however_often_it_speaks() -> None:
    assert not parse_policy(TWO_LEVELS).is_satisfied(["a", "a", "d", "d"])


def test_two_thousand_groups_within_each_other_are_read() -> None:
    text = WITNESSES + "group g0 all a\n" + "".join(f"group g{n} any g{n - 1}\n" for n in range(1, 2000))
    policy = parse_policy(f"{text}quorum g1999\n")
    assert policy.is_satisfied(["a"])
    assert not policy.is_satisfied(["b"])


@pytest.mark.parametrize(
    "rest",
    [
        "",  # no quorum
        "quorum\n",
        "quorum a b\n",
        "quorum nobody\n",
        "quorum a\nquorum a\n",
        "quorum none\nquorum none\n",
        "quorum a",  # cut off
        "quorum a\n# the rest of this comment was cut o",
        f"quorum a\nlog {LOG_VKEY.text}",
        "quorum g\ngroup g any a\n",  # before its definition
        "group g any\nquorum g\n",
        "group g 0 a b\nquorum g\n",
        "group g 3 a b\nquorum g\n",
        "group g 02 a b\nquorum g\n",
        "group g +2 a b\nquorum g\n",
        "group g 1_0 a b\nquorum g\n",
        "group g \uff12 a b\nquorum g\n",
        "group g two a b\nquorum g\n",
        "group g ALL a b\nquorum g\n",
        "group g any a a\nquorum g\n",
        "group g any a\ngroup h any a\nquorum h\n",
        "group g any none\nquorum g\n",
        "group none any a\nquorum none\n",
        "group a any b\nquorum a\n",
        "group g any h\ngroup h any g\nquorum g\n",
        "group g any g\nquorum g\n",
        "witnesses a\nquorum a\n",
        "Quorum a\n",
        "quorum a # with a comment\n",
        "quorum a\r\n",
        "quorum\u00a0a\n",
        "quorum\x0ba\n",
        "quorum a\x00\n",
        "quorum a\x7f\n",
        "quorum a\u2028quorum b",
        "quorum A\n",
        f"witness a {VKEYS['a'].text}\nquorum a\n",
        f"witness z {VKEYS['a'].text}\nquorum a\n",  # one key under two names
        f"witness none {LOG_VKEY.text}\nquorum none\n",
        f"witness z {LOG_VKEY.text}\nquorum z\n",  # a log's key
        f"log {VKEYS['a'].text}\nquorum a\n",  # a witness's key
        f"log {LOG_VKEY.text}\nlog {LOG_VKEY.text}\nquorum a\n",
        f"log {LOG_VKEY.text} https://a https://b\nquorum a\n",
        "log\nquorum a\n",
        "log nonsense\nquorum a\n",
        "witness z\nquorum a\n",
    ],
)
def test_a_policy_that_is_not_clear_is_refused(rest: str) -> None:
    with pytest.raises(PolicyRefused):
        parse_policy(WITNESSES + rest)


@pytest.mark.parametrize("order", [b"\x01" + bytes(31), bytes(32), b"\xee" + b"\xff" * 30 + b"\x7f"])
def test_a_witness_that_anybody_could_be_is_refused(order: bytes) -> None:
    text = f"w+{key_id('w', 4, order).hex()}+{encode64(bytes([4]) + order)}"
    with pytest.raises(PolicyRefused, match=r"Line 1 .*anybody could sign"):
        parse_policy(f"witness w {text}\nquorum w\n")


def test_the_refused_line_is_named() -> None:
    with pytest.raises(PolicyRefused, match="Line 3 "):
        parse_policy("# one\n\nquorom none\n")


def test_octets_above_127_are_opaque() -> None:
    kelvin = "\u212a"
    policy = parse_policy(f"witness {kelvin} {VKEYS['a'].text}\nwitness K {VKEYS['b'].text}\nquorum {kelvin}\n")
    assert policy.is_satisfied([kelvin])
    assert not policy.is_satisfied(["K"])
    raw = b"# \xff\xfe\nwitness \xff " + VKEYS["a"].text.encode() + b"\nquorum \xff\n"
    assert parse_policy(parse_policy(raw).to_text()) == parse_policy(raw)


def test_a_text_without_octets_is_refused() -> None:
    with pytest.raises(PolicyRefused):
        parse_policy("# \ud800\nquorum none\n")


def test_an_endless_policy_is_refused() -> None:
    with pytest.raises(PolicyRefused):
        parse_policy("#" * 1_000_001 + "\nquorum none\n")


@pytest.mark.parametrize(("threshold", "members"), [(0, ("a",)), (2, ("a",)), (0, ()), (1, ()), (-1, ("a",))])
def test_a_group_that_everybody_or_nobody_satisfies_cannot_be_made(threshold: int, members: tuple[str, ...]) -> None:
    with pytest.raises(PolicyRefused):
        Group(name="g", threshold=threshold, members=members)


@pytest.mark.parametrize("quorum", ["", "nobody", "a"])
def test_a_quorum_of_nobody_cannot_be_made(quorum: str) -> None:
    with pytest.raises(PolicyRefused):
        Policy(quorum=quorum)


@pytest.mark.parametrize("name", ["", "a b", "a\tb", "a\nb", "a\rb", "none"])
def test_a_name_that_no_line_can_carry_cannot_be_made(name: str) -> None:
    with pytest.raises(PolicyRefused):
        Policy(witnesses=(Witness(name=name, key=VKEYS["a"]),), quorum="none")


def test_a_group_before_its_members_cannot_be_made() -> None:
    witness = Witness(name="a", key=VKEYS["a"])
    groups = (Group(name="g", threshold=1, members=("h",)), Group(name="h", threshold=1, members=("a",)))
    with pytest.raises(PolicyRefused):
        Policy(witnesses=(witness,), groups=groups, quorum="g")


def test_an_ml_dsa_key_may_be_a_log_and_a_witness() -> None:
    key = VerifierKey(name=ORIGIN, algorithm=COSIGNATURE_ML_DSA_44, public_key=bytes(1312))
    assert Policy(logs=(KnownLog(key=key),), witnesses=(Witness(name="w", key=key),), quorum="w")


def times(**stated: int) -> list[Cosignature]:
    return [Cosignature(name=name, time_s=time_s) for name, time_s in stated.items()]


def test_the_time_at_latest_is_when_the_quorum_was_complete() -> None:
    policy = parse_policy(f"{WITNESSES}group g 2 a b c\nquorum g\n")
    assert policy.time_at_latest(times(a=10, b=20, c=900)) == 20
    assert policy.time_at_latest(times(a=10)) is None
    assert policy.time_at_latest([]) is None


def test_the_time_at_least_is_what_a_whole_quorum_states_to_have_come() -> None:
    policy = parse_policy(f"{WITNESSES}group g 2 a b c\nquorum g\n")
    assert policy.time_at_least(times(a=10, b=20, c=900)) == 20
    assert policy.time_at_least(times(a=10, c=900)) == 10
    assert policy.time_at_least(times(c=900)) is None
    assert policy.time_at_least(times(z=1, y=2)) is None


def test_no_time_is_confirmed_where_no_witness_is_asked_for() -> None:
    policy = parse_policy(f"{WITNESSES}quorum none\n")
    assert policy.time_at_latest(times(a=10)) is None
    assert policy.time_at_least(times(a=10)) is None


def test_a_checkpoint_is_accepted_where_log_and_quorum_signed() -> None:
    accepted = accept(cosigned("a", "b", "d"), policy=parse_policy(TWO_LEVELS), verify=VERIFY)
    assert accepted.checkpoint == LOG.checkpoint
    assert accepted.signers == (LOG_VKEY,)
    assert [one.name for one in accepted.cosignatures] == ["a", "b", "d"]


@pytest.mark.parametrize("names", ["", "ab", "ad", "def"])
def test_a_checkpoint_with_too_few_cosignatures_is_refused(names: str) -> None:
    with pytest.raises(PolicyRefused, match="Too few"):
        accept(cosigned(*names), policy=parse_policy(TWO_LEVELS), verify=VERIFY)


def test_a_checkpoint_of_a_log_that_the_policy_does_not_name_is_refused() -> None:
    other = VerifierKey(name=ORIGIN, algorithm=ED25519, public_key=KEYS["a"].public)
    for logs in ("", f"log {other.text}\n"):
        with pytest.raises(PolicyRefused, match="No log"):
            accept(cosigned("a"), policy=parse_policy(f"{logs}{WITNESSES}quorum a\n"), verify=VERIFY)


def test_a_bad_signature_of_a_known_log_or_witness_refuses_what_a_quorum_cosigned() -> None:
    policy = parse_policy(TWO_LEVELS)
    good = cosigned("a", "b", "d", "e")
    for key in (LOG_VKEY, VKEYS["c"]):
        zeros = bytes(64) if key is LOG_VKEY else bytes(7) + b"\x01" + bytes(64)
        bad = NoteSignature(name=key.name, key_id=key.id, signature=zeros).line
        with pytest.raises(CheckpointRefused, match="wrong"):
            accept(good + bad, policy=policy, verify=VERIFY)


def test_a_malformed_note_is_refused_as_a_checkpoint() -> None:
    with pytest.raises(CheckpointRefused):
        accept(cosigned("a", "b", "d") + "nonsense\n", policy=parse_policy(TWO_LEVELS), verify=VERIFY)
