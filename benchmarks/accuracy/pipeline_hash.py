"""What stands behind a template.

What the profile binds up to the template, and the code that made it. If either changes, no kept template is used again;
another threshold is asked of the same templates.
"""

import hashlib
from dataclasses import asdict
from importlib import resources
from importlib.resources.abc import Traversable

from contracts import canonical
from contracts.model_profile import ModelProfile


def pipeline_sha256(profile: ModelProfile) -> str:
    """A hash over the profile's chain and every line of the code between a picture and its template."""
    bound = {part: asdict(getattr(profile, part)) for part in _CHAIN} | {"score": profile.comparison.score}
    digest = hashlib.sha256(canonical.encode(bound))
    for package in ("matcher", "benchmarks.accuracy"):
        for name, text in sorted(_sources(resources.files(package), package)):
            digest.update(f"{name}\0{len(text)}\0".encode() + text)
    return digest.hexdigest()


#: The score too: where it is a cosine, templates are of unit length.
_CHAIN = ("alignment", "detector", "embedder", "faces", "landmarks")
_PARTS = frozenset({"matcher/embedding.py", "benchmarks.accuracy/template.py"})


def _sources(folder: Traversable, path: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in folder.iterdir():
        name = f"{path}/{entry.name}"
        if entry.is_dir() and (path, entry.name) in {("matcher", "faces"), ("matcher", "models")}:
            found += [(inner, text) for inner, text in _files(entry, name)]
        elif name in _PARTS:
            found.append((name, entry.read_bytes()))
    return found


def _files(folder: Traversable, path: str) -> list[tuple[str, bytes]]:
    return [(f"{path}/{entry.name}", entry.read_bytes()) for entry in folder.iterdir() if entry.name.endswith(".py")]
