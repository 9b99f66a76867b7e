"""The log's sentences in Swedish, for reports. An event that is missing here is told in English."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from governance.domain.events import Event

SWEDISH: Final[Mapping[Event, str]] = MappingProxyType(
    {
        Event.ACCOUNT_CREATE: "En administratör lade upp ett konto.",
        Event.ACCOUNT_LOCK: "Efter misslyckade inloggningar får fler försök på ett konto vänta.",
        Event.ACCOUNT_OPEN: "Den som ett konto är till för öppnade det, med ett lösenord som ingen annan känner.",
        Event.CAMERA_REGISTER: "En kameras uppgifter, undertecknade av regionen, togs in i registret.",
        Event.CANDIDATE_ACCEPT: "En kandidatrapport togs emot och väntar på två granskare.",
        Event.CANDIDATE_DISMISS: "En kandidat avfärdades: av granskare, av tiden, eller för att värdet inte höll.",
        Event.CANDIDATE_JOIN: "Ytterligare en kandidat inom kort tid fördes till en tidigare.",
        Event.CANDIDATE_REFUSE: "En kandidatrapport avvisades: inget lån från oss stod bakom den.",
        Event.CANDIDATE_REVIEW: "En granskare svarade, med ett förseglat svar.",
        Event.CANDIDATE_VIEW: "En granskare bad att få se en kandidat.",
        Event.CHANGE_VOID: "En ändring som hade aviserats genomfördes inte.",
        Event.COUNTS_ACCEPT: "En plats räknetal togs emot.",
        Event.DEPLOYMENT_END: "En insats avslutades.",
        Event.DEPLOYMENT_RESUME: "En rättsligt ansvarig lät en stoppad insats fortsätta.",
        Event.DEPLOYMENT_START: "Ett tillstånd togs i bruk.",
        Event.DEPLOYMENT_SUSPEND: "En insats stoppades.",
        Event.DISCLOSURE_MAKE: "Ett underlag till försvaret lämnades ut: det som bevaras om ett uppslag.",
        Event.ERASURE_COMPLETE: "Ett objekt raderades: nyckel, innehåll och rad.",
        Event.ERASURE_INTEND: "Ett objekt ska raderas.",
        Event.HOLD_CLEAR: "Ett bevarande upphörde.",
        Event.HOLD_SET: "Radering sköts upp, med grund och slut.",
        Event.INCIDENT_REGISTER: "En allvarlig incident skrevs in i registret; tiden för att rapportera den löper.",
        Event.INCIDENT_REPORT: "Det antecknades att en allvarlig incident hade rapporterats, och till vem.",
        Event.LEAD_CONFIRM: "Två personer bekräftade, var för sig, ett uppslag.",
        Event.LEASE_ISSUE: "Ett tillstånd lånades ut till en kamera i högst en minut.",
        Event.LEASE_REFUSE: "Ett lån nekades.",
        Event.LOG_READ: "Någon öppnade förseglade delar av loggen.",
        Event.OBJECT_READ: "Förseglade objekt öppnades för ett steg i förfarandet.",
        Event.PASSWORD_CHANGE: "Någon bytte sitt eget lösenord.",
        Event.RECORDS_EXPIRE: "Poster vars tid var ute togs bort.",
        Event.REFERENCE_CONFIRM: "En andra person godkände en minderårigs plats.",
        Event.REFERENCE_ENROL: "En persons plats fylldes med ett fotografi som beslutsfattaren hade sett.",
        Event.REFERENCE_EXAMINE: "Ett fotografi prövades; inget av det sparades.",
        Event.REPORT_MAKE: "En rapport som lagen kräver lämnades ut.",
        Event.REQUEST_REFUSE: "Någon bad om det som reglerna nekar.",
        Event.SESSION_END: "Någon loggade ut.",
        Event.SESSION_OPEN: "Någon loggade in.",
        Event.SESSION_REFUSE: "En inloggning misslyckades.",
        Event.WARRANT_APPROVE: "En rättsligt ansvarig godkände en ansökan.",
        Event.WARRANT_DRAFT: "En ansökan upprättades.",
        Event.WARRANT_EXPIRE: "Ett tillstånd löpte ut.",
        Event.WARRANT_EXPORT: "En godkänd ansökan lämnades ut för beslut.",
        Event.WARRANT_IMPORT: "Ett tillstånd kom tillbaka undertecknat av beslutsfattaren.",
        Event.WARRANT_NARROW: "En person eller kamera togs bort ur ett beviljat tillstånd.",
        Event.WARRANT_READ: "Någon läste vad ett tillstånd säger om en person.",
        Event.WARRANT_REFUSE: "En ansökan nekades av en regel.",
        Event.WARRANT_REJECT: "En ansökan avslogs, eller ett brådskande tillstånd av beslutsfattaren.",
        Event.WARRANT_REVOKE: "Ett tillstånd återkallades.",
        Event.WARRANT_SUBMIT: "En ansökan lämnades in.",
        Event.WARRANT_WITHDRAW: "En sökande tog tillbaka sin ansökan.",
    }
)
