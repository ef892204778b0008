"""The smallest template that Copier updates: for what Copier and git do, whatever the template says.

An update of it takes a fifth of the time that one of the whole template takes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.history import ENVIRONMENT, git, save

_SETTINGS = "_subdirectory: files\n_templates_suffix: .jinja\n"
_ANSWERS = "{{ _copier_conf.answers_file }}.jinja"


class SmallTemplate:
    """A repository of a template whose versions hold a few files."""

    def __init__(self, folder: Path, settings: str = "") -> None:
        self.folder = folder
        (folder / "files").mkdir(parents=True)
        (folder / "copier.yml").write_text(_SETTINGS + settings, "utf-8")
        git(folder, "init", "--quiet", "--initial-branch=main")

    def release(self, tag: str, files: Mapping[str, str]) -> None:
        """Commit a version that holds these files and the answers file."""
        shutil.rmtree(self.folder / "files")
        for name, text in {_ANSWERS: "{{ _copier_answers|to_nice_yaml }}", **files}.items():
            path = self.folder / "files" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8", newline="\n")
        save(self.folder)
        git(self.folder, "tag", tag)

    def project(self, folder: Path, tag: str, *options: str) -> Path:
        """Make a project of a version, in a repository of its own, and commit it."""
        run_copier("copy", "--defaults", "--quiet", f"--vcs-ref={tag}", *options, str(self.folder), str(folder)).check()
        git(folder, "init", "--quiet", "--initial-branch=main")
        save(folder)
        return folder


class Outcome:
    """How a run of Copier's command line ended."""

    def __init__(self, result: subprocess.CompletedProcess[str]) -> None:
        self.code = result.returncode
        self.said = result.stdout + result.stderr

    def check(self) -> None:
        """Raise AssertionError, with what it said, where it was not content."""
        assert self.code == 0, self.said


def command(*arguments: str) -> list[str]:
    """Return the command line that runs Copier as it is installed beside the tests."""
    return [sys.executable, "-m", "copier", *arguments]


def environment() -> dict[str, str]:
    """Return the variables that Copier is run with: git's settings are those of no one."""
    return os.environ | ENVIRONMENT


def run_copier(*arguments: str, folder: Path | None = None, prefix: Sequence[str] = ()) -> Outcome:
    """Run Copier's command line in a folder; `prefix` stands before it, such as a limit of the shell."""
    return Outcome(
        subprocess.run(
            [*prefix, *command(*arguments)],
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
    )
