"""Known answers for time-stamps: rfc3161-client's own test authority, and sigstore's staging authority."""

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from rfc3161_client import decode_timestamp_response

from governance.adapters.log.openssl import Openssl
from governance.verifier.time_stamp import PinnedAuthority, Stamped, TimeStampRefused, open_stamp, stamped_time
from tests.builders_authority import certified, require_openssl

HELLO = b"hello"


@pytest.fixture(scope="module")
def vectors(test_data: Path) -> Mapping[str, bytes]:
    loaded = json.loads((test_data / "vectors" / "tlog_vectors.json").read_text())["rfc3161"]
    return {name: base64.b64decode(value) for name, value in loaded.items() if name.endswith("_b64")}


def certificates(pem: bytes) -> list[bytes]:
    end = b"-----END CERTIFICATE-----\n"
    return [part + end for part in pem.split(end) if part.strip()]


def test_the_good_ones_are_accepted(vectors: Mapping[str, bytes]) -> None:
    pinned = PinnedAuthority.from_pem([vectors["chain_pem_b64"]])
    assert hashlib.sha512(HELLO).digest() in vectors["request_der_b64"]
    stamped = open_stamp(vectors["response_tsr_b64"], HELLO, pinned=pinned, nonce=3937359519792308179)
    assert stamped.time.isoformat() == "2024-10-08T15:40:32+00:00"
    assert stamped.authority == "CN=Test TSA Timestamping,O=local"
    for name, second in (("sha256", 55), ("sha512", 56)):
        time = stamped_time(vectors[f"sigstage_{name}_tsr_b64"], HELLO, vectors["sigstage_chain_pem_b64"])
        assert time.isoformat() == f"2025-05-09T11:58:{second}+00:00"


def test_between_certificates_may_come_beside_the_stamp_and_a_root_may_not(vectors: Mapping[str, bytes]) -> None:
    signer, between, root = certificates(vectors["chain_pem_b64"])
    pinned = PinnedAuthority.from_pem([root])
    token = vectors["response_tsr_b64"]
    assert open_stamp(token, HELLO, pinned=pinned, beside=between).authority == "CN=Test TSA Timestamping,O=local"
    with pytest.raises(TimeStampRefused, match="vouches"):
        open_stamp(token, HELLO, pinned=pinned)
    stranger = PinnedAuthority.from_pem([certified("Test TSA Root", may_issue=True).pem])
    with pytest.raises(TimeStampRefused, match="vouches"):
        open_stamp(token, HELLO, pinned=stranger, beside=signer + between + root)


def test_the_bad_ones_are_refused(vectors: Mapping[str, bytes]) -> None:
    pinned = PinnedAuthority.from_pem([vectors["chain_pem_b64"]])
    other = vectors["other_response_tsr_b64"]
    with pytest.raises(TimeStampRefused, match="vouches"):
        open_stamp(other, HELLO, pinned=pinned)
    with pytest.raises(TimeStampRefused, match="answers another request"):
        open_stamp(vectors["response_tsr_b64"], HELLO, pinned=pinned, nonce=1)
    with pytest.raises(TimeStampRefused, match="other bytes"):
        open_stamp(vectors["response_tsr_b64"], b"Hello", pinned=pinned)
    staged = PinnedAuthority.from_pem([vectors["sigstage_chain_pem_b64"]])
    with pytest.raises(TimeStampRefused, match="signature"):
        open_stamp(vectors["sigstage_invalid-signature_tsr_b64"], HELLO, pinned=staged)


def test_a_certificate_that_was_put_in_is_nobody(vectors: Mapping[str, bytes]) -> None:
    token = vectors["injected_certs_tsr_b64"]
    pinned = PinnedAuthority.from_pem([vectors["chain_pem_b64"]])
    assert open_stamp(token, HELLO, pinned=pinned).authority == "CN=Test TSA Timestamping,O=local"
    _, between, root = certificates(vectors["chain_pem_b64"])
    spoofed = [pem for pem in carried(token) if b"Spoofed" in base64.b64decode(b"".join(pem.split(b"\n")[1:-2]))]
    assert len(spoofed) == 1
    with pytest.raises(TimeStampRefused, match="leads to none of the pinned roots"):
        PinnedAuthority.from_pem([root, between, *spoofed])
    with pytest.raises(TimeStampRefused, match="no root"):
        PinnedAuthority.from_pem(spoofed)
    whole = PinnedAuthority(roots=pinned.roots, between=pinned.between, signers=pinned.signers[:0])
    assert open_stamp(token, HELLO, pinned=whole, beside=spoofed[0]).authority.startswith("CN=Test TSA")
    with pytest.raises(TimeStampRefused, match="vouches"):
        open_stamp(token, HELLO, pinned=PinnedAuthority.from_pem([certified("Spoofed TSA", may_issue=True).pem]))


def carried(token: bytes) -> list[bytes]:
    """The certificates that a token carries, as PEM."""
    found = []
    for der in decode_timestamp_response(token).signed_data.certificates:
        body = base64.encodebytes(der)
        found.append(b"-----BEGIN CERTIFICATE-----\n" + body + b"-----END CERTIFICATE-----\n")
    return found


def test_openssl_agrees_with_every_answer(vectors: Mapping[str, bytes]) -> None:
    require_openssl()
    second = Openssl.installed()
    assert second is not None
    pinned = PinnedAuthority.from_pem([vectors["chain_pem_b64"], vectors["sigstage_chain_pem_b64"]])
    chains = vectors["chain_pem_b64"] + vectors["sigstage_chain_pem_b64"]

    def both(name: str, stamped: bytes) -> tuple[bool, bool]:
        token = vectors[name]
        opened: Stamped | None = None
        try:
            opened = open_stamp(token, stamped, pinned=pinned)
        except TimeStampRefused:
            time = decode_timestamp_response(token).tst_info.gen_time
        else:
            time = opened.time
        return opened is not None, second.agrees(token, stamped, roots=chains, between=chains, time=time)

    for name, good in (
        ("response_tsr_b64", True),
        ("sigstage_sha256_tsr_b64", True),
        ("sigstage_sha512_tsr_b64", True),
        ("injected_certs_tsr_b64", True),
        ("other_response_tsr_b64", False),
        ("sigstage_invalid-signature_tsr_b64", False),
    ):
        assert both(name, HELLO) == (good, good), name
        assert both(name, b"other") == (False, False), name
