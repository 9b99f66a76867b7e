"""Why the demonstration's site may be used: invented incidents, and documents that say that they are invented."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from insyn.demonstration.keys import SITE

_PLACES = 11
_WEEKS = 40


def invented_incidents(*, now: datetime) -> bytes:
    """Return a file of incidents in which the site stands out against eleven other places. Nothing of it happened."""
    rows = ["site;time;category;count"]
    for week in range(_WEEKS):
        day = now - timedelta(days=7 * week + 1)
        for hour, count in ((1, 1), (17, 1), (21, 2), (23, 3)):
            rows.append(f"{SITE};{day:%Y-%m-%d}T{hour:02d}:30Z;grovt rån;{count}")
        rows.append(f"{SITE};{day:%Y-%m-%d}T20:10Z;klotter;4")
        rows.extend(
            f"place-{place:02d};{day:%Y-%m-%d}T{(7 * place + week) % 24:02d}:15Z;grov misshandel;1"
            for place in range(1, _PLACES + 1)
        )
    return "\n".join([*rows, ""]).encode()


def invented_documents() -> Mapping[str, bytes]:
    """Return one file for each kind of document that a camera needs."""
    pdf = b"%PDF-1.7\n% An invented document of the demonstration: it balances and assesses nothing.\n%%EOF\n"
    return {
        "balancing": pdf,
        "impact-assessment": pdf,
        "sign": b"\x89PNG\r\n\x1a\n an invented sign of the demonstration",
    }
