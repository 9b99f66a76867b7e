"""The vault's lines, errors and memory: no key, no name of a key, nothing that an entry is about."""

import base64
import json
import re
from collections.abc import Iterator

import httpx
import pytest

from contracts.receipt import LogReceipt
from governance.audit.base64_strict import encode64
from governance.audit.errors import LogUnavailable
from governance.audit.leaf import KeyRef, Leaf
from governance.audit.puncturable import KeyTree
from governance.vault.state import decode
from tests.builders_vault import CANDIDATE, HASH, SUBJECT, SmallLog, one_key
from tests.builders_vault_process import Place, a_place
from tests.memory_scanner import MemoryScanner, masked

pytestmark = pytest.mark.slow


@pytest.fixture
def place() -> Iterator[Place]:
    with a_place() as made:
        yield made


KEYS_OF_A_LINE = {"completed", "count", "event", "level", "sentence", "timestamp"}
NAME_OF_A_KEY = re.compile(r"[a-z-]+\.[0-9]+\.[0-9a-f]{8}")


def spellings(secret: bytes) -> list[str]:
    return [secret.hex(), encode64(secret), base64.urlsafe_b64encode(secret).decode(), repr(secret)]


def test_the_lines_and_refusals_of_the_process_carry_no_key_and_no_entry(place: Place) -> None:
    refusals: list[str] = []
    with place.running() as vault:
        given = dict(vault.allot([CANDIDATE, SUBJECT, CANDIDATE]))
        one, other, third = given

        def ask(log: SmallLog, *keys: KeyRef, time_ms: int | None = None) -> None:
            index = log.opens(one, other, time_ms=place.now_ms() if time_ms is None else time_ms)
            consistency = log.consistency(vault.seen()[0]) if log is place.log else ()
            try:
                vault.release(keys, log.receipt(index), consistency)
            except LogUnavailable as error:
                refusals.append(str(error))

        ask(place.log, one, other)
        ask(place.log, third)
        ask(place.log, one, time_ms=5)
        ask(SmallLog(), one)
        ask(SmallLog(origin="insyn.invalid/elsewhere"), one)
        intent = place.log.intends(one_key(one), time_ms=place.now_ms())
        consistency = place.log.consistency(vault.seen()[0])
        for ranges in ([one_key(one)], [one_key(other)]):
            try:
                vault.destroy(ranges, place.log.receipt(intent), consistency, None)
            except LogUnavailable as error:
                refusals.append(str(error))
            consistency = ()
        with httpx.Client(
            transport=httpx.HTTPTransport(uds=str(place.root / "vault.sock")), base_url="http://vault"
        ) as raw:
            bodies = {"requests": [["Anna Andersson", 5]]}, {"Anna Andersson": 1}, {"requests": "Anna Andersson"}
            refusals += [raw.post("/keys", json=body).text for body in bodies]
    assert len(refusals) == 8
    lines = place.said.splitlines()
    assert len(lines) >= 6
    for line in lines:
        assert set(json.loads(line)) <= KEYS_OF_A_LINE
    everything = "\n".join([*lines, *refusals])
    for key, secret in given.items():
        assert key.text not in everything
        assert not any(spelling in everything for spelling in spellings(secret))
    for leaf in place.log.leaves:
        assert encode64(leaf) not in everything
        assert leaf.decode() not in everything
    assert not NAME_OF_A_KEY.search(everything)
    assert "Andersson" not in everything


@pytest.mark.law("F3")
def test_a_destroyed_key_and_every_seed_above_it_are_gone_from_disk_and_memory(place: Place) -> None:
    with place.running() as vault:
        (victim, secret), (kept, _) = vault.allot([CANDIDATE, CANDIDATE])
        state = decode(bytearray((place.root / "home" / "keys").read_bytes()))
        root = bytes(state.days[CANDIDATE].tree.seeds[0].secret)
        patterns = [masked(secret), masked(root), masked(encode64(secret).encode())]
        scanner = MemoryScanner(place.process.pid)
        assert scanner.count(patterns)[1] > 0, "the root of a living day stands in memory: the scan can find it"
        intent = place.log.intends(one_key(victim), time_ms=place.now_ms())
        assert vault.destroy([one_key(victim)], place.log.receipt(intent), (), None).count == 1
        index = place.log.opens(kept, time_ms=place.now_ms())
        vault.release([kept], place.log.receipt(index), place.log.consistency(vault.seen()[0]))
        for _ in range(3):  # other answers take the place of the one that had the key in it
            vault.days()
        assert scanner.count(patterns) == [0, 0, 0]
        for folder in ("home", "twin"):
            content = (place.root / folder / "keys").read_bytes()
            assert secret not in content
            assert root not in content


def test_nobody_attaches_to_the_process_and_it_dumps_no_core(place: Place) -> None:
    with place.running():
        limits = (place.proc() / "limits").read_text()
        assert re.search(r"Max core file size\s+0\s+0", limits)
        environment = (place.proc() / "environ").read_bytes()
        assert b"glibc.malloc.perturb" in environment


def test_what_holds_a_secret_prints_without_it() -> None:
    root = bytes(range(32))
    tree = KeyTree.from_root(root)
    assert not any(spelling in repr(tree) for spelling in spellings(root))
    receipt = LogReceipt(index=0, leaf=b"", proof=(), checkpoint="")
    assert "disclosures" not in repr(receipt)


def test_a_leaf_has_no_field_for_anything_that_a_person_is_known_by() -> None:
    data = Leaf(event="candidate.view", src="governance", sn=1, time_ms=0, body={"state": HASH}).to_bytes()
    assert set(json.loads(data)) == {"b", "e", "p", "sn", "src", "t", "v"}
