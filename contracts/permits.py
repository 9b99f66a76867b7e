"""What whatever analyses or compares faces may be shown: a live authorisation, or the order to search one recording.

Each is made by its own verifier alone. `edge.gate` and `matcher.leases`, which hold what is live, take only the first.
A volunteers' run is neither: it is let in on purpose, where faces are looked for (`Look`) and in the gate of its own
(`matcher.volunteer_gate`), and nothing that makes a candidate takes it (law.md C16).
"""

from contracts.authorisation import VerifiedAuthorisation
from contracts.search_order import VerifiedSearchOrder
from contracts.volunteer_run import VerifiedVolunteerRun

Permit = VerifiedAuthorisation | VerifiedSearchOrder
"""Both say of one camera and one moment whether they authorise (`standing`), and what governance signed (`grant`)."""

Look = Permit | VerifiedVolunteerRun
"""What lets somebody look for faces at one camera and hand them on; who compares them asks for an authority anew."""
