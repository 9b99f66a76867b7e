"""A witness over real HTTP on loopback: what it says, and what it does not wait for."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from governance.witness import service
from governance.witness.errors import WitnessUnusable
from tests.builders_tiles import ORIGIN
from tests.builders_witness import GrowingLog, WitnessHouse, served


@pytest.fixture
def house(tmp_path: Path) -> WitnessHouse:
    return WitnessHouse(tmp_path / "witness")


@pytest.fixture
def http(house: WitnessHouse) -> Iterator[httpx.Client]:
    with served(house) as address, httpx.Client(base_url=address, trust_env=False, timeout=20) as client:
        yield client


def test_a_checkpoint_is_cosigned_and_a_conflict_states_the_size(http: httpx.Client, house: WitnessHouse) -> None:
    log = GrowingLog(5)
    answer = http.post("/add-checkpoint", content=log.request(0))
    assert answer.status_code == 200
    assert answer.text.startswith(f"— {house.name} ")
    assert answer.text.endswith("\n")
    log.grow(2)
    answer = http.post("/add-checkpoint", content=log.request(3))
    assert (answer.status_code, answer.content) == (409, b"5\n")
    assert answer.headers["Content-Type"] == "text/x.tlog.size"


def test_it_says_who_it_is_and_nothing_else_is_there(http: httpx.Client, house: WitnessHouse) -> None:
    assert http.get("/").text.split("\n")[1] == house.key.text
    for method, path in (("GET", "/add-checkpoint"), ("PUT", "/add-checkpoint"), ("POST", "/")):
        assert http.request(method, path).status_code == 405
    for path in ("/witness", "/forks", "/logs", "/docs", "/openapi.json", "/add-checkpoint/", "/%2e%2e/witness"):
        assert http.get(path).status_code == 404


def test_refusals_are_sentences_and_say_nothing_of_the_machine(http: httpx.Client, house: WitnessHouse) -> None:
    for body, status in ((b"", 400), (b"\xff", 400), (GrowingLog(5, origin="a.example/b").request(0), 404)):
        answer = http.post("/add-checkpoint", content=body)
        assert answer.status_code == status
        assert answer.text.endswith(".\n")
        assert str(house.folder) not in answer.text
    house.file.path.write_bytes(b"damaged")
    answer = http.post("/add-checkpoint", content=GrowingLog(5).request(0))
    assert (answer.status_code, answer.text) == (
        503,
        "This witness cannot cosign now; its operator has to look at it.\n",
    )


def test_one_that_is_retired_while_it_serves_signs_nothing_any_more(http: httpx.Client, house: WitnessHouse) -> None:
    log = GrowingLog(5)
    assert http.post("/add-checkpoint", content=log.request(0)).status_code == 200
    house.file.retire()
    answer = http.post("/add-checkpoint", content=log.request(5))
    assert answer.status_code == 410
    assert "retired" in answer.text


def test_a_body_that_is_too_large_is_not_read(http: httpx.Client, house: WitnessHouse) -> None:
    assert http.post("/add-checkpoint", content=bytes(200_000)).status_code == 413
    assert ORIGIN not in house.file.read().seen
    assert http.post("/add-checkpoint", content=GrowingLog(5).request(0)).status_code == 200


def test_a_body_that_does_not_come_is_not_waited_for(
    http: httpx.Client, house: WitnessHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_SLOWEST_BODY_S", 0.2)
    with socket.create_connection((http.base_url.host, http.base_url.port or 0), timeout=20) as connection:
        connection.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 100\r\n\r\nold")
        assert connection.recv(1000).startswith(b"HTTP/1.1 408 ")
    assert http.post("/add-checkpoint", content=GrowingLog(5).request(0)).status_code == 200


def test_of_many_forks_asked_at_once_over_http_exactly_one_is_cosigned(http: httpx.Client) -> None:
    start = GrowingLog(4)
    assert http.post("/add-checkpoint", content=start.request(0)).status_code == 200
    bodies = []
    for number in range(8):
        fork = GrowingLog(4)
        fork.leaves.append(b"fork %d" % number)
        bodies.append(fork.request(4))
    together = threading.Barrier(len(bodies))

    def post(body: bytes) -> int:
        together.wait(timeout=30)
        return http.post("/add-checkpoint", content=body).status_code

    with ThreadPoolExecutor(len(bodies)) as pool:
        statuses = sorted(pool.map(post, bodies))
    assert statuses == [200] + [409] * 7


def test_a_port_that_is_taken_is_one_sentence(http: httpx.Client) -> None:
    with pytest.raises(WitnessUnusable, match=r"cannot listen there.*choose another port\.$"):
        service.listen("127.0.0.1", http.base_url.port or 0)
