"""`insyn`: all commands in one place."""

import sys
from typing import Annotated

import typer

from insyn import __version__
from insyn.command_groups import AllGroups

app = typer.Typer(
    name="insyn",
    cls=AllGroups,
    help="Look for a few named, lawfully authorised persons at a few cameras, and let everybody check afterwards.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 (typer calls it so)
    if wanted:
        typer.echo(f"insyn {__version__}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Insyn: no warrant, no comparison; nothing shown that is not logged; two people or it is not confirmed."""


@app.command("setup")
def set_up() -> None:
    """Build the models, fetch the demonstration's photographs and render its camera, where they are missing."""
    from insyn.commands.setup import setup  # noqa: PLC0415 (other commands need no models)

    setup()


def main() -> None:
    """Run the command line; an expected failure is one sentence on standard error and exit status 1."""
    try:
        app()
    except OSError as error:
        # The disk or a right, where no command has a sentence of its own: a full disk above all.
        reason = error.strerror or type(error).__name__
        sys.stderr.write(
            f"A file could not be written or read: {reason}. Free some space, mend the rights, or name another file.\n"
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
