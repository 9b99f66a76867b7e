"""docs/roles.md is what the code says."""

from pathlib import Path

import pytest

from governance.domain.roles import MAY, Role
from insyn.roles_document import roles_document

PAGE = Path(__file__).resolve().parents[2] / "docs" / "roles.md"


@pytest.mark.law("B14")
def test_the_page_of_roles_is_the_table_in_the_code() -> None:
    assert PAGE.read_text(encoding="utf-8") == roles_document(), "run `python -m insyn.roles_document`"


def test_every_role_and_every_action_stands_in_it() -> None:
    page = roles_document()
    assert all(role.value.replace("-", " ") in page for role in Role)
    assert all(f"`{action.value}`" in page for action in MAY)
