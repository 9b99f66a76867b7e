"""What a report says of the model that compared: its profile, what admitted it, and where nothing did, that (P4, C10).

One wording for all reports, so that the public, the defence and an auditor hold the same hashes against each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from contracts.admission import ProfileAdmission
from governance.application.reports.report import Cell, Phrase, Section, Table, Unsaid
from governance.domain.admissions import AcceptedAdmission

Row = tuple[Cell, ...]

_NOTHING_DEMO: Final = Phrase(
    en="nothing admitted it: it ran under DEMO keys as a DEMO profile, which no evaluation stands behind",
    sv="inget godkände den: den användes med DEMO-nycklar som en DEMO-profil, som ingen utvärdering står bakom",
)
_NOTHING: Final = Phrase(
    en="no admission of this profile that was in its time is kept here",
    sv="inget godkännande av denna profil som gällde då bevaras här",
)
_NOT_KEPT: Final = Phrase(
    en="the admission was taken in before it was kept whole", sv="godkännandet togs emot innan det bevarades helt"
)
NO_PROFILE: Final = Phrase(
    en="the records that name the profile were erased, as they must be, or are no longer kept",
    sv="de handlingar som nämner profilen är raderade, som de ska, eller bevaras inte",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedAdmission:
    """An admission as it was taken in, as it was signed, and by whom.

    Of one that was taken in before it was kept whole there is the first alone.
    """

    kept: AcceptedAdmission
    signed: ProfileAdmission | None = None
    signed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmittedModel:
    """A profile, and what can have admitted it, the newest first.

    `demo` says that it was used under DEMO keys, where a DEMO profile needs no admission.
    """

    profile_sha256: str
    admissions: tuple[NamedAdmission, ...]
    demo: bool


def model_section(model: AdmittedModel) -> Section:
    """P4, C10: return the section on the model of a report that has one."""
    return Section(
        title=Phrase(en="The model, and what admitted it", sv="Modellen, och vad som godkände den"),
        paragraphs=(
            Phrase(
                en="An admission binds one model profile to one signed evaluation. From its scores the verdict can be "
                "computed again.",
                sv="Ett godkännande binder en modellprofil till en undertecknad utvärdering. Ur dess värden kan "
                "utslaget räknas om.",
            ),
        ),
        table=Table(
            headings=(Phrase(en="Item", sv="Uppgift"), Phrase(en="Content", sv="Innehåll")),
            rows=tuple(model_rows(model)),
        ),
    )


def model_rows(model: AdmittedModel | None) -> Iterator[Row]:
    """P4, C10: return the rows on a model: its profile, and everything by which its evaluation is found and checked.

    `None` is a model of which nothing is known any more.
    """
    title = Phrase(en="Model profile, SHA-256", sv="Modellprofil, SHA-256")
    if model is None:
        yield title, Unsaid(why=NO_PROFILE)
        return
    yield title, model.profile_sha256
    if not model.admissions:
        why = _NOTHING_DEMO if model.demo else _NOTHING
        yield Phrase(en="Admitted by", sv="Godkänd genom"), Unsaid(why=why)
    for one in model.admissions:
        yield from _of_admission(one)


def _of_admission(named: NamedAdmission) -> Iterator[Row]:
    kept, signed = named.kept, named.signed
    yield Phrase(en="Admitted by", sv="Godkänd genom"), kept.admission_id
    yield Phrase(en="Admission, SHA-256", sv="Godkännande, SHA-256"), kept.document
    yield (
        Phrase(en="Signed by", sv="Undertecknat av"),
        ", ".join(named.signed_by) if named.signed_by else Unsaid(why=_NOT_KEPT),
    )
    yield Phrase(en="Class and verdict", sv="Klass och utslag"), f"{kept.profile_class}: {kept.verdict}"
    yield (
        Phrase(en="Report of the evaluation, SHA-256", sv="Utvärderingens rapport, SHA-256"),
        Unsaid(why=_NOT_KEPT) if signed is None else signed.report_sha256,
    )
    yield (
        Phrase(en="Scores of the evaluation, SHA-256", sv="Utvärderingens värden, SHA-256"),
        Unsaid(why=_NOT_KEPT) if signed is None else signed.score_file_sha256,
    )
    yield Phrase(en="Tested threshold", sv="Prövad tröskel"), _threshold(kept, signed)
    yield Phrase(en="Persons on the tested list", sv="Personer på den prövade listan"), str(kept.tested_list)
    yield (
        Phrase(en="False alarms in the test", sv="Falska larm i provet"),
        Unsaid(why=_NOT_KEPT) if signed is None else _alarms(signed),
    )
    yield Phrase(en="Measured on", sv="Uppmätt"), kept.measured_on
    yield Phrase(en="Admits until (UTC)", sv="Gäller till (UTC)"), f"{kept.ends_at:%Y-%m-%d %H:%M}"


def _threshold(kept: AcceptedAdmission, signed: ProfileAdmission | None) -> str:
    """Return the threshold as shortest text, with the kind of score that it is of where that is known."""
    said = repr(kept.threshold)
    return said if signed is None else f"{said} ({signed.envelope.score.value})"


def _alarms(signed: ProfileAdmission) -> Phrase:
    alarms, people = signed.envelope.false_alarms, signed.envelope.people_searched
    return Phrase(
        en=f"{alarms} of {people} people who were not on the list", sv=f"{alarms} av {people} som inte stod på listan"
    )
