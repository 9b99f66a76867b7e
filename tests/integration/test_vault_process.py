"""The key vault as it runs: a process on a Unix socket, with its client, its refusals and its repair."""

import gc
import stat
from collections.abc import Iterator

import httpx
import pytest

from contracts.receipt import Disclosure
from contracts.trust import TrustedKeys
from governance.adapters.vault_client import VaultClient
from governance.audit.errors import LogUnavailable
from governance.audit.inventory import require_only_shrinks, still_living
from governance.audit.leaf import KeyRef
from tests.builders_vault import CANDIDATE, SUBJECT, Organisations, SmallLog, one_key
from tests.builders_vault_process import Place, a_place

pytestmark = pytest.mark.slow


@pytest.fixture
def place() -> Iterator[Place]:
    with a_place() as made:
        yield made


def test_from_a_fresh_key_to_its_destruction(place: Place) -> None:
    with place.running() as vault:
        given = dict(vault.allot([CANDIDATE, SUBJECT]))
        one, other = given
        receipt = place.log.receipt(place.log.opens(one, other, time_ms=place.now_ms()))
        assert vault.release([one, other], receipt, ()) == given
        with pytest.raises(LogUnavailable, match="used"):
            vault.release([one], receipt, ())
        before = vault.inventory()
        index = place.log.intends(one_key(one), time_ms=place.now_ms())
        done = vault.destroy([one_key(one)], place.log.receipt(index), place.log.consistency(vault.seen()[0]), None)
        after = vault.inventory()
        assert (done.before, done.after, done.count) == (before.root, after.root, 1)
        assert vault.inventory_root() == after.root
        require_only_shrinks(before, after)
        assert still_living(after, [one_key(one)]) == ()
        assert vault.days() == (CANDIDATE, SUBJECT)
        index = place.log.opens(one, other, time_ms=place.now_ms())
        consistency = place.log.consistency(vault.seen()[0])
        assert set(vault.release([one, other], place.log.receipt(index), consistency)) == {other}
        seen = vault.seen()
    assert place.status == 0
    assert not (place.root / "vault.sock").exists()
    with place.running() as vault:
        assert vault.seen() == seen
        assert vault.inventory_root() == after.root
        fork = SmallLog()
        fork.append("log.stop")
        with pytest.raises(LogUnavailable, match="older"):
            vault.release([other], fork.receipt(fork.opens(other)), ())


def test_killed_and_started_again_it_goes_on(place: Place) -> None:
    given: dict[KeyRef, bytes] = {}
    for _ in range(3):
        with place.running() as vault:
            fresh = dict(vault.allot([CANDIDATE] * 3))
            assert not fresh.keys() & given.keys()
            given.update(fresh)
            place.process.kill()
            place.process.wait()
    with place.running() as vault:
        place.log.append("log.beat")
        index = place.log.opens(*given, time_ms=place.now_ms())
        consistency = place.log.consistency(vault.seen()[0])
        assert vault.release(list(given), place.log.receipt(index), consistency) == given


def test_witnesses_are_believed_by_the_policy_alone(place: Place) -> None:
    witnesses = Organisations()
    (place.root / "policy").write_text(witnesses.policy.to_text())
    with place.running(INSYN_VAULT_POLICY=str(place.root / "policy")) as vault:
        ((one, secret),) = vault.allot([CANDIDATE])
        index = place.log.opens(one, time_ms=place.now_ms())
        with pytest.raises(LogUnavailable, match="15 minutes"):
            vault.release([one], place.log.receipt(index), ())
        now_s = place.now_ms() // 1000
        assert vault.witnessed(witnesses.cosigned(place.log.checkpoint(), a=now_s, b=now_s)) == now_s
        assert vault.release([one], place.log.receipt(index), ()) == {one: secret}


def test_the_socket_is_its_owner_s_alone_and_taken_once(place: Place) -> None:
    with place.running():
        mode = (place.root / "vault.sock").stat().st_mode
        assert stat.S_ISSOCK(mode)
        assert stat.S_IMODE(mode) == 0o600
        second = place.command()
        assert second.returncode == 2
        assert second.stderr == "Another process already serves this socket; stop it first.\n"
        elsewhere = place.command(INSYN_VAULT_SOCKET=str(place.root / "other.sock"))
        assert elsewhere.returncode == 2
        assert elsewhere.stderr == "Another vault runs on one of these folders; end it first.\n"


