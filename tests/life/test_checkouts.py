"""Updates in repositories that are not a plain, whole clone: bots and large repositories have these."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.history import conflicts, git, save
from tests.support.projects import ANSWERS_FILE
from tests.support.small import SmallTemplate, run_copier

pytestmark = pytest.mark.life

LINES = "".join(f"line {number}\n" for number in range(12))
FILES = {"README.md": LINES, "docs/guide.md": LINES, "deploy/values.md": LINES}


def whole(project: Path, folder: Path, *options: str) -> Path:
    git(folder.parent, "clone", "--quiet", *options, project.as_uri(), str(folder))
    return folder


def shallow(project: Path, folder: Path) -> Path:
    return whole(project, folder, "--depth=1")


def partial(project: Path, folder: Path) -> Path:
    git(project, "config", "uploadpack.allowFilter", "true")
    return whole(project, folder, "--filter=blob:none")


def sparse(project: Path, folder: Path) -> Path:
    whole(project, folder)
    git(folder, "sparse-checkout", "set", "docs")
    assert not (folder / "deploy").exists()
    return folder


def worktree(project: Path, folder: Path) -> Path:
    git(project, "worktree", "add", "--quiet", "-b", "side", str(folder))
    return folder


def monorepo(project: Path, folder: Path) -> Path:
    place = folder / "services" / "orders"
    shutil.copytree(project, place, ignore=shutil.ignore_patterns(".git"))
    (folder / "README.md").write_text("Many services.\n", "utf-8")
    git(folder, "init", "--quiet", "--initial-branch=main")
    save(folder)
    return place


@pytest.mark.parametrize("checkout", [shallow, partial, sparse, worktree, monorepo])
def test_an_update_in(checkout: Callable[[Path, Path], Path], tmp_path: Path) -> None:
    template = SmallTemplate(tmp_path / "template")
    template.release("v1.0.0", FILES)
    template.release("v2.0.0", {name: text.replace("line 3", "three") for name, text in FILES.items()})
    project = template.project(tmp_path / "project", "v1.0.0")
    (project / "README.md").write_text(LINES + "ours\n", "utf-8")
    save(project)
    place = checkout(project, tmp_path / "checkout")
    run_copier("update", "--defaults", "--quiet", folder=place).check()
    assert not conflicts(place)
    assert (place / "README.md").read_text("utf-8") == LINES.replace("line 3", "three") + "ours\n"
    assert "three" in (place / "docs/guide.md").read_text("utf-8")
    assert "_commit: v2.0.0" in (place / ANSWERS_FILE).read_text("utf-8")
    if checkout is monorepo:
        assert (tmp_path / "checkout/README.md").read_text("utf-8") == "Many services.\n"
