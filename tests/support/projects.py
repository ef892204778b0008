"""Rendered projects: one folder for each combination of answers, made once for all tests and workers."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import patch

import copier
from filelock import FileLock

from tests.support.answers import Answers
from tests.support.template import digest, snapshot
from tests.support.tools import node_program

ANSWERS_FILE = ".copier-answers.yml"


@dataclass(frozen=True)
class Project:
    """A rendered project. Tests read it and leave it as it is; `copy_to` gives one that may be changed."""

    path: Path
    answers: Answers

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Every file's path inside the project, with forward slashes, sorted."""
        paths = (path for path in self.path.rglob("*") if path.is_file())
        names = (path.relative_to(self.path).as_posix() for path in paths)
        return tuple(sorted(name for name in names if not name.startswith(".git/")))

    @cached_property
    def digest(self) -> str:
        """A hash over names, modes and bytes of all files."""
        return digest(self.path)

    def text(self, name: str) -> str:
        """Read a file as UTF-8, its line ends as they are.

        Raises UnicodeDecodeError: the file is not text.
        """
        return (self.path / name).read_bytes().decode("utf-8")

    def contents(self) -> dict[str, bytes]:
        """Return the bytes of every file but the answers file, which holds the template's own address."""
        return {name: (self.path / name).read_bytes() for name in self.files if name != ANSWERS_FILE}

    @property
    def package(self) -> str:
        """The name of the Python package that the project runs."""
        return next(path.parent.name for path in (self.path / "src").glob("*/__main__.py"))

    @property
    def python(self) -> str:
        """The path of the interpreter that has what the project needs, once it is set up."""
        return str(self.path / ".venv" / ("Scripts" if os.name == "nt" else "bin") / "python")

    @property
    def programs(self) -> dict[str, list[str]]:
        """Command lines of a project that is set up and built: `start` runs the service, `up` and `down` migrate."""
        if "package.json" in self.files:
            node = node_program()
            migrate = [node, "build/src/migrate.js"]
            return {"start": [node, "build/src/main.js"], "up": migrate, "down": [*migrate, "down"]}
        alembic = [self.python, "-m", "alembic"]
        return {
            "start": [self.python, "-m", self.package],
            "up": [*alembic, "upgrade", "heads"],
            "down": [*alembic, "downgrade", "base"],
        }

    def copy_to(self, destination: Path) -> Project:
        """Copy the project to where a test may change it."""
        shutil.copytree(self.path, destination, symlinks=True)
        return Project(destination, self.answers)


@contextmanager
def no_network() -> Iterator[None]:
    """Refuse every connection while the block runs: rendering must not need one."""

    def refuse(_: socket.socket, address: object) -> NoReturn:
        raise AssertionError(f"rendering tried to connect to {address}")

    with patch.object(socket.socket, "connect", refuse), patch.object(socket.socket, "connect_ex", refuse):
        yield


def render(template: Path, answers: Answers, destination: Path) -> Project:
    """Render a template in this process, as `copier copy --defaults --data …` does, without network and without trust.

    Raises ValueError: an answer is refused.
    """
    with no_network():
        copier.run_copy(
            str(template),
            destination,
            data=answers,
            defaults=True,
            quiet=True,
            # The settings of the person who runs the tests may hold defaults of their own.
            settings=copier.Settings(),
        )
    return Project(destination, answers)


class Projects:
    """Renders projects below one folder that all workers of a test run share."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._known: dict[str, Project] = {}
        home.mkdir(parents=True, exist_ok=True)
        self.template = home / "template"
        with FileLock(home / "template.lock"):
            if not self.template.exists():
                snapshot(home / "template.new").rename(self.template)

    def render(self, answers: Answers) -> Project:
        """Return the project of these answers; it is rendered if no test has asked for it yet."""
        key = hashlib.sha256(json.dumps(answers, sort_keys=True).encode()).hexdigest()[:16]
        if key not in self._known:
            self._known[key] = self._rendered(key, answers)
        return self._known[key]

    def _rendered(self, key: str, answers: Answers) -> Project:
        folder = self._home / key
        # Always the same last part: a project must not depend on it, but a message may show it.
        finished, failed = folder / "project", folder / "failed.txt"
        with FileLock(self._home / f"{key}.lock"):
            if not finished.exists() and not failed.exists():
                try:
                    render(self.template, answers, folder / "new" / "project")
                except Exception as error:  # noqa: BLE001 - each test that asks for it shall say why
                    folder.mkdir(exist_ok=True)
                    failed.write_text(f"{type(error).__name__}: {error}\nAnswers: {answers}", "utf-8")
                else:
                    (folder / "new" / "project").rename(finished)
        if failed.exists():
            raise RuntimeError(failed.read_text("utf-8"))
        return Project(finished, answers)

    def render_all(self, rows: list[Answers]) -> list[Project]:
        """Return the projects of several combinations, in order."""
        if os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0":
            return [self.render(row) for row in rows]
        # The other worker begins at the other end, so that two of them share the work instead of waiting.
        return [self.render(row) for row in reversed(rows)][::-1]


def values_in(data: Any) -> Iterator[Any]:
    """Yield every scalar of parsed YAML, TOML or JSON, keys included."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield key
            yield from values_in(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from values_in(value)
    else:
        yield data
