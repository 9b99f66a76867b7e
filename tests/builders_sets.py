"""Data sets as their users have them, made of names: in folders and in archives."""

import io
import tarfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy.io import savemat

from benchmarks.data.rfw import RACES


def pictures(names: Iterable[str]) -> dict[str, bytes]:
    """A file of each name."""
    return dict.fromkeys(names, b"")


def a_tar(path: Path, contents: Mapping[str, bytes], *, link: str | None = None) -> Path:
    """A tar archive that is not compressed."""
    with tarfile.open(path, "w") as archive:
        for name, content in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        if link is not None:
            info = tarfile.TarInfo("set/link.jpg")
            info.type, info.linkname = tarfile.SYMTYPE, link
            archive.addfile(info)
    return path


def a_zip(path: Path, contents: Mapping[str, bytes]) -> Path:
    """A zip archive."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def a_folder(path: Path, contents: Mapping[str, bytes]) -> Path:
    """A folder with folders."""
    for name, content in contents.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def rfw() -> dict[str, bytes]:
    """RFW with three people and twenty pairs of each race."""
    made: dict[str, bytes] = {}
    for race in RACES:
        people = [f"m.{race[:2]}{at}" for at in range(3)]
        made |= pictures(f"test/data/{race}/{who}/{who}_{at:04d}.jpg" for who in people for at in (1, 2))
        fold = f"{people[0]}\t1\t2\n{people[1]}\t1\t{people[2]}\t2\n"
        made[f"test/txts/{race}/{race}_pairs.txt"] = (fold * 10).encode()
    return made


def a_mat(**columns: Sequence[object]) -> bytes:
    """A file as MATLAB writes it: names as cells, numbers as a column."""
    made: dict[str, np.ndarray] = {}
    for name, values in columns.items():
        cells = np.empty((len(values), 1), dtype=object if name.endswith("set") else np.uint16)
        cells[:, 0] = values
        made[name] = cells
    file = io.BytesIO()
    savemat(file, made)
    return file.getvalue()


def survface() -> dict[str, bytes]:
    """SurvFace with two people in the gallery, and two strangers."""
    room = "QMUL-SurvFace/Face_Identification_Test_Set"
    names = {
        "gallery": ["1_cam1_1.jpg", "1_cam1_2.jpg", "2_cam1_1.jpg"],
        "mated_probe": ["1_cam2_1.jpg", "2_cam2_1.jpg"],
    }
    people = {"gallery": [7, 7, 8], "mated_probe": [7, 8]}
    made = pictures(f"{room}/{role}/{name}" for role, many in names.items() for name in many)
    made |= pictures([f"{room}/unmated_probe/9_cam1_1.jpg", f"{room}/unmated_probe/distractors_1.jpg"])
    for role, many in names.items():
        made[f"{room}/{role}_img_ID_pairs.mat"] = a_mat(**{f"{role}_set": many, f"{role}_ids": people[role]})
    return made
