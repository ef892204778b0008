"""Signs of life of processes that answer no requests, and the health check that looks for them.

`python -m` and this module's name, with `worker` or `scheduler`, ends with 0 if that process on
this machine has shown a sign of life in the last minute.
"""

import sys
import time
from pathlib import Path
from tempfile import gettempdir

MOST_SECONDS = 60


def _file(process: str) -> Path:
    return Path(gettempdir()) / f"{__package__}.{process}.heartbeat"


def beat(process: str) -> None:
    """Show a sign of life."""
    _file(process).touch()


def main(process: str) -> int:
    """The exit code of the health check."""
    try:
        age = time.time() - _file(process).stat().st_mtime
    except FileNotFoundError:
        return 1
    return 0 if age < MOST_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
