"""The generated script that sets up a repository on GitHub, against a `gh` that keeps what it is told."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

LAYER = Path(__file__).resolve().parent.parent / "template" / "[[ on.github ]]"
SETTINGS = {
    "required_checks": ["Required", "Title"],
    "approvals": 0,
    "environments": ["staging", "production"],
    "labels": [
        {"name": "bug", "color": "d73a4a", "description": "Something does not work"},
        {"name": "good first issue", "color": "7057ff", "description": "Small"},
    ],
}

# A GitHub in one file: it answers as the real one does, and writes down each request that changes something.
FAKE_GH = """
import json, os, sys
from pathlib import Path

def refuse(status, text):
    sys.stderr.write(f"gh: {text} (HTTP {status})\\n")
    raise SystemExit(1)

assert sys.argv[1:3] == ["api", "--method"], sys.argv
method, path = sys.argv[3], sys.argv[4].partition("?")[0]
body = json.load(sys.stdin) if sys.argv[5:] == ["--input", "-"] else None
path = path.removeprefix("repos/{owner}/{repo}")
file = Path(os.environ["FAKE_GITHUB"])
hub = json.loads(file.read_text("utf-8"))
if path in hub.get("refused", []):
    refuse(403, "Upgrade to GitHub Pro or make this repository public")
if method != "GET":
    hub["requests"].append([method, path])
answer = None
if path == "":
    if method == "PATCH":
        for key, value in body.items():
            if key == "security_and_analysis":
                hub["repository"][key].update(value)
            else:
                hub["repository"][key] = value
    answer = hub["repository"]
elif path == "/vulnerability-alerts":
    if method == "PUT":
        hub["alerts"] = True
    elif not hub["alerts"]:
        refuse(404, "Vulnerability alerts are disabled.")
elif path == "/private-vulnerability-reporting":
    hub["reporting"] = hub["reporting"] or method == "PUT"
    answer = {"enabled": hub["reporting"]}
elif path == "/actions/permissions/workflow":
    if method == "PUT":
        hub["token"] = body
    answer = hub["token"]
elif path == "/rulesets":
    if method == "POST":
        hub["rulesets"].append({"id": len(hub["rulesets"]) + 1, "source_type": "Repository", **body})
    answer = [{"id": each["id"], "name": each["name"]} for each in hub["rulesets"]]
elif path.startswith("/rulesets/"):
    at = int(path.rpartition("/")[2]) - 1
    if method == "PUT":
        hub["rulesets"][at].update(body)
    answer = hub["rulesets"][at]
elif path == "/labels":
    if method == "POST":
        hub["labels"].append({"default": False, **body})
    answer = hub["labels"]
elif path.startswith("/labels/"):
    name = path.removeprefix("/labels/").replace("%20", " ")
    next(each for each in hub["labels"] if each["name"] == name).update(body)
elif path == "/environments":
    answer = {"environments": hub["environments"]}
elif path.startswith("/environments/"):
    hub["environments"].append({"name": path.removeprefix("/environments/")})
else:
    refuse(404, "Not Found")
file.write_text(json.dumps(hub), "utf-8")
if answer is not None:
    json.dump(answer, sys.stdout)
