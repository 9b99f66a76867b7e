"""The home folder: its sockets have room, and a private folder is private."""

from pathlib import Path

import pytest

from insyn.errors import InsynError
from insyn.home import Home, make_private


def test_sockets_lie_inside_where_their_names_fit() -> None:
    home = Home(Path("/srv/insyn"))
    assert home.sockets == home.run


def test_a_long_path_has_its_sockets_in_a_short_folder_of_its_own() -> None:
    one, other = Home(Path("/srv") / ("x" * 120) / "one"), Home(Path("/srv") / ("x" * 120) / "other")
    assert len(str(one.sockets / "matcher-demo-site.sock")) < 107
    assert one.sockets != other.sockets
    assert one.sockets == Home(one.root).sockets


def test_a_private_folder_is_its_owners_alone_however_it_was_made(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o777)
    make_private(folder)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_link_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InsynError, match="belongs to somebody else"):
        make_private(tmp_path / "link")
