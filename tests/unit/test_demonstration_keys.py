"""The demonstration's keys are of use at the command line, where whoever tries the guides plays the other parts."""

from pathlib import Path

import pytest

from contracts.issuer_list import ListedIssuer
from contracts.trust import PinnedKey, TrustedKeys, TrustedRole
from insyn.commands.signing import open_key
from insyn.demonstration.keys import ISSUER, OFFICERS, make_demo_keys
from insyn.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    make_demo_keys(home)
    return home


def test_every_role_is_pinned_but_theirs_who_make_a_use_real(home: Home) -> None:
    pinned = TrustedKeys.from_bytes(home.trust.read_bytes())
    for_real = {TrustedRole.EVALUATOR, TrustedRole.LAWYER, TrustedRole.MODEL_OFFICER, TrustedRole.VOLUNTEERS}
    assert {key.role for key in pinned.keys} == frozenset(TrustedRole) - for_real


def test_the_courts_key_says_whose_it_is(home: Home) -> None:
    _key, half = open_key(home.authority / "issuer.key", ListedIssuer.from_json)
    assert half is not None
    assert (half.name, half.demo) == (ISSUER, True)


@pytest.mark.law("A7")
def test_the_officers_and_the_supervisors_keys_say_whose_they_are(home: Home) -> None:
    paths = [*(home.authority / f"{name}.key" for name in OFFICERS), home.supervisors / "urgent-tags.key"]
    halves = [open_key(path, PinnedKey.from_json)[1] for path in paths]
    assert [half.name for half in halves if half] == [*OFFICERS, "demo-supervisor"]
    assert all(half.demo for half in halves if half)
