"""The notification of one use as a letter to the authority that is told, from the record that was signed (A10)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contracts.fields import format_instant
from contracts.notification import Authority, Notification
from governance.application.reports.codes import in_words
from governance.application.reports.report import Cell, Phrase, Report, ReportKind, Section, Table, same
from governance.domain.legal_profile import LegalProfile

_ADDRESSEES: Final = {
    Authority.DATA_PROTECTION: Phrase(en="The data-protection authority", sv="Dataskyddsmyndigheten"),
    Authority.MARKET_SURVEILLANCE: Phrase(en="The market-surveillance authority", sv="Marknadskontrollmyndigheten"),
}

_LAW: Final = Phrase(
    en="Each use is notified to the market-surveillance authority and to the data-protection authority, without "
    "sensitive operational data (Regulation (EU) 2024/1689, Article 5(4)).",
    sv="Varje användning anmäls till marknadskontrollmyndigheten och till dataskyddsmyndigheten, utan känsliga "
    "operativa uppgifter (förordning (EU) 2024/1689, artikel 5.4).",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedLetter:
    """The notification, the signature over it, and when the authority signed that it was told, if it did."""

    notification: Notification
    sha256: str
    key: str
    signature: str
    acknowledged_at: datetime | None


def notification_letter(letter: SignedLetter, legal: LegalProfile, *, demo: bool, now: datetime) -> Report:
    """A10: return the letter. It says what the signed record says, and no person, camera, place, case or offence."""
    addressee = _ADDRESSEES[letter.notification.authority]
    return Report(
        kind=ReportKind.NOTIFICATION,
        law="A10",
        title=Phrase(
            en="Notification of a use of real-time remote biometric identification",
            sv="Underrättelse om användning av biometrisk fjärridentifiering i realtid",
        ),
        made_at=now,
        public=False,
        demo=demo or letter.notification.demo,
        sections=(
            Section(
                title=Phrase(en=f"To: {addressee.en}", sv=f"Till: {addressee.sv}"),
                paragraphs=(_opening(letter), _LAW),
            ),
            _told(letter.notification, legal),
            _untold(),
            _signed(letter),
        ),
    )


def _opening(letter: SignedLetter) -> Phrase:
    at = f"{letter.notification.minted_at:%Y-%m-%d %H:%M:%S} UTC"
    return Phrase(
        en=f"On {at} a warrant went into use. You are hereby notified of it.",
        sv=f"Den {at} togs ett tillstånd i bruk. Ni underrättas härmed om det.",
    )


def _told(notification: Notification, legal: LegalProfile) -> Section:
    rows: tuple[tuple[Cell, ...], ...] = (
        (Phrase(en="Number of the notification", sv="Underrättelsens nummer"), notification.notification_id),
        (Phrase(en="Written", sv="Upprättad"), format_instant(notification.minted_at)),
        (Phrase(en="Type of warrant", sv="Slag av tillstånd"), in_words(notification.type)),
        (Phrase(en="Objective", sv="Syfte"), in_words(notification.objective)),
        (Phrase(en="Kind of issuer", sv="Slag av beslutsfattare"), in_words(notification.issuer_type)),
        (
            Phrase(en="Registration in the EU database", sv="Registrering i EU:s databas"),
            notification.registration_number,
        ),
        (
            Phrase(en="Impact assessment, SHA-256", sv="Konsekvensbedömning, SHA-256"),
            notification.impact_assessment_sha256,
        ),
        (Phrase(en="The issuer's act, SHA-256", sv="Beslutet, SHA-256"), notification.warrant_sha256),
        (Phrase(en="Legal profile today", sv="Rättslig profil i dag"), f"{legal.name} {legal.version}"),
    )
    return Section(
        title=Phrase(en="What is told", sv="Vad som meddelas"),
        table=Table(
            headings=(Phrase(en="Item", sv="Uppgift"), Phrase(en="Content", sv="Innehåll")),
            rows=rows,
        ),
    )


def _untold() -> Section:
    return Section(
        title=Phrase(en="What is not told", sv="Vad som inte meddelas"),
        paragraphs=(
            Phrase(
                en="No person, camera, place, case or offence is named. You may ask for the act itself; its hash above "
                "shows that it is the one.",
                sv="Ingen person, kamera, plats, inget ärende och inget brott nämns. Ni kan begära beslutet självt; "
                "dess "
                "hashvärde ovan visar att det är rätt beslut.",
            ),
        ),
    )


def _signed(letter: SignedLetter) -> Section:
    acknowledged: Cell = Phrase(en="not yet", sv="inte ännu")
    if letter.acknowledged_at is not None:
        acknowledged = format_instant(letter.acknowledged_at)
    return Section(
        title=Phrase(en="Signature", sv="Underskrift"),
        paragraphs=(
            Phrase(
                en="This letter repeats a signed record that was sent to you; the record counts. Its signature was "
                "verified when the letter was made. Please sign for it: unacknowledged, the use stops.",
                sv="Brevet återger en undertecknad handling som har sänts till er; det är handlingen som gäller. Dess "
                "underskrift kontrollerades när brevet gjordes. Bekräfta den: utan bekräftelse upphör användningen.",
            ),
        ),
        table=Table(
            headings=(Phrase(en="Item", sv="Uppgift"), Phrase(en="Content", sv="Innehåll")),
            rows=(
                (Phrase(en="The record, SHA-256", sv="Handlingen, SHA-256"), letter.sha256),
                (Phrase(en="Key", sv="Nyckel"), letter.key),
                (same("Ed25519"), letter.signature),
                (Phrase(en="You signed for it", sv="Ni bekräftade den"), acknowledged),
            ),
        ),
    )
