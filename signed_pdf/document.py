"""The parts of a PDF (ISO 32000-2) that matter to us: its revisions, its one attachment, nothing that acts by itself.

What a page shows is not looked at: it depends on the reader's program, its fonts and its day. What counts is the
attachment, `warrant.json`. What is refused here is what could make two programs read two documents.
"""

import io
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from signed_pdf.errors import PdfRefused

ATTACHMENT: Final = "warrant.json"
MOST_ATTACHED: Final = 512 * 1024
"""Bytes of canonical JSON; an act of a hundred cameras has a tenth of that."""
MOST_OBJECTS: Final = 5_000
MOST_REVISIONS: Final = 2
"""The document as it was written, and the signature's own. Nothing comes after."""

_MOST_VALUES: Final = 200_000
_HEADS: Final = (b"%PDF-1.", b"%PDF-2.")
_ACTS_BY_ITSELF: Final = frozenset(
    {
        "/AA",
        "/Collection",
        "/Encrypt",
        "/JS",
        "/JavaScript",
        "/OCProperties",
        "/OpenAction",
        "/RichMediaContent",
        "/XFA",
    }
)
"""What runs, shows different things to different people, or opens something else."""
_ACTIONS: Final = frozenset(
    {
        "/GoTo3DView",
        "/GoToDp",
        "/GoToE",
        "/GoToR",
        "/Hide",
        "/ImportData",
        "/JavaScript",
        "/Launch",
        "/Movie",
        "/Named",
        "/Rendition",
        "/ResetForm",
        "/RichMediaExecute",
        "/SetOCGState",
        "/Sound",
        "/SubmitForm",
        "/Thread",
        "/Trans",
        "/URI",
    }
)


def opened(data: bytes) -> PdfFileReader:
    """Return the file, read strictly, if it is one document, open, of at most two revisions, and does nothing.

    Raises:
        PdfRefused: one of these does not hold.
    """
    if not data.startswith(_HEADS):
        raise PdfRefused("This is no PDF: it does not begin as one.")
    if not data.rstrip(b"\r\n").endswith(b"%%EOF"):
        raise PdfRefused("This PDF does not end as one; something is missing or follows.")
    reader = PdfFileReader(io.BytesIO(data), strict=True)
    if reader.encrypted:
        raise PdfRefused("This PDF is encrypted.")
    if reader.xrefs.hybrid_xrefs_present:
        raise PdfRefused("This PDF has two tables of contents; programs could read different documents.")
    if reader.total_revisions > MOST_REVISIONS:
        raise PdfRefused("This PDF was changed more than once; only the signature may be added to it.")
    return reader


def all_values(reader: PdfFileReader) -> list[Any]:
    """Return every dictionary of the file, streams too, whether something refers to it or not.

    Raises:
        PdfRefused: there are too many, or one of them does something by itself.
    """
    found = list(_dictionaries(_roots(reader)))
    for one in found:
        if _ACTS_BY_ITSELF & one.keys() or _name(one, "/S") in _ACTIONS:
            raise PdfRefused("This PDF holds a script, an action, layers, a form or a cipher; a warrant needs none.")
        if isinstance(one, generic.StreamObject) and {"/F", "/FFilter"} & one.keys():
            raise PdfRefused("This PDF takes a part of itself from elsewhere.")
        if _name(one, "/Type") == "/Annot" and _name(one, "/Subtype") != "/Widget":
            raise PdfRefused("This PDF has notes or drawings on its pages; a warrant needs none.")
    _require_bare_pages(found)
    return found


def _require_bare_pages(found: Iterable[Any]) -> None:
    """An annotation need not say that it is one; its page does."""
    for page in found:
        notes = _elements(entry(page, "/Annots", []))
        if any(_name(note, "/Subtype") != "/Widget" for note in notes):
            raise PdfRefused("This PDF has notes or drawings on its pages; a warrant needs none.")


def _roots(reader: PdfFileReader) -> Iterator[Any]:
    references = set()
    for revision in range(reader.total_revisions):
        references |= reader.xrefs.explicit_refs_in_revision(revision)
    if len(references) > MOST_OBJECTS:
        raise PdfRefused("This PDF has too many parts for a warrant.")
    yield reader.trailer.flatten()
    for reference in references:
        yield _object(reader, reference)


