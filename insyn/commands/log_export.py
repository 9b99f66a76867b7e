"""`insyn log export` and `insyn log tool`: what an auditor takes home, and the program to read it with."""

from pathlib import Path
from typing import Annotated

import typer

from governance.adapters.log.export import Beside, SignNote, export_files, write_folder, write_zip
from governance.adapters.log.log_file import LogFile, open_log_file
from governance.adapters.log.place import LogPlace
from governance.adapters.log.rotation import chain_of, log_rotations
from governance.audit.errors import LogUnavailable
from governance.audit.note import NoteSignature, VerifierKey
from governance.audit.policy import NONE, KnownLog, Policy
from governance.audit.tiles import WIDTH
from insyn.commands.log_keys import HomeOption, one_sentence
from insyn.home import Home, at_home
from insyn.log_succession import running_place
from insyn.verifier_tool import build_tool


def add_to(app: typer.Typer) -> None:
    """Add these commands to `insyn log`."""
    app.command("export")(export)
    app.command("tool")(tool)


def export(
    target: Annotated[Path, typer.Argument(help="A new folder, or a new file that ends in .zip.", metavar="DIR|ZIP")],
    *,
    home: HomeOption = None,
    disclose: Annotated[
        list[Path] | None,
        typer.Option("--disclose", help="A disclosure to take along (a .json file); may be repeated."),
    ] = None,
) -> None:
    """Write the whole log as files that any static server can serve, with a manifest that the log signs.

    The system may run meanwhile. Whoever gets it needs your policy by another way, and `insyn-verify`.
    """
    with one_sentence():
        number, size = export_home(at_home(home), target, disclosures=disclose or [])
    typer.echo(f"Exported {size} entries in {number} files. Verify them with: insyn-verify {target} --policy FILE")


def tool(
    *,
    out: Annotated[Path, typer.Option("--out", help="The new file, such as insyn-verify.pyz.")],
) -> None:
    """Write the auditor's tool as one file, for a laptop that has Python, `cryptography` and `rfc3161-client`."""
    with one_sentence():
        modules = build_tool(out)
    typer.echo(f"Wrote {out} with {modules} modules. Run it with: python3 {out} DIR|ZIP|URL --policy FILE")


def export_home(home: Home, target: Path, *, disclosures: list[Path]) -> tuple[int, int]:
    """Export the log that runs in this home; return how many files and how many entries it has.

    Raises:
        LogError: the log is not what was signed, or something is already where the export should go.
        StorageFailed: the log's key cannot be read.
    """
    place = running_place(home)
    with open_log_file(place.database) as log:
        chain = _chain(log, place)
        beside = Beside(
            vkeys=chain,
            policy=_policy(home, chain[-1]),
            anchors=place.anchors if place.anchors.is_dir() else None,
            disclosures={path.stem: _read(path) for path in disclosures},
        )
        files = export_files(log, beside, sign_note=signing_lines(place))
        write = write_zip if target.suffix == ".zip" else write_folder
        return write(files, target), log.size


def signing_lines(place: LogPlace) -> SignNote:
    """Return the function that signs a text as the log does, with its newest key.

    Raises:
        StorageFailed: the key cannot be read.
    """
    key = place.signing_keys()[0]
    verifier = place.verifier(key)

    def line(text: str) -> str:
        return NoteSignature(name=verifier.name, key_id=verifier.id, signature=key.private.sign(text.encode())).line

    return line


def _chain(log: LogFile, place: LogPlace) -> tuple[VerifierKey, ...]:
    pages = (log.entries(first=first, count=WIDTH) for first in range(0, log.size, WIDTH))
    newest = place.verifier(place.signing_keys()[0])
    return chain_of(log_rotations(entry for page in pages for entry in page), newest)


def _policy(home: Home, newest: VerifierKey) -> str:
    if home.log_policy.exists():
        return home.log_policy.read_text(encoding="utf-8")
    return Policy(logs=(KnownLog(key=newest),), quorum=NONE).to_text()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LogUnavailable(f"The disclosure {path.name} cannot be read.") from error
