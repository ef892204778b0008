"""Create a project on a machine that has only git and Python: get Copier, then run `copier copy`.

Copier goes into `build/copier`, at the version and with the hashes of `requirements-copier.lock`. It asks its
questions in a terminal, and takes the defaults where there is none.
"""

import argparse
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements-copier.lock"
HOME = ROOT / "build" / "copier"
OLDEST_PYTHON = (3, 11)


def copier() -> Path:
    """Return the interpreter of an environment that has Copier as locked; make the environment if there is none.

    Raises SystemExit: when the environment can't be made, with what to do.
    """
    python = HOME / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pinned = re.search(r"^copier==[^\s;]+", LOCK.read_text("utf-8"), re.MULTILINE)
    if pinned is None:
        sys.exit(f"{LOCK.name} does not lock copier")
    done = HOME / f"{pinned[0]}.installed"
    if done.exists():
        return python
    print(f"Installing {pinned[0]} into {HOME.relative_to(ROOT)} (once)")
    try:
        venv.create(HOME, clear=True, with_pip=True)
    except subprocess.CalledProcessError:
        sys.exit("Python can't make a virtual environment here. On Debian and Ubuntu: apt install python3-venv")
    pip: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*pip, "--require-hashes", "--requirement", LOCK], check=False).returncode:
        sys.exit("Copier could not be installed; pip says why above")
    done.touch()
    return python


def origin() -> str:
    """Return the address that the new project remembers for its updates: this clone's origin, else this folder."""
    remote = subprocess.run(
        ["git", "-C", ROOT, "remote", "get-url", "origin"], capture_output=True, text=True, check=False
    )
    return remote.stdout.strip() or str(ROOT)


def main() -> int:
    """Run the command line; the exit code is Copier's own, or 2 for a folder that is in use."""
    parser = argparse.ArgumentParser(description="Create a project from this template.")
    parser.add_argument("destination", type=Path, help="folder to create")
    parser.add_argument("options", nargs=argparse.REMAINDER, help="options for `copier copy`")
    arguments = parser.parse_args()
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(f"Python {'.'.join(map(str, OLDEST_PYTHON))} or later is needed; this is {sys.version.split()[0]}")
    folder: Path = arguments.destination
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        print(f"{folder} exists and is not empty; name another folder, so that nothing is overwritten", file=sys.stderr)
        return 2
    asked = [] if sys.stdin.isatty() else ["--defaults"]
    command: list[str | Path] = [copier(), "-m", "copier", "copy", *asked, *arguments.options, origin(), folder]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
