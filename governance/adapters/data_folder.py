"""One server per data folder: the second gets one sentence. The lock ends with the process, however it dies."""

import fcntl
import os
from pathlib import Path

from governance.application.errors import DataFolderInUse, StorageFailed


class DataFolder:
    """A data folder that this process holds. Keep the object as long as the folder is used."""

    def __init__(self, path: Path) -> None:
        """Take the folder.

        Raises:
            DataFolderInUse: another server runs on it.
            StorageFailed: it cannot be made or written.
        """
        self.path = path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Whoever made it first may have left it open; the database's own files are only as closed as their folder.
            path.chmod(0o700)
            self._lock = os.open(path / "server.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StorageFailed(f"The data folder {path} cannot be used: {error.strerror}.") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise DataFolderInUse(
                f"Another server runs on the data folder {path}; end it first, or choose another folder."
            ) from error

    def release(self) -> None:
        """Give the folder back."""
        os.close(self._lock)
