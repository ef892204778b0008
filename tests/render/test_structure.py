"""What a project promises of itself: its folders, its owners, its targets, its ignored files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

import pytest
import yaml

from tests.support.projects import Project
from tests.support.template import DATA, settings

PROMISED = yaml.safe_load((DATA / "structure.yml").read_text("utf-8"))


def git(project: Project, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [
        "git",
        "-c",
        "user.name=Test",
        "-c",
        "user.email=test@example.com",
        "-c",
        "core.excludesFile=",
        *arguments,
    ]
    return subprocess.run(command, cwd=project.path, capture_output=True, text=True, encoding="utf-8", check=False)


def test_nothing_rendered_is_ignored(project: Project, tmp_path: Path) -> None:
    copy = project.copy_to(tmp_path / "project")
    git(copy, "init", "--quiet")
    ignored = git(copy, "ls-files", "--others", "--ignored", "--exclude-standard").stdout.splitlines()
    assert not ignored


@pytest.mark.parametrize("folder", PROMISED["folders"])
def test_each_folder_says_what_it_is_for(covering_projects: list[Project], folder: str) -> None:
    for project in covering_projects:
        text = project.text(f"{folder}/README.md")
        assert len(text.split()) > 10, project.answers


def _tree_in_the_plan(project: Project) -> set[str]:
    """Read the folders of section 3.3 from the drawn tree: names by their indentation."""
    plan = project.text("implementation.md")
    match = re.search(r"^### 3\.3 .*?^```text\n(.*?)^```", plan, re.MULTILINE | re.DOTALL)
    assert match, "section 3.3 holds no tree"
    found: set[str] = set()
    stack: list[tuple[int, str]] = []
    for line in match[1].splitlines():
        drawn = re.match(r"(?P<indent>[\s│├└─]*)(?P<name>[\w.\-]+)(?P<folder>/?)", line)
        assert drawn, line
        depth = len(drawn["indent"])
        while stack and stack[-1][0] >= depth:
            stack.pop()
        path = "/".join([*(name for _, name in stack), drawn["name"]])
        if drawn["folder"]:
            stack.append((depth, drawn["name"]))
            found.add(path)
    return found


def test_the_folders_in_the_plan_are_the_real_ones(project: Project) -> None:
    shown = _tree_in_the_plan(project)
    root = {path for path in shown if "/" not in path}
    if len(root) == 1 and not (project.path / next(iter(root))).exists():
        # The tree hangs on a line with the project's own name.
        shown = {path.partition("/")[2] for path in shown} - {""}
    folders = {parent.as_posix() for name in project.files for parent in PurePosixPath(name).parents} - {"."}
    assert shown <= folders
    # What is shown of a folder is complete: all its folders, or none of them.
    for parent in {PurePosixPath(path).parent.as_posix() for path in shown}:
        real = {path for path in folders if PurePosixPath(path).parent.as_posix() == parent}
        assert real <= shown, f"below {parent}"


def test_the_page_on_ownership_agrees_with_copier(project: Project) -> None:
    page = project.text("docs/ownership.md")
    section = page.partition("\n## Project\n")[2].partition("\n## ")[0]
    named = re.findall(r"^- `([^`]+)`", section, re.MULTILINE)
    patterns: list[str] = settings()["_skip_if_exists"]
    # A pattern for files that the project has not may be left out; no other may stand there.
    needed = {pattern for pattern in patterns if any(fnmatchcase(name, pattern) for name in project.files)}
    assert named == [pattern for pattern in patterns if pattern in named]
    assert needed <= set(named)


def test_every_file_has_an_owner(project: Project) -> None:
    page = project.text("docs/ownership.md")
    named = [pattern.removesuffix("/") for pattern in re.findall(r"`([^`\s]+)`", page)]
    for name in project.files:
        path = PurePosixPath(name)
        here = {path.as_posix(), *(parent.as_posix() for parent in path.parents)}
        known = any(path.match(pattern) or pattern in here for pattern in named)
        # "The README of each folder" and "the package manifest" are said in words.
        assert known or path.name in {"README.md", "package.json", "pyproject.toml"} or "/" in name, (
            f"{name} has no owner"
        )


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_every_target_can_be_read(covering_projects: list[Project]) -> None:
    seen: set[str] = set()
    for project in covering_projects:
        makefile = project.text("Makefile")
        if makefile in seen:
            continue
        seen.add(makefile)
        names = set(re.findall(r"^([a-z][a-z-]*):(?!=)", makefile, re.MULTILINE))
        assert names >= set(PROMISED["targets"])
        for target in sorted(names):
            result = subprocess.run(
                ["make", "--dry-run", "--warn-undefined-variables", target],
                cwd=project.path,
                capture_output=True,
                text=True,
                check=False,
            )
            assert result.returncode == 0, result.stderr
            assert "warning" not in result.stderr, result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no mode bit for programs")
def test_programs_can_be_run(project: Project) -> None:
    for name in project.files:
        starts_a_program = project.text(name).startswith("#!")
        assert os.access(project.path / name, os.X_OK) is starts_a_program, name
