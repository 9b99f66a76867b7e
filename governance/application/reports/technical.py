"""The technical documentation, made from the code that runs: what it is for, by which numbers, who may do what (A20).

What Annex IV asks for and the code cannot say of itself (the risk file) is named as missing. The evaluation is named by
the admission that rests on it.
"""

from datetime import datetime
from typing import Final

from governance.application.reports.admitted import AdmittedModel, model_section
from governance.application.reports.report import Cell, Phrase, Report, ReportKind, Section, Table, same
from governance.domain.events import SENTENCES
from governance.domain.legal_profile import ENTRIES, LegalProfile, plainly
from governance.domain.retention import RETENTION
from governance.domain.roles import MAY

_MISSING: Final = (
    (
        Phrase(en="The risk file (A17, Art. 9)", sv="Riskhanteringen (artikel 9)"),
        Phrase(en="It is kept elsewhere, by the provider.", sv="Den förs på annat håll, av leverantören."),
    ),
    (
        Phrase(en="The declaration of conformity (Art. 47)", sv="Försäkran om överensstämmelse (artikel 47)"),
        Phrase(en="There is none.", sv="Det finns ingen."),
    ),
)


def technical_documentation(legal: LegalProfile, *, model: AdmittedModel, demo: bool, now: datetime) -> Report:
    """A20: return Annex IV as far as the running code can say it."""
    return Report(
        kind=ReportKind.TECHNICAL,
        law="A20",
        title=Phrase(en="Technical documentation (Annex IV)", sv="Teknisk dokumentation (bilaga IV)"),
        made_at=now,
        public=False,
        demo=demo,
        sections=(
            _purpose(legal),
            model_section(model),
            _numbers(legal),
            _duties(),
            _keeping(),
            _logged(),
            _missing(),
        ),
    )


def _purpose(legal: LegalProfile) -> Section:
    objectives = ", ".join(sorted(one.value for one in legal.objectives))
    return Section(
        title=Phrase(en="What it is for", sv="Avsett ändamål"),
        paragraphs=(
            Phrase(
                en="It compares faces that pass a few named cameras with the photographs of a few named persons, "
                f"under a warrant, and with nobody else. "
                f"Objectives: {objectives}. A candidate is a lead for two people.",
                sv="Det jämför ansikten som passerar några namngivna kameror med fotografier av några namngivna "
                f"personer, enligt ett tillstånd, och med ingen annan. "
                f"Syften: {objectives}. En kandidat är ett uppslag som två personer granskar.",
            ),
            Phrase(
                en="The hash of the model profile binds detector, landmarks, alignment, embedder, score and threshold.",
                sv="Modellprofilens hashvärde binder detektor, landmärken, justering, inbäddning, värde och tröskel.",
            ),
            same("insyn law matrix --json"),
        ),
    )


def _numbers(legal: LegalProfile) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for name in ENTRIES:
        basis, value = legal.basis(name), plainly(getattr(legal, name))
        # The table of offences has rows of its own; here its length says which version it is.
        said = str(len(value)) if name == "offences" else ", ".join(value) if isinstance(value, list) else str(value)
        rows.append((name, basis.law, basis.status.value, said, basis.source))
    return Section(
        title=Phrase(en="Legal parameters (times in milliseconds)", sv="Rättsliga parametrar (tider i millisekunder)"),
        paragraphs=(same(f"{legal.name} {legal.version}, SHA-256 {legal.sha256}"),),
        table=Table(
            headings=(
                Phrase(en="Parameter", sv="Parameter"),
                Phrase(en="Requirement", sv="Krav"),
                Phrase(en="Status", sv="Ställning"),
                Phrase(en="Value", sv="Värde"),
                Phrase(en="Source", sv="Källa"),
            ),
            rows=tuple(rows),
        ),
    )


def _duties() -> Section:
    return Section(
        title=Phrase(en="Who may do what", sv="Vem som får göra vad"),
        table=Table(
            headings=(Phrase(en="Action", sv="Åtgärd"), Phrase(en="Roles", sv="Roller")),
            rows=tuple(
                (action.value, ", ".join(sorted(role.value for role in MAY[action])))
                for action in sorted(MAY, key=lambda action: action.value)
            ),
        ),
    )


def _keeping() -> Section:
    return Section(
        title=Phrase(en="How long everything is kept", sv="Hur länge allt bevaras"),
        table=Table(
            headings=(
                Phrase(en="Class", sv="Slag"),
                Phrase(en="At most", sv="Längst"),
                Phrase(en="Destruction provision", sv="Gallringsföreskrift"),
                Phrase(en="Source", sv="Källa"),
            ),
            rows=tuple(
                (data_class.value, str(rule.length), rule.provision, rule.source)
                for data_class, rule in RETENTION.items()
            ),
        ),
    )


def _logged() -> Section:
    return Section(
        title=Phrase(en="What is logged", sv="Vad som loggas"),
        table=Table(
            headings=(Phrase(en="Event", sv="Händelse"), Phrase(en="What happened", sv="Vad som hände")),
            rows=tuple((event.value, sentence) for event, sentence in SENTENCES.items()),
        ),
    )


def _missing() -> Section:
    return Section(
        title=Phrase(en="What Annex IV asks for and is not here", sv="Vad bilaga IV kräver och som inte finns här"),
        table=Table(
            headings=(Phrase(en="Part", sv="Del"), Phrase(en="How it stands", sv="Läge")),
            rows=tuple((part, standing) for part, standing in _MISSING),
        ),
    )
