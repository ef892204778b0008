"""The template as it stands in the working tree, copied to where tests can render it."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
DATA = ROOT / "tests" / "data"

# What Copier reads. Committed or not makes no difference: a test judges the files that are there.
PARTS = (
    "copier.yml",
    "questions",
    "includes",
    "project",
    "template",
    "extensions/catalog.json",
    "extensions/files.json",
)


def files_of_the_template() -> list[Path]:
    """Return every file that Copier may read, relative to the root, without what git ignores."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *PARTS]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return sorted(path for path in map(Path, filter(None, listing.split("\0"))) if (ROOT / path).is_file())


def snapshot(destination: Path) -> Path:
    """Copy the template into an empty folder, file modes included, and return that folder."""
    for path in files_of_the_template():
        target = destination / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, target)
    return destination


def digest(folder: Path) -> str:
    """Hash the names, modes and bytes of all files below a folder; git's own folder does not count."""
    result = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if name.startswith(".git/"):
            continue
        executable = bool(path.stat().st_mode & 0o100)
        result.update(f"{name}\0{executable}\0{path.stat().st_size}\0".encode())
        result.update(path.read_bytes())
    return result.hexdigest()


def settings() -> dict[str, Any]:
    """Read the settings of copier.yml: its first document, before the questions."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "copier.yml").read_text("utf-8").partition("\n---\n")[0])
    return found
