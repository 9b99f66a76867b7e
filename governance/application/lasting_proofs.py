"""Proofs that are taken away: under the newest checkpoint that the witnesses cosigned, where there are any.

Whoever looks at them later holds them against a policy that asks for witnesses; the head of the moment has none yet.
"""

from collections.abc import Collection, Mapping

from contracts.errors import ReceiptRefused
from contracts.receipt import LogReceipt, verify_receipt
from governance.application.governance import Governance
from governance.application.log_errors import log_errors
from governance.application.log_files import LogFiles
from governance.audit.checkpoint import parse_body
from governance.audit.errors import LogUnavailable
from governance.audit.note import parse_note


def lasting_receipts(governance: Governance, files: LogFiles, indices: Collection[int]) -> Mapping[int, LogReceipt]:
    """Return a verified receipt of each entry, all of them under one checkpoint.

    Raises:
        StorageFailed: the log does not answer, or witnesses are configured and do not cosign.
    """
    with log_errors():
        note = _checkpoint(governance, at_least=max(indices) + 1)
        size = parse_body(parse_note(note).text).size
        made = {
            index: LogReceipt(index=index, leaf=leaf, proof=files.proof(index, size), checkpoint=note)
            for index in indices
            for leaf in governance.log.entries(first=index, count=1)
        }
        try:
            for receipt in made.values():
                verify_receipt(receipt, origin=governance.log_origin, log_key=governance.log_key)
        except ReceiptRefused as error:
            raise LogUnavailable("The log's entries are not those that its checkpoint was signed over.") from error
    return made


def _checkpoint(governance: Governance, *, at_least: int) -> str:
    witnesses = governance.witnesses
    if not witnesses.are_configured:
        return governance.log.checkpoint()
    witnesses.require_cosigned(at_least)
    newest = witnesses.newest()
    if newest is None:
        raise LogUnavailable("No checkpoint is cosigned yet; try again.")
    return newest
