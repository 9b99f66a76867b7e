"""The audit of a whole export: manifest, keys, checkpoints, tree, entries, disclosures, in this order.

Nothing of the export is believed before it leads to the pinned policy. Each part goes on where another one is wrong, so
that the report names everything at once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from governance.audit.anchored_time import Brackets
from governance.audit.checkpoint import Checkpoint, parse_body
from governance.audit.cosignature import Verifiers
from governance.audit.errors import CheckpointRefused, ManifestRefused, NoteRefused, PolicyRefused, TileRefused
from governance.audit.full_replay import Audited, EntryAudit, Foreknown, scan
from governance.audit.key_chain import KeyChain
from governance.audit.manifest import PATH as MANIFEST
from governance.audit.manifest import Manifest
from governance.audit.note import ED25519, Note, VerifierKey, parse_note
from governance.audit.policy import NONE, Policy, parse_policy
from governance.audit.problems import Layer, Problems, Severity
from governance.audit.tiles import ENTRIES, WIDTH, Tile, parse_tile_path, tiles_at
from governance.audit.tree_audit import TreeAudit, entry_file
from governance.verifier.disclosures import Disclosures
from governance.verifier.listed import ListedReader, read_manifest, require_signed
from governance.verifier.report import Report
from governance.verifier.seen import FOLDER, STAMP, Readings, Seen, Stamp, compare_seen, read_anchors
from governance.verifier.signatures import VERIFIERS
from governance.verifier.sources import Source, SourceRefused

CHECKPOINT: Final = "checkpoint"
VKEYS: Final = "vkeys"
POLICY: Final = "policy"

Progress = Callable[[int, int], None]
"""(entries read, entries in all)."""


def _silent(_done: int, _all: int) -> None:
    """Show nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What an export is held against. `kept` are signed notes that the auditor kept from earlier, by a name."""

    policy: Policy
    now_ms: int
    stamp: Stamp | None = None
    kept: Mapping[str, bytes] = field(default_factory=dict)
    verify: Verifiers = VERIFIERS
    is_export: bool = True
    """Whether a manifest is to be expected: where a log is audited in its own place, there is none."""
    progress: Progress = _silent


def audit_export(source: Source, question: Question) -> Report:
    """Return what is to be said of an export.

    Raises:
        SourceRefused: it cannot be read, or holds no log.
    """
    return _Audit(source, question).report()


class _Audit:
    def __init__(self, source: Source, question: Question) -> None:
        self._source, self._question, self._policy = source, question, question.policy
        self._problems = Problems()
        self._reader = ListedReader(source, self._problems)
        self._not_checked: list[str] = []
        self._seen: list[Seen] = []

    def report(self) -> Report:
        """Carry out every part that can be carried out."""
        note, stated = self._stated_checkpoint()
        manifest = self._stated_manifest()
        if note is None and manifest is None and not any(self._reader.paths()):
            raise SourceRefused("There is neither a checkpoint nor a manifest: this is no export of a log.")
        pinned = self._pinned(*(one.origin for one in (stated, manifest and manifest[0]) if one))
        if not pinned:
            self._wrong(Layer.SIGNATURE, CHECKPOINT, "The log that lies here is none that the policy names.")
            return self._reported(origin=stated.origin if stated else "", size=0)
        sizes = {one.size for one in (stated, manifest and manifest[0]) if one}
        known = self._foreknown(sizes)
        chain = self._chain(pinned, max(sizes, default=0), known)
        self._believe_manifest(manifest, chain)
        readings = Readings(policy=self._policy, keys=chain, verify=self._question.verify, problems=self._problems)
        head = self._believe_checkpoint(note, readings)
        self._read_anchors(readings)
        disclosures = Disclosures(self._reader.read, self._reader.paths(), readings, self._problems)
        self._compare_keys(chain)
        self._compare_policy()
        size, root = self._head(head)
        if size is None:
            self._not_checked.append("Entries and tiles: neither checkpoint nor manifest says what should lie here.")
            return self._reported(origin=chain.origin, size=0)
        brackets, audited = self._replay(size, root, known, disclosures)
        self._require_newest_key(note, chain, size, audited)
        self._require_witnesses()
        return self._reported(
            origin=chain.origin,
            size=size,
            root=root,
            brackets=brackets,
            audited=audited,
            opened=disclosures.opened,
        )

    def _reported(
        self,
        *,
        origin: str,
        size: int,
        root: bytes | None = None,
        brackets: Brackets | None = None,
        audited: Audited | None = None,
        opened: tuple[str, ...] = (),
    ) -> Report:
        self._reader.compare_the_rest()
        return Report(
            origin=origin,
            size=size,
            root=root,
            now_ms=self._question.now_ms,
            problems=self._problems,
            audited=audited,
            brackets=brackets or Brackets(()),
            seen=tuple(self._seen),
            opened=opened,
            not_checked=tuple(self._not_checked),
        )

    def _wrong(self, layer: Layer, file: str, sentence: str) -> None:
        self._problems.wrong(layer, file, file, sentence)

    # -- what the export states ---------------------------------------------------------------------------------------

    def _stated_checkpoint(self) -> tuple[bytes | None, Checkpoint | None]:
        data = self._source.read(CHECKPOINT)
        try:
            return data, None if data is None else parse_body(parse_note(data).text)
        except (CheckpointRefused, NoteRefused):
            return data, None

    def _stated_manifest(self) -> tuple[Manifest, Note] | None:
        data = self._source.read(MANIFEST)
        if data is None:
            if self._source.paths() is None or not self._question.is_export:
                self._not_checked.append("Manifest: there is none; every file was held against the tree alone.")
            else:
                sentence = "There is no manifest: what is not part of the tree could have been changed unseen."
                self._problems.finding(Layer.MANIFEST, MANIFEST, MANIFEST, sentence)
            return None
        try:
            return read_manifest(data)
        except ManifestRefused as error:
            self._wrong(Layer.MANIFEST, MANIFEST, f"The manifest is not believed. {error}")
            return None

    def _pinned(self, *origins: str) -> tuple[VerifierKey, ...]:
        """Return the keys that the policy pins for the first of these origins that it names."""
        keys = [log.key for log in self._policy.logs if log.key.algorithm == ED25519]
        for origin in origins:
            named = tuple(key for key in keys if key.name == origin)
            if named:
                return named
        return tuple(keys) if len({key.name for key in keys}) == 1 else ()

    def _foreknown(self, sizes: Iterable[int]) -> Foreknown:
        found = [scan(self._raw_bundles(size)) for size in sizes]
        return Foreknown(
            voided=frozenset().union(*(one.voided for one in found)),
            rotations=max((one.rotations for one in found), key=len, default=()),
        )

    def _raw_bundles(self, size: int) -> Iterator[tuple[int, int, bytes]]:
        """Yield what is there of the bundles of a stated size, up to the first that is not."""
        full, width = tiles_at(ENTRIES, size)
        for index in range(full + (width > 0)):
            tile = Tile(ENTRIES, index, WIDTH if index < full else width)
            data = self._source.read(tile.path)
            if data is None:
                return
            yield index * WIDTH, tile.width, data

    # -- what is believed of it ---------------------------------------------------------------------------------------

    def _chain(self, pinned: Sequence[VerifierKey], size: int, known: Foreknown) -> KeyChain:
        chain = KeyChain(
            pinned, verify=self._question.verify.ed25519, problems=self._problems, file_of=entry_file(size)
        )
        chain.follow(known.rotations)
        return chain

    def _believe_manifest(self, manifest: tuple[Manifest, Note] | None, chain: KeyChain) -> None:
        if manifest is None:
            return
        listed, note = manifest
        try:
            require_signed(note, chain.every, self._question.verify.ed25519)
        except ManifestRefused as error:
            self._wrong(Layer.MANIFEST, MANIFEST, f"The manifest is not believed. {error}")
            return
        if listed.origin != chain.origin:
            self._wrong(Layer.MANIFEST, MANIFEST, "The manifest is of another log than the checkpoint.")
            return
        self._reader.believe(listed)

    def _believe_checkpoint(self, note: bytes | None, readings: Readings) -> Checkpoint | None:
        self._reader.read(CHECKPOINT)  # holds it against the manifest
        if note is None:
            self._wrong(Layer.SIGNATURE, CHECKPOINT, "The checkpoint is missing: the log's own last word about itself.")
            return None
        seen = readings.note(CHECKPOINT, note)
        if seen is None:
            return None
        self._seen.append(seen)
        manifest = self._reader.manifest
        if manifest is not None and manifest.size != seen.checkpoint.size:
            sentence = (
                f"The manifest lists an export of {manifest.size} entries, and the checkpoint counts "
                f"{seen.checkpoint.size}: one of them is from another time."
            )
            self._wrong(Layer.MANIFEST, CHECKPOINT, sentence)
        return seen.checkpoint

    def _read_anchors(self, readings: Readings) -> None:
        paths, stamp = self._reader.paths(), self._question.stamp
        found = read_anchors(self._reader.read, paths, readings, stamp=stamp, problems=self._problems)
        self._seen.extend(found)
        for name, data in self._question.kept.items():
            seen = readings.note(name, data)
            if seen is not None:
                self._seen.append(seen)
        if stamp is None and any(path.startswith(FOLDER) and path.endswith(STAMP) for path in paths):
            self._not_checked.append("Time-stamps: no certificate of an authority was named (--tsa).")
        if self._source.paths() is None and self._reader.manifest is None:
            self._not_checked.append("Anchors and disclosures: a server without a manifest does not list them.")

    def _compare_keys(self, chain: KeyChain) -> None:
        data = self._reader.read(VKEYS)
        lines = (data or b"").decode("utf-8", "replace").splitlines(keepends=True)
        known = [f"{key.text}\n" for key in chain.every]
        if data is not None and (lines != known if chain.rotations else not lines or not set(lines) <= set(known)):
            sentence = f"{VKEYS} does not list the log's keys as the pinned key and the entries give them."
            self._wrong(Layer.POLICY, VKEYS, sentence)

    def _compare_policy(self) -> None:
        data = self._reader.read(POLICY)
        try:
            other = data is not None and parse_policy(data) != self._policy
        except PolicyRefused as error:
            self._wrong(Layer.POLICY, POLICY, f"The policy that lies here cannot be read. {error}")
            return
        if other:
            sentence = f"The export's own {POLICY} is not the pinned one, which alone was believed; ask which is right."
            self._problems.finding(Layer.POLICY, POLICY, POLICY, sentence)

    def _head(self, checkpoint: Checkpoint | None) -> tuple[int | None, bytes | None]:
        """Return the size and root to audit: the checkpoint's, else the manifest's with a root that others saw."""
        if checkpoint is not None:
            return checkpoint.size, checkpoint.root
        manifest = self._reader.manifest
        if manifest is None:
            return None, None
        roots = [one.checkpoint.root for one in self._seen if one.checkpoint.size == manifest.size]
        return manifest.size, roots[0] if roots else None

    # -- the pass over everything -------------------------------------------------------------------------------------

    def _replay(
        self, size: int, root: bytes | None, known: Foreknown, disclosures: Disclosures
    ) -> tuple[Brackets, Audited]:
        problems, file_of = self._problems, entry_file(size)
        brackets = Brackets(anchor for seen in self._seen for anchor in seen.anchors if anchor.size <= size)
        tree = TreeAudit(self._reader.read, size=size, root=root, problems=problems, older=self._older(size))
        entries = EntryAudit(problems=problems, file_of=file_of, brackets=brackets, voided=known.voided)
        wanted = sorted({one.checkpoint.size for one in (*self._seen, *disclosures.seen)}, reverse=True)
        roots: dict[int, bytes] = {}
        for bundle in tree.bundles():
            end = bundle.first + len(bundle.entries)
            while wanted and wanted[-1] <= end:
                asked = wanted.pop()
                if asked > bundle.first:
                    roots[asked] = bundle.root_at(asked)
            entries.take(bundle)
            self._question.progress(end, size)
        tree.finish()
        audited = entries.finish(now_ms=self._question.now_ms)
        disclosures.finish(entries.erasures)
        others = (*(one for one in self._seen if one.file != CHECKPOINT), *disclosures.seen)
        compare_seen(
            others, size=size, roots=roots, entries_after=lambda saw: file_of(max(saw - 1, 0)), problems=problems
        )
        return brackets, audited

    def _older(self, size: int) -> Iterator[Tile]:
        """Yield partial tiles of earlier sizes, which a published log keeps for a while."""
        for path in self._reader.paths():
            try:
                tile = parse_tile_path(path)
            except TileRefused:
                continue
            full, width = tiles_at(tile.level, size)
            if not tile.is_full and (tile.index < full or (tile.index == full and tile.width < width)):
                yield tile

    def _require_newest_key(self, note: bytes | None, chain: KeyChain, size: int, audited: Audited) -> None:
        if note is None or not chain.rotations:
            return
        newest = chain.of_size(size, time_ms=audited.last_ms)[-1]
        try:
            signed = bool(parse_note(note).signatures_of(newest))
        except NoteRefused:
            return
        if not signed:
            sentence = "The checkpoint is not signed by the log's newest key, so nobody has shown to hold it."
            self._wrong(Layer.KEYS, CHECKPOINT, sentence)

    def _require_witnesses(self) -> None:
        if self._policy.quorum == NONE:
            self._not_checked.append("Witnesses: the policy asks for none, so the log's operator alone vouches for it.")
            return
        is_named = any(one.layer is Layer.WITNESS for one in self._problems.of(Severity.WRONG))
        if not is_named and not any(one.layer is Layer.WITNESS and one.time_ms is not None for one in self._seen):
            sentence = "The policy asks for witnesses, and no checkpoint here is cosigned by as many as it asks for."
            self._wrong(Layer.WITNESS, CHECKPOINT, sentence)
