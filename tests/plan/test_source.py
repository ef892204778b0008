"""The script as a file: one that any project can run, typed, linted, with every dependency pinned."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.plan.conftest import SCRIPT, Sandbox, plan

ROOT = SCRIPT.parents[2]
# What a script of one file needs: imports where they are used (start-up time), dashes that people type, dates of here;
# marks instead (`noqa`) would be reported in projects that choose other rules.
ALLOWED = "PLC0415,RUF001,DTZ011,PLR0913,PLR0917,PLR2004,S314"


def metadata() -> dict[str, list[str]]:
    """The script's own declaration, as PEP 723 reads it."""
    block = re.search(r"(?m)^# /// script$\n((?:^#(?: .*)?$\n)+)^# ///$", SCRIPT.read_text("utf-8"))
    assert block
    found: dict[str, list[str]] = tomllib.loads("".join(line[2:] + "\n" for line in block[1].splitlines()))
    return found


def test_every_dependency_is_pinned_and_what_we_test_with() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8").lower()
    for requirement in metadata()["dependencies"]:
        assert re.fullmatch(r"[A-Za-z-]+==[\d.]+", requirement)
        assert f"\n{requirement.lower()} " in lock, f"{requirement} is not what requirements.lock has"


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "--no-force-exclude", "--ignore", ALLOWED],
        ["ruff", "format", "--check", "--no-force-exclude"],
        ["mypy", "--strict"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_linters_and_types_are_clean(command: list[str], tmp_path: Path) -> None:
    cache = {"RUFF_CACHE_DIR": str(tmp_path / "ruff"), "MYPY_CACHE_DIR": str(tmp_path / "mypy")}
    whole = [sys.executable, "-m", *command, "--config" if command[0] == "ruff" else "--config-file", "pyproject.toml"]
    done = subprocess.run(
        [*whole, str(SCRIPT)], check=False, capture_output=True, text=True, cwd=ROOT, env={**os.environ, **cache}
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_without_its_dependencies_it_says_how_to_run_it(full: Sandbox) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), "--root", str(full.root), "status"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "plan: markdown_it is missing: run it as `uv run --script scripts/plan.py …`\n"


def test_help_says_what_the_exit_codes_mean(full: Sandbox) -> None:
    text = full.run("--help").stdout
    assert "Exit codes: 0 nothing blocks; 1 a finding blocks" in text
    commands = ("status", "check", "trace", "guard", "new", "fill", "adopt", "accept", "index", "rules")
    assert all(re.search(rf"^    {command} ", text, re.MULTILINE) for command in commands)


def test_wrong_usage_is_exit_code_2(full: Sandbox) -> None:
    assert full.run("chekc").returncode == 2
    assert full.run("new", "poem").returncode == 2


def test_it_finds_its_project_from_every_folder(full: Sandbox) -> None:
    full.write("scripts/plan.py", SCRIPT.read_text("utf-8"))
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "../../scripts/plan.py", "status"],
        check=True,
        capture_output=True,
        encoding="utf-8",
        cwd=full.root / "docs" / "adr",
    )
    assert done.stdout.startswith("Implementation plan: Orders: phase 3")


def test_every_rule_says_why() -> None:
    for tier, why in plan.RULES.values():
        assert 0 <= tier < len(plan.STRICTNESS)
        assert re.fullmatch(r"[a-z].{10,}[^.]", why)
