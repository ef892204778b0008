"""A project to hold the checker to, and the checker as a module and as a program."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
SCRIPT = HERE.parents[1] / "project" / "scripts" / "plan.py"
collect_ignore_glob = ["corpus/*"]


def load_script() -> ModuleType:
    """Import the script under a name of its own."""
    spec = importlib.util.spec_from_file_location("plan_script", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["plan_script"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


plan = load_script()


class Sandbox:
    """A project in a folder of its own, and the commands that a user types in it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, name: str = "implementation.md") -> str:
        return (self.root / name).read_bytes().decode()

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())

    def edit(self, old: str, new: str, name: str = "implementation.md") -> None:
        text = self.read(name)
        assert old in text, f"{name} has no {old!r}"
        self.write(name, text.replace(old, new))

    def git(self, *arguments: str) -> str:
        identity = ("-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")
        command = ["git", "-C", str(self.root), *identity, "-c", "core.hooksPath=.none", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def commit(self, message: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", message)

    def run(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Run the script as a user does: a new interpreter, no knowledge of this one."""
        command = [sys.executable, "-X", "utf8", str(SCRIPT), "--root", str(self.root), *arguments]
        return subprocess.run(
            command, check=False, capture_output=True, text=True, encoding="utf-8", input=typed, cwd=self.root
        )

    def findings(self, command: str = "check", *arguments: str) -> list[dict[str, Any]]:
        done = self.run(command, "--json", *arguments)
        assert done.stdout, done.stderr
        found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
        return found

    def model(self) -> Any:
        """The plan and the project in this process."""
        config = plan.read_config(self.root)
        return plan.Model(plan.read_plan(self.read(config.plan), config.plan), plan.Project(self.root, config))

    def judged(self) -> list[Any]:
        found: list[Any] = plan.findings_of(self.model())
        return found


@pytest.fixture
def make(tmp_path: Path) -> Callable[[str], Sandbox]:
    """Make a project from a folder of the corpus, in a git repository with one commit."""

    def build(name: str) -> Sandbox:
        root = tmp_path / name
        shutil.copytree(CORPUS / name, root)
        sandbox = Sandbox(root)
        sandbox.git("init", "-q", "-b", "main")
        sandbox.commit("feat: start")
        return sandbox

    return build


@pytest.fixture
def full(make: Callable[[str], Sandbox]) -> Sandbox:
    """A project in phase 3 whose plan is in order."""
    return make("full")


@pytest.fixture
def bare(tmp_path: Path) -> Sandbox:
    """A folder with nothing in it, not even git."""
    return Sandbox(tmp_path)
