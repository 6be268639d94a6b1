"""The command line. What takes time to import is imported inside commands."""

# In the order in which the help shows them; each adds its commands.
# isort: off
from service.cli import scoring, drafts, archives, serving, keys, stored  # noqa: F401
from service.cli.program import app
# isort: on

__all__ = ["app"]
