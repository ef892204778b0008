"""docs/upgrading.md on conflicts that a program can solve, as written, on files of generated projects."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.histories import edit, with_answers
from tests.support.history import conflicts, git, save, update
from tests.support.projects import Projects
from tests.support.small import SmallTemplate
from tests.support.template import ROOT
from tests.support.tools import ToolMissingError, mergiraf
from tests.support.workshop import commands_in

pytestmark = [
    pytest.mark.life,
    pytest.mark.skipif(sys.platform == "win32", reason="the command is written for a POSIX shell"),
]

MANIFEST, COMPOSE, PLAN = "pyproject.toml", "compose.yaml", "implementation.md"


@pytest.fixture
def updated(projects: Projects, tmp_path: Path) -> Path:
    """A project in which people and an update from SQLite to everything collided.

    The template around its files is the smallest that Copier updates.
    """
    template = SmallTemplate(tmp_path / "template")
    before = projects.render(with_answers({})).contents()
    changes = {"database": "postgresql", "queue": "celery", "auth": "oidc", "telemetry": ["prometheus"]}
    after = projects.render(with_answers(changes)).contents()
    names = (MANIFEST, COMPOSE, PLAN)
    template.release("v1.0.0", {name: before[name].decode() for name in names})
    template.release("v2.0.0", {name: after[name].decode() for name in names})
    project = template.project(tmp_path / "project", "v1.0.0")
    for name, text in edit(before).items():
        if name in names:
            (project / name).write_bytes(text)
    save(project)
    return update(project, version="v2.0.0").path


def test_mergiraf_merges_what_it_understands(updated: Path) -> None:
    try:
        path = f"{Path(mergiraf()).parent}{os.pathsep}{os.environ['PATH']}"
    except ToolMissingError as error:
        pytest.skip(str(error))
    assert _unmerged(updated) == {MANIFEST, COMPOSE}
    ours, theirs = (tomllib.loads(git(updated, "show", f":{stage}:{MANIFEST}")) for stage in (2, 3))
    (command,) = commands_in((ROOT / "docs/upgrading.md").read_text("utf-8"), "Conflicts that a program can solve")
    subprocess.run(
        ["sh", "-c", command], cwd=updated, env=os.environ | {"PATH": path}, check=False, capture_output=True
    )
    assert not list(updated.glob("*.orig"))
    merged = tomllib.loads((updated / MANIFEST).read_text("utf-8"))
    wanted = {*ours["project"]["dependencies"], *theirs["project"]["dependencies"]}
    # What SQLite needed is gone.
    wanted = {line for line in wanted if not line.startswith("aiosqlite")}
    assert sorted(merged["project"]["dependencies"]) == sorted(wanted)
    assert {"hypothesis>=6.170,<7", *theirs["dependency-groups"]["dev"]} <= set(merged["dependency-groups"]["dev"])
    # The volumes: each side replaced or added some in one place. What it can't decide stays marked.
    git(updated, "add", MANIFEST)
    assert _unmerged(updated) == {COMPOSE}
    assert "<<<<<<<" in (updated / COMPOSE).read_text("utf-8")


def _unmerged(project: Path) -> set[str]:
    return {line.rpartition("\t")[2] for line in conflicts(project)}
