"""A campaign as docs/organisations.md has it, by multi-gitter itself, over the repositories of a forge."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.forge import Forge
from tests.support.history import save
from tests.support.projects import ANSWERS_FILE
from tests.support.small import SmallTemplate
from tests.support.template import ROOT
from tests.support.workshop import commands_in

pytestmark = [
    pytest.mark.life,
    pytest.mark.skipif(
        shutil.which("multi-gitter") is None,
        reason="multi-gitter is not installed: https://github.com/lindell/multi-gitter",
    ),
    pytest.mark.skipif(sys.platform == "win32", reason="the script is written for bash"),
]

QUESTION = "chat: {type: str, choices: [none, slack], default: none}\n"
LINES = "".join(f"line {number}\n" for number in range(12))
BRANCH = "template/chat"


def script() -> str:
    section = commands_in((ROOT / "docs/organisations.md").read_text("utf-8"), "6. Campaigns")
    return "\n".join(section).replace("OWNER", "shop")


def run(forge: Forge, home: Path, command: str) -> str:
    """Run a campaign in the template's folder; it is told of the forge and who commits."""
    programs = home / "programs"
    programs.mkdir(parents=True, exist_ok=True)
    (programs / "uvx").write_text(f'#!/bin/sh\nshift\nexec "{sys.executable}" -m copier "$@"\n', "utf-8")
    (programs / "uvx").chmod(0o755)
    (home / ".gitconfig").write_text("[user]\n\tname = Bot\n\temail = bot@example.com\n", "utf-8")
    variables = {
        "GITEA_TOKEN": "0123456789abcdef",
        "HOME": str(home),
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
    }
    command += f" --platform=gitea --base-url={forge.address} --plain-output"
    result = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    return result.stdout


def test_a_campaign_over_a_forge(tmp_path: Path) -> None:
    template = SmallTemplate(tmp_path / "template", QUESTION)
    template.release("v1.0.0", {"README.md.jinja": "{{ chat }}\n" + LINES})
    with Forge(tmp_path / "forge").running() as forge:
        forge.host("template", template.folder)
        for name in ("orders", "stock", "payments", "collides"):
            project = template.project(tmp_path / name, "v1.0.0")
            answers = (project / ANSWERS_FILE).read_text("utf-8")
            address = f"{forge.address}/shop/template.git"
            (project / ANSWERS_FILE).write_text(answers.replace(str(template.folder), address), "utf-8")
            if name == "collides":
                (project / "README.md").write_text("ours\n" + LINES, "utf-8")
            save(project)
            forge.host(name, project)
        # With --dry-run, as it stands there: nothing leaves the machine.
        said = run(forge, tmp_path / "home", script())
        assert "shop/orders" in said
        assert {branch for each in forge.repositories.values() for branch in each.branches} == {"main"}
        said = run(forge, tmp_path / "home", script().replace(" --dry-run", ""))
        for name in ("orders", "stock", "payments"):
            repository = forge.repositories[name]
            assert repository.text(BRANCH, "README.md") == "slack\n" + LINES
            assert yaml.safe_load(repository.text(BRANCH, ANSWERS_FILE))["chat"] == "slack"
            assert [pull["title"] for pull in repository.pulls] == ["build: tell Slack"]
        # Named, and left alone; so is what is no project.
        assert "Exit status 1:\n  shop/collides\n" in said
        for name in ("collides", "template"):
            assert forge.repositories[name].branches == {"main"}
            assert not forge.repositories[name].pulls
