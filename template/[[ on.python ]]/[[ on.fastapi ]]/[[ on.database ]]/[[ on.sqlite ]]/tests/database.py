"""A SQLite database for the tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def temporary_database() -> Iterator[str]:
    """The URL of an empty database of its own, removed at the end."""
    # On Windows a file that is still open can't be removed.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield f"sqlite:///{Path(folder).as_posix()}/test.db"
