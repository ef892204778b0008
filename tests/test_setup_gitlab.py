"""The generated script that sets up a project on GitLab, against a `glab` that keeps what it is told."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

LAYER = Path(__file__).resolve().parent.parent / "template" / "[[ on.gitlab ]]"
SETTINGS = {
    "branch": "main",
    "environments": ["production"],
    "labels": [{"name": "good first issue", "color": "#7057ff", "description": "Small"}],
}

# A GitLab in one file: it answers as the real one does, and writes down each request that changes something.
FAKE_GLAB = """
import json, os, sys
from pathlib import Path

def refuse(status, text):
    sys.stderr.write(f"glab: {status} {text} (HTTP {status})\\n")
    raise SystemExit(1)

assert sys.argv[1:3] == ["api", "--method"], sys.argv
method, path = sys.argv[3], sys.argv[4].partition("?")[0].removeprefix("projects/:fullpath")
body = None
if sys.argv[5:]:
    assert sys.argv[5:] == ["--header", "Content-Type: application/json", "--input", "-"], sys.argv
    body = json.load(sys.stdin)
file = Path(os.environ["FAKE_GITLAB"])
lab = json.loads(file.read_text("utf-8"))
if path in lab.get("refused", []):
    refuse(403, "Forbidden")
if method != "GET":
    lab["requests"].append([method, path])
answer = None
kind, _, name = path.removeprefix("/").partition("/")
name = name.replace("%20", " ")
if path == "":
    lab["project"].update(body or {})
    answer = lab["project"]
elif kind == "protected_branches" and method == "POST":
    if body["name"] in lab["protected_branches"]:
        refuse(409, "Protected branch already exists")
    lab["protected_branches"][body["name"]] = {
        "name": body["name"],
        "allow_force_push": body["allow_force_push"],
        "push_access_levels": [{"id": 1, "access_level": body["push_access_level"]}],
        "merge_access_levels": [{"id": 2, "access_level": body["merge_access_level"]}],
    }
elif kind == "protected_branches":
    if name not in lab["protected_branches"]:
        refuse(404, "Not found")
    answer = lab["protected_branches"].pop(name) if method == "DELETE" else lab["protected_branches"][name]
elif name:
    next(each for each in lab[kind] if each["name"] == name).update(body)
else:
    if method == "POST":
        lab[kind].append(body)
    answer = lab[kind]
file.write_text(json.dumps(lab), "utf-8")
if answer is not None and method != "DELETE":
    json.dump(answer, sys.stdout)
"""


class Project:
    """A project folder with the script, and the GitLab that it talks to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gitlab = folder / "gitlab.json"
        self.bin = folder / "bin"
        (folder / "scripts").mkdir()
        (folder / ".gitlab").mkdir()
        shutil.copy(LAYER / "scripts" / "setup_gitlab.py", folder / "scripts")
        (folder / ".gitlab" / "repository.json").write_text(json.dumps(SETTINGS), "utf-8")
        maintainers = [{"id": 1, "access_level": 40}]
        self.write(
            {
                "requests": [],
                "project": {"default_branch": "main", "squash_option": "default_off"},
                "protected_branches": {
                    "main": {
                        "name": "main",
                        "allow_force_push": False,
                        "push_access_levels": maintainers,
                        "merge_access_levels": maintainers,
                    }
                },
                "protected_tags": [],
                "labels": [],
                "environments": [],
                "pipeline_schedules": [],
            }
        )
        self.bin.mkdir()
        (self.bin / "glab.py").write_text(FAKE_GLAB, "utf-8")
        if os.name == "nt":
            (self.bin / "glab.cmd").write_text(f'@"{sys.executable}" "{self.bin / "glab.py"}" %*\n', "utf-8")
        else:
            (self.bin / "glab").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{self.bin / "glab.py"}" "$@"\n')
            (self.bin / "glab").chmod(0o755)

    def read(self) -> dict[str, Any]:
        lab: dict[str, Any] = json.loads(self.gitlab.read_text("utf-8"))
        return lab

    def write(self, lab: dict[str, Any]) -> None:
        self.gitlab.write_text(json.dumps(lab), "utf-8")

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        search = f"{self.bin}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            [sys.executable, self.folder / "scripts" / "setup_gitlab.py", *options],
            capture_output=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PATH": search, "FAKE_GITLAB": str(self.gitlab), "PYTHONIOENCODING": "utf-8"},
            check=False,
        )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_dry_run_shows_the_changes_and_makes_none(project: Project) -> None:
    result = project.run("--dry-run")
    assert result.returncode == 0, result.stderr
    assert "Protection: main takes merge requests alone" in result.stdout
    assert project.read()["requests"] == []


def test_afterwards_nobody_pushes_to_the_branch(project: Project) -> None:
    assert project.run("--yes").returncode == 0
    lab = project.read()
    assert lab["protected_branches"]["main"]["push_access_levels"] == [{"id": 1, "access_level": 0}]
    assert lab["protected_branches"]["main"]["merge_access_levels"] == [{"id": 2, "access_level": 40}]
    assert lab["project"]["only_allow_merge_if_pipeline_succeeds"] is True
    assert [tag["name"] for tag in lab["protected_tags"]] == ["v*"]
    assert [label["color"] for label in lab["labels"]] == ["#7057ff"]
    assert [environment["name"] for environment in lab["environments"]] == ["production"]
    assert [each["ref"] for each in lab["pipeline_schedules"]] == ["refs/heads/main"]


def test_a_second_run_finds_nothing_to_do(project: Project) -> None:
    project.run("--yes")
    before = project.read()
    assert project.run("--yes").stdout == "Nothing to change.\n"
    assert project.read() == before


def test_what_gitlab_refuses_is_named_and_the_rest_is_done(project: Project) -> None:
    lab = project.read()
    project.run("--yes")
    project.write({**lab, "refused": ["/pipeline_schedules"]})
    result = project.run("--yes")
    assert result.returncode == 1
    assert "refused  Schedule" in result.stdout
    assert project.read()["labels"]
