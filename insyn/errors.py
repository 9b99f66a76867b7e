"""The errors of the front door. Each carries one sentence that says what to do."""


class InsynError(Exception):
    """The command cannot go on; the message says why and what to do."""


class ProcessFailed(InsynError):
    """One of the system's processes did not start, or ended and could not be started again."""


class ExpectationFailed(InsynError):
    """The demonstration did not go as the law and the plan want it."""
