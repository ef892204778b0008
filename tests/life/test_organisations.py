"""What docs/organisations.md promises: locks and defaults, a layered private template, and updates by a schedule."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import copier
import pytest
import yaml

from tests.support.history import History, conflicts, differences, git, save, update
from tests.support.projects import ANSWERS_FILE
from tests.support.small import SmallTemplate, environment, run_copier
from tests.support.template import ROOT

pytestmark = pytest.mark.life

QUESTIONS = """\
license: {type: str, choices: [mit, apache-2.0, proprietary], default: mit}
registry: {type: str, choices: [none, ghcr], default: none}
"""
LINES = "".join(f"line {number}\n" for number in range(12))
WRITTEN = {"README.md.jinja": "{{ license }} {{ registry }}\n\n" + LINES}


def answers_of(project: Path, name: str = ANSWERS_FILE) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((project / name).read_text("utf-8"))
    return found


@pytest.fixture
def template(tmp_path: Path) -> SmallTemplate:
    made = SmallTemplate(tmp_path / "template", QUESTIONS)
    made.release("v1.0.0", WRITTEN)
    made.release("v2.0.0", WRITTEN | {"Makefile": "check:\n\ttrue\n"})
    return made


def test_a_lock_wins_and_a_default_gives_way(
    template: SmallTemplate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "organisation.yml"
    lock.write_text("license: proprietary\n", "utf-8")
    settings = tmp_path / "settings.yml"
    settings.write_text("defaults: {license: apache-2.0, registry: ghcr}\n", "utf-8")
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(settings))
    project = template.project(tmp_path / "project", "v1.0.0", f"--data-file={lock}")
    assert (project / "README.md").read_text("utf-8").startswith("proprietary ghcr\n")
    # Both are recorded, so that an update by a bot, which has neither file, keeps them.
    monkeypatch.delenv("COPIER_SETTINGS_PATH")
    run_copier("update", "--defaults", "--skip-answered", "--quiet", folder=project).check()
    assert (project / "README.md").read_text("utf-8").startswith("proprietary ghcr\n")
    save(project)
    # A lock that changes reaches the project with the next update that is given the file.
    lock.write_text("license: apache-2.0\n", "utf-8")
    run_copier("update", "--defaults", f"--data-file={lock}", "--vcs-ref=:current:", "--quiet", folder=project).check()
    assert (project / "README.md").read_text("utf-8").startswith("apache-2.0 ghcr\n")


def test_a_private_template_is_layered_over(template: SmallTemplate, tmp_path: Path) -> None:
    other = ".copier-answers.organisation.yml"
    private = SmallTemplate(tmp_path / "private", f"_answers_file: {other}\nteam: {{type: str, default: core}}\n")
    private.release("v5.0.0", {"docs/organisation/team.md.jinja": "{{ team }}, first\n"})
    private.release("v6.0.0", {"docs/organisation/team.md.jinja": "{{ team }}, second\n"})
    project = template.project(tmp_path / "project", "v1.0.0")
    copy = ["copy", "--defaults", "--quiet", "--vcs-ref=v5.0.0", "--data=team=orders", str(private.folder), "."]
    run_copier(*copy, folder=project).check()
    save(project)
    for options in (["--answers-file", other], []):
        run_copier("update", "--defaults", "--quiet", *options, folder=project).check()
        assert not conflicts(project)
        save(project)
    assert answers_of(project)["_commit"] == "v2.0.0"
    assert answers_of(project, other)["_commit"] == "v6.0.0"
    assert (project / "docs/organisation/team.md").read_text("utf-8") == "orders, second\n"
    assert (project / "Makefile").exists()


posix = pytest.mark.skipif(
    sys.platform == "win32" or shutil.which("bash") is None, reason="the scripts are written for bash"
)


class Forge:
    """A remote repository, and programs that stand in for those of a runner and note how they are called."""

    def __init__(self, folder: Path, project: Path) -> None:
        self.project = project
        self.remote = folder / "remote.git"
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.remote))
        git(self.remote, "config", "receive.advertisePushOptions", "true")
        git(project, "remote", "add", "origin", str(self.remote))
        git(project, "push", "--quiet", "origin", "main")
        self.programs = folder / "programs"
        self.programs.mkdir()
        self.calls = folder / "calls"
        copier = f'exec "{sys.executable}" -m copier'
        self._program("copier", f'{copier} "$@"')
        self._program("pipx", f'shift 4\n{copier} "$@"')
        self._program("uvx", f'shift\n{copier} "$@"')
        self._program("gh", f'printf "%s " gh "$@" >> "{self.calls}"\nexit 0')

    def _program(self, name: str, script: str) -> None:
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        path.chmod(0o755)

    def run(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a script in the project as a runner's shell does."""
        path = f"{self.programs}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=self.project,
            env=environment() | {"PATH": path, "COPIER": "copier==0", **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def branches(self) -> set[str]:
        return set(git(self.remote, "branch", "--format=%(refname:short)").split())

    def called(self) -> str:
        return self.calls.read_text("utf-8") if self.calls.exists() else ""


@pytest.fixture
def forge(template: SmallTemplate, tmp_path: Path) -> Forge:
    return Forge(tmp_path, template.project(tmp_path / "project", "v1.0.0"))


def collide(template: SmallTemplate, project: Path) -> None:
    """Let the project and the newest version change the same line."""
    template.release("v3.0.0", {"README.md.jinja": WRITTEN["README.md.jinja"].replace("line 5", "theirs")})
    readme = project / "README.md"
    readme.write_text(readme.read_text("utf-8").replace("line 5", "ours"), "utf-8")
    save(project)


def github_script() -> str:
    workflow = yaml.safe_load((ROOT / "fleet/github-update.yml").read_text("utf-8"))
    script: str = workflow["jobs"]["update"]["steps"][-1]["run"]
    return script


@posix
def test_the_workflow_opens_a_pull_request_once(forge: Forge) -> None:
    result = forge.run(github_script())
    assert result.returncode == 0, result.stderr
    assert forge.branches() == {"main", "template/v2.0.0"}
    assert "gh pr create --head template/v2.0.0" in forge.called()
    assert "--draft" not in forge.called()
    assert git(forge.remote, "show", "template/v2.0.0:Makefile")
    git(forge.project, "switch", "--quiet", "main")
    again = forge.run(github_script())
    assert again.returncode == 0, again.stderr
    assert "there already" in again.stdout
    assert forge.called().count("gh pr create") == 1


@posix
def test_the_workflow_does_nothing_at_the_newest_version(forge: Forge) -> None:
    run_copier("update", "--defaults", "--quiet", folder=forge.project).check()
    save(forge.project)
    result = forge.run(github_script())
    assert result.returncode == 0, result.stderr
    assert forge.branches() == {"main"}
    assert not forge.called()


@posix
def test_the_workflow_marks_a_conflict_as_a_draft(forge: Forge, template: SmallTemplate) -> None:
    collide(template, forge.project)
    result = forge.run(github_script())
    assert result.returncode == 0, result.stderr
    assert "--draft" in forge.called()
    assert "<<<<<<<" in git(forge.remote, "show", "template/v3.0.0:README.md")


@posix
def test_the_workflow_fails_where_the_template_is_gone(forge: Forge, template: SmallTemplate) -> None:
    template.folder.rename(template.folder.with_name("hidden"))
    assert forge.run(github_script()).returncode != 0
    assert forge.branches() == {"main"}


@posix
def test_the_job_of_gitlab_pushes_a_merge_request(forge: Forge) -> None:
    job = yaml.safe_load((ROOT / "fleet/gitlab-update.yml").read_text("utf-8"))["template-update"]
    (step,) = job["script"]
    address = "https://template:$TEMPLATE_TOKEN@$CI_SERVER_HOST/$CI_PROJECT_PATH.git"
    assert address in step
    result = forge.run(step.replace(address, str(forge.remote)))
    assert result.returncode == 0, result.stderr
    assert forge.branches() == {"main", "template/v2.0.0"}
    assert git(forge.remote, "log", "-1", "--format=%s", "template/v2.0.0").strip().endswith("to v2.0.0")


@posix
def test_a_campaign_switches_and_names_what_conflicts(forge: Forge, template: SmallTemplate, tmp_path: Path) -> None:
    script = (ROOT / "fleet/multi-gitter.sh").read_text("utf-8")
    result = forge.run(script, ANSWERS="license=apache-2.0 registry=ghcr")
    assert result.returncode == 0, result.stderr
    assert (forge.project / "README.md").read_text("utf-8").startswith("apache-2.0 ghcr\n")
    assert answers_of(forge.project)["_commit"] == "v1.0.0"
    save(forge.project)
    lock = tmp_path / "organisation.yml"
    lock.write_text("license: proprietary\n", "utf-8")
    result = forge.run(script, DATA_FILE=str(lock))
    assert result.returncode == 0, result.stderr
    assert (forge.project / "README.md").read_text("utf-8").startswith("proprietary ghcr\n")
    assert answers_of(forge.project)["_commit"] == "v1.0.0"
    save(forge.project)
    collide(template, forge.project)
    result = forge.run(script)
    assert result.returncode == 1
    assert "README.md\nconflicts" in result.stderr


def test_what_an_organisation_adds_survives_and_changes(tmp_path: Path) -> None:
    """On the whole template: an update without the file keeps it, and one with it brings what is new in it."""
    versions = History(tmp_path / "whole")
    versions.add_working_tree("v0.1.0")
    lock = {"organisation": yaml.safe_load((ROOT / "fleet/organisation.yml").read_text("utf-8"))["organisation"]}
    project = versions.copy(tmp_path / "service", "v0.1.0", lock)
    lock["organisation"] |= {"packages": {"python": ["example-kit>=4,<5"]}, "env": lock["organisation"]["env"][:1]}
    updated = update(project.path, lock | {"queue": "celery"}, version=copier.VcsRef.CURRENT)
    assert not conflicts(updated.path)
    fresh = versions.copy(tmp_path / "fresh", "v0.1.0", lock | {"queue": "celery"})
    # The values of an environment are written once.
    assert differences(updated, fresh) == ["config/production.env differs"]
    save(project.path)
    expected = updated.copy_to(tmp_path / "expected")
    assert not differences(update(project.path, version=copier.VcsRef.CURRENT), expected)
