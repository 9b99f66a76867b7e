"""What the server does by itself, beside answering: each job with what it writes to the log.

A job that fails says so in one line and is tried again; nobody is shown anything meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event as Signal
from typing import Final

import structlog

from governance.application import heartbeat
from governance.application.build_watchlist import renew_watchlists
from governance.application.daily_checkpoint import DailyCheckpoint
from governance.application.erase import expire_due
from governance.application.errors import GovernanceError
from governance.application.escalate import escalate_waiting
from governance.application.governance import Governance
from governance.application.log_errors import log_errors
from governance.application.notify_authorities import deliver_due
from governance.application.ports import TimeStamps
from governance.application.publish_records import publish_due
from governance.application.watch_operation import WatchOfUse
from governance.domain.events import Event
from governance.domain.recording import Recording, recording, recording_nothing

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What jobs work on, and the signal that ends them."""

    governance: Governance
    daily: DailyCheckpoint
    time_stamps: TimeStamps
    stop: Signal
    watch: WatchOfUse = field(default_factory=WatchOfUse)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One thing that is done again and again: every so many seconds, the first time at once or after them."""

    name: str
    once: Callable[[Work], None]
    seconds: float
    at_once: bool
    declared: Recording


def _expire(work: Work) -> None:
    """End and erase what is due."""
    expired = expire_due(work.governance)
    if expired.alerts or expired.warrants or expired.objects:
        log.info("expired", alerts=expired.alerts, warrants=expired.warrants, objects=expired.objects)


def _renew_lists(work: Work) -> None:
    """Build the lists that grow old, or on which somebody came or went (C1)."""
    built = renew_watchlists(work.governance)
    if built:
        log.info("watchlists built", count=built)


def _escalate(work: Work) -> None:
    """Call others to alerts that wait (E6)."""
    escalate_waiting(work.governance)


def _notify(work: Work) -> None:
    """Deliver notifications to the authorities."""
    deliver_due(work.governance)


def _beat(work: Work) -> None:
    """Give a sign of life."""
    heartbeat.beat(work.governance)


def _take_inventory(work: Work) -> None:
    """Tell what the vault holds."""
    heartbeat.take_inventory(work.governance)


def _ask_witnesses(work: Work) -> None:
    """Have the newest checkpoint cosigned, so that what is shown stays covered."""
    with log_errors():
        work.governance.witnesses.refresh()


def _have_stamped(work: Work) -> None:
    """Have authorities say when the log was what it is."""
    with log_errors():
        work.time_stamps.look()


def _keep_checkpoint(work: Work) -> None:
    """Take the day's public checkpoint, soon after midnight rather than when somebody happens to ask."""
    work.daily.of_today()


def _publish(work: Work) -> None:
    """Publish the records that the public may have by now (C7, C15)."""
    published = publish_due(work.governance)
    if published:
        log.info("published", count=published)


def _watch_use(work: Work) -> None:
    """Suspend the model profile where its use says so (A18)."""
    if work.watch.look(work.governance):
        log.warning("model profile suspended")


JOBS: Final = (
    Job(
        name="expiry",
        once=_expire,
        seconds=5.0,
        at_once=False,
        declared=recording(
            sometimes=(
                Event.CANDIDATE_DISMISS,
                Event.DEPLOYMENT_END,
                Event.ERASURE_COMPLETE,
                Event.ERASURE_INTEND,
                Event.HAND_OFF_LAPSE,
                Event.HOLD_CLEAR,
                Event.RECORDS_EXPIRE,
                Event.WARRANT_EXPIRE,
                Event.WARRANT_NARROW,
                Event.WATCHLIST_DESTROY,
            ),
            silent="Nothing was due.",
        ),
    ),
    Job(
        name="watchlists",
        once=_renew_lists,
        seconds=60.0,
        at_once=True,
        declared=recording(
            sometimes=(
                Event.OBJECT_READ,
                Event.WATCHLIST_BUILD,
                Event.WATCHLIST_DESTROY,
                Event.WATCHLIST_REFUSE,
            ),
            silent="No list was due.",
        ),
    ),
    Job(
        name="notifications",
        once=_notify,
        seconds=2.0,
        at_once=True,
        declared=recording(sometimes=(Event.NOTIFICATION_ACKNOWLEDGE,), silent="Nobody signed for a notification."),
    ),
    Job(
        name="escalation",
        once=_escalate,
        seconds=5.0,
        at_once=True,
        declared=recording(sometimes=(Event.CANDIDATE_ESCALATE,), silent="No alert waited too long."),
    ),
    Job(name="beat", once=_beat, seconds=60.0, at_once=False, declared=recording(Event.LOG_BEAT)),
    Job(
        name="inventory",
        once=_take_inventory,
        seconds=24 * 3600.0,
        at_once=True,
        declared=recording(Event.VAULT_INVENTORY),
    ),
    Job(
        name="witnesses",
        once=_ask_witnesses,
        seconds=60.0,
        at_once=True,
        declared=recording_nothing("It has others confirm the log, and writes nothing to it."),
    ),
    Job(
        name="time-stamps",
        once=_have_stamped,
        seconds=60.0,
        at_once=True,
        declared=recording_nothing("It has authorities date the log, and writes nothing to it."),
    ),
    Job(
        name="publication",
        once=_publish,
        seconds=600.0,
        at_once=True,
        declared=recording(sometimes=(Event.OBJECT_READ, Event.RECORD_PUBLISH), silent="No record may be published."),
    ),
    Job(
        name="use",
        once=_watch_use,
        seconds=60.0,
        at_once=False,
        declared=recording(
            sometimes=(Event.MODEL_SUSPEND,),
            silent="Use gave no reason to suspend the model profile.",
        ),
    ),
    Job(
        name="daily checkpoint",
        once=_keep_checkpoint,
        seconds=60.0,
        at_once=True,
        declared=recording_nothing("It keeps a checkpoint that exists already."),
    ),
)
"""Every job of the server; it starts no other."""

STARTING: Final = recording(Event.LOG_BEGIN)
"""What the server writes when it begins, beside what was left unfinished."""
STOPPING: Final = recording(Event.LOG_STOP)
"""What it writes when it stops in good order."""


def run(job: Job, work: Work) -> None:
    """Do a job until it is stopped."""
    if not job.at_once and work.stop.wait(job.seconds):
        return
    while True:
        try:
            job.once(work)
        except GovernanceError as error:
            log.warning("job failed", job=job.name, sentence=str(error))
        if work.stop.wait(job.seconds):
            return
