"""Every single bit of an export of sixteen entries: flipped, it is reported, and the file that it lies in is named."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
from rfc3161_client import TimestampRequestBuilder

from contracts.clock import read_clocks
from governance.audit.cosignature import Verifiers
from governance.audit.problems import Severity
from governance.verifier.exported import Question, audit_export
from governance.verifier.signatures import ed25519_verifies
from governance.verifier.sources import ListedFiles
from governance.verifier.time_stamp import stamp_of
from tests.builders_authority import StampHouse, require_openssl
from tests.builders_honest_log import HonestLog, a_policy
from tests.builders_tiles import flipped

# A flip can give a certificate a number that the library is about to refuse altogether; so far it warns.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")


@dataclass(frozen=True, kw_only=True)
class Exported:
    files: Mapping[str, bytes]
    question: Question

    def problems(self, files: Mapping[str, bytes]) -> dict[Severity, set[str]]:
        """The files that an audit names, by severity."""
        found = audit_export(ListedFiles(dict(files)), self.question).problems
        return {severity: {one.file for one in found.of(severity)} for severity in Severity}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """Sixteen entries with cosigned checkpoints, a time-stamp, a disclosure and a manifest."""
    require_openssl()
    folder = tmp_path_factory.mktemp("small")
    house = StampHouse.build(folder / "tsa")
    log = HonestLog(seed=5, now_ms=int(read_clocks().now.timestamp() * 1000))
    log.begin()
    warrant = log.write("warrant.import", groups={"context": {"warrant": "a1"}, "operator": log.somebody()})
    while log.size() < 15:
        log.write("session.open", {"allowed": True})
        if log.size() == 8:
            stamped = log.anchor(("court", "inspector")).encode()
    log.change("deployment.start", adds=1)
    log.anchor()
    request = TimestampRequestBuilder().data(stamped).nonce(nonce=True).cert_request(cert_request=True).build()
    log.anchors["8.tsr"], log.anchors["8.chain.pem"] = house.reply(request.as_bytes()), house.between.pem
    stamp = stamp_of(house.pinned)
    question = Question(
        policy=a_policy(),
        now_ms=log.now_ms,
        # A flip changes one file; what was verified over the others need not be verified again.
        verify=Verifiers(ed25519=cache(ed25519_verifies)),
        stamp=cache(stamp),
    )
    files = log.files(folder=folder, policy=a_policy(), disclosures={"one": log.disclosure(warrant, "operator")})
    return Exported(files=files, question=question)


def flips(data: bytes, step: int) -> Iterator[bytes]:
    for bit in range(0, 8 * len(data), step):
        yield flipped(data, bit // 8, 1 << bit % 8)


def of_file(path: str) -> set[str]:
    """What may be named for a flip: the file, and the time-stamp that is over these very bytes, or needs them."""
    return {path, "anchors/8.tsr"} if path in {"anchors/8.note", "anchors/8.chain.pem"} else {path}


def unnamed(exported: Exported, *, step: int, without: frozenset[str] = frozenset()) -> list[tuple[str, set[str]]]:
    """The flips that are not reported as wrong with their own file and no other that they do not touch."""
    files = {path: data for path, data in exported.files.items() if path not in without}
    found = []
    for path, data in files.items():
        for changed in flips(data, step):
            wrong = exported.problems({**files, path: changed})[Severity.WRONG]
            if path not in wrong or wrong - of_file(path):
                found.append((path, wrong))
    return found


def test_the_export_itself_is_in_order(exported: Exported) -> None:
    assert exported.problems(exported.files) == {Severity.WRONG: set(), Severity.FINDING: set()}
    assert {path.split("/")[0] for path in exported.files} == {
        "anchors",
        "checkpoint",
        "disclosures",
        "manifest",
        "policy",
        "tile",
        "vkeys",
    }
    assert {"anchors/8.tsr", "anchors/8.chain.pem", "tile/entries/000.p/16"} <= set(exported.files)


def test_many_flipped_bits_are_each_named_by_their_file(exported: Exported) -> None:
    assert unnamed(exported, step=331) == []


# Twenty-three and eight have no common divisor, so that each of a byte's bits has its turn.
@pytest.mark.parametrize("step", [pytest.param(23, marks=pytest.mark.slow), pytest.param(1, marks=pytest.mark.torture)])
def test_flipped_bits_are_named_by_their_file(exported: Exported, step: int) -> None:
    assert unnamed(exported, step=step) == []


WITHOUT_MANIFEST = frozenset({"manifest"})


def not_held_alone(path: str) -> bool:
    """What only the manifest holds whole: the export's own policy, and what of a time-stamp no signature covers.

    (That no bit of its signed part can be changed, `test_no_byte_of_the_signed_part_of_a_stamp_can_be_changed` shows.)
    """
    return path in {"policy", "anchors/8.chain.pem", "anchors/8.tsr"}


@pytest.mark.parametrize(
    "step",
    [263, pytest.param(23, marks=pytest.mark.slow), pytest.param(7, marks=[pytest.mark.slow, pytest.mark.torture])],
)
def test_without_the_manifest_each_part_still_holds_itself(exported: Exported, step: int) -> None:
    files = {path: data for path, data in exported.files.items() if path not in WITHOUT_MANIFEST}
    found = []
    for path, data in files.items():
        for changed in flips(data, step) if not not_held_alone(path) else ():
            problems = exported.problems({**files, path: changed})
            wrong, asked = problems[Severity.WRONG], problems[Severity.FINDING] - WITHOUT_MANIFEST
            # A signature line under another key is nobody's: that is asked about, and wrong only if it is missed.
            if path not in wrong | asked or (wrong | asked) - of_file(path):
                found.append((path, wrong, asked))
    assert found == []


@pytest.mark.parametrize("folder", ["anchors/", "disclosures/", "tile/", "checkpoint", "vkeys", "policy"])
def test_a_file_that_is_missing_is_named(exported: Exported, folder: str) -> None:
    for path in exported.files:
        if path.startswith(folder):
            files = {other: data for other, data in exported.files.items() if other != path}
            assert path in exported.problems(files)[Severity.WRONG]


def test_a_file_that_was_added_is_asked_about(exported: Exported) -> None:
    problems = exported.problems({**exported.files, "notes.txt": b"hello"})
    assert problems == {Severity.WRONG: set(), Severity.FINDING: {"notes.txt"}}


def test_a_missing_manifest_is_asked_about_in_an_export_and_not_where_the_log_lies(exported: Exported) -> None:
    files = {path: data for path, data in exported.files.items() if path != "manifest"}
    assert exported.problems(files) == {Severity.WRONG: set(), Severity.FINDING: {"manifest"}}
    lying = replace(exported, question=replace(exported.question, is_export=False))
    assert lying.problems(files) == {Severity.WRONG: set(), Severity.FINDING: set()}


def test_a_log_that_the_policy_does_not_name_is_not_believed(exported: Exported, tmp_path: Path) -> None:
    other = HonestLog(seed=5, signers=["other"]).live(3)
    files = other.files(folder=tmp_path, policy=a_policy())
    assert {"checkpoint", "manifest"} <= exported.problems(files)[Severity.WRONG]


@pytest.mark.torture
def test_in_a_log_of_several_tiles_flips_anywhere_are_named_by_their_file(tmp_path: Path) -> None:
    log = HonestLog(seed=11).live(1100)
    question = Question(policy=a_policy(), now_ms=log.now_ms, verify=Verifiers(ed25519=cache(ed25519_verifies)))
    large = Exported(files=log.files(folder=tmp_path, policy=a_policy()), question=question)
    assert large.problems(large.files)[Severity.WRONG] == set()
    assert {"tile/0/003", "tile/entries/003"} < set(large.files)
    assert any(path.startswith("tile/1/") for path in large.files)
    chance = random.Random(1)  # noqa: S311  # the same flips in every run
    for manifest in (True, False):
        files = {path: data for path, data in large.files.items() if manifest or path != "manifest"}
        for _ in range(600):
            path = chance.choice(sorted(path for path in files if manifest or path != "policy"))
            bit = chance.randrange(8 * len(files[path]))
            problems = large.problems({**files, path: flipped(files[path], bit // 8, 1 << bit % 8)})
            named = problems[Severity.WRONG] | (problems[Severity.FINDING] if path.startswith("anchors/") else set())
            assert path in named, (path, bit)
            assert problems[Severity.WRONG] <= {path}, (path, bit)
