"""Opaque identifiers. They are random and say nothing about anybody."""

import re
from typing import Final, NewType

AccountId = NewType("AccountId", str)
AlertId = NewType("AlertId", str)
"""An alert bears the report id of the candidate report that opened it."""
CameraId = NewType("CameraId", str)
CertificateId = NewType("CertificateId", str)
DeploymentId = NewType("DeploymentId", str)
IncidentId = NewType("IncidentId", str)
"""A serious incident of the register (A18)."""
LeaseId = NewType("LeaseId", str)
ListReportId = NewType("ListReportId", str)
ObjectId = NewType("ObjectId", str)
"""A sealed object: its key lives outside the database."""
PublicationId = NewType("PublicationId", str)
"""A record that everybody may read (C7)."""
ReferenceId = NewType("ReferenceId", str)
RightsRequestId = NewType("RightsRequestId", str)
"""A request or complaint of somebody concerned, at the rights desk (B13)."""
SearchId = NewType("SearchId", str)
"""The search of one recording (A12)."""
SiteId = NewType("SiteId", str)
SlotId = NewType("SlotId", str)
VolunteerId = NewType("VolunteerId", str)
"""A pseudonym of one run: whose it is, the volunteers' trustee alone knows (C11)."""
WarrantId = NewType("WarrantId", str)
WatchlistId = NewType("WatchlistId", str)

IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
"""How an identifier is spelled wherever it crosses a boundary (`contracts.fields` refuses anything else)."""
