"""The sequencer as a process of its own: the same answers over its socket, its errors by name, and how it ends."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from contracts.receipt import verify_receipt
from governance.adapters.log.client import SequencerClient
from governance.adapters.log.intake import Intake
from governance.adapters.log.sequencer import Sequencer
from governance.adapters.log.service import build_app
from governance.adapters.log.sqlite_store import SqliteStore
from governance.adapters.log.store import Change
from governance.adapters.socket_service import SocketRefused, SocketService
from governance.audit.errors import EntryRefused, LogFull, LogRolledBack, LogUnavailable
from governance.audit.leaf import KeyRange
from governance.audit.verify import verify_consistency
from tests.builders_sequencer import ORIGIN, SEED, LogFolder, a_draft, drafts, replay


@contextmanager
def served(sequencer: Sequencer, path: Path) -> Iterator[SequencerClient]:
    service = SocketService(path)
    thread = threading.Thread(target=service.run, args=(build_app(sequencer),))
    thread.start()
    client = SequencerClient(path)
    try:
        yield client
    finally:
        client.close()
        service._server.should_exit = True
        thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> LogFolder:
    return LogFolder(tmp_path / "log")


@pytest.fixture
def client(folder: LogFolder, tmp_path: Path) -> Iterator[SequencerClient]:
    sequencer = folder.start()
    with served(sequencer, tmp_path / "s") as made:
        yield made
    sequencer.stop()


def test_the_socket_has_every_method_of_the_log(client: SequencerClient, folder: LogFolder) -> None:
    made = drafts(1, 6)
    appended = client.append("request", made)
    assert (appended.first, list(appended.leaves)) == (0, folder.leaves())
    assert client.append("request", made) == appended
    assert client.size() == 6
    assert client.checkpoint() == appended.checkpoint
    assert client.cosigned() is None
    assert client.last_number("governance") == 6
    assert client.entries(first=2, count=3) == appended.leaves[2:5]
    origin, public_key = client.identity()
    assert verify_receipt(client.receipt(3), origin=origin, log_key=public_key) == appended.leaves[3]
    client.append("next", [a_draft(7)])
    head = folder.signer.open(client.checkpoint())
    old = folder.signer.open(appended.checkpoint)
    verify_consistency(old=6, old_root=old.root, new=7, new_root=head.root, proof=client.consistency(6, 7))
    keys = [draft.boxes[0][0] for draft in made]
    assert client.boxes(keys) == {draft.boxes[0][0]: draft.boxes[0][1] for draft in made}
    gone = KeyRange(data_class=keys[0].data_class, day=keys[0].day, first=keys[0].number, last=keys[1].number)
    assert client.erase_boxes([gone]) == 2
    assert set(client.boxes(keys)) == set(keys[2:])


def test_a_body_travels_as_it_is(client: SequencerClient, folder: LogFolder) -> None:
    body = {"allowed": False, "rule": "A2", "of": [0, 2], "settled": 4, "adds": ["A" * 43 + "="]}
    client.append("request", [replace(a_draft(1), body=body)])
    client.append("twice", [replace(a_draft(2), body=body)])
    assert len(replay(folder)[1]) == 2


def test_refusals_have_their_names(client: SequencerClient) -> None:
    with pytest.raises(EntryRefused, match="number"):
        client.append("gap", [a_draft(2)])
    with pytest.raises(EntryRefused):
        client.append("no id", [a_draft(1)])
    with pytest.raises(EntryRefused):
        client.append("request", [replace(a_draft(1), event="No Event")])
    for ask in (lambda: client.receipt(0), lambda: client.receipt(-1), lambda: client.consistency(1, 2)):
        with pytest.raises(LogUnavailable):
            ask()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"{", b'{"drafts": 1, "request_id": "r"}', b'{"drafts": [{}], "request_id": "r"}']
)
def test_a_malformed_request_is_refused_in_a_sentence(client: SequencerClient, body: bytes) -> None:
    answer = client._client.post("/append", content=body)
    assert answer.status_code == 422
    assert answer.json()["error"] == "EntryRefused"


class HeldStore(SqliteStore):
    """Holds every commit until it is let go."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.reached = threading.Semaphore(0)
        self.go_on = threading.Event()

    def commit(self, change: Change) -> None:
        self.reached.release()
        assert self.go_on.wait(timeout=30)
        super().commit(change)


