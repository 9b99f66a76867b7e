"""Every set by the name of its folder, and what may be done with it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from benchmarks.data.agedb import open_agedb
from benchmarks.data.balanced import open_bfw, open_demogpairs
from benchmarks.data.cfp import open_cfp
from benchmarks.data.cross_lfw import open_calfw, open_cplfw
from benchmarks.data.errors import DataRefused
from benchmarks.data.fairface import open_fairface
from benchmarks.data.lfw import open_view2
from benchmarks.data.pairs import Verification
from benchmarks.data.pictures import LabelOrigin, PictureSet
from benchmarks.data.rfw import open_rfw, open_rfw_pairs
from benchmarks.data.table import open_table
from benchmarks.data.utkface import open_utkface

VERIFICATION: Final[Mapping[str, Callable[[Path], Verification]]] = MappingProxyType(
    {
        "agedb": open_agedb,
        "calfw": open_calfw,
        "cfp": open_cfp,
        "cplfw": open_cplfw,
        "lfw": open_view2,
        "rfw": open_rfw_pairs,
    }
)
"""Sets with pairs in folds."""

PROBES: Final[Mapping[str, Callable[[Path], PictureSet]]] = MappingProxyType(
    {
        "bfw": open_bfw,
        "demogpairs": open_demogpairs,
        "fairface": open_fairface,
        "rfw": open_rfw,
        "utkface": open_utkface,
    }
)
"""Sets whose people have groups."""

TABLE: Final = "table"
"""The folder of a set that its user describes by a table of their own."""


def open_own_table(folder: Path, labels: LabelOrigin) -> PictureSet:
    """Read the one table in a folder, and the pictures that lie there or in its one archive.

    Raises:
        DataRefused: there is no table or there are several, or it does not fit its pictures.
    """
    tables, archives = sorted(folder.glob("*.csv")), [*folder.glob("*.tar"), *folder.glob("*.zip")]
    if len(tables) != 1 or len(archives) > 1:
        raise DataRefused(f"{folder.name} needs one table, *.csv, and the pictures beside it or in one archive.")
    return open_table(tables[0], archives[0] if archives else folder, labels=labels)
