"""A report's folder: its files written from the numbers, signed, and checked by whoever was handed it."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from benchmarks.report.errors import NoEvaluation
from benchmarks.report.files import JSON_FILE, PAGE_FILE, PDF_FILE, report_files
from benchmarks.report.shape import require_shape
from contracts.canonical import decode, encode, sha256_hex
from contracts.errors import ContractError
from contracts.evaluation_report import SIGNATURE_FILE, EvaluationReport, believed_report
from contracts.signature import Signed
from governance.adapters.report_pdf import print_pdf
from governance.application.errors import Unavailable
from governance.domain.evaluation_reports import LONGEST_AGE
from insyn.errors import InsynError
from insyn.whole_files import require_place, write_whole

PARTS: Final = frozenset({"operation", "sensitivity", "stream"})
"""What other runs measured, which a report takes in where it is handed over."""
_REPORT: Final = "The report"


def read_numbers(path: Path) -> dict[str, Any]:
    """Read an evaluation's numbers.

    Raises:
        InsynError: the file cannot be read, or has no evaluation.
    """
    found = _json(path)
    try:
        require_shape(found)
    except NoEvaluation as error:
        raise InsynError(f"{path.name}: {error}") from error
    return found


def with_parts(found: Mapping[str, Any], paths: list[Path]) -> dict[str, Any]:
    """Take in what other runs of the same profile measured.

    Raises:
        InsynError: a file has none of it, or is of another profile: its numbers would be told of the wrong model.
    """
    whole = dict(found)
    for path in paths:
        more = _json(path)
        parts = PARTS & more.keys()
        if not parts:
            raise InsynError(f"{path.name} has none of these: {', '.join(sorted(PARTS))}.")
        if more.get("profile_sha256", found["profile_sha256"]) != found["profile_sha256"]:
            raise InsynError(f"{path.name} is of another model profile than this report.")
        whole |= {name: more[name] for name in parts}
    return whole


def write_report(folder: Path, found: Mapping[str, Any], *, pdf: bool) -> str | None:
    """Write every file, and the page as PDF where it is asked for; return why there is no PDF, if there is none.

    Raises:
        InsynError: the folder holds a signed report, or cannot be written.
    """
    files = report_files(found)
    if _is_signed(folder):
        if not set(files.items()) <= set(files_of(folder).items()):
            raise _signed_already(folder)
        return None
    missing = None
    if pdf:
        try:
            files[PDF_FILE] = print_pdf(files[PAGE_FILE].decode())
        except Unavailable as error:
            missing = str(error)
    for name, content in files.items():
        _write(folder / name, content)
    return missing


def require_free(folder: Path) -> None:
    """Refuse a folder that no new report can be written into, before one is measured for hours.

    Raises:
        InsynError: a signed report is in it, or nothing can be written there.
    """
    require_place(folder, _REPORT, folder=True)
    if _is_signed(folder):
        raise _signed_already(folder)


def _is_signed(folder: Path) -> bool:
    try:
        return (folder / SIGNATURE_FILE).exists()
    except OSError as error:
        raise InsynError(f"The report in {folder} cannot be read: {error.strerror}.") from error


def _signed_already(folder: Path) -> InsynError:
    return InsynError(f"The report in {folder} is signed; it is not written over. Name another folder.")


def sign_report(folder: Path, sign: Callable[[bytes], Signed]) -> EvaluationReport:
    """Sign every file of the folder, if its pages say what its numbers say; the signature goes beside them.

    A file that is missing and follows from the numbers, such as the CSV that no repository keeps, is written anew.

    Raises:
        InsynError: a page says something else, the folder holds something else, or it is signed already.
    """
    if _is_signed(folder):
        raise InsynError(f"The report in {folder} is signed already; a signature is not replaced.")
    files = files_of(folder)
    found = read_numbers(folder / JSON_FILE)
    made = report_files(found)
    missing = made.keys() - files.keys()
    files |= {name: made[name] for name in missing}
    for name, content in made.items():
        if files[name] != content:
            raise InsynError(
                f"{name} does not say what {JSON_FILE} says; write the report anew before it is signed, with "
                f"`insyn evaluate report --from {folder / JSON_FILE} --out {folder}`."
            )
    if strange := sorted(set(files) - set(made) - {PDF_FILE}):
        raise InsynError(f"{strange[0]} is no file of a report; take it out of {folder}.")
    statement = EvaluationReport.of(found["profile_sha256"], date.fromisoformat(found["measured_on"]), files)
    signed = sign(statement.to_bytes())
    for name in missing:
        _write(folder / name, files[name])
    _write(folder / SIGNATURE_FILE, encode(signed.to_json()))
    return statement


def check_report(
    folder: Path, evaluators: Mapping[str, bytes], *, profile_sha256: str | None = None
) -> tuple[EvaluationReport, str]:
    """Return what was signed and by which key, if the folder holds exactly that.

    Raises:
        InsynError: it is not signed by one of these, a file is missing, changed or more, or it is of another profile.
    """
    path = folder / SIGNATURE_FILE
    if not _is_signed(folder):
        raise InsynError(f"The report in {folder} is not signed: {SIGNATURE_FILE} is missing.")
    try:
        signed = Signed.from_json(decode(path.read_bytes()))
        statement = believed_report(signed, evaluators)
    except ContractError as error:
        raise InsynError(f"The signature of this report is not believed. {error}") from error
    except OSError as error:
        raise InsynError(f"{SIGNATURE_FILE} cannot be read: {error.strerror}.") from error
    _require_files(statement, files_of(folder))
    if read_numbers(folder / JSON_FILE)["profile_sha256"] != statement.profile_sha256:
        raise InsynError("The numbers of this report are of another model profile than was signed.")
    if profile_sha256 is not None and statement.profile_sha256 != profile_sha256:
        raise InsynError("This report is of another model profile than the one in use.")
    return statement, signed.key


def require_in_time(statement: EvaluationReport, today: date) -> None:
    """Refuse a report that speaks for nothing any more, or not yet (A17).

    Raises:
        InsynError: it was measured more than twelve months before this day, or after it.
    """
    day = statement.measured_on.isoformat()
    if statement.measured_on > today:
        raise InsynError(f"The report is signed, and bears a day that has not come ({day}); it is not believed.")
    if today - statement.measured_on > LONGEST_AGE:
        raise InsynError(
            f"The report is as it was signed, and expired: measured on {day}, more than a year ago; measure anew."
        )


def _require_files(statement: EvaluationReport, files: Mapping[str, bytes]) -> None:
    for name, sha256 in statement.files.items():
        if name not in files:
            raise InsynError(f"The file {name} of this report is missing.")
        if sha256_hex(files[name]) != sha256:
            raise InsynError(f"The file {name} was changed after this report was signed.")
    if more := sorted(set(files) - set(statement.files)):
        raise InsynError(f"The file {more[0]} was not signed with this report.")


def files_of(folder: Path) -> dict[str, bytes]:
    """Read every file of a report's folder but its signature.

    Raises:
        InsynError: there is no such folder, or something in it is no file that can be read.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.name != SIGNATURE_FILE)
        if strange := next((path.name for path in paths if path.is_dir()), None):
            raise InsynError(f"{strange} is a folder, and no file of a report; take it out of {folder}.")
        return {path.name: path.read_bytes() for path in paths}
    except OSError as error:
        raise InsynError(f"The report in {folder} cannot be read: {error.strerror}.") from error


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes(), parse_constant=_no_number)
    except OSError as error:
        raise InsynError(f"The file {path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise InsynError(f"{path.name} is no JSON that can be read; copy it again, or name another file.") from error
    if not isinstance(found, dict):
        raise InsynError(f"{path.name} is no JSON object, so no run of `insyn evaluate` wrote it; name another file.")
    return found


def _no_number(word: str) -> float:
    raise ValueError(word)


def _write(path: Path, content: bytes) -> None:
    write_whole(path, content, _REPORT)
