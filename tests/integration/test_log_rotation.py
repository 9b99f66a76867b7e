"""The log's key is rotated: both sign, the auditor accepts it whichever key is pinned, and a cut-off is completed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from contracts.receipt import verify_receipt
from contracts.signature import SigningKey
from contracts.trust import TrustedRole
from governance import sequencer_service
from governance.adapters.data_folder import DataFolder
from governance.adapters.log import rotation
from governance.adapters.log.ended_log import open_ended
from governance.adapters.log.export import Beside, export_files, write_folder
from governance.adapters.log.place import LogPlace, all_entries, say, working
from governance.adapters.log.rotation import Rotated, chain_of, finish, log_rotations, rotate
from governance.adapters.log.signing import HeadSigner
from governance.adapters.log.succession import _line_by
from governance.application.errors import DataFolderInUse, StorageFailed
from governance.audit.base64_strict import encode64
from governance.audit.errors import LogUnavailable
from governance.audit.key_chain import ROTATION, rotation_message
from governance.audit.note import VerifierKey, parse_note
from governance.audit.problems import Severity
from governance.verifier.report import Status
from insyn.home import Home
from insyn.log_succession import running_place
from tests.builders_governance import SetClock
from tests.builders_home import LATER, at_ms, audited, insyn, newest_key, pinned_keys, running
from tests.builders_home import a_home as lay_home
from tests.builders_sequencer import ORIGIN, SEED, drafts

_LOG, _WRONG = TrustedRole.LOG, Severity.WRONG
CLOCK = SetClock(LATER)
NOW_MS = at_ms(CLOCK)
FIRST = SigningKey.from_seed(SEED)


@pytest.fixture
def place(tmp_path: Path) -> LogPlace:
    """A log with three entries, and nothing that runs."""
    one = LogPlace(folder=tmp_path / "log", guard=tmp_path / "guard" / "log.guard", origin=ORIGIN)
    one.folder.mkdir()
    one.key.write_bytes(SEED)
    one.key.chmod(0o600)
    with working(one, one.signing_keys(), now=CLOCK.now) as log:
        log.append("first", drafts(1, 3))
    return one


def rotated(place: LogPlace) -> Rotated:
    return rotate(place, now=CLOCK.now)


@contextmanager
def exported(place: LogPlace, folder: Path) -> Iterator[Path]:
    keys = place.signing_keys()
    with open_ended(place, HeadSigner(place.origin, keys)) as log:
        beside = Beside(vkeys=log.keys(place.verifier(keys[0])), policy="quorum none\n")
        write_folder(export_files(log, beside, sign_note=_line_by(place, keys[0])), folder)
    yield folder


def test_both_keys_sign_from_the_entry_on_that_names_them(place: LogPlace) -> None:
    done = rotated(place)
    assert done.old == place.verifier(FIRST)
    assert done.index == 3
    with working(place, place.signing_keys(), now=CLOCK.now) as log:
        log.append("second", drafts(4, 1))
        note, receipt = parse_note(log.checkpoint()), log.receipt(3)
    assert len(note.signatures_of(done.old)) == len(note.signatures_of(done.new)) == 1
    for key in (done.old, done.new):
        verify_receipt(receipt, origin=ORIGIN, log_key=key.public_key)


@pytest.mark.parametrize("pinned", ["old", "new"])
@pytest.mark.parametrize("ended", [False, True])
def test_the_auditor_accepts_the_log_whichever_key_is_pinned(
    place: LogPlace, tmp_path: Path, pinned: str, *, ended: bool
) -> None:
    done = rotated(place)
    if ended:
        finish(place, pinned=[done.new.public_key])
    with working(place, place.signing_keys(), now=CLOCK.now) as log:
        log.append("second", drafts(4, 2))
    with exported(place, tmp_path / "export") as folder:
        report = audited(folder, getattr(done, pinned), now_ms=NOW_MS)
    assert report.status() is Status.FINE, report.problems.of(_WRONG)


def test_keys_are_rotated_again_and_the_chain_leads_from_the_first_to_the_newest(
    place: LogPlace, tmp_path: Path
) -> None:
    first = place.verifier(FIRST)
    for _ in range(3):
        done = rotated(place)
        finish(place, pinned=[done.new.public_key])
    with working(place, place.signing_keys(), now=CLOCK.now) as log:
        chain = chain_of(log_rotations(all_entries(log)), done.new)
    assert (chain[0], chain[-1], len(set(chain))) == (first, done.new, 4)
    with exported(place, tmp_path / "export") as folder:
        assert audited(folder, first, now_ms=NOW_MS).status() is Status.FINE


def test_the_overlap_ends_only_once_the_new_key_is_pinned_and_then_the_old_seed_is_gone(place: LogPlace) -> None:
    done = rotated(place)
    with pytest.raises(LogUnavailable, match="not pinned here yet"):
        finish(place, pinned=[done.old.public_key])
    assert place.old_key.read_bytes() == SEED
    handle = place.old_key.open("rb")
    finish(place, pinned=[done.old.public_key, done.new.public_key])
    with handle:
        assert handle.read() == bytes(32)
    assert not place.old_key.exists()
    assert [place.verifier(key) for key in place.signing_keys()] == [done.new]
    with pytest.raises(LogUnavailable, match="No rotation"):
        finish(place, pinned=[done.new.public_key])


def test_a_second_rotation_waits_for_the_end_of_the_first(place: LogPlace) -> None:
    rotated(place)
    keys = [key.seed for key in place.signing_keys()]
    with pytest.raises(LogUnavailable, match="under way"):
        rotated(place)
    assert [key.seed for key in place.signing_keys()] == keys


def test_nothing_is_rotated_while_the_sequencer_runs(place: LogPlace) -> None:
    folder = DataFolder(place.folder)
    with pytest.raises(DataFolderInUse):
        rotated(place)
    folder.release()
    assert place.key.read_bytes() == SEED


class _Cut(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("at", ["write_seed", "synchronise_folder", "say"])
@pytest.mark.parametrize("after", [False, True])
def test_a_rotation_that_was_cut_off_is_completed_and_the_log_runs_meanwhile(
    place: LogPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str, *, after: bool
) -> None:
    whole = getattr(rotation, at)

    def cut(*given: object, **named: object) -> None:
        if after:
            whole(*given, **named)
        raise _Cut

    with monkeypatch.context() as patched:
        patched.setattr(rotation, at, cut)
        with pytest.raises(_Cut):
            rotated(place)
    # As the sequencer does when it starts: whatever is there is good enough to go on.
    with working(place, place.signing_keys(), now=CLOCK.now) as log:
        log.append("meanwhile", drafts(4, 1))
        assert parse_note(log.checkpoint()).signatures_of(place.verifier(FIRST))
        said = bool(log_rotations(all_entries(log)))
    if said:
        with pytest.raises(LogUnavailable, match="under way"):
            rotated(place)
    else:
        rotated(place)
    with exported(place, tmp_path / "export") as folder:
        report = audited(folder, place.verifier(FIRST), now_ms=NOW_MS)
    assert not report.problems.of(_WRONG)


def test_a_rotation_that_only_the_new_key_signed_is_named(place: LogPlace, tmp_path: Path) -> None:
    thief = SigningKey.generate()
    old, new = place.verifier(FIRST), place.verifier(thief)
    signature = thief.private.sign(rotation_message(old=old, new=new, until=30_000))
    body: dict[str, object] = {"key": new.text, "old": old.text, "signature": encode64(signature), "until": 30_000}
    with working(place, [thief, FIRST], now=CLOCK.now) as log:
        say(log, (ROTATION, body))
    with exported(place, tmp_path / "export") as folder:
        report = audited(folder, old, now_ms=NOW_MS)
    assert report.status() is Status.WRONG
    assert any("the old key did not sign for the new one" in one.sentence for one in report.problems.of(_WRONG))


def test_a_rotation_after_which_only_the_old_key_signs_is_named(place: LogPlace, tmp_path: Path) -> None:
    rotated(place)
    place.old_key.replace(place.key)  # somebody put the old key back in the new one's place
    with working(place, place.signing_keys(), now=CLOCK.now) as log:
        log.append("later", drafts(4, 1))
    with exported(place, tmp_path / "export") as folder:
        report = audited(folder, place.verifier(FIRST), now_ms=NOW_MS)
    assert any("not signed by the log's newest key" in one.sentence for one in report.problems.of(_WRONG))


def test_a_seed_that_others_can_read_rotates_nothing(place: LogPlace) -> None:
    place.key.chmod(0o644)
    with pytest.raises(StorageFailed, match="can be read by others"):
        rotated(place)
    assert not place.old_key.exists()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A whole system, stopped."""
    return lay_home(tmp_path_factory.mktemp("home"))


