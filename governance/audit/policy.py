"""Whom to believe: a policy file of C2SP tlog-policy, with its logs, witnesses, groups and quorum.

Empty satisfies nobody: only the word `none` means that no witness is asked for.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from governance.audit.cosignature import Cosignature
from governance.audit.errors import NoteRefused, PolicyRefused
from governance.audit.note import COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44, ED25519, VerifierKey

NONE: Final = "none"
"""The predefined quorum that asks for no cosignature. No witness and no group may bear the name."""

MAX_BYTES: Final = 1_000_000
_LOG_KEYS: Final = frozenset({ED25519, COSIGNATURE_ML_DSA_44})
_WITNESS_KEYS: Final = frozenset({COSIGNATURE_ED25519, COSIGNATURE_ML_DSA_44})
_THRESHOLD: Final = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
_FORBIDDEN: Final = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_BLANK: Final = re.compile(r"[ \t]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLog:
    """A log that may sign. Its key's name is its origin."""

    key: VerifierKey
    url: str | None = None

    def __post_init__(self) -> None:
        """Refuse a key that no log signs with.

        Raises:
            PolicyRefused: it is one for Ed25519 cosignatures.
        """
        if self.key.algorithm not in _LOG_KEYS:
            raise PolicyRefused("A log's key signs checkpoints (type 1 or 6); this one is a witness's.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Somebody whose cosignature counts. The name means something within the policy only."""

    name: str
    key: VerifierKey
    url: str | None = None

    def __post_init__(self) -> None:
        """Refuse a key that no witness signs with.

        Raises:
            PolicyRefused: it is one for plain signatures.
        """
        if self.key.algorithm not in _WITNESS_KEYS:
            raise PolicyRefused("A witness's key is for cosignatures (type 4 or 6), never for plain signatures.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """So many of these witnesses and groups must have witnessed: at least one, at most all."""

    name: str
    threshold: int
    members: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse a group that nobody or everybody would satisfy.

        Raises:
            PolicyRefused: the threshold is below one or above the number of members.
        """
        if not 1 <= self.threshold <= len(self.members):
            raise PolicyRefused("A group asks for at least one of its members, and for no more than it has.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Logs, witnesses, groups (each after its members) and the name to be satisfied. Made whole or not at all."""

    logs: tuple[KnownLog, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str

    def __post_init__(self) -> None:
        """Check names and keys against each other.

        Raises:
            PolicyRefused: a name is undefined, used twice or reserved, or a key occurs twice.
        """
        _require_once([log.key.public_key for log in self.logs], "log's key")
        _require_once([witness.key.public_key for witness in self.witnesses], "witness's key")
        _require_once([member for group in self.groups for member in group.members], "member of a group")
        defined = [witness.name for witness in self.witnesses]
        for group in self.groups:
            if not set(group.members) <= set(defined):
                raise PolicyRefused("A group names only witnesses and groups that are defined before it.")
            defined.append(group.name)
        _require_once(defined, "name")
        if NONE in defined or not all(map(_is_word, defined)):
            raise PolicyRefused("A witness or group has a name without blanks, and it is not 'none'.")
        if self.quorum != NONE and self.quorum not in defined:
            raise PolicyRefused("The quorum names a witness or group that is defined before it, or 'none'.")

    @property
    def witness_keys(self) -> Mapping[str, VerifierKey]:
        """The witnesses' keys by the names that the quorum knows them under."""
        return {witness.name: witness.key for witness in self.witnesses}

    def is_satisfied(self, names: Iterable[str]) -> bool:
        """F5: say whether cosignatures by these witnesses are enough. Names that are no witness's count for nothing."""
        if self.quorum == NONE:
            return True
        satisfied = set(names) & self.witness_keys.keys()
        for group in self.groups:
            if len(satisfied.intersection(group.members)) >= group.threshold:
                satisfied.add(group.name)
        return self.quorum in satisfied

    def time_at_latest(self, cosignatures: Iterable[Cosignature]) -> int | None:
        """Return the earliest time by which a quorum had seen the checkpoint: what it covers existed then.

        Nothing where no quorum says so, or the policy asks for none.
        """
        every = tuple(cosignatures)
        for time_s in sorted({one.time_s for one in every}):
            if self._says(one.name for one in every if one.time_s <= time_s):
                return time_s
        return None

    def time_at_least(self, cosignatures: Iterable[Cosignature]) -> int | None:
        """Return the latest time that a whole quorum states to have come: a single clock that runs ahead moves nothing.

        Nothing where no quorum says so, or the policy asks for none.
        """
        every = tuple(cosignatures)
        for time_s in sorted({one.time_s for one in every}, reverse=True):
            if self._says(one.name for one in every if one.time_s >= time_s):
                return time_s
        return None

    def _says(self, names: Iterable[str]) -> bool:
        return self.quorum != NONE and self.is_satisfied(names)

    def to_text(self) -> str:
        """Return the policy as a file; `parse_policy` reads the same policy from it."""
        lines = [_line("log", log.key.text, log.url) for log in self.logs]
        lines += [_line("witness", one.name, one.key.text, one.url) for one in self.witnesses]
        lines += [_line("group", group.name, str(group.threshold), *group.members) for group in self.groups]
        return "".join([*lines, _line("quorum", self.quorum)])


def parse_policy(policy: bytes | str) -> Policy:
    """Read a policy file strictly. Its octets above 127 are opaque: nothing is normalised.

    Raises:
        PolicyRefused: a line (the sentence names it) is not as tlog-policy has it, or the whole contradicts itself.
    """
    try:
        data = policy.encode("utf-8", "surrogateescape") if isinstance(policy, str) else policy
    except UnicodeEncodeError as error:
        raise PolicyRefused("A policy is made of octets; this text has none for a character.") from error
    if len(data) > MAX_BYTES or _FORBIDDEN.search(data):
        raise PolicyRefused("A policy is a text without control characters but tab and newline, and not endless.")
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    if lines.pop():
        raise PolicyRefused("The policy's last line must end in a newline: the file may be cut off.")
    reading = _Reading()
    for number, line in enumerate(lines, start=1):
        words = [word for word in _BLANK.split(line) if word]
        if not words or words[0].startswith("#"):
            continue
        try:
            reading.take(words)
        except (PolicyRefused, NoteRefused) as error:
            raise PolicyRefused(f"Line {number} of the policy: {error}") from error
    return reading.policy()


class _Reading:
    """What the lines read so far define."""

    def __init__(self) -> None:
        self._logs: list[KnownLog] = []
        self._witnesses: list[Witness] = []
        self._groups: list[Group] = []
        self._defined = {NONE}
        self._quorum: str | None = None

    def take(self, words: list[str]) -> None:
        match words:
            case ["log", key, *url] if len(url) <= 1:
                self._logs.append(KnownLog(key=VerifierKey.parse(key), url=url[0] if url else None))
            case ["witness", name, key, *url] if len(url) <= 1:
                self._define(name)
                self._witnesses.append(Witness(name=name, key=VerifierKey.parse(key), url=url[0] if url else None))
            case ["group", name, threshold, *members]:
                self._require_defined(members)
                self._define(name)
                self._groups.append(
                    Group(name=name, threshold=_threshold(threshold, len(members)), members=tuple(members))
                )
            case ["quorum", name]:
                if self._quorum is not None:
                    raise PolicyRefused("there is a second quorum.")
                if name != NONE:
                    self._require_defined([name])
                self._quorum = name
            case _:
                raise PolicyRefused("it is none of log, witness, group and quorum with the words that these need.")

    def policy(self) -> Policy:
        if self._quorum is None:
            raise PolicyRefused("The policy has no quorum line; say 'quorum none' where no witness is asked for.")
        return Policy(
            logs=tuple(self._logs),
            witnesses=tuple(self._witnesses),
            groups=tuple(self._groups),
            quorum=self._quorum,
        )

    def _define(self, name: str) -> None:
        if name in self._defined:
            raise PolicyRefused("its name is taken.")
        self._defined.add(name)

    def _require_defined(self, names: list[str]) -> None:
        if NONE in names or not self._defined.issuperset(names):
            raise PolicyRefused("it names something that no line before it defines.")


def _threshold(word: str, count: int) -> int:
    if word in {"any", "all"}:
        return 1 if word == "any" else count
    if not _THRESHOLD.fullmatch(word):
        raise PolicyRefused("a group's threshold is 'any', 'all' or a decimal number without a leading zero.")
    return int(word)


def _require_once(things: list[str] | list[bytes], what: str) -> None:
    if len(set(things)) != len(things):
        raise PolicyRefused(f"A {what} occurs twice in the policy.")


def _is_word(name: str) -> bool:
    data = name.encode("utf-8", "surrogateescape")
    return bool(name) and not _BLANK.search(name) and b"\n" not in data and not _FORBIDDEN.search(data)


def _line(*words: str | None) -> str:
    return " ".join(word for word in words if word is not None) + "\n"
