"""`copier update` from an earlier version: an untouched project becomes a fresh copy, and what people did stays."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import copier
import pytest
import yaml

from tests.support.answers import Answers, as_answers, default_row
from tests.support.history import History, conflicts, differences, has_commit, save, update
from tests.support.projects import Project
from tests.support.template import DATA, settings
from tests.support.workshop import Workshop

pytestmark = pytest.mark.life

LIFE: dict[str, Any] = yaml.safe_load((DATA / "life.yml").read_text("utf-8"))
WRITTEN_ONCE: list[str] = settings()["_skip_if_exists"]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """The template with an older version, made from the newest, and the newest."""
    made = History(tmp_path_factory.mktemp("history") / "template")
    made.add_working_tree("v0.1.0", [(change["file"], change["now"], change["then"]) for change in LIFE["older"]])
    made.add_working_tree("v0.2.0")
    return made


@pytest.fixture(scope="module")
def newest(history: History, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A fresh copy of the newest version with the defaults; tests copy it."""
    return history.copy(tmp_path_factory.mktemp("newest") / "project", "v0.2.0")


def edit(project: Project) -> None:
    """Do in a project what people did."""
    for change in LIFE["edits"]:
        path = project.path / change["file"]
        text = path.read_bytes().decode("utf-8")
        marker = change.get("before") or change["instead_of"]
        assert marker in text, f"{change['file']} does not hold {marker!r}"
        replacement = change["text"] + (marker if "before" in change else "")
        path.write_bytes(text.replace(marker, replacement, 1).encode("utf-8"))
    for name in LIFE["deleted"]:
        (project.path / name).unlink()
    for name, place in LIFE["moved"].items():
        (project.path / place).parent.mkdir(parents=True, exist_ok=True)
        (project.path / name).rename(project.path / place)


def without_written_once(found: Iterable[str], fresh: Project) -> list[str]:
    """Leave out what is written once: it belongs to the project, and stays where it stands already."""
    written_once = {name for name in fresh.files if any(fnmatchcase(name, pattern) for pattern in WRITTEN_ONCE)}
    return [difference for difference in found if difference.partition(" differs")[0] not in written_once]


def test_an_untouched_project_becomes_a_fresh_copy(history: History, newest: Project, tmp_path: Path) -> None:
    project = history.copy(tmp_path / "project", "v0.1.0")
    assert differences(project, newest), "the versions are the same"
    updated = update(project.path, version="v0.2.0")
    assert not conflicts(updated.path)
    assert not differences(updated, newest)


def test_what_people_did_stays_and_what_is_new_arrives(history: History, newest: Project, tmp_path: Path) -> None:
    """The result is, byte for byte, what the same people would have made of a fresh copy."""
    project = history.copy(tmp_path / "project", "v0.1.0")
    edit(project)
    save(project.path)
    expected = newest.copy_to(tmp_path / "expected")
    edit(expected)
    updated = update(project.path, version="v0.2.0")
    assert not conflicts(updated.path)
    assert not differences(updated, expected)


def test_an_update_from_an_earlier_commit(tmp_path: Path) -> None:
    commit = LIFE["earlier_commit"]
    if not commit or not has_commit(commit):
        pytest.skip(f"the repository does not hold commit {commit}: a shallow clone, or no history")
    made = History(tmp_path / "template")
    made.add_commit("v0.1.0", commit)
    made.add_working_tree("v0.2.0")
    project = made.copy(tmp_path / "project", "v0.1.0")
    edit(project)
    save(project.path)
    expected = made.copy(tmp_path / "fresh", "v0.2.0")
    edit(expected)
    updated = update(project.path, version="v0.2.0")
    assert not conflicts(updated.path)
    assert not without_written_once(differences(updated, expected), expected)


@pytest.mark.parametrize("answers", LIFE["switches"], ids=str)
def test_a_capability_is_switched_on_and_off_again(
    history: History, newest: Project, tmp_path: Path, answers: Answers
) -> None:
    project = newest.copy_to(tmp_path / "project")
    switched = update(project.path, answers, version=copier.VcsRef.CURRENT)
    assert not conflicts(switched.path)
    fresh = history.copy(tmp_path / "fresh", "v0.2.0", answers)
    assert not without_written_once(differences(switched, fresh), fresh)
    save(project.path)
    back = {name: value for name, value in as_answers(default_row()).items() if name in answers}
    returned = update(project.path, back, version=copier.VcsRef.CURRENT)
    assert not conflicts(returned.path)
    assert not differences(returned, newest)


@pytest.mark.skipif(sys.platform == "win32", reason="the command is written for a POSIX shell")
def test_the_sample_is_removed_by_its_command(history: History, newest: Project, tmp_path: Path) -> None:
    project = newest.copy_to(tmp_path / "project")
    Workshop(project.path, tmp_path / "home", {}).run("make .tools/ready remove-sample")
    shutil.rmtree(project.path / ".tools")
    fresh = history.copy(tmp_path / "fresh", "v0.2.0", {"sample": False})
    assert not without_written_once(differences(Project(project.path, {}), fresh), fresh)


def test_an_update_to_the_same_version_changes_nothing(newest: Project, tmp_path: Path) -> None:
    project = newest.copy_to(tmp_path / "project")
    edit(project)
    save(project.path)
    expected = project.copy_to(tmp_path / "expected")
    assert not differences(update(project.path, version=copier.VcsRef.CURRENT), expected)
