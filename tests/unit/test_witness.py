"""A witness cosigns what extends what it saw last, and nothing else, whatever happens to it in between."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from governance.adapters.signatures import ed25519_verifies
from governance.audit.add_checkpoint import format_request
from governance.audit.checkpoint import Checkpoint, signed_note
from governance.audit.cosignature import Verifiers, cosign, verified_cosignatures
from governance.audit.merkle import EMPTY_ROOT
from governance.audit.note import COSIGNATURE_ED25519, VerifierKey, parse_note
from governance.witness.errors import (
    ClockWentBack,
    Conflict,
    NotARequest,
    NotProven,
    NotSigned,
    Refused,
    UnknownLog,
    WitnessRetired,
    WitnessUnusable,
)
from governance.witness.state import Seen, WitnessFile
from governance.witness.witness import Witness, read_logs
from tests.builders_tiles import LOG_KEY, LOG_VKEY, ORIGIN
from tests.builders_witness import SOME_TIME_S, WITNESS_KEYS, GrowingLog, WitnessHouse, witness_key


@pytest.fixture
def house(tmp_path: Path) -> WitnessHouse:
    return WitnessHouse(tmp_path / "witness")


def refused(witness: Witness, body: bytes) -> Refused:
    with pytest.raises(Refused) as found:
        witness.add_checkpoint(body)
    return found.value


def seen_by(house: WitnessHouse) -> tuple[int, bytes]:
    seen = house.file.read().seen.get(ORIGIN, Seen())
    return seen.size, seen.root


def note_over(size: int, root: bytes, *, origin: str = ORIGIN) -> str:
    return signed_note(
        Checkpoint(origin=origin, size=size, root=root), public_key=LOG_KEY.public, sign=LOG_KEY.private.sign
    )


def test_what_extends_the_last_checkpoint_is_cosigned_with_the_witnesss_own_time(house: WitnessHouse) -> None:
    log, witness = GrowingLog(5), house.witness()
    for old in (0, 5, 9):
        line = witness.add_checkpoint(log.request(old))
        note = parse_note(log.checkpoint() + line)
        (said,) = verified_cosignatures(note, {"w": house.key}, verify=Verifiers(ed25519=ed25519_verifies))
        assert said.time_s == SOME_TIME_S
        assert seen_by(house) == (len(log.leaves), log.tree.checkpoint.root)
        log.grow(4)


def test_the_same_checkpoint_again_is_cosigned_again(house: WitnessHouse) -> None:
    times = count(SOME_TIME_S)
    witness = WitnessHouse(house.folder, now_s=lambda: next(times)).witness()
    log = GrowingLog(5)
    assert witness.add_checkpoint(log.request(0)) != witness.add_checkpoint(log.request(5))
    assert seen_by(house)[0] == 5


def test_another_tree_of_the_same_size_is_a_conflict_and_kept_as_evidence(house: WitnessHouse) -> None:
    log, witness = GrowingLog(5), house.witness()
    first = log.checkpoint()
    witness.add_checkpoint(log.request(0))
    log.rewrite(2)
    error = refused(witness, log.request(5))
    assert isinstance(error, Conflict)
    assert (error.status, error.size) == (409, 5)
    assert seen_by(house)[1] != log.tree.checkpoint.root
    kept = sorted((house.folder / "forks").iterdir())
    assert [path.suffix for path in kept] == [".cosigned", ".refused"]
    assert kept[0].read_text(encoding="utf-8") == first
    assert kept[1].read_bytes() == log.request(5)


def test_a_log_whose_past_was_rewritten_proves_nothing(house: WitnessHouse) -> None:
    log, witness = GrowingLog(5), house.witness()
    witness.add_checkpoint(log.request(0))
    log.rewrite(2)
    log.grow(3)
    error = refused(witness, log.request(5))
    assert (type(error), error.status) == (NotProven, 422)
    assert seen_by(house)[0] == 5


def test_a_smaller_checkpoint_after_a_greater_one_is_never_cosigned(house: WitnessHouse) -> None:
    log, witness = GrowingLog(5), house.witness()
    small = log.request(0)
    log.grow(4)
    witness.add_checkpoint(log.request(0))
    for body in (small, small.replace(b"old 0\n", b"old 5\n")):
        error = refused(witness, body)
        assert isinstance(error, Conflict)
        assert error.size == 9
    assert refused(witness, small.replace(b"old 0\n", b"old 9\n")).status == 400
    assert seen_by(house)[0] == 9


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda body: b"", 400),
        (lambda body: b"old 0\n", 400),
        (lambda body: body.replace(b"old 0\n", b"old 00\n"), 400),
        (lambda body: body.replace(b"old 0\n", b"old +0\n"), 400),
        (lambda body: body.replace(b"old 0\n", "old ０\n".encode()), 400),
        (lambda body: body.replace(b"old 0\n", b"old 0_0\n"), 400),
        (lambda body: body.replace(b"old 0\n", b"old 0 \n"), 400),
        (lambda body: body.replace(b"old 0\n", b"old -1\n"), 400),
        (lambda body: body.replace(b"old 0\n", b"old 6\n"), 400),
        (lambda body: body.replace(b"\n5\n", b"\n05\n"), 400),
        (lambda body: body.replace(b"\n5\n", "\n５\n".encode()), 400),
        (lambda body: body.replace(b"\n5\n", b"\n5\x0b\n"), 400),
        (lambda body: body.replace(b"\n5\n", "\n5\u2028\n".encode()), 400),
        (lambda body: body.replace(b"\n5\n", b"\n5\nextension\n"), 400),
        (lambda body: body[:-1], 400),
        (lambda body: body + b"\xff", 400),
        (lambda body: body + b"not a signature line\n", 400),
        (lambda body: body.replace(b"\n\n\xe2", b"\n\xe2"), 400),
        (lambda body: body.replace(b"old 0\n", b"old 0\n" + b"A" * 43 + b"=\n" * 64), 400),
        (lambda body: body.replace(ORIGIN.encode() + b"\n5", b"another.example/log\n5"), 404),
        (lambda body: body.replace(b"\n5\n", b"\n6\n"), 403),
        (lambda body: body.replace(b"old 0\n", b"old 0\n" + b"A" * 43 + b"=\n"), 422),
    ],
)
def test_what_is_not_as_it_must_be_is_refused_and_changes_nothing(
    house: WitnessHouse, change: Callable[[bytes], bytes], status: int
) -> None:
    body = GrowingLog(5).request(0)
    changed = change(body)
    assert changed != body
    assert refused(house.witness(), changed).status == status
    assert seen_by(house) == (0, EMPTY_ROOT)


def test_a_wrong_signature_beside_a_good_one_refuses_the_note_and_strangers_count_for_nothing(
    house: WitnessHouse,
) -> None:
    log = GrowingLog(5)
    good = log.request(0).decode()
    line = good.split("\n")[-2]
    wrong = f"{line[:-6]}AAAA=="
    assert isinstance(refused(house.witness(), f"{good}{wrong}\n".encode()), NotSigned | NotARequest)
    stranger = cosign(
        parse_note(log.checkpoint()).text, time_s=1, key=witness_key(0), sign=WITNESS_KEYS[0].private.sign
    )
    only_stranger = good.replace(line + "\n", stranger)
    assert isinstance(refused(house.witness(), only_stranger.encode()), NotSigned)
    assert house.witness().add_checkpoint(f"{good}{stranger * 20}".encode())


@pytest.mark.parametrize("root", [EMPTY_ROOT, bytes(32)])
def test_an_empty_log_has_the_empty_root_and_no_other(house: WitnessHouse, root: bytes) -> None:
    body = format_request(0, (), note_over(0, root))
    if root == EMPTY_ROOT:
        assert house.witness().add_checkpoint(body)
        assert house.witness().add_checkpoint(GrowingLog(5).request(0))
    else:
        assert refused(house.witness(), body).status == 422
        assert seen_by(house) == (0, EMPTY_ROOT)


def test_no_log_is_greater_than_what_can_be_remembered(house: WitnessHouse) -> None:
    assert house.witness().add_checkpoint(format_request(0, (), note_over(2**53 - 1, bytes(32))))
    other = WitnessHouse(house.folder.parent / "other")
    assert refused(other.witness(), format_request(0, (), note_over(2**53, bytes(32)))).status == 400


def test_a_log_that_the_witness_was_not_told_of_is_unknown(house: WitnessHouse) -> None:
    body = format_request(0, (), note_over(5, bytes(32), origin="another.example/log"))
    error = refused(house.witness(), body)
    assert (type(error), error.status) == (UnknownLog, 404)


def test_two_logs_are_remembered_apart(house: WitnessHouse) -> None:
    other = VerifierKey(name="another.example/log", algorithm=1, public_key=LOG_KEY.public)
    witness = Witness(house.file, {ORIGIN: (LOG_VKEY,), other.name: (other,)}, now_s=lambda: SOME_TIME_S)
    log, far = GrowingLog(5), GrowingLog(3, origin=other.name)
    witness.add_checkpoint(log.request(0))
    witness.add_checkpoint(far.request(0))
    far.grow(1)
    witness.add_checkpoint(far.request(3))
    assert {origin: seen.size for origin, seen in house.file.read().seen.items()} == {ORIGIN: 5, other.name: 4}


def test_a_clock_that_went_back_stops_the_witness_until_it_is_right(house: WitnessHouse) -> None:
    now = [SOME_TIME_S]
    witness = WitnessHouse(house.folder, now_s=lambda: now[0]).witness()
    log = GrowingLog(5)
    witness.add_checkpoint(log.request(0))
    now[0] -= 1
    log.grow(1)
    error = refused(witness, log.request(5))
    assert (type(error), error.status) == (ClockWentBack, 503)
    assert seen_by(house)[0] == 5
    now[0] += 1
    assert witness.add_checkpoint(log.request(5))


def test_of_two_forks_of_one_size_at_the_same_time_exactly_one_is_cosigned(tmp_path: Path) -> None:
    for number in range(20):
        house = WitnessHouse(tmp_path / str(number))
        start = GrowingLog(4)
        house.witness().add_checkpoint(start.request(0))
        forks = []
        for word in (b"one", b"two"):
            fork = GrowingLog(4)
            fork.leaves.append(word)
            forks.append(fork.request(4))
        together = threading.Barrier(8)

        def asked(body: bytes, house: WitnessHouse = house, together: threading.Barrier = together) -> bool:
            witness = house.witness()  # one each, as if they were processes of their own
            together.wait(timeout=10)
            try:
                return bool(witness.add_checkpoint(body))
            except Conflict:
                return False

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(asked, forks * 4))
        assert sum(answers) == 1


def test_of_a_small_and_a_great_checkpoint_at_the_same_time_the_small_one_never_comes_second(tmp_path: Path) -> None:
    log = GrowingLog(4)
    house = WitnessHouse(tmp_path / "witness")
    house.witness().add_checkpoint(log.request(0))
    log.grow(1)
    small = log.request(4)
    log.grow(3)
    great = log.request(4)
    order: list[int] = []
    together = threading.Barrier(2)

    def asked(body: bytes, size: int) -> None:
        together.wait(timeout=10)
        try:
            house.witness().add_checkpoint(body)
            order.append(size)
        except Conflict:
            pass

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(asked, (small, great), (5, 8)))
    assert len(order) == 1
    assert seen_by(house)[0] == order[0]


# -- key and memory are one object ------------------------------------------------------------------------------------


def test_a_witness_without_its_file_says_that_it_is_retired(house: WitnessHouse) -> None:
    house.witness().add_checkpoint(GrowingLog(5).request(0))
    before, witness = house.key, house.witness()
    house.file.path.unlink()
    with pytest.raises(WitnessUnusable, match="it is retired with its file"):
        witness.add_checkpoint(GrowingLog(6).request(5))
    assert house.file.create(house.name).verifier != before, "the old key is gone with what it remembered"


def test_key_and_memory_lie_in_one_file_and_no_other(house: WitnessHouse) -> None:
    house.witness().add_checkpoint(GrowingLog(5).request(0))
    assert sorted(path.name for path in house.folder.iterdir()) == ["witness", "witness.lock"]
    assert (house.folder / "witness.lock").read_bytes() == b""
    assert house.file.path.stat().st_mode & 0o777 == 0o600


def test_every_changed_bit_of_the_file_retires_the_witness(house: WitnessHouse) -> None:
    house.witness().add_checkpoint(GrowingLog(5).request(0))
    data = house.file.path.read_bytes()
    witness, body = house.witness(), GrowingLog(6).request(5)
    for offset in range(len(data)):
        changed = bytearray(data)
        changed[offset] ^= 1 << (offset % 8)
        house.file.path.write_bytes(changed)
        with pytest.raises(WitnessUnusable, match="it is retired"):
            witness.add_checkpoint(body)
    for cut in (0, 1, len(data) // 2, len(data) - 1):
        house.file.path.write_bytes(data[:cut])
        with pytest.raises(WitnessUnusable, match="it is retired"):
            witness.add_checkpoint(body)
    house.file.path.write_bytes(data)
    assert witness.add_checkpoint(body)


def test_a_file_that_others_may_read_is_not_used(house: WitnessHouse) -> None:
    house.file.path.chmod(0o640)
    with pytest.raises(WitnessUnusable, match="read by others"):
        house.witness().add_checkpoint(GrowingLog(5).request(0))


def test_a_witness_is_never_overwritten(house: WitnessHouse) -> None:
    before = house.file.path.read_bytes()
    with pytest.raises(WitnessUnusable, match="not overwritten"):
        house.file.create("another")
    assert house.file.path.read_bytes() == before
    for name in ("", "a b", "a+b", "a\nb"):
        with pytest.raises(WitnessUnusable, match="name"):
            WitnessFile(house.folder.parent / "new").create(name)


def test_a_retired_witness_signs_nothing_and_its_key_is_gone(house: WitnessHouse) -> None:
    log = GrowingLog(5)
    house.witness().add_checkpoint(log.request(0))
    key, seed = house.key, house.file.read().seed
    house.file.retire()
    with pytest.raises(WitnessRetired, match="retired"):
        house.witness().add_checkpoint(log.request(5))
    with pytest.raises(WitnessRetired, match="retired"):
        house.witness().ask(log.request(5))
    assert house.key == key
    assert house.file.read().seen[ORIGIN].size == 5
    from governance.audit.base64_strict import encode64  # noqa: PLC0415

    for path in house.folder.iterdir():
        assert seed not in path.read_bytes()
        assert encode64(seed).encode() not in path.read_bytes()


@pytest.mark.parametrize("call", ["fsync", "replace", "write"])
def test_where_the_disk_refuses_nothing_is_signed(
    house: WitnessHouse, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    log = GrowingLog(5)
    house.witness().add_checkpoint(log.request(0))
    log.grow(2)

    def fail(*_arguments: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        if call == "fsync":
            patch.setattr(os, "fsync", fail)
        elif call == "replace":
            patch.setattr(Path, "replace", fail)
        else:
            patch.setattr(os, "fdopen", fail)
        with pytest.raises(WitnessUnusable, match="signs nothing"):
            house.witness().add_checkpoint(log.request(5))
    assert seen_by(house)[0] == 5
    assert house.witness().add_checkpoint(log.request(5))


def test_the_state_is_durable_before_anything_is_signed(house: WitnessHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: (done.append("fsync"), fsync(descriptor))[1])
    monkeypatch.setattr(Path, "replace", lambda path, target: (done.append("replace"), replace(path, target))[1])
    from governance.witness import state  # noqa: PLC0415

    sign = state.State.sign
    monkeypatch.setattr(state.State, "sign", lambda self, message: (done.append("sign"), sign(self, message))[1])
    house.witness().add_checkpoint(GrowingLog(5).request(0))
    assert done == ["fsync", "replace", "fsync", "sign"]


def test_the_logs_are_read_from_vkeys_and_nothing_else() -> None:
    logs = read_logs(f"# the authority's log\n{LOG_VKEY.text}\n\n")
    assert logs == {ORIGIN: (LOG_VKEY,)}
    newer = VerifierKey(name=ORIGIN, algorithm=1, public_key=WITNESS_KEYS[4].public)
    assert read_logs(f"{LOG_VKEY.text}\n{newer.text}\n") == {ORIGIN: (LOG_VKEY, newer)}
    a_witness = VerifierKey(name=ORIGIN, algorithm=COSIGNATURE_ED25519, public_key=LOG_KEY.public)
    for text in ("", "# nothing\n", "nonsense\n", f"{LOG_VKEY.text} \n", f"{a_witness.text}\n"):
        with pytest.raises(WitnessUnusable):
            read_logs(text)
