"""Import incidents as evidence for sites: looked at first, then taken in whole or not at all (C14, B7)."""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass

from governance.application.errors import BadInput, Conflict
from governance.application.governance import Governance
from governance.application.incident_file import ReadFile, read_incidents
from governance.application.procedure import acting, require
from governance.domain.events import Event
from governance.domain.identifiers import AccountId
from governance.domain.incidents import HotSpot, Place, PlaceCounts, Tally, is_hot_spot, may_import
from governance.domain.retention import DataClass, expiry
from governance.domain.roles import Action
from governance.domain.site_evidence import SiteEvidence


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportEvidence:
    """Take the file in. `previewed` is the SHA-256 of the file that was looked at: it must be this one.

    `threshold` is the authority's own: how many times an equal share a place has at least to reach.
    """

    actor: AccountId
    file: bytes
    previewed: str
    threshold: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePreview:
    """What an import would say, before anything of it is kept."""

    document: str
    read: ReadFile
    spots: Mapping[str, HotSpot]


def preview_evidence(governance: Governance, actor: AccountId, file: bytes) -> EvidencePreview:
    """Read the file and say what counts, what is ignored and why, and what the statistic makes of it. Keep nothing.

    Raises:
        BadInput: it is no file of incidents.
    """
    return _read(governance, actor, file)


def import_evidence(governance: Governance, command: ImportEvidence) -> int:
    """Replace the evidence of every site of the register by what this file says; return how many sites there are.

    Raises:
        BadInput: it is no file of incidents, or another than the one that was looked at.
        Refused: a row cannot be read, nothing counts, or the threshold is below the profile's.
    """
    now = governance.clock.now()
    preview = _read(governance, command.actor, command.file)
    with governance.database.transaction() as tx:
        acting(tx, command.actor, Action.EVIDENCE_IMPORT)
        if preview.document != command.previewed:
            raise BadInput("This is another file than the one that was looked at; look at it first.")
        lowest = governance.legal.least_hot_spot_percent / 100
        if not command.threshold >= lowest:
            raise BadInput(f"The threshold is a number from {lowest:g} on.")
        about = {"actor": command.actor, "document": preview.document}
        require(tx, may_import(preview.read.tally, preview.read.bad_rows), about=about)
        places = preview.read.tally.places()
        sites = tx.sites.where()
        for site in sites:
            if site.site_id not in preview.spots:
                raise Conflict("A site was registered in the meantime; look at the file again.")
            found = preview.spots[site.site_id]
            if tx.evidence.find(site.site_id) is not None:
                tx.evidence.remove(site.site_id)
            tx.evidence.add(
                SiteEvidence(
                    site_id=site.site_id,
                    document=preview.document,
                    counted=found.counted,
                    total=found.total,
                    places=found.places,
                    ratio=found.ratio,
                    ratio_low=found.ratio_low,
                    ratio_high=found.ratio_high,
                    p_value=found.p_value,
                    threshold=command.threshold,
                    hot_spot=is_hot_spot(found, threshold=command.threshold, legal=governance.legal).allowed,
                    counts=_as_json(preview.read.tally, places[site.site_id]),
                    imported_by=command.actor,
                    created_at=now,
                    expires_at=expiry(
                        DataClass.REGISTER, created_at=now, no_later_than=now + governance.legal.evidence_life
                    ),
                )
            )
        tx.log.append(Event.EVIDENCE_IMPORT, {**about, "count": preview.read.tally.counted})
        tx.commit()
    return len(sites)


def _read(governance: Governance, actor: AccountId, file: bytes) -> EvidencePreview:
    # The file is read outside of any transaction: nobody else waits for a million rows.
    places = _places(governance, actor)
    now = governance.clock.now()
    tally = Tally(governance.legal, places, now=now)
    read = read_incidents(io.BytesIO(file), tally, zone=governance.legal.zone, now=now)
    counts = {place: sums.total for place, sums in tally.places().items()}
    return EvidencePreview(
        document=hashlib.sha256(file).hexdigest(), read=read, spots=governance.hot_spots.compare(counts)
    )


def _places(governance: Governance, actor: AccountId) -> tuple[Place, ...]:
    with governance.database.transaction() as tx:
        acting(tx, actor, Action.EVIDENCE_IMPORT)
        sites = tx.sites.where()
    return tuple(Place(place=site.site_id, latitude=site.latitude, longitude=site.longitude) for site in sites)


def _as_json(tally: Tally, sums: PlaceCounts) -> str:
    said = {
        "hours": {f"{hour:02d}": count for hour, count in sums.hours.items()},
        "ignored": {reason.value: count for reason, count in sorted(tally.ignored.items())},
        "months": dict(sums.months),
        "offences": dict(sums.offences),
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True)
