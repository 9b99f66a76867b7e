"""What whatever analyses or compares faces may be shown: a live authorisation, or the order to search one recording.

Each is made by its own verifier alone. `edge.gate` and `matcher.leases`, which hold what is live, take only the first.
"""

from contracts.authorisation import VerifiedAuthorisation
from contracts.search_order import VerifiedSearchOrder

Permit = VerifiedAuthorisation | VerifiedSearchOrder
"""Both say of one camera and one moment whether they authorise (`standing`), and what governance signed (`grant`)."""
