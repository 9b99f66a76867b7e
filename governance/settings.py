"""What an installation sets. Paths, an origin, a profile: nothing that could skip a step."""

from dataclasses import dataclass, field
from pathlib import Path

from governance.domain.legal_profile import AgeBand


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where governance finds its things.

    `data` holds insyn.db, keys/lease.key and keys/case-tags.key, which is made at the first start. The log and the keys
    of all that is sealed lie with two other processes, behind their sockets. `database_url` replaces the SQLite file
    where it is set. `admitted_age_bands` are those that a demonstration does with, whose DEMO profile has passed no
    evaluation; what any other has passed stands in the signed admission beside the pinned keys (P4, C13).
    """

    data: Path
    trust: Path
    enrolment_socket: Path
    viewer_socket: Path
    sequencer_socket: Path
    vault_socket: Path
    log_origin: str
    profile_sha256: str
    profile: Path | None = None
    """The model profile's canonical bytes, of that hash: what a proof bundle hands out beside the hash.

    Without it nobody knows what the profile is admitted for, and nothing is lent (P4).
    """
    database_url: str | None = None
    log_policy: Path | None = None
    """The pinned file that names the witnesses; without it there are none, and every page says so."""
    anchors: Path | None = None
    """The log's folder, where cosigned checkpoints are kept beside it."""
    controllers: tuple[str, ...] = ()
    """Names of the controller's own witnesses, which a quorum must do without."""
    ca_file: Path | None = None
    """Whose certificates (PEM) are believed of witnesses and authorities, where not those that everybody believes."""
    time_stamps: Path | None = None
    """The file that names the time-stamping authorities and what is pinned of them; without it none is asked."""
    notifications: Path | None = None
    """The file that names the way to each authority that is told of each use; without it nobody is reached."""
    admitted_age_bands: frozenset[str] = field(
        default_factory=lambda: frozenset({AgeBand.TO_39.value, AgeBand.TO_64.value, AgeBand.FROM_65.value})
    )

    @property
    def lease_key(self) -> Path:
        """The seed of the key that signs leases."""
        return self.data / "keys" / "lease.key"

    @property
    def case_key(self) -> Path:
        """The key under which former case leaders are remembered (0.4): its own, made at the first start."""
        return self.data / "keys" / "case-tags.key"

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.data / "insyn.db"
