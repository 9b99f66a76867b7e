"""The log's side of witnessing, with real witnesses over HTTP on loopback: quorum, forks, rollback, air gap."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from governance.adapters.log import witnessing
from governance.adapters.log.anchors import Anchors
from governance.adapters.log.witness_http import WitnessHttp
from governance.adapters.log.witnessing import (
    Witnessing,
    cosignatures,
)
from governance.audit.accepted import accept
from governance.audit.cosignature import cosign
from governance.audit.errors import LogUnavailable, PolicyRefused
from governance.audit.note import NoteSignature, VerifierKey, parse_note
from governance.audit.policy import NONE, Policy
from tests.builders_tiles import LOG_VKEY
from tests.builders_town import NOON, VERIFY, Town
from tests.builders_witness import (
    SOME_TIME_S,
    WITNESS_KEYS,
    GrowingLog,
    served,
    two_of_three,
    witness_key,
)


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    # A busy machine must not make a witness late.
    monkeypatch.setattr(witnessing, "_GRACE_S", 30.0)
    with ExitStack() as stack:
        yield Town(tmp_path, stack)


def test_all_witnesses_cosign_and_the_newest_checkpoint_is_kept(town: Town) -> None:
    town.serve(0, 1, 2, 3)
    asking = town.witnessing()
    assert asking.are_configured
    assert asking.newest() is None
    for size in (5, 6, 9):
        town.log.grow(size - len(town.log.leaves))
        gathered = asking.refresh()
        assert gathered.refusals == ""
        head = asking.head()
        assert head is not None
        assert head.checkpoint.size == size
        assert town.anchors.note(size) == head.note == asking.newest()
        names = {one.name for one in cosignatures(head.note, policy=town.policy, verify=VERIFY)}
        assert names == {"w0", "w1", "w2", "controller"}
    assert accept(town.anchors.newest() or "", policy=town.policy, verify=VERIFY).checkpoint.size == 9


def test_two_of_three_organisations_are_enough_and_one_with_the_controller_is_not(town: Town) -> None:
    town.serve(0, 3)
    asking = town.witnessing()
    with pytest.raises(LogUnavailable, match=r"Too few witnesses.*'w1' has no address.*'w2' has no address"):
        asking.require_cosigned(5)
    assert asking.newest() is None
    assert town.anchors.sizes() == []
    with pytest.raises(LogUnavailable, match="No checkpoint of the log was cosigned yet"):
        asking.require_fresh(NOON)
    town.serve(2)
    town.witnessing().require_cosigned(5)
    assert town.anchors.sizes() == [5]


def test_what_is_cosigned_and_fresh_is_not_asked_again(town: Town) -> None:
    town.serve(0, 1, 2)
    asking = town.witnessing()
    asked: list[str] = []
    ask = town.ask
    asking._ask = lambda address, body: (asked.append(address), ask(address, body))[1]
    asking.require_cosigned(5)
    count = len(asked)
    assert count == 3
    asking.require_cosigned(5)
    asking.require_cosigned(3)
    assert len(asked) == count
    town.now += timedelta(minutes=16)
    town.clocks = [SOME_TIME_S + 16 * 60] * 4
    asking.require_cosigned(5)
    assert len(asked) > count
    assert asking.head() is not None
    asking.require_fresh(town.now)


def test_a_greater_log_waits_for_its_own_quorum(town: Town) -> None:
    with served(town.houses[1]) as address:
        town.serve(0)
        town.addresses["w1"] = address
        asking = town.witnessing()
        asking.require_cosigned(5)
    town.log.grow(1)
    with pytest.raises(LogUnavailable, match="'w1' did not cosign: it does not answer"):
        asking.require_cosigned(6)
    head = asking.head()
    assert head is not None
    assert head.checkpoint.size == 5


def test_after_a_start_the_newest_cosigned_checkpoint_is_read_back(town: Town) -> None:
    town.serve(0, 1, 2)
    town.witnessing().require_cosigned(5)
    again = town.witnessing()
    assert again.newest() == town.anchors.newest()
    again.require_fresh(NOON + timedelta(minutes=14))
    kept = town.folder / "log" / "cosigned.note"
    kept.write_text(kept.read_text(encoding="utf-8").replace("\n5\n", "\n6\n"), encoding="utf-8")
    assert town.witnessing().newest() is None, "a changed file is not believed"


def test_a_witness_that_stands_elsewhere_is_proven_the_way_from_there(town: Town) -> None:
    town.serve(0, 1, 2, 3)
    small = town.log.request(0)
    town.log.grow(7)
    town.houses[1].witness().add_checkpoint(small)
    town.houses[2].witness().add_checkpoint(town.log.request(0))
    gathered = town.witnessing().refresh()
    assert gathered.head is not None
    assert gathered.refusals == ""


def test_a_log_that_was_rewritten_is_cosigned_by_nobody_and_an_alarm_says_so(town: Town) -> None:
    town.serve(0, 1, 2)
    town.witnessing().require_cosigned(5)
    town.log.rewrite(3)
    asking = town.witnessing()
    gathered = asking.refresh()
    assert gathered.head is None
    assert len(gathered.alarms) == 3
    assert all("another tree of 5 entries" in alarm for alarm in gathered.alarms)
    town.log.grow(2)
    gathered = asking.refresh()
    assert gathered.head is None
    assert all("holds another past of this log" in alarm for alarm in gathered.alarms)
    with pytest.raises(LogUnavailable, match="Too few witnesses"):
        asking.require_cosigned(7)


def test_a_log_that_was_put_back_is_found_out_by_what_the_witnesses_saw(town: Town) -> None:
    town.serve(0, 1, 2)
    town.log.grow(5)
    town.witnessing().require_cosigned(10)
    town.log.leaves = town.log.leaves[:6]
    for path in (town.folder / "log" / "anchors").iterdir():
        path.unlink()
    (town.folder / "log" / "cosigned.note").unlink()
    gathered = town.witnessing().refresh()
    assert gathered.head is None
    assert gathered.alarms
    assert all("cosigned 10 entries of this log, and here it has 6" in alarm for alarm in gathered.alarms)


def test_a_witness_that_was_put_back_is_not_helped_to_sign_again(town: Town) -> None:
    town.serve(0, 1, 2)
    asking = town.witnessing()
    asking.require_cosigned(5)
    old = {house.folder: house.file.path.read_bytes() for house in town.houses}
    town.log.grow(4)
    asking.refresh()
    house = town.houses[0]
    house.file.path.write_bytes(old[house.folder])
    town.log.grow(1)
    gathered = asking.refresh()
    assert gathered.head is not None, "the other two are a quorum"
    (alarm,) = gathered.alarms
    assert "'w0' cosigned 9 entries and remembers only 5" in alarm
    assert "must be retired" in alarm
    assert house.file.read().seen[LOG_VKEY.name].size == 5, "it was not led on"


def test_a_cosignature_by_another_key_or_over_another_text_is_not_kept(town: Town) -> None:
    class Liar:
        """Answers 200 with whatever is at hand."""

        answer = b""

        def __call__(self, _address: str, _body: bytes) -> tuple[int, bytes]:
            return 200, self.answer

    liar = Liar()
    town.addresses = {"w0": "http://a", "w1": "http://b", "w2": "http://c"}
    town.ask = liar  # type: ignore[assignment]
    other = GrowingLog(6)
    text, key = parse_note(town.log.checkpoint()).text, witness_key(0)
    sign = WITNESS_KEYS[0].private.sign
    right_name = VerifierKey(name=town.houses[0].key.name, algorithm=4, public_key=key.public_key)
    over_other = cosign(parse_note(other.checkpoint()).text, time_s=SOME_TIME_S, key=key, sign=sign)
    no_key = NoteSignature(name=town.houses[0].name, key_id=town.houses[0].key.id, signature=bytes(72)).line
    for line in (
        cosign(text, time_s=SOME_TIME_S, key=key, sign=sign),
        cosign(text, time_s=SOME_TIME_S, key=right_name, sign=sign),
        over_other,
        no_key,
        "",
        "not a line\n",
        town.log.checkpoint(),
    ):
        liar.answer = line.encode()
        gathered = town.witnessing().refresh()
        assert gathered.head is None
        assert gathered.note == town.log.checkpoint()
        assert all(answer.sentence for answer in gathered.answers[:3])
    liar.answer = b"\xff\xfe"
    assert town.witnessing().refresh().head is None


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (400, b"", "does not understand"),
        (403, b"", "does not know the log's key"),
        (404, b"", "was not told of this log"),
        (410, b"", "is retired"),
        (503, b"", "cannot cosign now"),
        (302, b"", "status 302"),
        (999, b"", "status 999"),
        (409, b"", "without a size"),
        (409, b"5", "without a size"),
        (409, b"+4\n", "without a size"),
        (409, b"04\n", "without a size"),
        (409, "４\n".encode(), "without a size"),
        (409, b"-1\n", "without a size"),
        (409, b"4 \n", "without a size"),
        (409, b"4\n\n", "without a size"),
        (409, b"1" * 500 + b"\n", "without a size"),
    ],
)
def test_every_refusal_is_a_sentence_with_what_to_do(town: Town, status: int, body: bytes, words: str) -> None:
    town.addresses = {"w0": "http://a", "w1": "http://b", "w2": "http://c"}
    town.ask = lambda _address, _body: (status, body)  # type: ignore[assignment]
    gathered = town.witnessing().refresh()
    assert gathered.head is None
    assert all(words in answer.sentence for answer in gathered.answers[:3])
    assert not gathered.alarms


def test_a_witness_that_names_ever_other_sizes_is_left_alone(town: Town) -> None:
    sizes = iter([1, 2, 3, 4, 1, 2])
    asked: list[bytes] = []

    def ask(_address: str, body: bytes) -> tuple[int, bytes]:
        asked.append(body)
        return 409, b"%d\n" % next(sizes)

    town.addresses = {"w0": "http://a"}
    town.ask = ask  # type: ignore[assignment]
    gathered = town.witnessing().refresh()
    assert "stands elsewhere every time" in gathered.answers[0].sentence
    assert len(asked) == 3


@pytest.mark.parametrize("how", ["endless", "nothing", "dripping"])
def test_a_witness_that_never_ends_its_answer_is_not_waited_for(how: str) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if how == "nothing":
                done.wait(timeout=20)
                return
            self.send_response(200)
            self.end_headers()
            while not done.wait(timeout=0.05 if how == "dripping" else 0):
                try:
                    self.wfile.write(b"x" if how == "dripping" else b"x" * 65536)
                except OSError:
                    return

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    done = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        with closing(WitnessHttp(timeout_s=1.0)) as ask, pytest.raises(LogUnavailable):
            ask(f"http://127.0.0.1:{server.server_address[1]}", b"body")
    finally:
        done.set()
        server.shutdown()
        server.server_close()


def test_a_silent_witness_holds_nobody_up_once_the_quorum_is_there(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witnessing, "_GRACE_S", 0.01)
    released, ask = threading.Event(), town.ask

    def partly_silent(address: str, body: bytes) -> tuple[int, bytes]:
        if address == "http://silent":
            released.wait(timeout=30)
            raise LogUnavailable("it does not answer")
        return ask(address, body)

    town.serve(0, 1)
    town.addresses["w2"] = "http://silent"
    town.ask = partly_silent  # type: ignore[assignment]
    try:
        gathered = town.witnessing().refresh()
        assert gathered.head is not None
        assert "'w2' does not answer" in gathered.refusals
    finally:
        released.set()


def test_addresses_that_are_none_are_silent_witnesses() -> None:
    with closing(WitnessHttp(timeout_s=1.0)) as ask:
        for address in ("http://127.0.0.1:1", "ftp://a", "nonsense", "http://", "http://[", "http://a\x00b"):
            with pytest.raises(LogUnavailable):
                ask(address, b"")


def test_the_quorums_time_is_the_latest_that_a_whole_quorum_states(town: Town) -> None:
    town.clocks = [SOME_TIME_S - 600, SOME_TIME_S - 60, SOME_TIME_S + 36_000, SOME_TIME_S + 36_000]
    town.serve(0, 1, 2, 3)
    head = town.witnessing().gather(town.log.checkpoint()).head
    assert head is not None
    # Neither the one clock that runs far ahead nor the controller's moves it.
    assert head.time == NOON - timedelta(seconds=60)
    assert head.age(NOON) == timedelta(seconds=60)


@pytest.mark.parametrize(
    ("age_s", "stale"),
    [(0, False), (-60, False), (-61, True), (900, False), (901, True), (86_400, True)],
)
def test_a_head_is_stale_after_a_quarter_of_an_hour_or_where_clocks_disagree(
    town: Town, age_s: int, *, stale: bool
) -> None:
    town.serve(0, 1)
    asking = town.witnessing()
    asking.require_cosigned(5)
    head = asking.head()
    assert head is not None
    now = NOON + timedelta(seconds=age_s)
    assert head.is_stale(now) is stale
    if stale:
        with pytest.raises(LogUnavailable, match="older than 15 minutes"):
            asking.require_fresh(now)
    else:
        asking.require_fresh(now)


def test_the_same_size_cosigned_again_renews_the_time_and_leaves_the_anchor(town: Town) -> None:
    town.serve(0, 1, 2)
    asking = town.witnessing()
    asking.refresh()
    anchor = town.anchors.note(5)
    town.clocks = [SOME_TIME_S + 300] * 4
    asking.refresh()
    head = asking.head()
    assert head is not None
    assert head.time == NOON + timedelta(seconds=300)
    assert town.anchors.note(5) == anchor
    assert town.witnessing().newest() == head.note


def test_what_one_witness_said_before_counts_together_with_what_others_say_now(town: Town) -> None:
    with ExitStack() as first:
        town.addresses = {
            "w0": first.enter_context(served(town.houses[0])),
            "w1": first.enter_context(served(town.houses[1])),
        }
        asking = town.witnessing()
        asking.refresh()
    town.clocks = [SOME_TIME_S + 300] * 4
    town.addresses = {"w2": town.stack.enter_context(served(town.houses[2]))}
    town.anchors = Anchors(town.folder / "log")
    again = town.witnessing()
    assert again.refresh().head is not None
    head = again.head()
    assert head is not None
    assert head.time == NOON, "w2 alone is no quorum for the later time"


def test_many_who_wait_for_a_quorum_ask_once(town: Town) -> None:
    town.serve(0, 1, 2)
    asked: list[str] = []
    ask = town.ask

    def counting(address: str, body: bytes) -> tuple[int, bytes]:
        asked.append(address)
        return ask(address, body)

    town.ask = counting  # type: ignore[assignment]
    asking = town.witnessing()
    threads = [threading.Thread(target=asking.require_cosigned, args=(5,)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 3


def test_a_controller_that_would_count_is_refused_before_anybody_is_asked(town: Town) -> None:
    own_key = town.houses[3].key
    bad = two_of_three([town.houses[0].key, own_key])
    with pytest.raises(PolicyRefused, match="controller's own witness 'w1'"):
        Witnessing(
            policy=bad,
            log_source=town.log,
            anchors=town.anchors,
            verify=VERIFY,
            ask=town.ask,
            now=lambda: NOON,
            controllers=["w1"],
        )


def test_without_a_quorum_nothing_is_asked_and_nothing_confirmed(town: Town) -> None:
    none = Policy(logs=town.policy.logs, quorum=NONE)
    asking = town.witnessing(none)
    assert not asking.are_configured
    asking.require_cosigned(5)
    assert asking.refresh().head is None
    with pytest.raises(LogUnavailable):
        asking.require_fresh(NOON)