def test_the_commands_lead_through_a_rotation_and_governance_goes_on_with_either_pin(home: Home) -> None:
    at = ("--home", str(home.root))
    assert insyn("log", "vkey", *at).out.strip() == newest_key_of(home).text
    told = insyn("log", "rotate-key", *at, "--days", "3")
    assert told.status == 0, told.err
    new = newest_key_of(home)
    assert new.text in told.out.splitlines()
    refused = insyn("log", "rotate-key", "--finish", *at)
    assert (refused.status, "insyn log pin" in refused.err) == (1, True)
    with running(home) as world:
        assert "log.begin" in world.events()
    assert insyn("log", "verify", *at).status == 0
    assert insyn("log", "pin", new.text, *at).status == 0
    assert new.public_key in pinned_keys(home).of(_LOG).values()
    assert insyn("log", "verify", *at).status == 0
    assert insyn("log", "rotate-key", "--finish", *at).status == 0
    with running(home) as world:
        assert parse_note(world.log.checkpoint()).signatures_of(new)
    assert insyn("log", "verify", *at).status == 0


def newest_key_of(home: Home) -> VerifierKey:
    return newest_key(running_place(home))


@pytest.mark.parametrize("line", ["", "x", "a+b+c"])
def test_only_a_logs_key_can_be_pinned(home: Home, line: str) -> None:
    before = home.trust.read_bytes()
    told = insyn("log", "pin", line, "--home", str(home.root))
    assert (told.status, home.trust.read_bytes()) == (1, before)
    assert len(told.err.strip().splitlines()) == 1


def test_the_sequencers_process_runs_on_a_rotation_that_was_cut_off(place: LogPlace) -> None:
    os.link(place.key, place.old_key)
    assert len(sequencer_service._keys(place.folder)) == 1
