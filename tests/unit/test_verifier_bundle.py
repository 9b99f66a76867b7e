"""The proof bundle of one match, verified alone: every link that holds is proven, every one that does not is named."""

import json
from collections.abc import Mapping

import pytest

from governance.audit.base64_strict import encode64
from governance.audit.bundle import Bundle, Record, Role, SignedRecord, record_path
from governance.audit.canonical import canonical
from governance.audit.errors import DisclosureRefused
from governance.audit.problems import Severity
from governance.verifier.matched import State
from governance.verifier.report import Status
from governance.verifier.sources import SourceRefused
from governance.verifier.trust import read_trusted, with_issuers
from governance.verifier.wording import bundle_in_words
from tests.builders_honest_log import ORIGIN
from tests.builders_matches import (
    LEASE,
    PINNED,
    PURPOSES,
    REPORT,
    SIGNERS,
    TRUSTED,
    WARRANT,
    Match,
    audit,
    issuer_list,
    said,
    signed,
)
from tests.builders_tiles import flipped


def test_every_link_of_a_whole_bundle_is_proven_but_the_evaluation_that_is_not_there() -> None:
    verdict = audit(Match().files())
    assert verdict.status() == 0
    assert {one.state for one in verdict.links} == {State.PROVEN, State.ABSENT}
    (absent,) = said(verdict, State.ABSENT)
    assert absent.startswith("There is no evaluation of this model profile")
    proven = " ".join(said(verdict, State.PROVEN))
    for sentence in (
        "cosigned by court and inspector",
        "The warrant was signed by 'issuer', pinned as issuer (a key for demonstrations).",
        "The lease names this very warrant by its hash.",
        "The picture was taken while the lease stood.",
        "The model profile is the one that they name, of the class DEMO.",
        "The decisions are those of different people.",
    ):
        assert sentence in proven
    assert "w1" not in bundle_in_words(verdict)
    assert "Result:" in bundle_in_words(verdict)
    assert verdict.to_json()["verified"] is True


def test_what_is_not_opened_is_not_proven_and_not_wrong() -> None:
    for groups in ((), ("context",), ("operator",), ("subject",), ("context", "subject")):
        verdict = audit(Match(groups=groups).files())
        assert verdict.status() == 0
        assert verdict.status(strict=True) == 1
        closed = " ".join(said(verdict, State.NOT_OPENED))
        assert ("Who decided was not opened" in closed) is ("operator" not in groups)
        assert ("its group 'context' was not opened" in closed) is ("context" not in groups)
        assert ("its group 'subject' was not opened" in closed) is ("subject" not in groups)


def test_records_that_are_left_out_are_said_to_be_closed() -> None:
    files = Match().files()
    for record in Record:
        files.pop(record_path(record), None)
    verdict = audit(files)
    assert verdict.status() == 0
    closed = " ".join(said(verdict, State.NOT_OPENED))
    assert all(
        f"The {name} itself was not opened" in closed for name in ("warrant", "lease", "report", "model profile")
    )


def test_without_pinned_keys_nobody_is_said_to_have_signed() -> None:
    verdict = audit(Match().files(), trusted=None)
    assert verdict.status() == 0
    assert len(said(verdict, State.NOT_CHECKED)) == 3


