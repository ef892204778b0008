"""Secret scanning for real: the project's own hook and pipeline catch planted secrets, and nothing else."""

from __future__ import annotations

import os
import random
import shlex
import string
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.answers import Answers
from tests.support.history import ENVIRONMENT, git
from tests.support.projects import Project, Projects
from tests.support.tools import ToolMissingError, go_hooks, go_tool

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the pipelines run on Linux, in its shell")


def planted() -> dict[str, str]:
    """Make secrets that look real: put together when the tests run, so that none stands in this repository."""
    source = random.Random(20)

    def some(length: int, alphabet: str) -> str:
        return "".join(source.choice(alphabet) for _ in range(length))

    letters = string.ascii_letters + string.digits
    lines = "\n".join(some(64, letters + "+/") for _ in range(12))
    kind = "RSA PRIVATE KEY"
    return {
        "an AWS key": f'aws_access_key_id = "{"AK" + "IA"}{some(16, string.ascii_uppercase + "234567")}"\n'
        f'aws_secret_access_key = "{some(40, letters + "+/")}"\n',
        "a private key": f"{'-' * 5}BEGIN {kind}{'-' * 5}\n{lines}\n{'-' * 5}END {kind}{'-' * 5}\n",
        "a Stripe key": f'stripe_api_key = "{"sk" + "_live_"}{some(99, letters)}"\n',
    }


@dataclass(frozen=True)
class Watched:
    """A committed project, and what its own configuration runs against secrets."""

    path: Path
    hook: list[str]
    pipeline: list[str]
    environment: dict[str, str]

    def run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.path,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def pipeline_finds(self) -> bool:
        """Run the pipeline's commands until one fails, as the forge does."""
        for command in self.pipeline:
            result = self.run(["bash", "-e", "-c", command])
            if result.returncode != 0:
                assert "not found" not in result.stderr, result.stderr
                return True
        return False

    def hook_finds(self) -> bool:
        result = self.run(self.hook)
        assert "not found" not in result.stderr, result.stderr
        return result.returncode != 0


def _hook(project: Project, scanner: str, program: str) -> list[str]:
    """Return what pre-commit runs: the entry that the hook's repository gives at that version, and our arguments."""
    for entry in yaml.safe_load(project.text(".pre-commit-config.yaml"))["repos"]:
        for hook in entry["hooks"]:
            if hook["id"].startswith(scanner):
                known = {known["id"]: known for known in go_hooks(scanner, entry["rev"])}
                words = shlex.split(hook.get("entry", known[hook["id"]]["entry"])) + hook.get("args", [])
                assert words[0] in {scanner, "cmd"}, words
                return [program, *words[1:]]
    raise AssertionError(f"no hook of {scanner}")


def _installs(command: str) -> bool:
    return any(word in command for word in ("go install", "go build", "git init", "git -C", "checkout"))


def _pipeline(project: Project, forge: str) -> list[str]:
    """Return the commands that the pipeline runs against secrets, without those that install the scanner."""
    if forge == "gitlab":
        commands = yaml.safe_load(project.text(".gitlab-ci.yml"))["secrets"]["script"]
    else:
        workflow: dict[str, Any] = yaml.safe_load(project.text(".github/workflows/security.yml"))
        commands = [step["run"] for step in workflow["jobs"]["secrets"]["steps"] if "run" in step]
    return [command for command in commands if not _installs(command)]


# Keys that pages show to everybody, as they begin, by provider of identity.
SHOWN = {"clerk": "CLERK_PUBLISHABLE_KEY=pk_live_", "firebase": f"FIREBASE_API_KEY={'AI' + 'za'}"}
COMBINATIONS = [(forge, scanner) for forge in ("github", "gitlab") for scanner in ("gitleaks", "talisman")]


@pytest.fixture(params=COMBINATIONS, ids="-".join)
def watched(request: pytest.FixtureRequest, projects: Projects, tmp_path: Path) -> Watched:
    forge, scanner = request.param
    return _watched({"forge": forge, "secret_scanner": scanner}, projects, tmp_path)


def _watched(answers: Answers, projects: Projects, tmp_path: Path) -> Watched:
    forge, scanner = answers["forge"], answers["secret_scanner"]
    try:
        program = Path(go_tool(scanner))
    except ToolMissingError as error:
        pytest.skip(str(error))
    project = projects.render(answers).copy_to(tmp_path / "project")
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    git(project.path, "init", "--quiet", "--initial-branch=main")
    git(project.path, "add", "--all")
    git(project.path, "commit", "--quiet", "--message=feat: begin")
    # The commit that a pull request starts from.
    base = git(project.path, "rev-parse", "HEAD").strip()
    variables = {"PATH": path, "BASE": base, "CI_MERGE_REQUEST_DIFF_BASE_SHA": base}
    return Watched(
        project.path,
        _hook(project, scanner, str(program)),
        _pipeline(project, forge),
        os.environ | ENVIRONMENT | variables,
    )


def test_an_untouched_project_gives_no_finding(watched: Watched) -> None:
    assert watched.pipeline
    assert not watched.pipeline_finds()
    # Its first commit, as pre-commit sees it: everything is staged, and nothing was there before.
    git(watched.path, "update-ref", "-d", "HEAD")
    assert not watched.hook_finds()


@pytest.mark.parametrize("kind", planted())
def test_a_secret_is_caught(watched: Watched, kind: str) -> None:
    file = watched.path / "src" / "deploy.cfg"
    file.write_text(planted()[kind], "utf-8")
    git(watched.path, "add", "src/deploy.cfg")
    assert watched.hook_finds(), f"the hook let {kind} through"
    git(watched.path, "commit", "--quiet", "--message=feat: deploy")
    assert watched.pipeline_finds(), f"the pipeline let {kind} through"
    # Taken out again by a later commit it is still in the history.
    file.unlink()
    git(watched.path, "commit", "--quiet", "--all", "--message=fix: forget it")
    assert watched.pipeline_finds(), f"the pipeline let {kind} through in an earlier commit"


@pytest.mark.parametrize("scanner", ["gitleaks", "talisman"])
@pytest.mark.parametrize("provider", SHOWN)
def test_a_key_that_the_pages_show_is_no_secret(
    projects: Projects, tmp_path: Path, scanner: str, provider: str
) -> None:
    answers: Answers = {"project_type": "web", "auth": provider, "forge": "github", "secret_scanner": scanner}
    watched = _watched(answers, projects, tmp_path)
    file = watched.path / "config" / "production.env"
    key = "".join(random.Random(20).choices(string.ascii_letters + string.digits, k=35))

    def committed(line: str) -> None:
        with file.open("a", encoding="utf-8") as lines:
            lines.write(f"\n{line}\n")
        git(watched.path, "add", "--all")

    committed(f"{SHOWN[provider]}{key}")
    assert not watched.hook_finds()
    git(watched.path, "commit", "--quiet", "--message=feat: log in")
    assert not watched.pipeline_finds()
    committed(planted()["a Stripe key"])
    assert watched.hook_finds(), "the exception lets everything through"
