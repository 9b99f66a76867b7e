"""The score file: what the runs write, and from which every figure of the gate is computed anew.

It has no name of a person or a picture: a running number for each person, the SHA-256 of each picture.
`score_checks.open_scores` refuses what does not agree with itself; `score_checks.require_manifests` refuses what does
not agree with the data that two organisations signed, such as a file from which somebody's errors were dropped.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.errors import ScoresRefused
from benchmarks.accuracy.score_container import Array, array_bytes, pack, read_array, unpack
from benchmarks.data.manifest import PictureTable
from benchmarks.metrics.scores import Scores
from contracts import canonical
from contracts.errors import Malformed
from contracts.fields import Fields
from contracts.model_profile import ScoreKind

KIND: Final = "insyn/score-file/1"
Places = NDArray[np.uint32]


@dataclass(frozen=True)
class Part:
    """One set in the file: its pictures, which of them the product would have compared, and its manifest's SHA-256."""

    name: str
    labels: str
    manifest_sha256: str
    table: PictureTable
    accepted: NDArray[np.bool_]


@dataclass(frozen=True)
class PairScores:
    """LFW View 2: the score of each pair by the places of its pictures; NaN where a face was not found."""

    fold: NDArray[np.uint8]
    first: Places
    second: Places
    same: NDArray[np.bool_]
    score: Scores


@dataclass(frozen=True)
class ListScores:
    """One seed of one length of list: a row for each search of the half that was tested.

    `best` is the highest score with anybody on the list, `own` that with the probe's own reference, `others` how many
    others score as high as that. NaN where there is no template, or for `own` nobody of that person on the list.
    """

    seed: int
    references: Places
    probes: Places
    best: Scores
    own: Scores
    others: NDArray[np.uint32]

    @property
    def enrolled(self) -> int:
        """N."""
        return int(self.references.size)


@dataclass(frozen=True)
class ProbeScores:
    """The highest score of each picture of the second set with a list from the first; NaN without a template."""

    seed: int
    references: Places
    best: Scores

    @property
    def enrolled(self) -> int:
        """N."""
        return int(self.references.size)


@dataclass(frozen=True)
class Calibration:
    """On whom a threshold was chosen: their running numbers, and the best score of each search of theirs.

    The threshold is the lowest that keeps the target among those scores; higher is more alike.
    """

    on: str
    target: float
    enrolled: int
    threshold: float
    people: NDArray[np.uint32]
    best: Scores


@dataclass(frozen=True)
class ScoreFile:
    """All of it. `same_photograph` and `same_person` say which probes overlap with the listed set, by the other chain.

    `profile` is the canonical profile, and so its files, licences and threshold.
    """

    profile: bytes
    pipeline_sha256: str
    measured_on: date
    camera_class: str
    listed: Part
    lists: tuple[ListScores, ...]
    pairs: PairScores | None = None
    probes: Part | None = None
    same_photograph: NDArray[np.bool_] | None = None
    same_person: NDArray[np.bool_] | None = None
    against: tuple[ProbeScores, ...] = ()
    calibration: Calibration | None = None

    @property
    def profile_sha256(self) -> str:
        """The SHA-256 of the profile that made the scores."""
        return canonical.sha256_hex(self.profile)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The sets."""
        return (self.listed,) if self.probes is None else (self.listed, self.probes)

    def profile_fields(self) -> dict[str, Any]:
        """The profile as JSON has it."""
        return dict(canonical.decode(self.profile))

    @property
    def threshold(self) -> float:
        """The threshold that was tested, the profile's own, where higher is more alike."""
        return self.likeness(float(self.profile_fields()["comparison"]["threshold"]))

    @property
    def is_distance(self) -> bool:
        """Whether less is more alike in the profile's own unit."""
        return str(self.profile_fields()["comparison"]["score"]) == ScoreKind.EUCLIDEAN_DISTANCE.value

    def likeness(self, own: float) -> float:
        """A threshold of the profile's own unit, where higher is more alike."""
        return -own if self.is_distance else own

    @property
    def licences(self) -> frozenset[str]:
        """Of every file of the chain (SPDX)."""
        parts = self.profile_fields()
        files = [parts[name].get("file") for name in ("detector", "embedder", "landmarks")]
        return frozenset(str(one["licence"]) for one in files if one is not None)


def to_bytes(scores: ScoreFile) -> bytes:
    """The file. The same scores give the same bytes, on any machine and in any year."""
    parts: dict[str, bytes] = {"profile.json": scores.profile, "header.json": canonical.encode(_header(scores))}
    for name, kind, values in _columns(scores):
        parts[f"{name}.npy"] = array_bytes(values, kind)
    return pack(parts)