"""


class Repository:
    """A project folder with the script, and the GitHub that it talks to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.github = folder / "github.json"
        self.bin = folder / "bin"
        (folder / "scripts").mkdir()
        (folder / ".github").mkdir()
        shutil.copy(LAYER / "scripts" / "setup_github.py", folder / "scripts")
        (folder / ".github" / "repository.json").write_text(json.dumps(SETTINGS), "utf-8")
        self.write(
            {
                "requests": [],
                "repository": {
                    "allow_merge_commit": True,
                    "delete_branch_on_merge": False,
                    "security_and_analysis": {"secret_scanning": {"status": "disabled"}},
                },
                "alerts": False,
                "reporting": False,
                "token": {"default_workflow_permissions": "write", "can_approve_pull_request_reviews": True},
                "rulesets": [],
                "labels": [{"name": "bug", "color": "000000", "description": None}],
                "environments": [{"name": "production", "protection_rules": [{"type": "required_reviewers"}]}],
            }
        )
        self.bin.mkdir()
        (self.bin / "gh.py").write_text(FAKE_GH, "utf-8")
        if os.name == "nt":
            (self.bin / "gh.cmd").write_text(f'@"{sys.executable}" "{self.bin / "gh.py"}" %*\n', "utf-8")
        else:
            (self.bin / "gh").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{self.bin / "gh.py"}" "$@"\n', "utf-8")
            (self.bin / "gh").chmod(0o755)

    def read(self) -> dict[str, Any]:
        hub: dict[str, Any] = json.loads(self.github.read_text("utf-8"))
        return hub

    def write(self, hub: dict[str, Any]) -> None:
        self.github.write_text(json.dumps(hub), "utf-8")

    def run(self, *options: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
        search = f"{self.bin}{os.pathsep}{os.environ['PATH']}" if path is None else path
        return subprocess.run(
            [sys.executable, self.folder / "scripts" / "setup_github.py", *options],
            capture_output=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PATH": search, "FAKE_GITHUB": str(self.github), "PYTHONIOENCODING": "utf-8"},
            check=False,
        )


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_it_shows_what_it_will_do_and_does_nothing_without_an_answer(repository: Repository) -> None:
    result = repository.run()
    assert result.returncode == 2
    assert "Protection: add “main branch”" in result.stdout
    assert "--yes" in result.stderr
    assert repository.read()["requests"] == []


def test_a_dry_run_changes_nothing(repository: Repository) -> None:
    result = repository.run("--dry-run")
    assert result.returncode == 0, result.stderr
    assert "Label: add good first issue" in result.stdout
    assert repository.read()["requests"] == []


def test_it_does_what_it_showed(repository: Repository) -> None:
    shown = repository.run("--dry-run").stdout.splitlines()[1:]
    done = repository.run("--yes").stdout.splitlines()
    assert [line.strip() for line in shown] == [line.split("done")[1].strip() for line in done if "  done  " in line]


def test_afterwards_the_repository_is_as_the_settings_say(repository: Repository) -> None:
    assert repository.run("--yes").returncode == 0
    hub = repository.read()
    branch, tags = hub["rulesets"]
    assert branch["conditions"]["ref_name"]["include"] == ["~DEFAULT_BRANCH"]
    rules = {rule["type"]: rule.get("parameters") for rule in branch["rules"]}
    assert rules["required_status_checks"]["required_status_checks"] == [
        {"context": "Required"},
        {"context": "Title"},
    ]
    assert {"deletion", "non_fast_forward", "pull_request"} <= set(rules)
    assert tags["conditions"]["ref_name"]["include"] == ["refs/tags/v*"]
    assert [(label["name"], label["color"]) for label in hub["labels"]] == [
        ("bug", "d73a4a"),
        ("good first issue", "7057ff"),
    ]
    assert hub["alerts"]
    assert hub["reporting"]
    assert hub["token"]["default_workflow_permissions"] == "read"
    assert hub["repository"]["security_and_analysis"]["secret_scanning"]["status"] == "enabled"


def test_an_environment_that_is_there_keeps_its_reviewers(repository: Repository) -> None:
    repository.run("--yes")
    hub = repository.read()
    assert ["PUT", "/environments/production"] not in hub["requests"]
    assert ["PUT", "/environments/staging"] in hub["requests"]
    assert hub["environments"][0]["protection_rules"]


def test_a_second_run_finds_nothing_to_do(repository: Repository) -> None:
    repository.run("--yes")
    before = repository.read()
    again = repository.run("--yes")
    assert again.stdout == "Nothing to change.\n"
    assert repository.read() == before


def test_a_rule_that_was_loosened_is_put_back(repository: Repository) -> None:
    repository.run("--yes")
    hub = repository.read()
    hub["rulesets"][0]["enforcement"] = "disabled"
    hub["requests"] = []
    repository.write(hub)
    result = repository.run("--yes")
    assert "Protection: renew “main branch”" in result.stdout
    assert repository.read()["requests"] == [["PUT", "/rulesets/1"]]


def test_what_github_refuses_is_named_and_the_rest_is_done(repository: Repository) -> None:
    repository.write({**repository.read(), "refused": ["/rulesets"]})
    result = repository.run("--yes")
    assert result.returncode == 1
    assert re.search(r"refused +Protection: add “main branch”\n +gh: Upgrade to GitHub Pro", result.stdout)
    assert len(repository.read()["labels"]) == 2


def test_without_gh_it_says_what_is_missing(repository: Repository, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    result = repository.run("--dry-run", path=str(empty))
    assert result.returncode == 2
    assert "`gh` is missing" in result.stderr
