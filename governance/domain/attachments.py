"""The attached decision: the PDF whose hash the act names (A6). It is kept sealed and goes with the case."""

import hashlib
from typing import Final

from governance.domain.decisions import Decision, deny, refuse_where

LARGEST_DECISION: Final = 10 * 1024 * 1024
"""Bytes. A bound of the machine, not of the law."""
_HEAD: Final = b"%PDF-1."
_HEADS: Final = (_HEAD, b"%PDF-2.")
_TAIL: Final = b"%%EOF"
_TAIL_WITHIN: Final = 1024


def may_attach(document: bytes, decision_sha256: str) -> Decision:
    """A6: the attached decision is a PDF (ISO 32000: it begins and ends as one) with the hash that was applied with."""
    if len(document) > LARGEST_DECISION:
        return deny("A6", f"The attached decision has at most {LARGEST_DECISION // (1024 * 1024)} MiB.")
    return refuse_where(
        "A6",
        (not document.startswith(_HEADS), "A6", "The attached decision is not a PDF: it does not begin as one."),
        (_TAIL not in document[-_TAIL_WITHIN:], "A6", "The attached decision is not a whole PDF: its end is missing."),
        (
            hashlib.sha256(document).hexdigest() != decision_sha256,
            "A6",
            "The attached decision is another document than the one that the application names by its hash.",
        ),
    )