def sha256_of(data: bytes) -> str:
    """How others name a score file."""
    return canonical.sha256_hex(data)


def parse(data: bytes) -> ScoreFile:
    """Read a score file. Whether its numbers agree is looked at by `score_checks.open_scores`.

    Raises:
        ScoresRefused: it is cut off, damaged, or none.
    """
    parts = unpack(data)
    try:
        scores = _read(parts)
    except (Malformed, KeyError, ValueError) as error:
        raise ScoresRefused("The header of the score file is not what it must be; write the file again.") from error
    if to_bytes(scores) != data:
        raise ScoresRefused("The score file holds a part that nobody asked for; write it again.")
    return scores


def _header(scores: ScoreFile) -> dict[str, object]:
    chosen = scores.calibration
    return {
        "against": [{"enrolled": one.enrolled, "seed": one.seed} for one in scores.against],
        "calibration": []
        if chosen is None
        else [
            {"enrolled": chosen.enrolled, "on": chosen.on, "target": chosen.target, "threshold": chosen.threshold},
        ],
        "camera_class": scores.camera_class,
        "kind": KIND,
        "lists": [{"enrolled": one.enrolled, "seed": one.seed} for one in scores.lists],
        "measured_on": scores.measured_on.isoformat(),
        "pairs": scores.pairs is not None,
        "pipeline_sha256": scores.pipeline_sha256,
        "sets": [_head_of(one) for one in scores.parts],
    }


def _head_of(part: Part) -> dict[str, object]:
    groups = {kind: sorted(set(labels)) for kind, labels in part.table.groups.items()}
    return {
        "groups": [{"kind": kind, "labels": groups[kind]} for kind in sorted(groups)],
        "labels": part.labels,
        "manifest_sha256": part.manifest_sha256,
        "name": part.name,
    }


_PLACE, _TRUTH, _SCORE, _BYTE, _CODE = "<u4", "|b1", "<f8", "|u1", "<u2"
_Column = tuple[str, str, Array]


def _columns(scores: ScoreFile) -> Iterator[_Column]:
    for at, part in enumerate(scores.parts):
        yield from _of_part(f"set{at}", part)
    if scores.pairs is not None:
        pairs = scores.pairs
        yield "pairs/fold", _BYTE, pairs.fold
        yield "pairs/first", _PLACE, pairs.first
        yield "pairs/second", _PLACE, pairs.second
        yield "pairs/same", _TRUTH, pairs.same
        yield "pairs/score", _SCORE, pairs.score
    for at, one in enumerate(scores.lists):
        yield f"list{at:03d}/references", _PLACE, one.references
        yield f"list{at:03d}/probes", _PLACE, one.probes
        yield f"list{at:03d}/best", _SCORE, one.best
        yield f"list{at:03d}/own", _SCORE, one.own
        yield f"list{at:03d}/others", _PLACE, one.others
    if scores.same_photograph is not None and scores.same_person is not None:
        yield "overlap/photograph", _TRUTH, scores.same_photograph
        yield "overlap/person", _TRUTH, scores.same_person
    for at, probed in enumerate(scores.against):
        yield f"against{at:03d}/references", _PLACE, probed.references
        yield f"against{at:03d}/best", _SCORE, probed.best
    if scores.calibration is not None:
        yield "calibration/people", _PLACE, scores.calibration.people
        yield "calibration/best", _SCORE, scores.calibration.best


def _of_part(name: str, part: Part) -> Iterator[_Column]:
    yield f"{name}/pictures", _BYTE, part.table.hashes
    yield f"{name}/people", _PLACE, part.table.people
    yield f"{name}/accepted", _TRUTH, part.accepted
    for at, kind in enumerate(sorted(part.table.groups)):
        labels = part.table.groups[kind]
        code = {label: number for number, label in enumerate(sorted(set(labels)))}
        yield f"{name}/group{at}", _CODE, np.array([code[label] for label in labels], dtype=_CODE)


