"""Answers that change in a project that people have worked in: it ends as one made so from the start, with their edits.

Each history of tests/data/histories.yml is merged from three renderings, and a few of them by Copier itself, which must
come to the same end.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import copier
import pytest
import yaml

from tests.support import histories
from tests.support.histories import History
from tests.support.history import History as Versions
from tests.support.history import conflicts, save, update
from tests.support.merging import Contents, Merge, merge
from tests.support.projects import Project, Projects
from tests.support.template import DATA

pytestmark = pytest.mark.life

ALL = {history.name: history for history in histories.histories()}
EXPECTED: dict[str, Any] = yaml.safe_load((DATA / "histories.yml").read_text("utf-8"))
# The database from SQLite to PostgreSQL, a queue, a provider of identity with more of everything, and a way back.
BY_COPIER = ("postgresql-on", "celery-on", "many-on", "prometheus-off")


def merged(history: History, projects: Projects, work: Path) -> tuple[Merge, Contents]:
    """Return how a history ends, and what is wanted of it."""
    old, new = (projects.render(answers).contents() for answers in (history.old, history.new))
    mine = histories.edit(old)
    return merge(old, mine, new, work), histories.edit(new, only=old)


@pytest.mark.parametrize("name", ALL)
def test_a_switch_in_a_project_with_edits(name: str, projects: Projects, tmp_path: Path) -> None:
    result, expected = merged(ALL[name], projects, tmp_path)
    assert not histories.unexpected(result, expected)
    assert result.conflicts == EXPECTED["conflicts"].get(name, {})
    assert sorted(result.lost) == EXPECTED["lost"].get(name, [])


def test_every_edit_is_done_somewhere(projects: Projects) -> None:
    """An edit whose place is gone would be left out in silence."""
    contents = projects.render(ALL["postgresql-on"].old).contents()
    edited = histories.edit(contents)
    for steps in EXPECTED["edits"].values():
        for step in steps:
            written = step.get("new") or step.get("append") or step["text"]
            assert written.encode() in edited[step["file"]], step


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Versions:
    """The template as a repository with one version."""
    made = Versions(tmp_path_factory.mktemp("versions") / "template")
    made.add_working_tree("v0.1.0")
    return made


def write(project: Path, contents: Contents) -> None:
    """Write the files of a project, and commit them."""
    for name, text in contents.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    save(project)


@pytest.mark.parametrize("name", BY_COPIER)
def test_copier_comes_to_the_same_end(name: str, versions: Versions, projects: Projects, tmp_path: Path) -> None:
    history = ALL[name]
    project = versions.copy(tmp_path / "project", "v0.1.0", history.old)
    write(project.path, histories.edit(project.contents()))
    changed = {key: value for key, value in history.new.items() if history.old[key] != value}
    updated = update(project.path, changed, version=copier.VcsRef.CURRENT)
    result, _ = merged(history, projects, tmp_path / "merged")
    assert_same(updated, result)


def assert_same(updated: Project, result: Merge) -> None:
    """Hold an update by Copier to what was merged here; it names the sides of a conflict in other words."""
    files = {name: _unnamed(text) for name, text in updated.contents().items()}
    assert files == {name: _unnamed(text) for name, text in result.files.items()}
    unmerged = {line.partition("\t")[2] for line in conflicts(updated.path) if "\t" in line}
    assert unmerged == set(result.conflicts)


def _unnamed(text: bytes) -> bytes:
    names = {b"<<<<<<< before updating": b"<<<<<<< mine", b">>>>>>> after updating": b">>>>>>> new"}
    for copiers, ours in names.items():
        text = text.replace(copiers, ours)
    return text
