"""One module per group of commands. Each has a typer application `app`; `insyn.command_groups` loads it when asked."""
