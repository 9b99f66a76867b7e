"""The one signature of a PDF (PAdES baseline B, ETSI EN 319 142-1; CMS, RFC 5652), over the whole file but itself.

No chain is built and nobody is asked: the caller believes a certificate because its SHA-256 stands in the list of
issuers, or does not. A time-stamp inside the signature is neither needed nor looked at.
"""

import re
from typing import Any, Final

from asn1crypto import cms, core, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import extract_certificate_info, find_unique_cms_attribute
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from signed_pdf.document import entry
from signed_pdf.errors import PdfRefused

_SUBFILTER: Final = "/ETSI.CAdES.detached"
_DIGESTS: Final = frozenset({"sha256", "sha384", "sha512"})
_CURVES: Final = frozenset({"secp256r1", "secp384r1", "secp521r1"})
_LEAST_RSA_BITS: Final = 2048
_MAY_SIGN: Final = frozenset({"digital_signature", "non_repudiation"})
_HEX: Final = re.compile(rb"<(?:[0-9A-Fa-f]{2})+>", re.ASCII)


def signer_of(data: bytes, reader: PdfFileReader, values: list[Any]) -> x509.Certificate:
    """Return the certificate whose key signed every byte of this file but the signature itself.

    Raises:
        PdfRefused: there is not exactly one signature, it is of another kind, leaves something out, is weak, or wrong.
    """
    signature = _the_one(reader, values)
    _require_whole_file(data, reader, signature)
    signed = _signed_data(signature.pkcs7_content)
    certificate = extract_certificate_info(signed).signer_cert
    (signer,) = signed["signer_infos"]
    _require_strong(signer, certificate)
    _require_named(signer)
    digest = signature.compute_digest(signer["digest_algorithm"]["algorithm"].native)
    intact, valid = validate_sig_integrity(signer, certificate, "data", digest)
    if not (intact and valid):
        raise PdfRefused("The signature of this PDF is wrong: the file was changed, or another key signed.")
    return certificate


def _the_one(reader: PdfFileReader, values: list[Any]) -> EmbeddedPdfSignature:
    """Return the only signature there is. A second one, even one that no field shows, refuses the file."""
    fields = entry(entry(reader.root, "/AcroForm", {}), "/Fields", [])
    dictionaries = [one for one in values if "/ByteRange" in one]
    signatures = reader.embedded_signatures
    if [len(one) for one in (signatures, dictionaries, fields)] != [1, 1, 1]:
        raise PdfRefused("A warrant as PDF bears exactly one signature, and no other form field.")
    signature: EmbeddedPdfSignature = signatures[0]
    if signature.sig_object is not dictionaries[0] or sum("/FT" in one for one in values) != 1:
        raise PdfRefused("A warrant as PDF bears exactly one signature, and no other form field.")
    kind = entry(signature.sig_object, "/Type", "/Sig"), entry(signature.sig_object, "/SubFilter")
    if kind != ("/Sig", _SUBFILTER):
        raise PdfRefused("The signature of this PDF is no PAdES one (ETSI.CAdES.detached).")
    return signature


def _require_whole_file(data: bytes, reader: PdfFileReader, signature: EmbeddedPdfSignature) -> None:
    """Refuse where anything but the signature's own digits is left out, or something was added after it."""
    ranges = [int(one) if isinstance(one, generic.NumberObject) else -1 for one in signature.byte_range]
    if len(ranges) != 4:
        raise PdfRefused("The signature of this PDF does not cover the whole file.")
    begin, before, after, rest = ranges
    gap = data[before:after] if 0 < before < after else b""
    if begin != 0 or rest <= 0 or after + rest != len(data) or not _HEX.fullmatch(gap):
        raise PdfRefused("The signature of this PDF does not cover the whole file.")
    # What was left out must be the very signature that the file's own dictionary leads to, and nothing else.
    if bytes.fromhex(gap[1:-1].decode("ascii")) != signature.pkcs7_content:
        raise PdfRefused("The part that this PDF's signature leaves out is not the signature.")
    if signature.signed_revision != reader.total_revisions - 1:
        raise PdfRefused("This PDF was changed after it was signed.")


def _signed_data(contents: bytes) -> cms.SignedData:
    """Return the CMS structure, of one signer, over content that lies outside it; after it there are zeros alone."""
    message = cms.ContentInfo.load(contents)
    if contents[len(message.dump()) :].strip(b"\0") or message["content_type"].native != "signed_data":
        raise PdfRefused("The signature of this PDF is not one CMS signature.")
    signed = message["content"]
    enclosed = signed["encap_content_info"]
    outside = enclosed["content_type"].native == "data" and enclosed["content"].native is None
    if not outside or len(signed["signer_infos"]) != 1:
        raise PdfRefused("The signature of this PDF is not one CMS signature.")
    return signed


def _require_strong(signer: cms.SignerInfo, certificate: x509.Certificate) -> None:
    """Refuse what is not SHA-256 or better with RSA from 2048 bits, ECDSA from P-256, or Ed25519."""
    algorithm = signer["signature_algorithm"]
    digests = {signer["digest_algorithm"]["algorithm"].native}
    kind = algorithm.signature_algo
    if kind == "rsassa_pss":
        parameters = algorithm["parameters"]
        digests.add(parameters["hash_algorithm"]["algorithm"].native)
        digests.add(parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native)
    elif algorithm["algorithm"].native not in {"rsassa_pkcs1v15", "ed25519"}:
        digests.add(algorithm.hash_algo)
    if not digests <= _DIGESTS or not _is_strong_key(kind, certificate.public_key):
        raise PdfRefused("This PDF is signed with a hash or a key that is too weak, or of a kind not used here.")
    usage = certificate.key_usage_value
    if usage is not None and not _MAY_SIGN & usage.native:
        raise PdfRefused("The certificate that signed this PDF is not for signing documents.")


def _is_strong_key(kind: str, key: Any) -> bool:
    if kind in {"rsassa_pkcs1v15", "rsassa_pss"}:
        return bool(key.algorithm in {"rsa", "rsassa_pss"} and key.bit_size >= _LEAST_RSA_BITS)
    if kind == "ecdsa":
        return bool(key.algorithm == "ec" and key.curve[1] in _CURVES)
    return bool(kind == key.algorithm == "ed25519")


def _require_named(signer: cms.SignerInfo) -> None:
    """PAdES: what is signed names the certificate by a hash, so that no other one with the same key takes its place."""
    attributes = signer["signed_attrs"]
    if attributes is core.VOID or not len(attributes):
        raise PdfRefused("The signature of this PDF does not say which certificate it was made under.")
    try:
        named = find_unique_cms_attribute(attributes, "signing_certificate_v2")
    except (KeyError, ValueError) as error:
        raise PdfRefused("The signature of this PDF does not say which certificate it was made under.") from error
    if named["certs"][0]["hash_algorithm"]["algorithm"].native not in _DIGESTS:
        raise PdfRefused("This PDF is signed with a hash or a key that is too weak, or of a kind not used here.")
