"""How old somebody is on a legal day, and what follows: minors need a second signature (C2), bands are admitted (C13).

Days are legal days, of the profile's time zone, so that a person does not turn eighteen an hour or two early in UTC.
Whoever was born on 29 February is a year older from 1 March in other years: protection lasts the day longer.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Final

from governance.domain.decisions import Decision, allow, deny
from governance.domain.legal_profile import AgeBand, LegalProfile
from governance.domain.legal_time import legal_day

_OLDEST: Final = 130
_FIRST_AGE: Final = (
    (65, AgeBand.FROM_65),
    (40, AgeBand.TO_64),
    (18, AgeBand.TO_39),
    (12, AgeBand.TO_17),
    (0, AgeBand.UNDER_12),
)
_MINOR: Final = frozenset({AgeBand.UNDER_12, AgeBand.TO_17, AgeBand.UNKNOWN})


def age_on(born_on: date, day: date) -> int:
    """Return the full years between two days; negative where the day comes first."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def band_of(age: int) -> AgeBand:
    """Return the age band of an age; what is no person's age is unknown."""
    if not 0 <= age <= _OLDEST:
        return AgeBand.UNKNOWN
    return next(band for first, band in _FIRST_AGE if age >= first)


def band_on(signed: str, born_on: date | None, day: date) -> AgeBand:
    """Return a slot's age band on a day: by the day of birth where it is known, else as the issuer signed it."""
    if born_on is not None:
        return band_of(age_on(born_on, day))
    return AgeBand(signed) if signed in set(AgeBand) else AgeBand.UNKNOWN


def is_minor(signed: str, born_on: date | None, day: date) -> bool:
    """C2: say whether a slot counts as a minor's on a day. What the issuer signed as unknown always does."""
    unknown = signed not in set(AgeBand) or signed == AgeBand.UNKNOWN
    return unknown or band_on(signed, born_on, day) in _MINOR


def has_admitted_age(
    signed: str, born_on: date | None, *, admitted: Collection[str], legal: LegalProfile, now: datetime
) -> Decision:
    """C13, C2: the band of the day is the signed one, or one birthday later; and the evaluation passed for it."""
    today = legal_day(now, legal)
    band = band_on(signed, born_on, today)
    if born_on is not None and band is AgeBand.UNKNOWN:
        return deny("C2", "The day of birth is none that a living person can have.")
    if born_on is not None and signed not in {band, _band_when_applied(born_on, today, legal), AgeBand.UNKNOWN}:
        return deny("C13", "By the day of birth the person is not of the age that the issuer signed.")
    if band not in admitted:
        return deny("C13", "The model profile has not passed its evaluation for the age of this person.")
    return allow("C13")


def _band_when_applied(born_on: date, today: date, legal: LegalProfile) -> AgeBand:
    """Return the band on the first day on which the application may have been signed."""
    return band_of(age_on(born_on, today - legal.longest_lead_time - legal.longest_window))