def _read(parts: Mapping[str, bytes]) -> ScoreFile:
    fields = Fields(canonical.decode(parts["header.json"]), "score file")
    fields.kind(KIND)
    sets = fields.items("sets", _read_head)
    if len(sets) not in {1, 2}:
        raise Malformed("A score file is of one set or two.")
    found = [_read_part(parts, f"set{at}", head) for at, head in enumerate(sets)]
    overlap = (
        [read_array(parts, f"overlap/{name}.npy", _TRUTH) for name in ("photograph", "person")]
        if len(found) > 1
        else []
    )
    read = ScoreFile(
        profile=parts["profile.json"],
        pipeline_sha256=fields.sha256("pipeline_sha256"),
        measured_on=date.fromisoformat(fields.text("measured_on")),
        camera_class=fields.text("camera_class"),
        listed=found[0],
        lists=tuple(_read_list(parts, at, head) for at, head in enumerate(fields.items("lists", _read_seed))),
        pairs=_read_pairs(parts) if fields.boolean("pairs") else None,
        probes=found[1] if len(found) > 1 else None,
        same_photograph=overlap[0] if overlap else None,
        same_person=overlap[1] if overlap else None,
        against=tuple(_read_against(parts, at, head) for at, head in enumerate(fields.items("against", _read_seed))),
        calibration=next((_read_calibration(parts, one) for one in fields.items("calibration", _read_chosen)), None),
    )
    fields.end()
    return read


_Head = tuple[str, str, str, tuple[tuple[str, tuple[str, ...]], ...]]


def _read_head(value: object) -> _Head:
    fields = Fields(value, "set of a score file")
    name, labels, manifest = fields.text("name"), fields.text("labels"), fields.sha256("manifest_sha256")
    groups = fields.items("groups", _read_group)
    fields.end()
    return name, labels, manifest, groups


def _read_group(value: object) -> tuple[str, tuple[str, ...]]:
    fields = Fields(value, "group of a score file")
    group = fields.text("kind"), fields.items("labels", str)
    fields.end()
    return group


def _read_seed(value: object) -> tuple[int, int]:
    fields = Fields(value, "list of a score file")
    seed = fields.integer("seed", minimum=0, maximum=2**31)
    enrolled = fields.integer("enrolled", minimum=1, maximum=2**31)
    fields.end()
    return enrolled, seed


def _read_chosen(value: object) -> tuple[str, float, int, float]:
    fields = Fields(value, "calibration of a score file")
    chosen = (
        fields.text("on"),
        fields.number("target", minimum=0, maximum=1),
        fields.integer("enrolled", minimum=1, maximum=2**31),
        fields.number("threshold", minimum=-1e6, maximum=1e6),
    )
    fields.end()
    return chosen


def _read_part(parts: Mapping[str, bytes], name: str, head: _Head) -> Part:
    groups = {}
    for at, (kind, labels) in enumerate(head[3]):
        codes = read_array(parts, f"{name}/group{at}.npy", _CODE).tolist()
        if any(code >= len(labels) for code in codes):
            raise ScoresRefused("The score file names a group that its header does not have; write it again.")
        groups[kind] = tuple(labels[code] for code in codes)
    table = PictureTable(
        read_array(parts, f"{name}/pictures.npy", _BYTE, 2), read_array(parts, f"{name}/people.npy", _PLACE), groups
    )
    return Part(head[0], head[1], head[2], table, read_array(parts, f"{name}/accepted.npy", _TRUTH))


def _read_pairs(parts: Mapping[str, bytes]) -> PairScores:
    return PairScores(
        read_array(parts, "pairs/fold.npy", _BYTE),
        read_array(parts, "pairs/first.npy", _PLACE),
        read_array(parts, "pairs/second.npy", _PLACE),
        read_array(parts, "pairs/same.npy", _TRUTH),
        read_array(parts, "pairs/score.npy", _SCORE),
    )


def _read_list(parts: Mapping[str, bytes], at: int, head: tuple[int, int]) -> ListScores:
    name = f"list{at:03d}"
    return ListScores(
        head[1],
        _references(parts, name, head[0]),
        read_array(parts, f"{name}/probes.npy", _PLACE),
        read_array(parts, f"{name}/best.npy", _SCORE),
        read_array(parts, f"{name}/own.npy", _SCORE),
        read_array(parts, f"{name}/others.npy", _PLACE),
    )


def _read_against(parts: Mapping[str, bytes], at: int, head: tuple[int, int]) -> ProbeScores:
    name = f"against{at:03d}"
    return ProbeScores(head[1], _references(parts, name, head[0]), read_array(parts, f"{name}/best.npy", _SCORE))


def _references(parts: Mapping[str, bytes], name: str, enrolled: int) -> Places:
    found = read_array(parts, f"{name}/references.npy", _PLACE)
    if found.size != enrolled:
        raise ScoresRefused(f"The score file says {enrolled} people on a list and has {found.size}; write it again.")
    return found


def _read_calibration(parts: Mapping[str, bytes], head: tuple[str, float, int, float]) -> Calibration:
    return Calibration(
        *head, read_array(parts, "calibration/people.npy", _PLACE), read_array(parts, "calibration/best.npy", _SCORE)
    )
