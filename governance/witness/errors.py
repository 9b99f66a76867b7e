"""The errors of a witness. Each carries one sentence for a person."""

from governance.audit.errors import LogError


class WitnessError(LogError):
    """The witness cannot do what it was asked to."""


class WitnessUnusable(WitnessError):
    """The witness's file is missing, damaged, in use or cannot be written; nothing is signed."""


class WitnessRetired(WitnessError):
    """This witness was retired: it signs nothing any more, and never will again."""


class Refused(WitnessError):
    """A checkpoint is not cosigned. `status` is the HTTP status of tlog-witness."""

    status = 400


class NotARequest(Refused):
    """The request, the note or the checkpoint is malformed, or the old size lies beyond the new one."""


class NotSigned(Refused):
    """No key that the witness knows for this log signed the checkpoint, or one did so wrongly."""

    status = 403


class UnknownLog(Refused):
    """The witness was told of no log with this origin."""

    status = 404


class Conflict(Refused):
    """The witness cosigned another size last, or this size with another root. `size` is what it cosigned last."""

    status = 409

    def __init__(self, sentence: str, *, size: int) -> None:
        super().__init__(sentence)
        self.size = size


class NotProven(Refused):
    """The consistency proof does not lead from the last cosigned tree to this one."""

    status = 422


class ClockWentBack(Refused):
    """The witness's clock shows less than when it cosigned last; it says no time that is not so."""

    status = 503
