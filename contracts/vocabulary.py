"""Closed lists and identifiers that more than one package speaks of."""

from enum import StrEnum
from typing import NewType

CameraId = NewType("CameraId", str)
DeploymentId = NewType("DeploymentId", str)
ReferenceId = NewType("ReferenceId", str)
"""Opaque and random: it says nothing about the person (ISO/IEC 2382-37, 37.03.19)."""
SiteId = NewType("SiteId", str)
SlotId = NewType("SlotId", str)
VolunteerId = NewType("VolunteerId", str)
"""A pseudonym: whose it is, the volunteers' trustee alone knows (C11)."""
WarrantId = NewType("WarrantId", str)


class SourceKind(StrEnum):
    """What a camera's stream is read from (the closed list of schemes)."""

    DEVICE = "device"
    FILE = "file"
    FOLDER = "folder"
    HTTP = "http"
    HTTPS = "https"
    RTSP = "rtsp"
    RTSPS = "rtsps"


class CameraClass(StrEnum):
    """How a camera sees people come: what was tested for the one says nothing for the others (law.md P4)."""

    ENTRANCE = "entrance"
    """A door, a gate, an escalator: one behind the other, towards the camera."""
    HALL = "hall"
    """An open place: at every distance, turned every way."""
    PASSAGE = "passage"
    """A corridor or stair: side by side, towards the camera or away from it."""


class Objective(StrEnum):
    """Why a person may be looked for: Art 5(1)(h)(i) to (iii) of the AI Act, a closed list (law.md A1)."""

    VICTIM_SEARCH = "victim-search"
    IMMINENT_THREAT = "imminent-threat"
    PERPETRATOR_SEARCH = "perpetrator-search"


class IssuerType(StrEnum):
    """Who may issue a warrant (law.md 0.1, 0.4)."""

    COURT = "court"
    PROSECUTOR = "prosecutor"


class WarrantType(StrEnum):
    """When the issuer speaks (law.md A6, A7, A12)."""

    PRIOR = "prior"
    """The issuer decides first. The rule."""
    URGENT = "urgent"
    """Two officers begin; the issuer decides within the urgent times."""
    POST_REMOTE = "post-remote"
    """One photograph against recorded material, never live matching."""


class NotComparedReason(StrEnum):
    """Why a detected face was not compared. Counted, and nothing else is kept of it (law.md C3, C7)."""

    BLURRED = "blurred"
    CUT_BY_EDGE = "cut-by-edge"
    LEASE_ENDED = "lease-ended"
    MATCHER_BUSY = "matcher-busy"
    POOR_LIGHT = "poor-light"
    TOO_SMALL = "too-small"
    TURNED_AWAY = "turned-away"
    UNSTABLE = "unstable"
    """Seen too briefly to be followed as one face."""
