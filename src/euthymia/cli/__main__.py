"""`python -m euthymia.cli`, the same as the installed command."""

from euthymia.cli.main import run

run()
