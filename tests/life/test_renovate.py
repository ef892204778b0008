"""Renovate itself, with fleet/renovate.json as an organisation's preset, raises the template in a forge's repositories.

Each repository has the `renovate.json` of a generated project, which the preset has to get along with.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.forge import Forge
from tests.support.history import History, differences, git, save, update
from tests.support.projects import ANSWERS_FILE, Project, Projects
from tests.support.small import SmallTemplate
from tests.support.template import DATA, ROOT
from tests.support.tools import ToolMissingError, renovate

pytestmark = [
    pytest.mark.life,
    pytest.mark.skipif(sys.platform == "win32", reason="Copier is put on the PATH as a shell script"),
]

OLDER = yaml.safe_load((DATA / "life.yml").read_text("utf-8"))["older"]
LINES = "".join(f"line {number}\n" for number in range(12))
NEWER = LINES.replace("line 5", "theirs")
# Of each small repository: the versions of its template beside v1.0.0, and what people changed.
SMALL: dict[str, tuple[list[str], tuple[str, str] | None]] = {
    "patch": (["v1.0.1", "v1.1.0rc1"], None),
    "minor": (["v1.1.0"], None),
    "major": (["v2.0.0"], None),
    "collides": (["v1.1.0"], ("line 5", "ours")),
    "waits": (["v1.1.0"], None),
    "canary-orders": (["v1.1.0", "v1.2.0rc1"], None),
}


def inherited() -> str:
    """Return the settings for all repositories that docs/organisations.md shows, for the organisation of the forge."""
    page = (ROOT / "docs/organisations.md").read_text("utf-8")
    (shown,) = re.findall(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    text: str = shown.replace("OWNER", "shop")
    return text


def serve(forge: Forge, name: str, template: Path, project: Path) -> None:
    """Let the forge have a project and its template, which the project knows by its address there."""
    forge.host(f"template-of-{name}", template)
    answers = project / ANSWERS_FILE
    text = answers.read_text("utf-8")
    answers.write_text(text.replace(str(template), f"{forge.address}/shop/template-of-{name}.git"), "utf-8")
    save(project)
    forge.host(name, project)


def host_small(forge: Forge, name: str, work: Path, settings: dict[str, Any]) -> None:
    versions, change = SMALL[name]
    template = SmallTemplate(work / "template")
    template.release("v1.0.0", {"README.md": LINES})
    for version in versions:
        template.release(version, {"README.md": NEWER})
    project = template.project(work / "project", "v1.0.0")
    if change:
        (project / "README.md").write_text(LINES.replace(*change), "utf-8")
    if name == "waits":
        rule = {"matchManagers": ["copier"], "minimumReleaseAge": "3 days"}
        settings = settings | {"packageRules": [*settings["packageRules"], rule]}
    (project / "renovate.json").write_text(json.dumps(settings), "utf-8")
    serve(forge, name, template.folder, project)


@pytest.fixture(scope="module")
def raised(projects: Projects, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Forge, Project]]:
    """The forge after one run, and what an update by hand makes of the generated project."""
    try:
        program = renovate()
    except ToolMissingError as error:
        pytest.skip(str(error))
    work = tmp_path_factory.mktemp("renovate")
    with Forge(work / "forge").running() as forge:
        forge.host_files("groundwork", {"fleet/renovate.json": (ROOT / "fleet/renovate.json").read_text("utf-8")})
        forge.host_files("renovate-config", {"org-inherited-config.json": inherited()})
        versions = History(work / "whole")
        versions.add_working_tree("v0.1.0", [(change["file"], change["now"], change["then"]) for change in OLDER])
        versions.add_working_tree("v0.2.0")
        service = versions.copy(work / "service", "v0.1.0")
        by_hand = service.copy_to(work / "by-hand")
        serve(forge, "service", versions.folder, service.path)
        settings = json.loads(projects.render({}).text("renovate.json"))
        for name in SMALL:
            host_small(forge, name, work / name, settings)
        run(program, forge, work / "bot")
        yield forge, update(by_hand.path, version="v0.2.0")


def run(program: list[str], forge: Forge, work: Path) -> None:
    """Run Renovate over the forge; it fetches nothing from anywhere else."""
    programs = work / "programs"
    programs.mkdir(parents=True)
    (programs / "copier").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m copier "$@"\n', "utf-8")
    (programs / "copier").chmod(0o755)
    variables = {
        "HOME": str(work),
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "LOG_LEVEL": "error",
        "RENOVATE_BASE_DIR": str(work / "renovate"),
        "RENOVATE_ENABLED_MANAGERS": '["copier"]',
        "RENOVATE_ENDPOINT": forge.address,
        # It is not always Monday.
        "RENOVATE_FORCE": '{"schedule": ["at any time"]}',
        "RENOVATE_INHERIT_CONFIG": "true",
        "RENOVATE_INHERIT_CONFIG_STRICT": "true",
        "RENOVATE_ONBOARDING": "false",
        "RENOVATE_PLATFORM": "gitea",
        "RENOVATE_TOKEN": "token",
    }
    names = [f"shop/{name}" for name in ("service", *SMALL)]
    result = subprocess.run([*program, *names], env=variables, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-1000:]


def pull_of(forge: Forge, name: str) -> dict[str, Any]:
    (pull,) = forge.repositories[name].pulls
    assert [label["name"] for label in pull["labels"]] == ["template"]
    return pull


def test_a_generated_project_is_raised_as_by_hand(raised: tuple[Forge, Project], tmp_path: Path) -> None:
    forge, by_hand = raised
    pull = pull_of(forge, "service")
    assert pull["title"] == "chore(deps): update template to v0.2.0"
    git(tmp_path, "clone", "--quiet", "--branch", pull["head"]["ref"], f"{forge.address}/shop/service.git", "found")
    found = Project(tmp_path / "found", {})
    assert not differences(found, by_hand)
    assert yaml.safe_load(found.text(ANSWERS_FILE))["_commit"] == "v0.2.0"
    assert not forge.repositories["service"].merging


def test_a_patch_merges_by_itself_and_a_minor_version_does_not(raised: tuple[Forge, Project]) -> None:
    forge, _ = raised
    patch, minor = (pull_of(forge, name) for name in ("patch", "minor"))
    assert patch["title"].endswith(" to v1.0.1"), "a release candidate is no release"
    # Asked of the forge, which waits for the required checks.
    assert forge.repositories["patch"].merging == [patch["number"]]
    assert minor["title"].endswith(" to v1.1.0")
    assert not forge.repositories["minor"].merging


def test_who_is_in_the_first_wave_takes_a_release_candidate(raised: tuple[Forge, Project]) -> None:
    assert pull_of(raised[0], "canary-orders")["title"].endswith(" to v1.2.0rc1")


def test_a_major_version_waits_until_somebody_asks_for_it(raised: tuple[Forge, Project]) -> None:
    major = raised[0].repositories["major"]
    assert major.branches == {"main"}
    (dashboard,) = major.issues
    assert "template to v2" in dashboard["body"].partition("Pending Approval")[2]


def test_a_conflict_is_on_its_branch_and_named_in_the_pull_request(raised: tuple[Forge, Project]) -> None:
    pull, collides = pull_of(raised[0], "collides"), raised[0].repositories["collides"]
    assert "the required checks refuse them" in pull["body"]
    assert any("README.md" in comment["body"] for comment in collides.comments)
    assert "<<<<<<<" in collides.text(pull["head"]["ref"], "README.md")
    assert not collides.merging


def test_an_age_that_tags_do_not_have_would_hold_every_version_back(raised: tuple[Forge, Project]) -> None:
    """Why the preset, and a generated project's own settings, set it to null."""
    waits = raised[0].repositories["waits"]
    assert waits.branches == {"main"}
    assert not waits.pulls


@pytest.mark.parametrize("forge_of_project", ["github", "gitlab"])
def test_its_own_validator_takes_both_configurations(forge_of_project: str, projects: Projects, tmp_path: Path) -> None:
    try:
        node, program = renovate()
    except ToolMissingError as error:
        pytest.skip(str(error))
    own = projects.render({"forge": forge_of_project}).path / "renovate.json"
    validator = str(Path(program).with_name("config-validator.js"))
    command = [node, validator, "--strict", "--no-global", str(ROOT / "fleet/renovate.json"), str(own)]
    environment = os.environ | {"HOME": str(tmp_path)}
    result = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
    assert "validated successfully against 2 file(s)" in result.stdout
