"""Files held against the signed manifest as they are read, each once."""

import hashlib
from collections.abc import Sequence

from governance.audit.errors import ManifestRefused, NoteRefused
from governance.audit.manifest import PATH, Manifest, parse_manifest
from governance.audit.note import Note, VerifierKey, VerifySignature, parse_signature_lines
from governance.audit.problems import Layer, Problems
from governance.verifier.sources import Source


def read_manifest(data: bytes) -> tuple[Manifest, Note]:
    """Read a manifest with its signature lines. Nothing is verified.

    Raises:
        ManifestRefused: it is not one.
    """
    try:
        text, separator, lines = data.decode("utf-8").rpartition("\n\n")
        note = Note(text=text + "\n", signatures=parse_signature_lines(lines) if separator else ())
    except (NoteRefused, UnicodeDecodeError) as error:
        raise ManifestRefused("The manifest does not end in signature lines.") from error
    return parse_manifest(note.text), note


def require_signed(note: Note, keys: Sequence[VerifierKey], verify: VerifySignature) -> None:
    """Accept a manifest that one of the log's keys signed, and none of them wrongly.

    Raises:
        ManifestRefused: it is not signed so.
    """
    signatures = [(key, one) for key in keys for one in note.signatures_of(key)]
    message = note.text.encode()
    if not signatures or not all(verify(key.public_key, one, message) for key, one in signatures):
        raise ManifestRefused("It is not signed by the log, or was changed after it was signed.")


class ListedReader:
    """Reads files of a source. Where there is a signed manifest, each is compared with its line when first read."""

    def __init__(self, source: Source, problems: Problems) -> None:
        self._source, self._problems = source, problems
        self._manifest: Manifest | None = None
        self._compared: set[str] = set()

    @property
    def manifest(self) -> Manifest | None:
        """The manifest, once it was believed."""
        return self._manifest

    def believe(self, manifest: Manifest) -> None:
        """Compare every file with this manifest from now on."""
        self._manifest = manifest

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, or nothing where there is none."""
        data = self._source.read(path)
        if self._manifest is not None and path not in self._compared:
            self._compare(path, data, self._manifest)
        return data

    def paths(self) -> tuple[str, ...]:
        """Return the paths of the files as they lie there; where that cannot be seen, as the manifest lists them."""
        listed = self._source.paths()
        if listed is not None:
            return listed
        return () if self._manifest is None else tuple(sorted(self._manifest.files))

    def compare_the_rest(self) -> None:
        """Compare the files that nobody has asked for yet, and name those that the manifest does not list."""
        if self._manifest is None:
            return
        for path in self._manifest.files:
            self.read(path)
        for path in self._source.paths() or ():
            if path not in self._manifest.files and path != PATH:
                sentence = f"{path!a} lies in the export, and the log's manifest does not list it: it was added later."
                self._problems.finding(Layer.MANIFEST, path, "file", sentence)

    def _compare(self, path: str, data: bytes | None, manifest: Manifest) -> None:
        self._compared.add(path)
        wanted = manifest.files.get(path)
        if wanted is None:
            return
        if data is None:
            sentence = f"{path} is listed in the log's manifest and is missing, or cannot be read."
            self._problems.wrong(Layer.MANIFEST, path, "file", sentence)
        elif hashlib.sha256(data).digest() != wanted:
            sentence = f"{path} was altered: its SHA-256 is not the one in the manifest that the log signed."
            self._problems.wrong(Layer.MANIFEST, path, "file", sentence)
