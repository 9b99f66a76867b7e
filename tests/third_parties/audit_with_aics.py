"""Audits a folder in the layout of C2SP tlog-tiles with the unmodified package `aics-tlog` (Python 3.12 or later).

`python audit_with_aics.py FOLDER LOG-VERIFIER-KEY [WITNESS-VERIFIER-KEY …]`: the checkpoint must be signed by the log
and cosigned by every witness named, and every tile and every entry must lead to its root.
"""

import sys
from pathlib import Path

import aics_tlog


def audit(folder: Path, log_key: str, witness_keys: list[str]) -> int:
    """Return the number of entries; what the package refuses ends the program."""
    verified = aics_tlog.verify_checkpoint(
        aics_tlog.parse_note((folder / "checkpoint").read_bytes()),
        aics_tlog.parse_vkey(log_key),
        [aics_tlog.parse_vkey(key) for key in witness_keys],
        len(witness_keys),
    )
    if not verified.ok:
        raise SystemExit("refused: the checkpoint is not signed and cosigned as it must be")
    aics_tlog.audit_tiles(aics_tlog.FileSystemTileReader(folder), verified.size, verified.root)
    return int(verified.size)


if __name__ == "__main__":
    print(f"good: {audit(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])} entries")  # noqa: T201
