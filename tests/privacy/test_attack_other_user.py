"""Another user of the same machine cannot look into the data folder, however it was made."""

import stat
from pathlib import Path

from governance.adapters.data_folder import DataFolder


def test_a_data_folder_that_was_left_open_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "governance"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    held = DataFolder(folder)
    held.release()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
