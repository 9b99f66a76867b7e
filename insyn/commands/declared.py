"""What each command writes to the log: the table that tests hold against the commands there are.

Commands work on files, or start processes that declare for themselves what they write; few open governance.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from governance.domain.events import Event
from governance.domain.recording import Recording, recording, recording_nothing

READS_THE_LOG: Final = "It reads the log, in clear, on the machine that holds it."
FILES_OF_OTHERS: Final = "It works on files that somebody carries; governance is elsewhere."
NO_GOVERNANCE: Final = "It opens nothing of governance's."
NO_LOG_CHANGED: Final = "It writes or reads a file that says what this machine believes; the log does not change."
OF_A_WITNESS: Final = "It is another organisation's, with a memory of its own; it writes into no log."
SITE: Final = "It runs at the site, which has no log; what it finds goes through governance's routes."

_DEMONSTRATION: Final = recording(
    sometimes=(Event.ACCOUNT_CREATE,), silent="The demonstration's folder was founded before; all else goes by routes."
)

_READINGS: Final = recording(sometimes=(Event.LOG_READ,), silent="Nothing that is sealed was drawn.")

COMMANDS: Final[Mapping[str, Recording]] = MappingProxyType(
    {
        "admission keygen": recording_nothing(FILES_OF_OTHERS),
        "admission pin": recording_nothing(NO_LOG_CHANGED),
        "admission show": recording_nothing(FILES_OF_OTHERS),
        "admission sign": recording_nothing(FILES_OF_OTHERS),
        "authority amend": recording_nothing(FILES_OF_OTHERS),
        "authority confirm": recording_nothing(FILES_OF_OTHERS),
        "authority keygen": recording_nothing(FILES_OF_OTHERS),
        "authority list keygen": recording_nothing(FILES_OF_OTHERS),
        "authority list make": recording_nothing(FILES_OF_OTHERS),
        "authority list pin": recording_nothing(NO_LOG_CHANGED),
        "authority list show": recording_nothing(FILES_OF_OTHERS),
        "authority list sign": recording_nothing(FILES_OF_OTHERS),
        "authority pdf certificate": recording_nothing(FILES_OF_OTHERS),
        "authority pdf make": recording_nothing(FILES_OF_OTHERS),
        "authority pdf sign": recording_nothing(FILES_OF_OTHERS),
        "authority receipt": recording_nothing(FILES_OF_OTHERS),
        "authority reject": recording_nothing(FILES_OF_OTHERS),
        "authority revoke": recording_nothing(FILES_OF_OTHERS),
        "authority show": recording_nothing(FILES_OF_OTHERS),
        "authority sign": recording_nothing(FILES_OF_OTHERS),
        "bench log": recording_nothing("The logs that it fills are its own, and are thrown away."),
        "bench speed": recording_nothing(NO_GOVERNANCE),
        "bench stop": _DEMONSTRATION,
        "demo check": _DEMONSTRATION,
        "demo reset": recording_nothing("It forgets a demonstration as a whole, its log included."),
        "demo run": _DEMONSTRATION,
        "edge run": recording_nothing(SITE),
        "evaluate accuracy": recording_nothing(NO_GOVERNANCE),
        "evaluate bias": recording_nothing(NO_GOVERNANCE),
        "evaluate blufr": recording_nothing(NO_GOVERNANCE),
        "evaluate calibrate": recording_nothing(NO_GOVERNANCE),
        "evaluate check-report": recording_nothing(FILES_OF_OTHERS),
        "evaluate fetch": recording_nothing(NO_GOVERNANCE),
        "evaluate gate": recording_nothing(FILES_OF_OTHERS),
        "evaluate identify": recording_nothing(NO_GOVERNANCE),
        "evaluate keys": recording_nothing(FILES_OF_OTHERS),
        "evaluate manifest check": recording_nothing(FILES_OF_OTHERS),
        "evaluate manifest make": recording_nothing(NO_GOVERNANCE),
        "evaluate manifest sign": recording_nothing(FILES_OF_OTHERS),
        "evaluate metrics": recording_nothing(NO_GOVERNANCE),
        "evaluate new-key": recording_nothing(FILES_OF_OTHERS),
        "evaluate operation": recording_nothing(NO_GOVERNANCE),
        "evaluate passages": recording_nothing(NO_GOVERNANCE),
        "evaluate publish": recording_nothing(NO_GOVERNANCE),
        "evaluate ratios": recording_nothing(NO_GOVERNANCE),
        "evaluate report": recording_nothing(NO_GOVERNANCE),
        "evaluate scores": recording_nothing(NO_GOVERNANCE),
        "evaluate sensitivity": recording_nothing(NO_GOVERNANCE),
        "evaluate sign-report": recording_nothing(FILES_OF_OTHERS),
        "evaluate sign-scores": recording_nothing(FILES_OF_OTHERS),
        "evaluate stream": recording_nothing(NO_GOVERNANCE),
        "evaluate within-groups": recording_nothing(NO_GOVERNANCE),
        "law attest": recording_nothing(FILES_OF_OTHERS),
        "law matrix": recording_nothing(NO_GOVERNANCE),
        "law profile check": recording_nothing(FILES_OF_OTHERS),
        "law profile export": recording_nothing(FILES_OF_OTHERS),
        "law profile new-key": recording_nothing(FILES_OF_OTHERS),
        "law profile show": recording_nothing(FILES_OF_OTHERS),
        "law profile sign": recording_nothing(FILES_OF_OTHERS),
        "log ask-witness": recording_nothing(NO_LOG_CHANGED),
        "log challenge": _READINGS,
        "log close-year": recording(
            Event.LOG_CLOSE, Event.LOG_BEGIN, Event.LOG_STOP, sometimes=(Event.RECORDS_CHANGE,)
        ),
        "log declare-fork": recording(Event.LOG_FORK, Event.LOG_STOP, sometimes=(Event.RECORDS_CHANGE,)),
        "log drill": _READINGS,
        "log export": recording_nothing(READS_THE_LOG),
        "log pin": recording_nothing(NO_LOG_CHANGED),
        "log print": recording_nothing(READS_THE_LOG),
        "log rotate-key": recording(
            sometimes=(Event.KEY_ROTATE,), silent="With --finish the old key no longer signs; the log said so before."
        ),
        "log show": recording_nothing(READS_THE_LOG),
        "log take-answer": recording_nothing(NO_LOG_CHANGED),
        "log tool": recording_nothing(NO_GOVERNANCE),
        "log verify": recording_nothing(READS_THE_LOG),
        "log verify-succession": recording_nothing(FILES_OF_OTHERS),
        "log vkey": recording_nothing(NO_LOG_CHANGED),
        "models add": recording_nothing(NO_GOVERNANCE),
        "models build": recording_nothing(NO_GOVERNANCE),
        "models fetch": recording_nothing(NO_GOVERNANCE),
        "models list": recording_nothing(NO_GOVERNANCE),
        "officer countersign": recording_nothing(FILES_OF_OTHERS),
        "officer keygen": recording_nothing(FILES_OF_OTHERS),
        "officer sign": recording_nothing(FILES_OF_OTHERS),
        "region new-key": recording_nothing(FILES_OF_OTHERS),
        "region sign-camera": recording_nothing(FILES_OF_OTHERS),
        "region sign-closure": recording_nothing(FILES_OF_OTHERS),
        "report list": recording_nothing(NO_GOVERNANCE),
        "report make": recording(
            Event.SESSION_OPEN,
            sometimes=(
                Event.DISCLOSURE_MAKE,
                Event.LOG_READ,
                Event.OBJECT_READ,
                Event.REPORT_MAKE,
                Event.SESSION_END,
            ),
        ),
        "retention check": recording_nothing(READS_THE_LOG),
        "retention prove": recording_nothing(READS_THE_LOG),
        "retention rules": recording_nothing(NO_GOVERNANCE),
        "search hash": recording_nothing(SITE),
        "search recording": recording_nothing(SITE),
        "setup": recording_nothing(NO_GOVERNANCE),
        "site button": recording_nothing(SITE),
        "site state": recording_nothing(SITE),
        "site stop": recording_nothing(SITE),
        "supervisor acknowledge": recording_nothing(FILES_OF_OTHERS),
        "supervisor new-key": recording_nothing(FILES_OF_OTHERS),
        "supervisor serve": recording_nothing(OF_A_WITNESS),
        "urgent-tags answer": recording_nothing(FILES_OF_OTHERS),
        "urgent-tags end": recording_nothing(FILES_OF_OTHERS),
        "urgent-tags forget": recording_nothing(FILES_OF_OTHERS),
        "urgent-tags new-key": recording_nothing(FILES_OF_OTHERS),
        "vault inventory": recording_nothing(NO_LOG_CHANGED),
        "vault repair": recording_nothing(NO_LOG_CHANGED),
        "volunteers new-key": recording_nothing(FILES_OF_OTHERS),
        "volunteers sign-consent": recording_nothing(FILES_OF_OTHERS),
        "volunteers sign-run": recording_nothing(FILES_OF_OTHERS),
        "witness amend": recording_nothing(NO_LOG_CHANGED),
        "witness keygen": recording_nothing(OF_A_WITNESS),
        "witness policy": recording_nothing(NO_LOG_CHANGED),
        "witness retire": recording_nothing(OF_A_WITNESS),
        "witness serve": recording_nothing(OF_A_WITNESS),
        "witness sign": recording_nothing(OF_A_WITNESS),
        "witness vkey": recording_nothing(OF_A_WITNESS),
    }
)
"""Every command, by the words that call it."""
