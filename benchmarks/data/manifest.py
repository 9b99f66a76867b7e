"""A set held fast by hashes, so that two organisations can sign it before anything is measured.

No order, no name of a file and no name of a person matters: the hashes are over sorted lists. Whoever has the scores
of each picture can make them again, and so show that no picture was left out and no label or pair changed.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.data.errors import DataRefused
from benchmarks.data.pictures import DataSheet, Picture, PictureSet
from contracts.evaluation_records import DataManifest, SplitHash

VIEW2 = "view2"
"""The split of LFW's ten times 600 pairs."""
PERSON = "person "
"""What the key of somebody whom a set names begins with."""


@dataclass(frozen=True)
class PictureTable:
    """The pictures of a set, a row each: the SHA-256 (32 bytes), a running number for the person, the labels."""

    hashes: NDArray[np.uint8]
    people: NDArray[np.uint32]
    groups: Mapping[str, tuple[str, ...]]

    @property
    def size(self) -> int:
        """How many pictures there are."""
        return int(self.people.size)


def person_key(picture: Picture, sha256: str) -> str:
    """By what a person is told from others: the name that the set gives, or else the picture."""
    return f"picture {sha256}" if picture.person is None else f"{PERSON}{picture.person}"


def running_numbers(keys: Iterable[str]) -> dict[str, int]:
    """A number for each person, in the order of their keys. No name can be read from it."""
    return {key: number for number, key in enumerate(sorted(set(keys)))}


def table_of(pictures: Sequence[Picture], hashes: Sequence[str], numbers: Mapping[str, int]) -> PictureTable:
    """The table of pictures whose SHA-256 stand beside them; an absent label is empty."""
    people = [numbers[person_key(one, sha256)] for one, sha256 in zip(pictures, hashes, strict=True)]
    kinds = sorted({kind for one in pictures for kind in one.groups})
    return PictureTable(
        np.frombuffer(bytes.fromhex("".join(hashes)), dtype=np.uint8).reshape(-1, 32),
        np.array(people, dtype=np.uint32),
        {kind: tuple(one.groups.get(kind, "") for one in pictures) for kind in kinds},
    )


def manifest_of(sheet: DataSheet, table: PictureTable, splits: Mapping[str, str] | None = None) -> DataManifest:
    """The manifest of a set, not signed yet; `splits` has the SHA-256 of each list that belongs to it."""
    if not table.size:
        raise DataRefused(f"{sheet.name} has no picture to put into a manifest.")
    return DataManifest(
        name=sheet.name,
        source=sheet.source,
        licence=sheet.licence,
        labels=sheet.labels.value,
        pictures=table.size,
        people=int(np.unique(table.people).size),
        pictures_sha256=pictures_sha256(table),
        labels_sha256=labels_sha256(table),
        people_sha256=people_sha256(table),
        splits=tuple(SplitHash(name=name, sha256=(splits or {})[name]) for name in sorted(splits or {})),
    )


def manifest_of_set(pictures: PictureSet, splits: Mapping[str, Sequence[Sequence[tuple[str, str]]]]) -> DataManifest:
    """Read every picture of a set and make its manifest; a split has for each fold the names of its pairs."""
    hashes = [hashlib.sha256(pictures.files.read(one.name)).hexdigest() for one in pictures.pictures]
    numbers = running_numbers(person_key(one, sha256) for one, sha256 in zip(pictures.pictures, hashes, strict=True))
    of = {one.name: bytes.fromhex(sha256) for one, sha256 in zip(pictures.pictures, hashes, strict=True)}
    told = {
        name: pairs_sha256((fold, of[first], of[second]) for fold, pairs in enumerate(folds) for first, second in pairs)
        for name, folds in splits.items()
    }
    return manifest_of(pictures.sheet, table_of(pictures.pictures, hashes, numbers), told)


def pictures_sha256(table: PictureTable) -> str:
    """SHA-256 over the sorted hashes of the pictures."""
    return hashlib.sha256(b"".join(sorted(_rows(table)))).hexdigest()


def labels_sha256(table: PictureTable) -> str:
    """SHA-256 over the sorted lines of each picture's hash with its labels."""
    kinds = sorted(table.groups)
    lines = []
    for at, sha256 in enumerate(_rows(table)):
        labels = {kind: table.groups[kind][at] for kind in kinds if table.groups[kind][at]}
        lines.append(json.dumps([sha256.hex(), labels], sort_keys=True, separators=(",", ":")) + "\n")
    return hashlib.sha256("".join(sorted(lines)).encode("ascii")).hexdigest()


def people_sha256(table: PictureTable) -> str:
    """SHA-256 over the sorted hashes of the people, each over the sorted hashes of that person's pictures."""
    pictures: dict[int, list[bytes]] = {}
    for number, sha256 in zip(table.people.tolist(), _rows(table), strict=True):
        pictures.setdefault(number, []).append(sha256)
    people = [hashlib.sha256(b"".join(sorted(one))).digest() for one in pictures.values()]
    return hashlib.sha256(b"".join(sorted(people))).hexdigest()


def pairs_sha256(pairs: Iterable[tuple[int, bytes, bytes]]) -> str:
    """SHA-256 over the sorted lines of each pair: its fold and the hashes of both pictures."""
    lines = [f"{fold} {first.hex()} {second.hex()}\n" for fold, first, second in pairs]
    return hashlib.sha256("".join(sorted(lines)).encode("ascii")).hexdigest()


def _rows(table: PictureTable) -> list[bytes]:
    return [row.tobytes() for row in table.hashes]
