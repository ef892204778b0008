"""A template as a git repository with versions, and projects that are updated from one to the next."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import copier

from extensions.release import pack
from tests.support.answers import Answers
from tests.support.projects import ANSWERS_FILE, Project, no_network
from tests.support.template import PARTS, ROOT, snapshot

# Git as on a machine without any settings.
ENVIRONMENT = {
    "GIT_AUTHOR_EMAIL": "test@example.com",
    "GIT_AUTHOR_NAME": "Test",
    "GIT_COMMITTER_EMAIL": "test@example.com",
    "GIT_COMMITTER_NAME": "Test",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def git(folder: Path, *arguments: str) -> str:
    """Run git and return what it prints.

    Raises CalledProcessError: git was not content; the message has what it said.
    """
    command = ["git", *arguments]
    result = subprocess.run(
        command, cwd=folder, env=os.environ | ENVIRONMENT, capture_output=True, text=True, encoding="utf-8", check=False
    )
    if result.returncode != 0:
        raise subprocess.CalledProcessError(result.returncode, command, result.stdout, result.stderr)
    return result.stdout


def has_commit(commit: str) -> bool:
    """Say whether the repository of the template, perhaps a shallow clone, holds a commit."""
    command = ["git", "cat-file", "-e", f"{commit}^{{commit}}"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0


class History:
    """A repository of the template's versions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        git(folder, "init", "--quiet", "--initial-branch=main")

    def add_working_tree(self, tag: str, changes: Iterable[tuple[str, str, str]] = ()) -> None:
        """Commit the template as a release would hold it, made from the working tree.

        Args:
            tag: the version's name.
            changes: a file, a text that stands in it once, and what it is replaced with.
        """
        self._clear()
        with TemporaryDirectory() as folder:
            sources = snapshot(Path(folder))
            for name, before, after in changes:
                path = sources / name
                text = path.read_bytes().decode("utf-8")
                assert text.count(before) == 1, f"{name}: {before!r} stands there {text.count(before)} times"
                path.write_bytes(text.replace(before, after).encode("utf-8"))
            pack(sources, self.folder)
        self._commit(tag)

    def add_commit(self, tag: str, commit: str) -> None:
        """Commit the template as an earlier commit of its own repository has it."""
        self._clear()
        present = git(ROOT, "ls-tree", "--name-only", commit, "--", *PARTS).split()
        archive = subprocess.run(
            ["git", "archive", "--format=tar", commit, "--", *present], cwd=ROOT, capture_output=True, check=True
        ).stdout
        subprocess.run(["tar", "--extract", "--file=-"], input=archive, cwd=self.folder, check=True)
        self._commit(tag)

    def _clear(self) -> None:
        for path in self.folder.iterdir():
            if path.name == ".git":
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()

    def _commit(self, tag: str) -> None:
        git(self.folder, "add", "--all", "--force")
        git(self.folder, "commit", "--quiet", "--allow-empty", f"--message={tag}")
        git(self.folder, "tag", tag)

    def copy(self, destination: Path, tag: str, answers: Answers | None = None) -> Project:
        """Copy a version, and commit the project as its owner would."""
        with _git_environment(), no_network():
            copier.run_copy(
                str(self.folder),
                destination,
                data=answers or {},
                defaults=True,
                quiet=True,
                settings=copier.Settings(),
                vcs_ref=tag,
            )
        git(destination, "init", "--quiet", "--initial-branch=main")
        save(destination)
        return Project(destination, answers or {})


def save(project: Path) -> None:
    """Commit everything in a project."""
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--allow-empty", "--message=work")


def update(
    project: Path, answers: Answers | None = None, version: str | copier.VcsRef | None = None, context_lines: int = 3
) -> Project:
    """Update a project as `copier update --defaults` does, with answers that change, if any.

    Returns: the project as it is now; files that Copier caches in it are not read again by the one before.
    """
    with _git_environment(), no_network():
        copier.run_update(
            project,
            data=answers or {},
            defaults=True,
            overwrite=True,
            quiet=True,
            settings=copier.Settings(),
            vcs_ref=version,
            context_lines=context_lines,
        )
    return Project(project, answers or {})


@contextmanager
def _git_environment() -> Iterator[None]:
    """While Copier calls git, its settings are those of no one."""
    with patch.dict(os.environ, ENVIRONMENT):
        yield


def conflicts(project: Path) -> list[str]:
    """Return what an update left to be decided by hand: unmerged files, markers, rejected changes."""
    unmerged = git(project, "ls-files", "--unmerged").splitlines()
    rejected = [path.name for path in project.rglob("*.rej")]
    marked = [
        path.name
        for path in project.rglob("*")
        if path.is_file() and ".git" not in path.parts and b"\n<<<<<<< " in path.read_bytes()
    ]
    return [*unmerged, *rejected, *marked]


def differences(one: Project, other: Project) -> list[str]:
    """Return the names of files that are not the same in both; the version in the answers file does not count."""
    found = []
    for name in sorted({*one.files, *other.files}):
        if name not in one.files or name not in other.files:
            found.append(f"{name} is only in {one.path.name if name in one.files else other.path.name}")
        elif _without_version(name, one) != _without_version(name, other):
            found.append(f"{name} differs")
    return found


def _without_version(name: str, project: Project) -> list[bytes]:
    lines = (project.path / name).read_bytes().splitlines(keepends=True)
    return [line for line in lines if name != ANSWERS_FILE or not line.startswith((b"_commit:", b"_src_path:"))]
