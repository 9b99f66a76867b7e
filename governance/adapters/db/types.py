"""How our values lie in columns, the same in SQLite and PostgreSQL."""

from datetime import UTC, date, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from governance.domain.roles import Role

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
Member = TypeVar("Member", bound=StrEnum)


class Instant(TypeDecorator[datetime]):
    """An aware instant as whole milliseconds since 1970 (UTC)."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = BigInteger
    cache_ok: bool | None = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 (SQLAlchemy gives it)
        """Write."""
        return None if value is None else (value - _EPOCH) // _MILLISECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (SQLAlchemy gives it)
        """Read."""
        return None if value is None else _EPOCH + value * _MILLISECOND


class Day(TypeDecorator[date]):
    """A calendar day, as ISO 8601 writes it."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok: bool | None = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:  # noqa: ARG002 (SQLAlchemy gives it)
        """Write."""
        return None if value is None else value.isoformat()

    def process_result_value(self, value: Any | None, dialect: Dialect) -> date | None:  # noqa: ARG002 (SQLAlchemy gives it)
        """Read."""
        return None if value is None else date.fromisoformat(value)


class Choice(TypeDecorator[Member], Generic[Member]):
    """A member of a closed list, by its value."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok: bool | None = True

    def __init__(self, choices: type[Member]) -> None:
        super().__init__()
        self.choices = choices

    def process_bind_param(self, value: Member | None, dialect: Dialect) -> str | None:  # noqa: ARG002 (SQLAlchemy gives it)
        """Write."""
        return None if value is None else self.choices(value).value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Member | None:  # noqa: ARG002 (SQLAlchemy gives it)
        """Read."""
        return None if value is None else self.choices(value)


class Level(TypeDecorator[IntEnum]):
    """A member of a graded scale, by its number."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Integer
    cache_ok: bool | None = True

    def __init__(self, scale: type[IntEnum]) -> None:
        super().__init__()
        self.scale = scale

    def process_bind_param(self, value: IntEnum | None, dialect: Dialect) -> int | None:  # noqa: ARG002 (SQLAlchemy gives it)
        """Write."""
        return None if value is None else self.scale(value).value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> IntEnum | None:  # noqa: ARG002 (SQLAlchemy gives it)
        """Read."""
        return None if value is None else self.scale(value)


class Words(TypeDecorator[frozenset[str]]):
    """Identifiers, sorted, a space between them. They hold none themselves; no text at all is no identifier."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok: bool | None = True

    def process_bind_param(self, value: frozenset[str] | None, dialect: Dialect) -> str | None:  # noqa: ARG002 (SQLAlchemy gives it)
        """Write."""
        return None if value is None else " ".join(sorted(value))

    def process_result_value(self, value: Any | None, dialect: Dialect) -> frozenset[str] | None:  # noqa: ARG002 (SQLAlchemy gives it)
        """Read."""
        return None if value is None else frozenset(value.split())


class Roles(TypeDecorator[frozenset[Role]]):
    """Roles as words, sorted."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok: bool | None = True

    def process_bind_param(self, value: frozenset[Role] | None, dialect: Dialect) -> str | None:  # noqa: ARG002 (SQLAlchemy gives it)
        """Write."""
        return None if value is None else " ".join(sorted(value))

    def process_result_value(self, value: Any | None, dialect: Dialect) -> frozenset[Role] | None:  # noqa: ARG002 (SQLAlchemy gives it)
        """Read."""
        return None if value is None else frozenset(Role(word) for word in value.split())
