"""A profile file: what a lawyer may change of the table, and that it only ever narrows (A1, A2, A19).

A file is the whole table as JSON; `insyn law profile export` writes one to begin with. What is signed is its one
canonical spelling; who signed it is looked at elsewhere (`contracts.joint_signature`).
"""

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from governance.domain.decisions import Decision, allow, deny
from governance.domain.eu_floor import LEAST_MAXIMUM_PENALTY_YEARS, Annex, Objective
from governance.domain.legal_parameter import Basis, Narrower, Offence, Status, is_narrower, is_positive
from governance.domain.legal_profile import ENTRIES, KIND, LegalProfile, builtin_profiles, keeps_the_floor

_MILLISECOND: Final = timedelta(milliseconds=1)
_LONGEST_TEXT: Final = 500


class ProfileRefused(Exception):
    """A profile file that is none, or that would widen what is built in. Says in one sentence what to do."""


def read_profile(data: bytes) -> LegalProfile:
    """A1, A2: read a profile file; what comes back only narrows the built-in profile that it names.

    Raises:
        ProfileRefused: it is not the whole table, not canonical, or widens anything.
    """
    profile = parse_profile(data)
    if profile.to_bytes() != data:
        raise ProfileRefused("This legal profile is not written canonically; write it with `insyn law profile check`.")
    return profile


def parse_profile(data: bytes) -> LegalProfile:
    """A1, A2: read a table as people write it, with spaces and in their own order; it only narrows all the same.

    Raises:
        ProfileRefused: it is not the whole table, or widens anything.
    """
    value = _object(_json(data), {"kind", "name", "parameters", "version"}, "legal profile")
    if value["kind"] != KIND:
        raise ProfileRefused(f"This is no legal profile of the kind {KIND}.")
    base = builtin_profiles().get(str(value["name"]))
    if base is None:
        raise ProfileRefused(f"A legal profile begins from one of these: {', '.join(sorted(builtin_profiles()))}.")
    parameters = _object(value["parameters"], set(ENTRIES), "table of parameters")
    read = {name: _parameter(name, given, base) for name, given in parameters.items()}
    profile = replace(
        base,
        version=_text(value["version"], "version"),
        bases=MappingProxyType({name: basis for name, (_, basis) in read.items()}),
        **{name: found for name, (found, _) in read.items()},
    )
    narrows = only_narrows(profile, base)
    if not narrows.allowed:
        raise ProfileRefused(narrows.reason)
    return profile


def only_narrows(profile: LegalProfile, base: LegalProfile) -> Decision:
    """A1, A2: a profile keeps the EU floor and gives in no parameter more power than the profile it begins from."""
    for name in ENTRIES:
        value = getattr(profile, name)
        if not is_positive(value):
            return deny("A1", f"The parameter {name} must be more than nothing.")
        if not _narrows(name, value, base):
            law = profile.basis(name).law
            return deny("A1", f"The parameter {name} ({law}) would widen what is built in; a file may only narrow it.")
    if not keeps_the_floor(profile):
        return deny("A2", "The profile goes below the floor of the EU act, which is compiled in.")
    return allow("A1")


def _narrows(name: str, value: Any, base: LegalProfile) -> bool:
    entry = ENTRIES[name]
    if entry.narrower is Narrower.OFFENCES and base.any_statute:
        # Annex II and four years are the floor, and the type of a row holds the first of them.
        return all(row.maximum_penalty_years >= LEAST_MAXIMUM_PENALTY_YEARS for row in value)
    return is_narrower(value, getattr(base, name), entry)


def _parameter(name: str, given: Any, base: LegalProfile) -> tuple[Any, Basis]:
    fields_of = _object(given, {"law", "source", "status", "value"}, f"parameter {name}")
    if fields_of["law"] != ENTRIES[name].basis.law:
        raise ProfileRefused(f"The parameter {name} serves requirement {ENTRIES[name].basis.law}, and no other.")
    basis = Basis(
        law=ENTRIES[name].basis.law,
        source=_text(fields_of["source"], f"source of {name}"),
        status=_choice(fields_of["status"], Status, f"status of {name}"),
    )
    return _value(fields_of["value"], getattr(base, name), name), basis


def _value(given: Any, like: Any, name: str) -> Any:  # noqa: PLR0911 (a line for each kind of value)
    """Read a value of the same kind as the built-in one."""
    match like:
        case timedelta():
            return _MILLISECOND * _whole(given, name)
        case frozenset():
            return _set(given, like, name)
        case tuple():
            return tuple(_offence(row) for row in _list(given, name))
        case bool():
            return _yes_or_no(given, name)
        case int():
            return _whole(given, name)
        case float():
            return _share(given, name)
        case _:
            return _text(given, name)


def _set(given: Any, like: frozenset[Any], name: str) -> frozenset[Any]:
    members = {str(one): one for one in like}
    words = [_text(one, name) for one in _list(given, name)]
    if ENTRIES[name].narrower is Narrower.FEWER and not set(words) <= set(members):
        raise ProfileRefused(f"The parameter {name} would widen what is built in; a file may only narrow it.")
    return frozenset(members.get(word, word) for word in words)


def _offence(given: Any) -> Offence:
    row = _object(given, {each.name for each in fields(Offence)}, "row of offences")
    return Offence(
        code=_choice(row["code"], Annex, "code of an offence"),
        statute=_text(row["statute"], "statute"),
        maximum_penalty_years=_whole(row["maximum_penalty_years"], "maximum_penalty_years"),
        objectives=frozenset(_choice(one, Objective, "objective") for one in _list(row["objectives"], "objectives")),
        source=_text(row["source"], "source of an offence"),
        status=_choice(row["status"], Status, "status of an offence"),
    )


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ProfileRefused("This legal profile is not JSON.") from error


def _object(value: Any, names: set[str], what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict) or set(value) != names:
        raise ProfileRefused(f"The {what} must have exactly these entries: {', '.join(sorted(names))}.")
    return value


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise ProfileRefused(f"The parameter {what} is a list.")
    return value


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST_TEXT or not value.isprintable():
        raise ProfileRefused(f"The {what} is a text of 1 to {_LONGEST_TEXT} characters on one line.")
    return value


def _whole(value: Any, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise ProfileRefused(f"The parameter {what} is a whole number.")
    return value


def _yes_or_no(value: Any, what: str) -> bool:
    if not isinstance(value, bool):
        raise ProfileRefused(f"The parameter {what} is true or false.")
    return value


def _share(value: Any, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
        raise ProfileRefused(f"The parameter {what} is a share between 0 and 1.")
    return float(value)


def _choice(value: Any, choices: Any, what: str) -> Any:
    if not isinstance(value, str) or value not in {one.value for one in choices}:
        raise ProfileRefused(f"The {what} is one of: {', '.join(one.value for one in choices)}.")
    return choices(value)
