"""The errors of the application. Each carries one sentence for a person, and says what to do; none is about one."""

from governance.application.findings import Finding
from governance.domain.decisions import Decision


class GovernanceError(Exception):
    """Something asked of governance was not done."""


class Refused(GovernanceError):
    """A rule said no. The refusal stands in the log already. `decisions` are the denials, the first is the message."""

    def __init__(self, *decisions: Decision) -> None:
        super().__init__(decisions[0].reason)
        self.decisions = decisions

    @property
    def rule(self) -> str:
        """The rule of the first denial, such as A3."""
        return self.decisions[0].rule


class NotFound(GovernanceError):
    """There is no such thing, or not for this person: the two are not told apart."""


class NotLoggedIn(GovernanceError):
    """No session, a session that ended, or a log-in that failed. Which part was wrong is not said."""


class BadInput(GovernanceError):
    """What was sent is not what it must be."""


class EnrolmentRefused(GovernanceError):
    """The photograph cannot become a reference. `findings` say why, in words (`governance.application.findings`)."""

    def __init__(self, sentence: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(sentence)
        self.findings = findings


class Conflict(GovernanceError):
    """Somebody else changed this in the meantime, or it exists already. Load it again."""


class NotUnderstood(BadInput):
    """A signed record is malformed or its signature is not by a key pinned for it."""


class Unavailable(GovernanceError):
    """A part that is needed does not answer. Nothing was shown and nothing was changed; try again."""


class ClockJumped(GovernanceError):
    """The wall clock was set while the server ran. Nothing is shown, lent or erased by a time that may be wrong."""


class StorageFailed(GovernanceError):
    """The database or key store cannot be written (a full disk, often). Nothing was delivered."""


class DataFolderInUse(GovernanceError):
    """Another server already runs on this data folder."""