def test_a_full_queue_is_503_with_a_time_to_come_again(folder: LogFolder, tmp_path: Path) -> None:
    store = HeldStore(folder.database)
    sequencer = folder.start(store=store, intake=Intake(most_waiting=1))
    with served(sequencer, tmp_path / "s") as client, ThreadPoolExecutor(2) as pool:
        first = pool.submit(client.append, "first", [a_draft(1, src="first")])
        assert store.reached.acquire(timeout=30)
        waiting = sequencer.submit("waiting", [a_draft(1, src="waiting")])
        with pytest.raises(LogFull):
            client.append("more", [a_draft(1, src="more")])
        request = {"drafts": [], "request_id": "r"}
        assert client._client.post("/append", json=request).status_code == 422
        store.go_on.set()
        assert first.result(timeout=30).first == 0
        assert waiting.result(timeout=30).first == 1
    sequencer.stop()


def test_many_clients_lose_nothing(client: SequencerClient, folder: LogFolder) -> None:
    def write(writer: int) -> None:
        for sn in range(1, 4):
            client.append(f"w{writer}-{sn}", [a_draft(sn, src=f"w{writer}")])

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(16)))
    assert replay(folder)[0].size == 48


def test_a_connection_cut_between_commit_and_answer_is_asked_again(folder: LogFolder, tmp_path: Path) -> None:
    """A door between client and sequencer lets the request in, and shuts before the answer comes out."""
    sequencer = folder.start()
    with served(sequencer, tmp_path / "s"):
        door = _CuttingDoor(tmp_path / "door", tmp_path / "s", cuts=1)
        client = SequencerClient(tmp_path / "door")
        appended = client.append("request", drafts(1, 3))
        assert (appended.first, sequencer.size()) == (0, 3)
        assert door.cut == 1
        client.close()
        door.close()
    sequencer.stop()
    assert replay(folder)[0].size == 3


def test_a_connection_that_is_cut_again_and_again_is_unavailable_and_known_later(
    folder: LogFolder, tmp_path: Path
) -> None:
    sequencer = folder.start()
    with served(sequencer, tmp_path / "s") as straight:
        door = _CuttingDoor(tmp_path / "door", tmp_path / "s", cuts=2)
        client = SequencerClient(tmp_path / "door")
        with pytest.raises(LogUnavailable):
            client.append("request", drafts(1, 3))
        assert straight.append("request", drafts(1, 3)).first == 0
        assert straight.size() == 3
        client.close()
        door.close()
    sequencer.stop()


class _CuttingDoor:
    """Passes each connection's first request on, waits until it was answered, and hands the answer on, or cuts."""

    def __init__(self, path: Path, beyond: Path, *, cuts: int) -> None:
        self._beyond, self._cuts, self.cut = beyond, cuts, 0
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(path))
        self._door.listen(8)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                inside, _ = self._door.accept()
            except OSError:
                return
            with inside, socket.socket(socket.AF_UNIX) as outside:
                outside.connect(str(self._beyond))
                threading.Thread(target=self._pass_on, args=(inside, outside), daemon=True).start()
                answer = outside.recv(1 << 20)
                if self.cut < self._cuts:
                    self.cut += 1
                    inside.shutdown(socket.SHUT_RDWR)
                    continue
                while answer:
                    inside.sendall(answer)
                    answer = outside.recv(1 << 20)

    @staticmethod
    def _pass_on(inside: socket.socket, outside: socket.socket) -> None:
        with suppress(OSError):
            while piece := inside.recv(1 << 20):
                outside.sendall(piece)
            outside.shutdown(socket.SHUT_RDWR)


# The HTTP library leaves the socket of a connection that was refused to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_nobody_answers_where_no_sequencer_runs(tmp_path: Path) -> None:
    client = SequencerClient(tmp_path / "nothing")
    with pytest.raises(LogUnavailable, match="does not answer"):
        client.size()
    client.close()


