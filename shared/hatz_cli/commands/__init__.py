"""One module for each command of `hatz`, each with its typer `app`."""
