"""Instants are UTC; legal days and what people write on a form are those of the profile's zone (A4).

A local time that the clock shows twice, or never, on a daylight-saving night names no instant and is refused.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from governance.domain.legal_profile import LegalProfile

_DAY: Final = timedelta(days=1)


class LocalTimeRefused(ValueError):
    """A local time that names no instant. The sentence is for whoever typed it."""


def instant_of(local: datetime, legal: LegalProfile) -> datetime:
    """A4: return the instant (UTC) of a local time without an offset, as somebody types it.

    Raises:
        LocalTimeRefused: the clock shows this time twice or never, or it has an offset already.
    """
    if local.tzinfo is not None:
        raise LocalTimeRefused("A local time is written without an offset from UTC.")
    zone = ZoneInfo(legal.zone)
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    before, after = first.utcoffset(), second.utcoffset()
    if before is None or after is None or before == after:
        return first.astimezone(UTC)
    if before < after:
        raise LocalTimeRefused(
            f"The clock never shows {local:%H:%M} on {local:%Y-%m-%d}: it is put forward; choose another time."
        )
    raise LocalTimeRefused(
        f"The clock shows {local:%H:%M} twice on {local:%Y-%m-%d}: it is put back; choose another time."
    )


def local_time(instant: datetime, legal: LegalProfile) -> datetime:
    """Return an instant as the clocks of the profile's zone show it, with its offset.

    Raises:
        ValueError: the instant has no offset from UTC.
    """
    if instant.tzinfo is None:
        raise ValueError("An instant has an offset from UTC.")
    return instant.astimezone(ZoneInfo(legal.zone))


def legal_day(instant: datetime, legal: LegalProfile) -> date:
    """Return the legal day in which an instant lies.

    Raises:
        ValueError: the instant has no offset from UTC.
    """
    return local_time(instant, legal).date()


def day_begins(day: date, legal: LegalProfile) -> datetime:
    """Return the instant (UTC) when a legal day begins: the first, where the clock shows midnight twice or never."""
    return datetime.combine(day, time.min, ZoneInfo(legal.zone)).astimezone(UTC)


def after_months(day: date, months: int, legal: LegalProfile) -> datetime:
    """B13: return the instant at which so many calendar months after a day are over.

    The period ends with the day of the same date, or with the last day of a month that has no such date: Regulation
    1182/71, Art 3(2)(c). As there, Art 3(4) is not applied: it would only lengthen.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    return day_begins(last + _DAY, legal)


def after_legal_days(event: datetime, days: int, legal: LegalProfile) -> datetime:
    """A7: return the instant at which so many legal days after an event are over.

    The day of the event does not count, and the last day counts to its end: Regulation 1182/71, Art 3(1) and (2)(b).
    That a period may end on a working day only (Art 3(4)) is not applied: it would differ by country and only lengthen.
    """
    return day_begins(legal_day(event, legal) + (days + 1) * _DAY, legal)
