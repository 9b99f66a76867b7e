"""Which legal profiles were in use here, in order: one that another followed is never put back (A1, A2)."""

from pathlib import Path

from governance.adapters.kept_file import KeptFile
from governance.application.errors import StorageFailed


def require_not_put_back(profile_sha256: str, memory: Path) -> None:
    """Refuse a profile that was in use before the present one; `memory` names all of them, the newest last.

    Two organisations signed an older, wider table once, and a lawyer attested it: both signatures stay good, so that
    whoever can lay files beside the pinned keys could bring it back.

    Raises:
        StorageFailed: it was followed by another, or the memory cannot be used.
    """
    kept = KeptFile(memory)
    seen = (kept.read() or "").split()
    if profile_sha256 in seen[:-1]:
        raise StorageFailed(
            f"The legal profile {profile_sha256[:12]}… was replaced here by another and does not come back; let two"
            " organisations sign it under a new version."
        )
    if profile_sha256 not in seen:
        kept.write("".join(f"{one}\n" for one in (*seen, profile_sha256)))
