"""ChokePoint: people who walk through portals, before three cameras each (Wong et al., CVPR workshops 2011).

The layout that is read, as converters of this set have it:

* frames: `…/P1E_S1_C1/00000000.jpg`, a folder for each sequence: portal, entering or leaving, session, camera.
* what is true: `P1E_S1_C1.xml`, anywhere; `dataset / frame[number] / person[id] / leftEye, rightEye [x, y]`. A frame
  without a person is listed too. Sequences of the second portal have a part more in the list's name:
  `P2E_S1_C1.1.xml` tells of the folder `P2E_S1_C1` or `P2E_S1_C1.1`, whichever is there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final
from xml.etree.ElementTree import Element, ParseError, fromstring

from benchmarks.data.errors import DataRefused
from benchmarks.data.files import Files
from benchmarks.data.lists import Listed, of_lists, open_place, require_pictures
from benchmarks.data.pictures import DataSheet, LabelOrigin

SHEET: Final = DataSheet(
    name="ChokePoint",
    source="NICTA; Wong et al. 2011",
    licence="for research",
    labels=LabelOrigin.ANNOTATED,
    what="25 and 29 people at two portals, three cameras each, 64,204 faces; frames of 800 by 600 pixels, 30 a second",
    caveats=(
        "54 people can bear no claim about groups, and hardly one about a rate.",
        "Actors who knew of the cameras, one at a time but for two sequences of a crowd.",
        "Faces in frames before both eyes are seen are not labelled.",
    ),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody in a frame, and where the eyes are, in pixels from the top left corner."""

    person: str
    left_eye_xy: tuple[float, float]
    right_eye_xy: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame by its name in the set, and who is labelled in it."""

    name: str
    seen: tuple[Seen, ...]


@dataclass(frozen=True)
class Passages:
    """The sequences of a set by name, each with its frames in order."""

    sheet: DataSheet
    sequences: dict[str, tuple[Frame, ...]]
    files: Files


def open_chokepoint(folder: Path) -> Passages:
    """Read every sequence of which the labels and the frames are there.

    Raises:
        DataRefused: there is none, or a list cannot be read or names a frame that is not there.
    """
    place = open_place(folder)
    frames = {PurePosixPath(name).parts[-2:]: name for name in place.files.names if name.endswith(".jpg")}
    rooms = {room for room, _ in (parts for parts in frames if len(parts) == 2)}
    sequences, lists = {}, []
    for name in place.files.names:
        path = PurePosixPath(name)
        room = next((one for one in (path.stem, path.stem.partition(".")[0]) if one in rooms), None)
        if path.suffix == ".xml" and room is not None:
            listed = Listed(path.name, place.files.read(name))
            lists.append(listed)
            sequences[path.stem] = tuple(_frames(listed, room, frames))
    if not sequences:
        raise DataRefused(
            "There is no sequence of ChokePoint here with both frames and labels (P1E_S1_C1 and its .xml)."
        )
    return Passages(of_lists(SHEET, lists), sequences, place.files)


def _frames(listed: Listed, room: str, names: dict[tuple[str, ...], str]) -> Iterator[Frame]:
    if b"<!DOCTYPE" in listed.content:
        raise DataRefused(f"{listed.name} defines words of its own, which a list of frames does not; do not use it.")
    try:
        tree = fromstring(listed.content)  # noqa: S314 (no document type, and expat bounds what is left)
        found = [(one.attrib["number"], tuple(map(_seen, one.iter("person")))) for one in tree.iter("frame")]
    except (ParseError, KeyError, ValueError) as error:
        raise DataRefused(f"{listed.name} is no list of frames, people and eyes; download it again.") from error
    paths = [(room, f"{number}.jpg") for number, _ in found]
    require_pictures(listed, [at for at, path in enumerate(paths, start=1) if path not in names])
    for path, (_, seen) in zip(paths, found, strict=True):
        yield Frame(names[path], seen)


def _seen(person: Element) -> Seen:
    return Seen(person.attrib["id"], _eye(person, "leftEye"), _eye(person, "rightEye"))


def _eye(person: Element, name: str) -> tuple[float, float]:
    eye = person.find(name)
    if eye is None:
        raise KeyError(name)
    return float(eye.attrib["x"]), float(eye.attrib["y"])
