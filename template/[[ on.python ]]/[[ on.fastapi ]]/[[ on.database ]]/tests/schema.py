"""The schema of a database under test."""

from .support import run


def migrate(database_url: str, *commands: str) -> None:
    """Run Alembic's commands one after the other; fails when one of them does."""
    script = "import sys, alembic.config as c\nfor line in sys.argv[1:]: c.main(line.split())"
    process = run("-c", script, *commands, DATABASE_URL=database_url)
    assert process.returncode == 0, process.stdout + process.stderr
