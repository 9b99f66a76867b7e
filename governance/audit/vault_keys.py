"""The names of the vault's keys: class, due day, number. They say nothing about anybody."""

import re
from dataclasses import dataclass
from typing import Final

from governance.audit.errors import EntryRefused

LOG_CLASSES: Final = frozenset({"log-context", "log-operator", "log-subject"})
"""Classes of the payloads of entries."""
OBJECT_CLASSES: Final = frozenset({"candidate", "hold", "intervention", "reference", "review", "volunteer", "warrant"})
"""Classes of sealed objects."""
CLASSES: Final = LOG_CLASSES | OBJECT_CLASSES
"""Every class that the vault has keys for: each has its own time after which its keys are gone."""

LAST_NUMBER: Final = 2**32 - 1
"""The highest number of a key within its class and day."""
LAST_DAY: Final = 2_932_896
"""The last day of the year 9999, in days since 1970."""

_TEXT: Final = re.compile(r"([a-z-]{1,32})\.(0|[1-9][0-9]{0,6})\.([0-9a-f]{8})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRef:
    """One key: its class, the day at whose end it must be gone (days since 1970, UTC), its number within both."""

    data_class: str
    day: int
    number: int

    def __post_init__(self) -> None:
        """Check the parts.

        Raises:
            EntryRefused: the class is not on the list, or day or number are out of bounds.
        """
        if type(self.data_class) is not str or self.data_class not in CLASSES:
            raise EntryRefused("A key's class ('r') is none of the closed list.")
        if type(self.day) is not int or not 0 <= self.day <= LAST_DAY:
            raise EntryRefused("A key's due day ('d') is whole days since 1970.")
        if type(self.number) is not int or not 0 <= self.number <= LAST_NUMBER:
            raise EntryRefused("A key's number ('k') is less than 2**32.")

    @property
    def is_of_log(self) -> bool:
        """Whether it seals a payload of an entry, and not an object."""
        return self.data_class in LOG_CLASSES

    @property
    def digits(self) -> str:
        """The number as 8 hexadecimal digits."""
        return f"{self.number:08x}"

    @property
    def text(self) -> str:
        """The key's name in one word, such as `candidate.20460.0000002a`."""
        return f"{self.data_class}.{self.day}.{self.number:08x}"

    @classmethod
    def parse(cls, text: str) -> "KeyRef":
        """Read a key's name strictly.

        Raises:
            EntryRefused: it is none.
        """
        found = _TEXT.fullmatch(text)
        if found is None:
            raise EntryRefused("A key's name is written class.day.number, the number as 8 hexadecimal digits.")
        return cls(data_class=found[1], day=int(found[2]), number=int(found[3], 16))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRange:
    """The keys of one class and day from `first` to `last`, both included."""

    data_class: str
    day: int
    first: int
    last: int

    def __post_init__(self) -> None:
        """Check the parts.

        Raises:
            EntryRefused: an end is no key's name, or the range is empty.
        """
        KeyRef(data_class=self.data_class, day=self.day, number=self.first)
        KeyRef(data_class=self.data_class, day=self.day, number=self.last)
        if self.first > self.last:
            raise EntryRefused("A range of keys begins before it ends.")

    def __contains__(self, key: KeyRef) -> bool:
        """Say whether this key lies in the range."""
        return (self.data_class, self.day) == (key.data_class, key.day) and self.first <= key.number <= self.last

    def covers(self, other: "KeyRange") -> bool:
        """Say whether the whole of another range lies in this one."""
        same = (self.data_class, self.day) == (other.data_class, other.day)
        return same and self.first <= other.first and other.last <= self.last

    def order(self) -> tuple[str, int, int]:
        """Return what ranges are sorted by."""
        return self.data_class, self.day, self.first

    def to_json(self) -> list[object]:
        """Return the range as an entry lists it: class, day, first, last."""
        return [self.data_class, self.day, self.first, self.last]

    @classmethod
    def from_json(cls, value: object) -> "KeyRange":
        """Read a range as an entry lists it.

        Raises:
            EntryRefused: it is none.
        """
        match value:
            case (str(data_class), int(day), int(first), int(last)):
                return cls(data_class=data_class, day=day, first=first, last=last)
            case _:
                raise EntryRefused("A range of keys is written [class, day, first, last].")