WRONG: dict[str, tuple[Match, str]] = {
    "one reviewer twice": (Match(reviewers=("r1", "r1")), "one and the same person"),
    "one reviewer": (Match(reviewers=("r1",)), "fewer than two decisions"),
    "another alert": (Match(report={**REPORT, "report_id": "a2"}), "its 'alert' is another"),
    "another warrant": (Match(fields={"warrant": "w2"}), "its 'warrant' is another"),
    "another deployment": (Match(fields={"deployment": "d2"}), "its 'deployment' is another"),
    "another document": (Match(names={"candidate.accept": "0" * 64}), "its 'document' is another"),
    "another act": (Match(names={"warrant.import": "0" * 64}), "its 'document' is another"),
    "another lease": (Match(names={"lease.issue": "0" * 64}), "its 'document' is another"),
    "another warrant in the lease": (Match(lease={**LEASE, "warrant_sha256": "0" * 64}), "names another warrant"),
    "a camera that the warrant lacks": (Match(warrant={**WARRANT, "cameras": []}), "camera that the warrant does not"),
    "a lease that is too long": (Match(lease={**LEASE, "expires_at": "2025-12-31T10:01:00.001Z"}), "longer than"),
    "a lease after the warrant": (
        Match(warrant={**WARRANT, "not_after": "2025-12-31T10:00:59.999Z"}),
        "outside of the",
    ),
    "a lease before the warrant": (Match(warrant={**WARRANT, "not_before": "2025-12-31T10:00:00.001Z"}), "outside of"),
    "a time that is none": (Match(lease={**LEASE, "issued_at": "yesterday"}), "outside of the warrant's time"),
    "another profile": (Match(report={**REPORT, "profile_sha256": "0" * 64}), "name different model profiles"),
    "a comparison elsewhere": (Match(report={**REPORT, "camera_id": "cam-2"}), "under another lease, or elsewhere"),
    "a picture before": (
        Match(report={**REPORT, "captured_at": "2025-12-31T09:58:59.999Z"}),
        "the lease did not stand",
    ),
    "a picture after": (Match(report={**REPORT, "captured_at": "2025-12-31T10:02:00.001Z"}), "the lease did not stand"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_link_that_does_not_hold_is_named(case: str) -> None:
    match, sentence = WRONG[case]
    verdict = audit(match.files())
    assert verdict.status() == 1
    assert any(sentence in one for one in said(verdict, State.WRONG)), said(verdict, State.WRONG)


@pytest.mark.parametrize("record", list(PURPOSES))
@pytest.mark.parametrize("change", ["another key", "another purpose", "another payload"])
def test_a_record_that_its_signer_did_not_sign_is_named(record: Record, change: str) -> None:
    files = Match().files()
    one = SignedRecord.from_bytes(files[record_path(record)])
    value = json.loads(one.payload)
    match change:
        case "another key":
            one = signed(record, value, by="stranger")
        case "another purpose":
            other = signed(Record.LEASE if record is not Record.LEASE else Record.REPORT, value, by=SIGNERS[record])
            one = SignedRecord(payload=one.payload, key=one.key, signature=other.signature)
        case _:
            one = SignedRecord(payload=one.payload.replace(b"2025", b"2024"), key=one.key, signature=one.signature)
    files[record_path(record)] = one.to_bytes()
    verdict = audit(files)
    assert record_path(record) in {one.file for one in verdict.problems.of(Severity.WRONG)}


def test_entries_in_another_order_than_the_procedure_are_named() -> None:
    files = Match().files()
    bundle = Bundle.from_bytes(files["bundle.json"])
    places = dict(bundle.links)
    log_order = [(Role.START, places[Role.WARRANT]), (Role.WARRANT, places[Role.START])]
    rest = [link for link in bundle.links if link[0] not in {Role.START, Role.WARRANT}]
    files["bundle.json"] = Bundle(origin=ORIGIN, links=(*log_order, *rest)).to_bytes()
    assert audit(files).status() == 1


def test_an_entry_under_another_checkpoint_than_the_bundles_is_named() -> None:
    files = Match(older=True).files()
    verdict = audit(files)
    assert {one.file for one in verdict.problems.of(Severity.WRONG)} >= {path for path in files if "entries/" in path}


def test_a_checkpoint_without_its_quorum_is_named() -> None:
    files = Match().files()
    lines = files["checkpoint"].decode().split("\n")
    files["checkpoint"] = ("\n".join(lines[:-2]) + "\n").encode()
    verdict = audit(files)
    assert "fewer witnesses than the policy asks for" in " ".join(said(verdict, State.WRONG))


@pytest.mark.slow
def test_no_flipped_bit_of_a_bundle_makes_it_say_more() -> None:
    files = Match().files()
    whole = {(one.state, one.sentence) for one in audit(files).links if one.state is State.PROVEN}
    for path, data in files.items():
        for bit in range(0, 8 * len(data), 149):
            changed = {**files, path: flipped(data, bit // 8, 1 << bit % 8)}
            try:
                verdict = audit(changed)
            except SourceRefused:
                continue
            proven = {(one.state, one.sentence) for one in verdict.links if one.state is State.PROVEN}
            assert verdict.status() == 1 or proven < whole, (path, bit)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b'{"entries":[],"kind":"insyn/match-bundle/2","origin":"a"}',
        b'{"entries":[{"index":1,"role":"judge"}],"kind":"insyn/match-bundle/1","origin":"a"}',
        b'{"entries":[{"index":-1,"role":"lease"}],"kind":"insyn/match-bundle/1","origin":"a"}',
        b'{"entries":[{"index":true,"role":"lease"}],"kind":"insyn/match-bundle/1","origin":"a"}',
        b'{"entries":[{"index":1,"role":"lease","x":1}],"kind":"insyn/match-bundle/1","origin":"a"}',
        b'{"entries":[{"index":1,"role":"lease"},{"index":1,"role":"alert"}],"kind":"insyn/match-bundle/1","origin":"a"}',
        b'{"entries": [],"kind":"insyn/match-bundle/1","origin":"a"}',
    ],
)
def test_what_is_no_description_of_a_bundle_is_refused(data: bytes) -> None:
    with pytest.raises(DisclosureRefused):
        Bundle.from_bytes(data)
    with pytest.raises(SourceRefused):
        audit({"bundle.json": data})


def test_a_bundle_of_a_log_that_the_policy_does_not_name_is_not_read() -> None:
    files = Match().files()
    bundle = Bundle.from_bytes(files["bundle.json"])
    files["bundle.json"] = Bundle(origin="other", links=bundle.links).to_bytes()
    with pytest.raises(SourceRefused, match="does not name"):
        audit(files)


def test_a_record_with_one_key_twice_is_refused() -> None:
    record = SignedRecord(payload=b'{"a":1,"a":2}', key="0", signature=b"")
    with pytest.raises(DisclosureRefused, match="a key twice"):
        _ = record.fields


@pytest.mark.law("P1")
@pytest.mark.parametrize(
    "signers",
    [(), ("organisation of police",), ("organisation of police",) * 2, ("organisation of police", "site"), ("x", "y")],
)
def test_issuers_that_two_organisations_did_not_list_are_refused(signers: tuple[str, ...]) -> None:
    with pytest.raises(SourceRefused, match="two pinned organisations"):
        with_issuers(PINNED, issuer_list(*signers))


BOTH = ("organisation of police", "organisation of region")


@pytest.mark.law("P1")
def test_a_list_that_names_certificates_too_is_read_for_its_keys() -> None:
    listed = with_issuers(PINNED, issuer_list(*BOTH, kind="insyn/issuer-list/2"))
    assert listed == TRUSTED
    for kind, signed_as in (("1", "2"), ("2", "1"), ("3", "3")):
        names = {"kind": f"insyn/issuer-list/{kind}", "signed_as": f"insyn/issuer-list/{signed_as}"}
        with pytest.raises(SourceRefused):
            with_issuers(PINNED, issuer_list(*BOTH, **names))


def as_pdf(record: Record, value: Mapping[str, object]) -> bytes:
    made = signed(record, value)
    return SignedRecord(payload=made.payload, key="0" * 16, signature=b"", pdf_sha256="f" * 64).to_bytes()


@pytest.mark.law("A6", "E8")
def test_a_warrant_that_was_signed_as_pdf_is_named_and_not_called_proven() -> None:
    verdict = audit({**Match().files(), "records/warrant.json": as_pdf(Record.WARRANT, WARRANT)})
    (said,) = [link for link in verdict.links if "signed as a PDF" in link.sentence]
    assert said.state is State.NOT_CHECKED
    assert "f" * 64 in said.sentence
    assert verdict.status() is Status.FINE
    assert verdict.status(strict=True) is Status.WRONG
    assert not [link for link in verdict.links if "was signed by 'issuer'" in link.sentence]


@pytest.mark.law("A6", "E8")
@pytest.mark.parametrize(("record", "value"), [(Record.LEASE, LEASE), (Record.REPORT, REPORT)])
def test_nothing_else_is_signed_as_pdf(record: Record, value: Mapping[str, object]) -> None:
    verdict = audit({**Match().files(), f"records/{record.value}.json": as_pdf(record, value)})
    assert verdict.status() is Status.WRONG


@pytest.mark.law("A6", "E8")
def test_an_urgent_warrant_is_not_signed_as_pdf() -> None:
    act = as_pdf(Record.WARRANT, {**WARRANT, "type": "urgent"})
    assert audit({**Match().files(), "records/warrant.json": act}).status() is Status.WRONG


@pytest.mark.parametrize("change", [{"signature": ""}, {"pdf_sha256": 1}, {"more": ""}])
def test_a_record_has_a_signature_or_a_pdf_and_nothing_else(change: dict[str, object]) -> None:
    value = json.loads(as_pdf(Record.WARRANT, WARRANT))
    with pytest.raises(DisclosureRefused):
        SignedRecord.from_bytes(canonical({**value, **change}))
    assert SignedRecord.from_bytes(canonical(value)).to_bytes() == canonical(value)


@pytest.mark.law("P1")
def test_an_issuer_among_the_pinned_keys_is_refused() -> None:
    pinned = canonical(
        {
            "keys": [{"demo": True, "name": "court", "public": encode64(bytes(32)), "role": "issuer"}],
            "kind": "insyn/trusted-keys/1",
        }
    )
    with pytest.raises(SourceRefused):
        read_trusted(pinned)