def _object(reader: PdfFileReader, reference: generic.Reference) -> Any:
    return reader.get_object(reference)  # type: ignore[no-untyped-call]  # the library gives it no types


def _dictionaries(roots: Iterable[Any]) -> Iterator[Any]:
    """Go through values without following references: every object is a root."""
    waiting, seen = list(roots), 0
    while waiting:
        value = waiting.pop()
        seen += 1
        if seen > _MOST_VALUES:
            raise PdfRefused("This PDF has too many parts for a warrant.")
        if isinstance(value, generic.DictionaryObject):
            yield value
            waiting += [value.raw_get(key) for key in value]
        elif isinstance(value, generic.ArrayObject):
            waiting += [value.raw_get(index) for index in range(len(value))]


def _name(value: Any, key: str) -> str | None:
    found = entry(value, key) if isinstance(value, generic.DictionaryObject) else None
    return str(found) if isinstance(found, generic.NameObject) else None


def attachment(reader: PdfFileReader, values: list[Any]) -> bytes:
    """Return the bytes of the one attached file, `warrant.json`.

    Raises:
        PdfRefused: there is none, there are several, it bears another name, or it is too large.
    """
    described = [one for one in values if "/EF" in one]
    streams = [one for one in values if _name(one, "/Type") == "/EmbeddedFile"]
    listed = _listed(reader)
    if len(described) != 1 or len(streams) != 1 or len(listed) != 1:
        raise PdfRefused(f"A warrant as PDF has exactly one file attached, '{ATTACHMENT}'.")
    (file,) = listed
    held = entry(file, "/EF", {})
    contents = {held.raw_get(key).reference for key in held if isinstance(held.raw_get(key), generic.IndirectObject)}
    names = {str(file[key]) for key in ("/F", "/UF") if key in file}
    if file is not described[0] or len(contents) != 1 or _object(reader, *contents) is not streams[0]:
        raise PdfRefused("The file attached to this PDF is not the one that it lists.")
    if names != {ATTACHMENT}:
        raise PdfRefused(f"The file attached to this PDF is not called '{ATTACHMENT}'.")
    return _unpacked(streams[0])


def _listed(reader: PdfFileReader) -> list[Any]:
    """Return the files of the catalogue's list of attachments, which must be one flat list."""
    tree = entry(entry(reader.root, "/Names", {}), "/EmbeddedFiles", {})
    pairs = entry(tree, "/Names", [])
    return [] if "/Kids" in tree or len(pairs) % 2 else _elements(pairs)[1::2]


def entry(value: Any, key: str, otherwise: Any = None) -> Any:
    """Return what a dictionary holds under a key, or refers to."""
    # `get` would return the reference itself, behind which a forbidden name could hide.
    return value[key] if key in value else otherwise  # noqa: SIM401


def _elements(array: Any) -> list[Any]:
    """Return what an array holds, or refers to."""
    return [array[index] for index in range(len(array))]


def _unpacked(stream: Any) -> bytes:
    """Return a stream's bytes: as they stand, or Flate, and never more than `MOST_ATTACHED`."""
    packed: bytes = stream.encoded_data
    filters = entry(stream, "/Filter", [])
    names = [str(one) for one in ([filters] if isinstance(filters, generic.NameObject) else _elements(filters))]
    if names not in ([], ["/FlateDecode"]) or "/DecodeParms" in stream:
        raise PdfRefused("The file attached to this PDF is packed in a way that is not read here.")
    data, whole = (packed, True) if not names else _inflated(packed)
    if len(data) > MOST_ATTACHED:
        raise PdfRefused("The file attached to this PDF is too large for a warrant.")
    if not whole:
        raise PdfRefused("The file attached to this PDF is damaged.")
    return data


def _inflated(packed: bytes) -> tuple[bytes, bool]:
    inflating = zlib.decompressobj()
    try:
        data = inflating.decompress(packed, MOST_ATTACHED + 1)
    except zlib.error as error:
        raise PdfRefused("The file attached to this PDF is damaged.") from error
    return data, inflating.eof and not inflating.unused_data.strip(b"\r\n")
