"""Whom a time-stamp is believed from: certificates alone, without an authority."""

from datetime import UTC, datetime, timedelta

import pytest

from governance.verifier import time_stamp
from governance.verifier.time_stamp import (
    PinnedAuthority,
    Stamped,
    TimeStampRefused,
    open_renewed,
    open_stamp,
    renewal_subject,
)
from tests.builders_authority import BEGIN, END, Certified, certified

ROOT = certified("Root", may_issue=True)
BETWEEN = certified("Between", ROOT, may_issue=True)
SIGNER = certified("Signer", BETWEEN, may_stamp=True)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def way(start: Certified, *others: Certified, roots: tuple[Certified, ...] = (ROOT,), time: datetime = NOON) -> object:
    found = time_stamp._way(
        start.certificate, [one.certificate for one in others], [one.certificate for one in roots], time
    )
    return None if found is None else [one.subject.rfc4514_string() for one in found]


def test_the_way_from_a_signer_to_a_root_is_found_whatever_else_is_there() -> None:
    stranger = certified("Between", certified("Root", may_issue=True), may_issue=True)
    assert way(SIGNER, BETWEEN) == ["CN=Signer", "CN=Between", "CN=Root"]
    assert way(SIGNER, stranger, BETWEEN, stranger) == ["CN=Signer", "CN=Between", "CN=Root"]
    assert way(SIGNER, stranger) is None
    assert way(SIGNER) is None


def test_a_certificate_that_may_not_issue_others_vouches_for_nobody() -> None:
    no_issuer = certified("Between", ROOT)
    signer = certified("Signer", no_issuer, may_stamp=True)
    assert way(signer, no_issuer) is None


def test_nobody_is_vouched_for_outside_the_time_of_a_certificate() -> None:
    short = certified("Between", ROOT, may_issue=True, end=NOON)
    signer = certified("Signer", short, may_stamp=True, begin=BEGIN)
    assert way(signer, short, time=NOON) is not None
    assert way(signer, short, time=NOON + timedelta(seconds=1)) is None
    assert way(signer, short, time=BEGIN) is not None
    assert way(signer, short, time=BEGIN - timedelta(seconds=1)) is None
    assert way(SIGNER, BETWEEN, time=END + timedelta(seconds=1)) is None


def test_many_certificates_that_vouch_for_each_other_are_no_burden() -> None:
    ring = [certified("Same", may_issue=True)]
    ring += [certified("Same", ring[0], may_issue=True) for _ in range(30)]
    assert way(certified("Signer", ring[0], may_stamp=True), *ring) is None


def test_a_way_is_not_endless() -> None:
    chain = [ROOT]
    for number in range(7):
        chain.append(certified(f"Number {number}", chain[-1], may_issue=True))
    assert way(chain[5], *chain[1:5]) is not None
    assert way(chain[7], *chain[1:7]) is None


def test_without_a_root_nothing_is_pinned() -> None:
    for files in ([], [SIGNER.pem], [BETWEEN.pem, SIGNER.pem]):
        with pytest.raises(TimeStampRefused, match="no root"):
            PinnedAuthority.from_pem(files)
    with pytest.raises(TimeStampRefused, match="not PEM"):
        PinnedAuthority.from_pem([b"not a certificate"])
    with pytest.raises(TimeStampRefused, match="larger"):
        PinnedAuthority.from_pem([bytes(100_000)])


@pytest.mark.parametrize("token", [b"", b"\x30", b"\x30\x03\x02\x01\x00", bytes(100_000), b"\x30\x84\xff\xff\xff\xff"])
def test_what_is_no_time_stamp_is_refused_in_one_sentence(token: bytes) -> None:
    with pytest.raises(TimeStampRefused, match=r"no time-stamp as RFC 3161 has it\.$"):
        open_stamp(token, b"note", pinned=PinnedAuthority.from_pem([ROOT.pem]))


def test_a_renewal_after_the_certificates_had_run_out_is_worth_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    said: dict[bytes, Stamped] = {}
    monkeypatch.setattr(time_stamp, "open_stamp", lambda token, _subject, **_options: said[token])
    short = certified("Signer", ROOT, may_stamp=True, end=NOON + timedelta(days=1))
    stamps = [(b"first", b""), (b"second", b"")]
    pinned = PinnedAuthority.from_pem([ROOT.pem])

    def renewed_at(time: datetime) -> tuple[Stamped, ...]:
        said[b"first"] = Stamped(time=NOON, way=(short.certificate, ROOT.certificate))
        said[b"second"] = Stamped(time=time, way=(SIGNER.certificate, ROOT.certificate))
        return open_renewed(b"note", stamps, pinned=pinned)

    assert [one.time for one in renewed_at(NOON + timedelta(days=1))] == [NOON, NOON + timedelta(days=1)]
    for wrong in (NOON + timedelta(days=1, seconds=1), NOON - timedelta(seconds=1)):
        with pytest.raises(TimeStampRefused, match="run out"):
            renewed_at(wrong)


def test_a_renewals_subject_names_every_part_in_its_order() -> None:
    a, b = (b"token a", b"chain a"), (b"token b", b"chain b")
    subjects = {
        renewal_subject(b"note", stamps) for stamps in ([], [a], [b], [a, b], [b, a], [(b"token a", b"chain b")])
    }
    assert len(subjects) == 6
    assert renewal_subject(b"note", [a]).startswith(b"insyn/time-stamp-renewal/1\n")
