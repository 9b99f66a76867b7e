"""Writes the project's own check values for the log's formats: `python -m tests.vectors.make_audit_vectors`.

For whoever writes another verifier: what our log writes byte for byte, and what must be refused. The keys are test keys
that anybody can make from their seeds; they sign nothing real. The values are deterministic.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from contracts.signature import SigningKey
from governance.audit.add_checkpoint import format_conflict, format_request
from governance.audit.base64_strict import encode64
from governance.audit.checkpoint import signed_note
from governance.audit.cosignature import cosign, subtree_message
from governance.audit.merkle import consistency_proof, inclusion_proof
from governance.audit.note import COSIGNATURE_ED25519, ED25519, VerifierKey
from governance.audit.policy import parse_policy
from governance.audit.proof import LogProof, format_proof
from governance.audit.tiles import ENTRIES, Tile, tile_path, tiles_of
from tests.builders_tiles import TiledLog, tiled_log

FILE: Final = Path(__file__).with_name("audit_formats.json")
ORIGIN: Final = "log.example/demo/2026"
LOG_SEED: Final = b"\x11" * 32
WITNESS_SEEDS: Final = {name: bytes([number]) * 32 for number, name in enumerate(("ours", "theirs", "third"), 0x21)}
TIME_S: Final = 1_780_000_000
SIZES: Final = (0, 1, 2, 3, 7, 8, 255, 256, 257, 65_792)


def entries(count: int) -> list[bytes]:
    """The entries of the example logs."""
    return [b"entry %d" % number for number in range(count)]


def vectors() -> dict[str, object]:
    """Compute every check value."""
    log_key = SigningKey.from_seed(LOG_SEED)
    witnesses = {name: SigningKey.from_seed(seed) for name, seed in WITNESS_SEEDS.items()}
    vkeys = {
        name: VerifierKey(name=f"{name}.example", algorithm=COSIGNATURE_ED25519, public_key=key.public)
        for name, key in witnesses.items()
    }
    log_vkey = VerifierKey(name=ORIGIN, algorithm=ED25519, public_key=log_key.public)
    logs = {size: tiled_log(entries(size)) for size in SIZES}
    notes = {
        size: signed_note(log.checkpoint, public_key=log_key.public, sign=log_key.private.sign)
        for size, log in logs.items()
    }
    body = logs[7].checkpoint.body()
    return {
        "about": "Check values of this project's log formats; entry number i is the ASCII text 'entry i'.",
        "keys": {
            "log": {"seed": LOG_SEED.hex(), "vkey": log_vkey.text},
            **{name: {"seed": WITNESS_SEEDS[name].hex(), "vkey": key.text} for name, key in vkeys.items()},
        },
        "checkpoints": {str(size): note for size, note in notes.items()},
        "cosignatures": {
            name: cosign(body, time_s=TIME_S, key=vkeys[name], sign=witnesses[name].private.sign) for name in vkeys
        },
        "ml_dsa_44_message": subtree_message(logs[7].checkpoint, start=0, time_s=TIME_S, name="ours.example").hex(),
        "files": {str(size): _files(log) for size, log in logs.items()},
        "paths": _paths(),
        "proofs": _proofs(logs, notes),
        "requests": _requests(logs, notes),
        "conflict": format_conflict(7).decode(),
        "policy": _policy(log_vkey, vkeys),
        "refused": _refused(notes[7], log_vkey),
    }


def _files(log: TiledLog) -> dict[str, object]:
    """Name the partial files with their content, and all files by one hash over lines of path and hash."""
    lines = "".join(f"{path} {hashlib.sha256(log.files[path]).hexdigest()}\n" for path in sorted(log.files))
    small = {path: content.hex() for path, content in sorted(log.files.items()) if len(content) <= 256}
    return {"all": hashlib.sha256(lines.encode()).hexdigest(), "count": len(log.files), "small": small}


def _paths() -> dict[str, str]:
    tiles = [
        Tile(ENTRIES, 0),
        Tile(0, 255, 255),
        Tile(0, 1000, 1),
        Tile(1, 1_234_067),
        Tile(63, 10**18 - 1, 7),
        *tiles_of(65_793, since=65_792),
    ]
    return {f"{tile.level} {tile.index} {tile.width}": tile_path(tile) for tile in tiles}


def _proofs(logs: Mapping[int, TiledLog], notes: Mapping[int, str]) -> dict[str, str]:
    cases = ((0, 1), (3, 7), (6, 7), (255, 257), (256, 257), (65_791, 65_792))
    return {
        f"{index} of {size}": format_proof(
            LogProof(
                index=index,
                hashes=inclusion_proof(logs[size].nodes, index=index, size=size),
                checkpoint=notes[size],
            )
        )
        for index, size in cases
    }


def _requests(logs: Mapping[int, TiledLog], notes: Mapping[int, str]) -> dict[str, str]:
    cases = ((0, 7), (1, 7), (3, 7), (7, 8), (256, 257), (257, 65_792), (8, 8))
    return {
        f"{old} to {new}": format_request(
            old, consistency_proof(logs[new].nodes, old=old, new=new) if old else (), notes[new]
        ).decode()
        for old, new in cases
    }


def _policy(log_vkey: VerifierKey, vkeys: Mapping[str, VerifierKey]) -> dict[str, object]:
    witnesses = "".join(f"witness {name} {key.text}\n" for name, key in vkeys.items())
    policy = parse_policy(
        f"log {log_vkey.text}\n{witnesses}group outside any theirs third\ngroup both all ours outside\nquorum both\n"
    )
    choices = ([], ["ours"], ["theirs"], ["theirs", "third"], ["ours", "third"], ["ours", "theirs", "third"])
    return {"text": policy.to_text(), "satisfied": {" ".join(names): policy.is_satisfied(names) for names in choices}}


def _refused(note: str, key: VerifierKey) -> dict[str, list[str]]:
    """What a lax reader would take: each must be refused."""
    neutral, order_4 = b"\x01" + bytes(31), bytes(32)
    beyond_p = (2**255 - 19 + 3).to_bytes(32, "little")
    last = note.rindex("=")
    return {
        "checkpoints": [
            note.replace("\n7\n", f"\n{size}\n")
            for size in ("07", "+7", " 7", "7 ", "1_0", "\uff17", "-7", "7.0", "0x7")
        ]
        + [
            note.removesuffix("\n"),
            note + "\n",
            note + "not a signature line\n",
            note + "— nobody AAAA\n",
            note.replace("\n\n", "\nextension\n\n"),
            note.replace("\n", "\r\n"),
            note.replace("\n", "\u2028", 1),
            note[:last] + note[last + 1 :],
        ],
        "keys": [
            f"{key.name}+{key.id.hex().upper()}+{key.text.rsplit('+', 1)[1]}X",
            *(_unfit(key.name, public) for public in (neutral, order_4, beyond_p)),
        ],
        "paths": ["tile/00/000", "tile/0/x000/001", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/007"],
    }


def _unfit(name: str, public: bytes) -> str:
    """Write a verifier key whose id is right and whose point is not."""
    digest = hashlib.sha256(name.encode() + b"\n" + bytes([ED25519]) + public).digest()[:4]
    return f"{name}+{digest.hex()}+{encode64(bytes([ED25519]) + public)}"


def encoded() -> str:
    """Return the file's text."""
    return json.dumps(vectors(), indent=1, sort_keys=True, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(encoded(), encoding="utf-8")