def test_a_lost_copy_is_one_sentence_and_repair_mends_it(place: Place) -> None:
    with place.running() as vault:
        ((key, secret),) = vault.allot([CANDIDATE])
    (place.root / "twin" / "keys").unlink()
    refused = place.command()
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "twin is missing" in refused.stderr
    mended = place.command("repair")
    assert (mended.returncode, mended.stderr) == (0, "")
    assert "whole again" in mended.stdout
    with place.running() as vault:
        index = place.log.opens(key, time_ms=place.now_ms())
        assert vault.release([key], place.log.receipt(index), ()) == {key: secret}


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"INSYN_VAULT_LOG_ORIGIN": "a b"}, "These settings are missing or wrong: INSYN_VAULT_LOG_ORIGIN."),
        ({"INSYN_VAULT_TRUST": "nowhere"}, "cannot read its settings' files"),
        ({"INSYN_VAULT_POLICY": "nowhere"}, "cannot read its settings' files"),
        ({"INSYN_VAULT_SOCKET": "s" * 120}, "longer than 107 bytes"),
    ],
)
def test_wrong_settings_are_one_sentence(place: Place, changed: dict[str, str], sentence: str) -> None:
    refused = place.command(**changed)
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert sentence in refused.stderr


def test_no_pinned_log_key_and_no_trust_file_are_refused(place: Place) -> None:
    (place.root / "trust.json").write_bytes(TrustedKeys(()).to_bytes())
    assert "pins no log key" in place.command().stderr
    (place.root / "trust.json").write_bytes(b"{}")
    assert place.command().returncode == 2


def test_what_is_malformed_is_refused_and_the_process_goes_on(place: Place) -> None:
    with (
        place.running() as vault,
        httpx.Client(transport=httpx.HTTPTransport(uds=str(place.root / "vault.sock")), base_url="http://vault") as raw,
    ):
        receipt = place.log.receipt(place.log.append("log.beat")).to_json()
        whole = {"consistency": [], "keys": [], "receipt": receipt}
        for path, body in [
            ("/keys", b""),
            ("/keys", b"[]"),
            ("/keys", b"[" * 100_000),
            ("/keys", {"requests": [["candidate", 1.5]]}),
            ("/keys", {"requests": [["candidate", True]]}),
            ("/keys", {"requests": [["candidate"]]}),
            ("/keys", {"requests": [], "more": 1}),
            ("/releases", whole | {"keys": ["candidate.1.1"]}),
            ("/releases", whole | {"keys": [5]}),
            ("/releases", whole | {"consistency": ["AAAA"]}),
            ("/releases", whole | {"receipt": {}}),
            (
                "/destructions",
                {"ranges": [["candidate", 1, 2, 1]], "consistency": [], "receipt": receipt, "cosigned": None},
            ),
            ("/destructions", {"ranges": [], "consistency": [], "receipt": receipt, "cosigned": 5}),
            ("/witnessed", {"note": 5, "consistency": []}),
        ]:
            answer = raw.post(path, content=body) if isinstance(body, bytes) else raw.post(path, json=body)
            assert answer.status_code == 422, (path, body, answer.text)
            assert set(answer.json()) == {"detail"}
        assert raw.post("/keys", content=bytes(9 << 20)).status_code == 422
        assert raw.post("/keys", json={"requests": [["person", 1]]}).status_code == 403
        assert raw.get("/docs").status_code == 404
        assert raw.get("/openapi.json").status_code == 404
        assert raw.get("/health").json() == {"status": "ok"}
        assert vault.seen()[0] == 0


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # httpcore leaves its socket open
def test_a_client_without_a_vault_says_so(place: Place) -> None:
    client = VaultClient(place.root / "vault.sock")
    with pytest.raises(LogUnavailable, match="does not answer"):
        client.allot([CANDIDATE])
    client.close()
    gc.collect()


def test_what_a_receipt_discloses_is_never_sent_to_the_vault(place: Place) -> None:
    sent: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return httpx.Response(200, json={"keys": {}, "before": "", "after": "", "count": 0})

    client = VaultClient(place.root / "vault.sock")
    client._client = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://vault")
    told = Disclosure(group="subject", payload=b"somebody", commit_key=bytes(32))
    receipt = place.log.receipt(place.log.append("log.beat")).disclosing((told,))
    client.release([], receipt, ())
    with pytest.raises(LogUnavailable):
        client.destroy([], receipt, (), None)
    assert len(sent) == 2
    assert all(b"c29tZWJvZHk=" not in body and b'"disclosures":[]' in body for body in sent)
