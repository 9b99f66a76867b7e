"""The auditor's tool as one file: `governance.verifier` and `governance.audit` in a zip that Python runs.

The same sources give the same bytes, so that two people can compare what they were given. It needs `cryptography` and
`rfc3161-client` where it runs, and nothing else of this project.
"""

import stat
import zipfile
from pathlib import Path
from typing import Final

import governance
from insyn.errors import InsynError

_START: Final = b"#!/usr/bin/env python3\n"
_MAIN: Final = "from governance.verifier.command import main\n\nraise SystemExit(main())\n"
_PACKAGES: Final = ("audit", "verifier")
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)


def build_tool(target: Path) -> int:
    """Write the tool as a new file that can be run, and return how many modules it holds.

    Raises:
        InsynError: something of that name is there already.
    """
    if target.exists():
        raise InsynError("Where the tool is to be written, something is already; name another file.")
    root = Path(str(governance.__file__)).parent
    modules = [root / "__init__.py", *(path for name in _PACKAGES for path in sorted((root / name).glob("*.py")))]
    with target.open("wb") as file:
        file.write(_START)
        with zipfile.ZipFile(file, "w", compression=zipfile.ZIP_STORED) as packed:
            packed.writestr(_member("__main__.py"), _MAIN)
            for path in modules:
                packed.writestr(_member(path.relative_to(root.parent).as_posix()), path.read_bytes())
    target.chmod(target.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return len(modules)


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, date_time=_EARLIEST)
    member.create_system, member.external_attr = 3, 0o644 << 16
    return member
