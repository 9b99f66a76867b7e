"""`insyn`: all commands in one place."""

import sys
from typing import Annotated

import typer

from insyn import __version__
from insyn.commands import (
    admission,
    authority,
    bench,
    demo,
    edge,
    evaluate,
    law,
    log,
    models,
    officer,
    region,
    report,
    retention,
    search,
    setup,
    site,
    supervisor,
    urgent_tags,
    vault,
    volunteers,
    witness,
)

app = typer.Typer(
    name="insyn",
    help="Look for a few named, lawfully authorised persons at a few cameras, and let everybody check afterwards.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("setup")(setup.setup)
app.add_typer(admission.app, name="admission", help="What admits a model profile: sign it, pin it, offline.")
app.add_typer(authority.app, name="authority", help="The issuing authority: show and sign warrants, offline.")
app.add_typer(officer.app, name="officer", help="Two officers begin an urgent warrant, offline.")
app.add_typer(bench.app, name="bench", help="Measure speed and memory on this machine.")
app.add_typer(demo.app, name="demo", help="The demonstration: play it, check it, reset it.")
app.add_typer(edge.app, name="edge", help="Edge workers: read one camera.")
app.add_typer(evaluate.app, name="evaluate", help="Accuracy and bias: metrics of scores and counts.")
app.add_typer(law.app, name="law", help="The law: what it asks, and where the code keeps it.")
app.add_typer(log.app, name="log", help="The transparency log: verify and show it.")
app.add_typer(models.app, name="models", help="Model files: build, list, add.")
app.add_typer(region.app, name="region", help="The region: sign camera records, and that a site is closed.")
app.add_typer(retention.app, name="retention", help="Was everything erased on its day? Prove it, check it.")
app.add_typer(report.app, name="report", help="Reports that the law asks for, from the server that runs.")
app.add_typer(search.app, name="search", help="Search one recording afterwards, by an approved search (A12).")
app.add_typer(site.app, name="site", help="At the site, without a log-in: stop it.")
app.add_typer(supervisor.app, name="supervisor", help="An authority that is told of each use: sign for it.")
app.add_typer(urgent_tags.app, name="urgent-tags", help="The supervisor: was the same person or case urgent before?")
app.add_typer(vault.app, name="vault", help="The key vault's copies: repair them, list what they hold.")
app.add_typer(volunteers.app, name="volunteers", help="The trustee of seeded volunteers: sign consents and their list.")
app.add_typer(witness.app, name="witness", help="A witness of logs, to be run by another organisation; policies.")


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
