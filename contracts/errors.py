"""The errors of this package. Each carries one sentence for a person; none carries anything about one."""


class ContractError(Exception):
    """Something that crossed a boundary was not as agreed."""


class Malformed(ContractError):
    """Bytes that are not the record they were said to be: a field is missing, unknown, or not what it must be."""


class SignatureRefused(ContractError):
    """A signature is missing, wrong, or made with a key that is not pinned for this purpose."""


class SealRefused(ContractError):
    """A sealed box could not be opened with this key in this context."""


class ReceiptRefused(ContractError):
    """A log receipt does not prove what it was said to prove."""
