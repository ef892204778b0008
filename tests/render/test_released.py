"""A release keeps what earlier ones promised: answers and values stay, and what people edit stays where it is.

Copier would say nothing: a value that is gone becomes the default, and edits in a file that moved are dropped.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.history import History, has_commit
from tests.support.projects import ANSWERS_FILE, Project, Projects
from tests.support.questionnaire import Questionnaire
from tests.support.released import Promise, offered_now, recorded
from tests.support.template import DATA

LIFE: dict[str, Any] = yaml.safe_load((DATA / "life.yml").read_text("utf-8"))


def broken(promise: Promise, now: Promise) -> list[str]:
    """Say what of a promise the template does not keep."""
    found = []
    for name, values in promise.answers.items():
        if name not in now.answers:
            found.append(f"the answer {name} is gone")
        else:
            gone = set(values) - set(now.answers[name])
            found += [f"{name} does not take {value!r} any more" for value in sorted(gone)]
    found += [f"{name} is not written any more" for name in promise.files if name not in now.files]
    return [*found, *switched(promise.capabilities, now.capabilities)]


def switched(before: list[str], after: list[str]) -> list[str]:
    """Say which capabilities the same answers turn on or off now, but for those recorded as changing nothing."""
    off = [f"{name} was on, and is off" for name in before if name not in after]
    return off + [
        f"{name} was off, and is on" for name in after if name not in before and name not in LIFE["changes_nothing"]
    ]


@pytest.fixture(scope="module")
def now(template: Path) -> Promise:
    return offered_now(template)


def test_what_was_released_is_still_there(now: Promise) -> None:
    assert not broken(recorded(), now)


def test_the_answers_of_a_released_project_mean_what_they_meant(projects: Projects, template: Path) -> None:
    """Values do not flip, and questions that are new since then change nothing."""
    promise = recorded()
    assert not switched(promise.capabilities, Questionnaire(template, promise.defaults).defaults()["capabilities"])
    project = projects.render(promise.defaults)
    written = yaml.safe_load(project.text(ANSWERS_FILE))
    assert {name: written.get(name) for name in promise.defaults} == promise.defaults
    assert not set(promise.files) - set(project.files)


def test_an_answers_file_of_an_earlier_commit_is_understood(template: Path, tmp_path: Path) -> None:
    commit = LIFE["earlier_commit"]
    if not commit or not has_commit(commit):
        pytest.skip(f"the repository does not hold commit {commit}: a shallow clone, or no history")
    history = History(tmp_path / "template")
    history.add_commit("v0.1.0", commit)
    old = yaml.safe_load(history.copy(tmp_path / "project", "v0.1.0").text(ANSWERS_FILE))
    answers = {name: value for name, value in old.items() if not name.startswith("_")}
    before = Questionnaire(history.folder, answers).defaults()["capabilities"]
    after = Questionnaire(template, answers)
    assert not switched(before, after.defaults()["capabilities"])
    assert {name: after.defaults()[name] for name in answers} == answers


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"answers": {}}, "the answer"),
        ({"answers": {**recorded().answers, "license": ["mit"]}}, "license does not take 'apache-2.0'"),
        ({"files": ["README.md"]}, "Makefile is not written"),
        ({"capabilities": []}, "sqlite was on"),
        ({"capabilities": [*recorded().capabilities, "sentry"]}, "sentry was off"),
    ],
    ids=["answer", "value", "file", "off", "on"],
)
def test_a_broken_promise_is_seen(change: dict[str, Any], finding: str) -> None:
    promise = recorded()
    assert any(line.startswith(finding) for line in broken(promise, replace(promise, **change)))
    assert not broken(promise, promise)


@pytest.fixture
def checked(projects: Projects, tmp_path: Path) -> Project:
    """A project in a repository, as its check finds it."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    project = projects.render({}).copy_to(tmp_path / "project")
    subprocess.run(["git", "init", "--quiet"], cwd=project.path, check=True)
    return project


def leftovers(project: Project) -> subprocess.CompletedProcess[str]:
    command = ["make", "--silent", "leftovers"]
    return subprocess.run(command, cwd=project.path, capture_output=True, text=True, check=False)


def test_a_project_refuses_what_an_update_left_undecided(checked: Project) -> None:
    assert leftovers(checked).returncode == 0, leftovers(checked).stdout
    rejected = checked.path / "README.md.rej"
    rejected.write_text("--- README.md\n+++ README.md\n", "utf-8")
    refusal = leftovers(checked)
    assert refusal.returncode != 0
    assert "README.md.rej" in refusal.stdout
    rejected.unlink()
    readme = checked.path / "README.md"
    markers = "<<<<<<< before updating\nours\n=======\ntheirs\n>>>>>>> after updating\n"
    readme.write_text(readme.read_text("utf-8") + markers, "utf-8")
    refusal = leftovers(checked)
    assert refusal.returncode != 0
    assert "README.md" in refusal.stdout


def test_the_hooks_of_a_project_refuse_the_same(projects: Projects) -> None:
    """CI runs the hooks over all files, so what a bot committed is seen, too."""
    repositories = yaml.safe_load(projects.render({}).text(".pre-commit-config.yaml"))["repos"]
    hooks = {hook["id"]: hook for repository in repositories for hook in repository["hooks"]}
    assert "--assume-in-merge" in hooks["check-merge-conflict"]["args"]
    refusal = hooks["rejected-changes"]
    assert refusal["language"] == "fail"
    assert re.search(refusal["files"], "docs/README.md.rej")
    assert not re.search(refusal["files"], "README.md")
