"""`insyn witness`: made, asked by file, retired; and policies of organisations."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from governance.adapters.signatures import ed25519_verifies
from governance.audit.cosignature import Verifiers
from governance.audit.note import VerifierKey, parse_note
from governance.audit.policy import parse_policy
from governance.witness.state import WitnessFile
from insyn.command_line import app
from tests.builders_tiles import LOG_VKEY, ORIGIN
from tests.builders_witness import GrowingLog, witness_key

Run = Callable[..., Result]
VERIFY = Verifiers(ed25519=ed25519_verifies)


@pytest.fixture
def run() -> Run:
    def invoke(*words: object, answer: str = "") -> Result:
        return CliRunner().invoke(app, ["witness", *map(str, words)], input=answer)

    return invoke


@pytest.fixture
def folder(run: Run, tmp_path: Path) -> Path:
    made = tmp_path / "witness"
    assert run("keygen", made, "--name", "witness.example/dpo").exit_code == 0
    (made / "logs").write_text(LOG_VKEY.text + "\n", encoding="ascii")
    return made


def test_a_new_witness_shows_its_key_and_no_secret(run: Run, tmp_path: Path) -> None:
    made = run("keygen", tmp_path / "w", "--name", "witness.example/dpo")
    state = WitnessFile(tmp_path / "w").read()
    assert state.verifier.text in made.output
    assert "Never copy or back up" in made.output
    assert run("vkey", tmp_path / "w").output == state.verifier.text + "\n"
    again = run("keygen", tmp_path / "w", "--name", "witness.example/dpo")
    assert again.exit_code == 1
    assert "not overwritten" in again.output
    assert run("keygen", tmp_path / "x", "--name", "two words").exit_code == 1


def test_a_request_is_shown_and_cosigned_only_with_consent(run: Run, folder: Path, tmp_path: Path) -> None:
    log, request, out = GrowingLog(5), tmp_path / "request", tmp_path / "answer"
    request.write_bytes(log.request(0))
    declined = run("sign", request, "--folder", folder, "--out", out, answer="n\n")
    assert declined.exit_code == 1
    assert not out.exists()
    assert not WitnessFile(folder).read().seen, "what was not cosigned is not remembered"
    for words in (ORIGIN, "5", log.tree.checkpoint.root.hex()[:16], "nothing: this is the first one"):
        assert words in declined.output.replace("\n", "")
    signed = run("sign", request, "--folder", folder, "--out", out, answer="y\n")
    assert signed.exit_code == 0, signed.output
    note = parse_note(log.checkpoint() + out.read_text(encoding="utf-8"))
    assert note.signatures[-1].name == "witness.example/dpo"
    assert WitnessFile(folder).read().seen[ORIGIN].size == 5
    log.grow(2)
    request.write_bytes(log.request(5))
    later = run("sign", request, "--folder", folder, "--out", tmp_path / "second", "--yes")
    assert later.exit_code == 0
    assert "5 entries, " in later.output


def test_what_cannot_be_written_is_not_cosigned(run: Run, folder: Path, tmp_path: Path) -> None:
    request, out = tmp_path / "request", tmp_path / "answer"
    request.write_bytes(GrowingLog(5).request(0))
    out.write_bytes(b"kept")
    refused = run("sign", request, "--folder", folder, "--out", out, "--yes")
    assert refused.exit_code == 1
    assert out.read_bytes() == b"kept"
    assert not WitnessFile(folder).read().seen


@pytest.mark.parametrize("spoil", ["fork", "another log", "nonsense", "huge", "missing", "no logs"])
def test_a_refusal_is_one_sentence_and_status_1(run: Run, folder: Path, tmp_path: Path, spoil: str) -> None:
    log, request = GrowingLog(5), tmp_path / "request"
    request.write_bytes(log.request(0))
    assert run("sign", request, "--folder", folder, "--out", tmp_path / "a", "--yes").exit_code == 0
    match spoil:
        case "fork":
            log.rewrite(1)
            request.write_bytes(log.request(5))
        case "another log":
            request.write_bytes(GrowingLog(5, origin="b.example/c").request(5))
        case "nonsense":
            request.write_bytes(b"nonsense")
        case "huge":
            request.write_bytes(bytes(200_000))
        case "missing":
            request.unlink()
        case _:
            (folder / "logs").unlink()
    refused = run("sign", request, "--folder", folder, "--out", tmp_path / "b", "--yes")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("insyn: ")
    assert refused.stderr.count("\n") == 1
    assert not (tmp_path / "b").exists()


def test_a_request_cannot_hide_what_it_asks_for(run: Run, folder: Path, tmp_path: Path) -> None:
    request = tmp_path / "request"
    evil = "a.example/\x9b2Kb"
    key = VerifierKey(name=evil, algorithm=1, public_key=LOG_VKEY.public_key)
    (folder / "logs").write_text(key.text + "\n", encoding="utf-8")
    request.write_bytes(GrowingLog(5, origin=evil).request(0))
    shown = run("sign", request, "--folder", folder, "--out", tmp_path / "a", "--yes")
    assert shown.exit_code == 0
    assert "\x9b" not in shown.stdout.replace("\n", "")
    assert "\\x9b" in shown.stdout.replace("\n", "")


def test_a_retired_witness_is_retired_for_good(run: Run, folder: Path, tmp_path: Path) -> None:
    key = run("vkey", folder).output
    assert run("retire", folder, answer="n\n").exit_code == 1
    assert run("retire", folder, "--yes").exit_code == 0
    assert run("vkey", folder).output == key
    request = tmp_path / "request"
    request.write_bytes(GrowingLog(5).request(0))
    refused = run("sign", request, "--folder", folder, "--out", tmp_path / "a", "--yes")
    assert refused.exit_code == 1
    assert "is retired" in refused.stderr
    assert run("serve", folder, "--port", "0").exit_code == 1


def test_a_lost_witness_says_that_it_is_retired(run: Run, folder: Path) -> None:
    (folder / "witness").unlink()
    for command in (("vkey", folder), ("serve", folder, "--port", "0"), ("retire", folder, "--yes")):
        lost = run(*command)
        assert lost.exit_code == 1
        assert "it is retired with its file" in lost.stderr


# -- policies ---------------------------------------------------------------------------------------------------------

FOUR = (
    "--organisation", f"dpo={witness_key(0).text}@http://127.0.0.1:8475",
    "--organisation", f"council={witness_key(1).text}",
    "--organisation", f"auditor={witness_key(2).text}",
    "--organisation", f"police={witness_key(3).text}",
)  # fmt: skip


def test_a_policy_is_printed_and_explained(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "policy"
    made = run("policy", "--log", LOG_VKEY.text, *FOUR, "--quorum", 2, "--controller", "police", "--out", out)
    assert made.exit_code == 0, made.output
    assert made.stdout.encode() == out.read_bytes()
    policy = parse_policy(out.read_bytes())
    assert policy.witnesses[0].url == "http://127.0.0.1:8475"
    assert policy.is_satisfied(["dpo", "auditor"])
    assert not policy.is_satisfied(["dpo", "police"])
    assert made.stderr == (
        "A checkpoint counts once 2 of these 3 organisations have cosigned it: dpo, council, auditor. "
        "police may cosign too and never count.\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        ("--log", LOG_VKEY.text, *FOUR, "--quorum", 4, "--controller", "police"),
        ("--log", LOG_VKEY.text, *FOUR, "--quorum", 2, "--controller", "polis"),
        ("--log", LOG_VKEY.text, "--organisation", "dpo", "--quorum", 1),
        ("--log", LOG_VKEY.text, "--organisation", f"={witness_key(0).text}", "--quorum", 1),
        ("--log", LOG_VKEY.text, "--organisation", f"dpo={witness_key(0).text}@", "--quorum", 1),
        ("--log", LOG_VKEY.text, "--organisation", f"dpo={LOG_VKEY.text}", "--quorum", 1),
        ("--log", witness_key(0).text, "--organisation", f"dpo={witness_key(0).text}", "--quorum", 1),
        ("--log", "nonsense", *FOUR, "--quorum", 1),
    ],
)
def test_a_policy_that_is_none_is_one_sentence(run: Run, words: tuple[object, ...]) -> None:
    refused = run("policy", *words)
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert refused.stderr.startswith("insyn: ")


def test_a_lost_witness_is_replaced_and_one_in_wrong_hands_taken_out(run: Run, tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in ("1", "2", "3"))
    run("policy", "--log", LOG_VKEY.text, *FOUR, "--quorum", 2, "--controller", "police", "--out", first)
    new = witness_key(4).text
    assert run("amend", first, "--add", f"dpo={new}", "--controller", "police", "--out", second).exit_code == 0
    policy = parse_policy(second.read_bytes())
    assert policy.is_satisfied(["dpo-1", "council"])
    assert policy.is_satisfied(["dpo-2", "council"])
    assert not policy.is_satisfied(["dpo-1", "dpo-2"])
    changed = run("amend", second, "--remove", "dpo-1", "--controller", "police", "--out", third)
    assert changed.exit_code == 0
    text = third.read_text(encoding="utf-8")
    assert "witness dpo-2 of dpo added" in text
    assert "witness dpo-1 removed" in text
    assert not parse_policy(text).is_satisfied(["dpo-1", "council"])
    assert parse_policy(text).is_satisfied(["dpo-2", "council"])
    last = run("amend", third, "--remove", "council", "--remove", "auditor", "--out", tmp_path / "4")
    assert last.exit_code == 1
    assert "add another organisation's witness first" in last.stderr
    assert not (tmp_path / "4").exists()
    same = run("amend", third, "--add", f"police={witness_key(2).text}", "--out", tmp_path / "5")
    assert same.exit_code == 1, "one key is one witness"
