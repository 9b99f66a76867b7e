"""`insyn vault`: what people do with the key vault's copies, while it does not serve."""

import typer

from insyn.commands.log_keys import HomeOption, one_sentence
from insyn.home import at_home, held_alone
from insyn.log_succession import VaultHere

app = typer.Typer(no_args_is_help=True)


@app.command()
def repair(*, home: HomeOption = None) -> None:
    """Make a lost, damaged or older copy of the keys anew from the other. No destroyed key comes back."""
    _ask("repair", home)


@app.command()
def inventory(*, home: HomeOption = None) -> None:
    """Print what the vault holds as JSON, without a key in it: classes, days, intervals and commitments."""
    _ask("inventory", home)


def _ask(word: str, home: HomeOption) -> None:
    with one_sentence():
        here = at_home(home)
        with held_alone(here):
            typer.echo(VaultHere(here).ask(word), nl=False)
