"""What an update does to a project that people have edited, without the update: three renderings and git.

Copier applies the people's changes to the new rendering (`git apply --reject`), and merges three ways what was refused
(`git merge-file`). The same is done here with renderings that are at hand, in a hundredth of the time.
`tests/life/test_histories.py` holds it to Copier itself.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from tests.support.history import ENVIRONMENT
from tests.support.template import settings

Contents = Mapping[str, bytes]


@dataclass(frozen=True)
class Merge:
    """How an update ends: the files, the conflicts in each, and what people had edited in files that are gone."""

    files: dict[str, bytes]
    conflicts: dict[str, int]
    lost: list[str]


@cache
def _written_once() -> list[str]:
    patterns: list[str] = settings()["_skip_if_exists"]
    return patterns


def is_written_once(name: str) -> bool:
    """Say whether a file belongs to the project once it is there."""
    return any(fnmatchcase(name, pattern) for pattern in _written_once())


def merge(old: Contents, mine: Contents, new: Contents, work: Path) -> Merge:
    """Bring what is new into an edited project.

    Args:
        old: the rendering from which the project came.
        mine: what people made of it.
        new: the rendering that is to arrive.
        work: an empty folder to work in.
    """
    files = {name: text for name, text in mine.items() if name not in old}
    files |= {name: text for name, text in new.items() if name in mine or name not in old}
    files |= {name: mine[name] for name in mine if name in new and is_written_once(name)}
    lost = [name for name in old if name in mine and name not in new and mine[name] != old[name]]
    changed = [
        name
        for name in files
        if name in mine and name in new and mine[name] != old.get(name) and not is_written_once(name)
    ]
    conflicts = {}
    for name, text in _merged(changed, old, mine, new, work).items():
        files[name] = text
        if count := text.count(b"\n<<<<<<< mine\n") + text.startswith(b"<<<<<<< mine\n"):
            conflicts[name] = count
    return Merge(files, conflicts, lost)


def _merged(changed: Iterable[str], old: Contents, mine: Contents, new: Contents, work: Path) -> dict[str, bytes]:
    for name in changed:
        for folder, contents in (("old", old), ("mine", mine), ("new", new), ("result", new)):
            path = work / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(contents.get(name, b""))
    difference = _git(work, "diff", "--no-index", "--unified=3", "--inter-hunk-context=-1", "old", "mine")
    _git(work / "result", "apply", "--reject", "-p2", change=difference)
    result = {}
    for name in sorted(changed):
        path = work / "result" / name
        if path.with_name(f"{path.name}.rej").exists():
            labels = ("-L", "mine", "-L", "old", "-L", "new")
            three = (f"mine/{name}", f"old/{name}", f"new/{name}")
            result[name] = _git(work, "merge-file", "--stdout", *labels, *three)
        else:
            result[name] = path.read_bytes()
    return result


def _git(folder: Path, *arguments: str, change: bytes | None = None) -> bytes:
    """Run git, whose code says whether files differ, hunks were refused or conflicts remain: no error, here."""
    command = ["git", "-c", "core.autocrlf=false", *arguments]
    # A repository around the folder would make git look for the files in it.
    environment = os.environ | ENVIRONMENT | {"GIT_CEILING_DIRECTORIES": str(folder.parents[1])}
    return subprocess.run(command, cwd=folder, env=environment, input=change, capture_output=True, check=False).stdout
