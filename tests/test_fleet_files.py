"""What stands in fleet/ for organisations: it passes the linters that projects pass, and fits the template."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.answers import described
from tests.support.linters import LINTERS
from tests.support.projects import Project
from tests.support.questionnaire import Questionnaire
from tests.support.template import ROOT
from tests.support.tools import ToolMissingError, python_tool

FLEET = ROOT / "fleet"


@pytest.fixture
def installed(tmp_path: Path) -> Project:
    """The files where an organisation puts them."""
    places = {
        "github-update.yml": ".github/workflows/template.yml",
        "github-update-call.yml": ".github/workflows/template-call.yml",
        "github-create.yml": ".github/workflows/create-project.yml",
        "gitlab-update.yml": ".gitlab-ci.yml",
        "multi-gitter.sh": "multi-gitter.sh",
        "renovate.json": "renovate.json",
        "organisation.yml": "organisation.yml",
        "backstage.yml": "backstage.yml",
    }
    assert {path.name for path in FLEET.iterdir()} == places.keys()
    folder = tmp_path / "organisation"
    for name, place in places.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(FLEET / name, folder / place)
    return Project(folder, {})


@pytest.mark.parametrize("name", ["actionlint", "check_schemas", "gitleaks", "shellcheck", "yamllint", "zizmor"])
def test_linter_is_quiet(name: str, installed: Project, tmp_path: Path) -> None:
    try:
        findings = LINTERS[name]([installed], tmp_path / "linted")
    except ToolMissingError as error:
        pytest.skip(str(error))
    assert not findings, "\n".join(findings)


def test_the_script_of_the_gitlab_job_is_sound(tmp_path: Path) -> None:
    """Actionlint reads the scripts of workflows; nothing does so for GitLab's."""
    job = yaml.safe_load((FLEET / "gitlab-update.yml").read_text("utf-8"))["template-update"]
    script = tmp_path / "script.sh"
    lines = ["#!/bin/bash", "set -euo pipefail", *job["before_script"], *job["script"]]
    script.write_text("\n".join(lines) + "\n", "utf-8")
    result = subprocess.run(
        [python_tool("shellcheck"), "--norc", str(script)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout


def pins() -> set[str]:
    texts = (path.read_text("utf-8") for path in FLEET.iterdir())
    return {found for text in texts for found in re.findall(r"copier(?:==|@)([\d.]+)", text)}


def test_the_files_name_the_version_of_copier_that_is_tested() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert pins() == set(re.findall(r"^copier==([\d.]+)", lock, re.MULTILINE))


def test_a_project_calls_the_workflow_as_it_wants_to_be_called() -> None:
    called, caller = (yaml.safe_load((FLEET / f"github-update{name}.yml").read_text("utf-8")) for name in ("", "-call"))
    (job,) = caller["jobs"].values()
    assert job["secrets"].keys() == called[True]["workflow_call"]["secrets"].keys()
    # It can't have more than it is given.
    assert job["permissions"] == called["jobs"]["update"]["permissions"]
    assert re.search(r"@[0-9a-f]{40}$", job["uses"])
    assert called["concurrency"]["group"] != caller["concurrency"]["group"], "each would wait for the other"


def test_the_answers_of_the_example_are_taken(template: Path) -> None:
    answers: dict[str, Any] = yaml.safe_load((FLEET / "organisation.yml").read_text("utf-8"))
    questionnaire = Questionnaire(template)
    # `organisation` is an answer that nobody is asked for.
    assert answers.keys() - {"organisation"} <= questionnaire.questions().keys()
    assert not [refusal for name, value in answers.items() if (refusal := questionnaire.refusal(name, value))]


def test_the_preset_waits_for_no_release_date() -> None:
    preset = json.loads((FLEET / "renovate.json").read_text("utf-8"))
    assert preset["copier"]["enabled"] is True
    rules = [rule for rule in preset["packageRules"] if rule["matchManagers"] == ["copier"]]
    assert rules == preset["packageRules"], "a preset for the template changes nothing else"
    assert any("minimumReleaseAge" in rule and rule["minimumReleaseAge"] is None for rule in rules)
    merged = [rule for rule in rules if rule.get("automerge")]
    assert [rule["matchUpdateTypes"] for rule in merged] == [["patch"]]


@pytest.fixture(scope="module")
def entity() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FLEET / "backstage.yml").read_text("utf-8"))
    return found


def test_the_form_is_the_one_that_the_questionnaire_gives(template: Path) -> None:
    script = "import sys, pathlib, backstage; sys.stdout.write(backstage.software_template(pathlib.Path(sys.argv[1])))"
    result = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", script, str(template)],
        cwd=ROOT / "scripts",
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert result.stdout == (FLEET / "backstage.yml").read_text("utf-8"), "run `make catalog`"


def test_the_form_offers_what_is_described(entity: dict[str, Any]) -> None:
    """By the description that is written by hand, which shares nothing with the generator."""
    pages = entity["spec"]["parameters"]
    form = {name: schema for page in pages for name, schema in page["properties"].items()}
    expected = {*described()["choices"], *described()["several"], *described()["texts"], "repository"} - {"interview"}
    assert form.keys() == expected
    for name, values in described()["choices"].items():
        if name != "interview":
            assert form[name]["default"] == values[0]
            assert form[name]["type"] == "boolean" or sorted(form[name]["enum"]) == sorted(values)
    for name, entry in described()["several"].items():
        assert sorted(form[name]["items"]["enum"]) == sorted(entry["values"])
        assert form[name]["default"] == entry["default"]
    for name, entry in described()["texts"].items():
        assert form[name].get("default", "") == ("" if "derived" in entry else entry["values"][0])
    assert [page["required"] for page in pages if "required" in page] == [["repository", "project_name"]]