def test_a_socket_is_served_once(tmp_path: Path) -> None:
    service = SocketService(tmp_path / "s")
    with pytest.raises(SocketRefused):
        SocketService(tmp_path / "s")
    service.close()
    SocketService(tmp_path / "s").close()
    with pytest.raises(SocketRefused):
        SocketService(tmp_path / ("x" * 120))


# -- the process ------------------------------------------------------------------------------------------------------


@contextmanager
def a_process(folder: LogFolder, **more: str) -> Iterator[subprocess.Popen[str]]:
    environment = {
        "PATH": os.environ["PATH"],
        "INSYN_SEQUENCER_HOME": str(folder.path),
        "INSYN_SEQUENCER_SOCKET": str(folder.path / "s"),
        "INSYN_SEQUENCER_ORIGIN": ORIGIN,
        **more,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "governance.sequencer_service"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def with_a_key(folder: LogFolder) -> LogFolder:
    folder.path.mkdir(parents=True, exist_ok=True)
    key = folder.path / "log.key"
    key.write_bytes(SEED)
    key.chmod(0o600)
    return folder


def awaited(process: subprocess.Popen[str]) -> None:
    """Wait until it serves: its log says so."""
    for line in process.stderr:
        if '"serving"' in line:
            return
    pytest.fail("the sequencer's process did not start")


def test_the_process_serves_and_ends_on_a_signal(folder: LogFolder) -> None:
    with a_process(with_a_key(folder)) as process:
        awaited(process)
        client = SequencerClient(folder.path / "s")
        assert client.append("request", drafts(1, 2)).first == 0
        assert client.cosigned() is None
        (folder.path / "cosigned.note").write_text("as the witnesses left it\n", encoding="utf-8")
        assert client.cosigned() == "as the witnesses left it\n"
        client.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    assert replay(folder)[0].size == 2
    assert not (folder.path / "s").exists()


@pytest.mark.parametrize("case", ["no key", "open key", "settings", "rolled back", "guard inside", "second"])
def test_a_refusal_to_start_is_one_sentence_and_status_2(folder: LogFolder, case: str) -> None:
    more: dict[str, str] = {}
    if case != "no key":
        with_a_key(folder)
    if case == "open key":
        (folder.path / "log.key").chmod(0o644)
    if case == "settings":
        more = {"INSYN_SEQUENCER_ORIGIN": "with space"}
    if case == "guard inside":
        more = {"INSYN_SEQUENCER_GUARD": str(folder.database.with_name("guard"))}
    if case == "rolled back":
        sequencer = folder.start()
        sequencer.append("request", drafts(1, 2))
        sequencer.stop()
        folder.execute("DELETE FROM log_entries WHERE place = 1")
    with a_process(folder, **more) as process:
        if case == "second":
            awaited(process)
            with a_process(folder, INSYN_SEQUENCER_SOCKET=str(folder.path / "t")) as second:
                _, said = second.communicate(timeout=30)
                status = second.returncode
        else:
            _, said = process.communicate(timeout=30)
            status = process.returncode
    assert status == 2
    assert said.count("\n") == 1
    assert "Traceback" not in said


def test_the_process_ends_when_another_takes_the_log_over(folder: LogFolder) -> None:
    with a_process(with_a_key(folder)) as process:
        awaited(process)
        client = SequencerClient(folder.path / "s")
        client.append("request", [a_draft(1)])
        folder.execute("UPDATE log_head SET epoch = epoch + 1")
        with pytest.raises(LogUnavailable, match="taken the log over"):
            client.append("next", [a_draft(2)])
        client.close()
        assert process.wait(timeout=30) == 75


def test_errors_keep_their_kind_on_the_way(folder: LogFolder, tmp_path: Path) -> None:
    sequencer = folder.start()
    with served(sequencer, tmp_path / "s") as client:
        sequencer._intake.close(LogRolledBack("The log is another."))
        with pytest.raises(LogRolledBack, match="another"):
            client.size()
        assert client._client.get("/size").status_code == httpx.codes.SERVICE_UNAVAILABLE
    sequencer.stop()
