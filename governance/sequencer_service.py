"""The sequencer as a process: `python -m governance.sequencer_service`, with a data folder and a log key of its own.

It stands here beside `governance.serve`: each puts the parts of one process together. The process ends when its
sequencer ends, and whoever started it starts it anew; a start that is refused is one sentence and exit status 2.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.clock import read_clocks
from contracts.signature import SigningKey
from governance.adapters.data_folder import DataFolder
from governance.adapters.key_files import read_signing_key
from governance.adapters.log.anchors import Anchors
from governance.adapters.log.comparison import Comparison
from governance.adapters.log.guard import GuardFile
from governance.adapters.log.postgresql_store import PostgresqlStore
from governance.adapters.log.publisher import Publisher
from governance.adapters.log.sequencer import Sequencer
from governance.adapters.log.service import build_app
from governance.adapters.log.signing import HeadSigner
from governance.adapters.log.sqlite_store import SqliteStore
from governance.adapters.log.store import Store
from governance.adapters.socket_service import SocketService
from governance.application.errors import GovernanceError
from governance.audit.errors import LogError, LogRolledBack, LogUnavailable
from governance.json_lines import set_up_logging

EXIT_REFUSED: Final = 2
"""The process could not start: a person has to do something."""

EXIT_ENDED: Final = 75
"""The sequencer ended, because nobody knows what a commit became or another took over: start anew (EX_TEMPFAIL)."""

log = structlog.get_logger()


class SequencerSettings(BaseSettings):
    """Environment: INSYN_SEQUENCER_HOME, _SOCKET, _ORIGIN; _GUARD, _PUBLIC and _DATABASE_URL may be set.

    HOME holds log.key (and log.old.key while one key takes over from another), database/log.db, guard/log.guard and
    public/ with the tiles. GUARD is better a file on another disk. DATABASE_URL is of a PostgreSQL database.
    """

    model_config = SettingsConfigDict(env_prefix="INSYN_SEQUENCER_", extra="ignore", frozen=True)

    home: Path
    socket: Path
    origin: str = Field(pattern=r"^[^\s+]{1,200}$")
    guard: Path | None = None
    public: Path | None = None
    database_url: str | None = None

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.home / "database" / "log.db"

    @property
    def guard_path(self) -> Path:
        """The guard file. The database's folder, and its backups, do not hold it."""
        return self.guard or self.home / "guard" / "log.guard"

    @property
    def public_path(self) -> Path:
        """The folder of tiles and checkpoint."""
        return self.public or self.home / "public"


@contextmanager
def running(settings: SequencerSettings, *, ended: Callable[[LogUnavailable], None]) -> Iterator[Sequencer]:
    """Run a sequencer as these settings say, with what publishes its tiles and compares its log, until the block ends.

    Raises:
        GovernanceError: the folder or a key cannot be used.
        LogError: the log must not run on this database.
    """
    if settings.guard_path.resolve().is_relative_to(settings.database.parent.resolve()):
        raise LogUnavailable("The guard file lies in the database's folder; name another place, best another disk.")
    with ExitStack() as stack:
        stack.callback(DataFolder(settings.home).release)
        signer = HeadSigner(settings.origin, _keys(settings.home))
        store = _store(settings)
        stack.callback(store.close)
        publisher = Publisher(settings.public_path, store, signer)
        sequencer = Sequencer(
            store=store,
            guard=GuardFile(settings.guard_path, signer),
            signer=signer,
            now=_now,
            committed=publisher.committed,
            ended=ended,
            cosigned=Anchors(settings.home).newest,
        )
        stack.callback(publisher.stop)
        stack.callback(sequencer.halt)
        publisher.start(sequencer.view, found=sequencer.fail)
        comparison = Comparison(store, sequencer.view, publisher.files, found=sequencer.fail)
        stack.callback(comparison.stop)
        comparison.start()
        yield sequencer


def main() -> int:
    """Serve until a signal or the sequencer's end."""
    os.umask(0o077)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    set_up_logging()
    try:
        settings = SequencerSettings()  # type: ignore[call-arg]  # the environment gives them
        service = SocketService(settings.socket)
        with running(settings, ended=lambda error: service.end(_status(error))) as sequencer:
            log.info("serving", size=sequencer.size())
            return service.run(build_app(sequencer))
    except KeyboardInterrupt:
        return 0
    except ValidationError as error:
        names = ", ".join(sorted("INSYN_SEQUENCER_" + str(part["loc"][0]).upper() for part in error.errors()))
        return _refuse(f"These settings are missing or wrong: {names}.")
    except (GovernanceError, LogError) as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"The sequencer cannot use its data folder: {error.strerror}; free space, or mend its rights.")


def _status(error: LogUnavailable) -> int:
    """Return the exit status: what a fresh start may mend is started anew, a log that is another is not."""
    return EXIT_REFUSED if isinstance(error, LogRolledBack) else EXIT_ENDED


def _keys(home: Path) -> list[SigningKey]:
    """Return the log's key, and the one that it takes over from where that still signs beside it."""
    key, old = read_signing_key(home / "log.key"), home / "log.old.key"
    # A rotation that was cut off leaves the one key under both names.
    earlier = [one for one in [read_signing_key(old)] if one.seed != key.seed] if old.exists() else []
    return [key, *earlier]


def _store(settings: SequencerSettings) -> Store:
    if settings.database_url is not None:
        return PostgresqlStore(settings.database_url)
    return SqliteStore(settings.database)


def _now() -> datetime:
    return read_clocks().now


def _refuse(sentence: str) -> int:
    sys.stderr.write(sentence + "\n")
    return EXIT_REFUSED


if __name__ == "__main__":
    sys.exit(main())
