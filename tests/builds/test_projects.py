"""Projects are built with the commands that their own README names, started, and held to the service contract."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import yaml

from tests.support.history import git
from tests.support.passed import has_passed, remember
from tests.support.ports import LOOPBACK, free_port
from tests.support.postgres import Cluster, PostgresMissingError
from tests.support.projects import Project, Projects
from tests.support.redis import RedisMissingError, running_redis
from tests.support.template import DATA, ROOT
from tests.support.tools import node_program
from tests.support.workshop import Workshop, commands_in, commands_in_table

pytestmark = [
    pytest.mark.build,
    pytest.mark.skipif(sys.platform == "win32", reason="the commands are written for a POSIX shell"),
]

BUILDS: dict[str, dict[str, Any]] = yaml.safe_load((DATA / "builds.yml").read_text("utf-8"))

DEVELOPMENT_PAGES = "http://127.0.0.1:5173"

# Commands of the README that are not run here, and why.
LEFT_OUT = {
    "docker compose": "there may be no Docker; the test brings a server of its own",
    "make audit": "it asks a database of vulnerabilities on the internet; CI runs it",
    "make dev": "it goes on running; it is started on its own",
    "make worker": "it goes on running; the project's own tests start workers",
    "make scheduler": "it goes on running; the project's own tests start schedulers",
}


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    try:
        with Cluster.create() as made:
            with made.connect() as connection:
                # The tests of a project make a database each.
                connection.execute("ALTER ROLE app CREATEDB")
            yield made
    except PostgresMissingError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def queue() -> Iterator[str]:
    try:
        with running_redis() as url:
            yield url
    except RedisMissingError as error:
        pytest.skip(str(error))


def left_out(command: str) -> bool:
    return any(command.startswith(start) for start in LEFT_OUT)


@pytest.mark.parametrize("name", BUILDS)
def test_a_project_works_as_its_readme_says(
    name: str, projects: Projects, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    build = BUILDS[name]
    rendered = projects.render(build["answers"])
    if has_passed("build", f"{name} {rendered.digest}"):
        return
    database = build["answers"].get("database", "sqlite")
    port = free_port()
    # Nothing may be skipped because something is missing: a project's own tests fail in CI instead.
    variables = {"PORT": str(port), "CI": "true"}
    if database == "postgresql":
        server: Cluster = request.getfixturevalue("cluster")
        server.create_database(f"build_{name.replace('-', '_')}")
        variables["DATABASE_URL"] = server.url(f"build_{name.replace('-', '_')}")
    pages = build["answers"].get("project_type") == "web"
    if pages:
        variables |= {"CHROMIUM_PATH": str(shutil.which("chromium"))}
        variables |= {name: str(free_port()) for name in ("E2E_PORT", "E2E_ISSUER_PORT")}
    if build["answers"].get("queue", "none") != "none":
        variables["REDIS_URL"] = request.getfixturevalue("queue")
    project = rendered.copy_to(tmp_path / "project")
    workshop = Workshop(project.path, tmp_path / "home", variables)
    readme = project.text("README.md")

    git(project.path, "init", "--quiet", "--initial-branch=main")
    steps = commands_in(readme, "Quick start")
    assert steps[0] == "make setup"
    assert steps[-1] == "make dev"
    for command in steps:
        if not left_out(command):
            workshop.run(command)
    git(project.path, "add", "--all")
    git(project.path, "commit", "--quiet", "--message=feat: begin", "--no-verify")
    with workshop.running("make dev", f"http://{LOOPBACK}:{port}/health", seconds=120) as body:
        assert json.loads(body) == {"status": "ok"}
        if pages:
            pages_are_shown(DEVELOPMENT_PAGES)
    if pages:
        with pytest.raises(URLError):
            fetched(DEVELOPMENT_PAGES)
    for command in commands_in_table(readme, "Commands"):
        if not left_out(command):
            workshop.run(command)
    workshop.run("make build")
    # Formatting, building and testing left nothing behind that git would see.
    assert not git(project.path, "status", "--porcelain")

    required = {name: variables[name] for name in ("REDIS_URL",) if name in variables}
    with secrets_manager_of(project, build["answers"]) as manager:
        keeps_the_contract(project, build["answers"], required | manager, tmp_path / "target.toml")
    remember("build", f"{name} {rendered.digest}")


def fetched(address: str) -> bytes:
    with urlopen(address, timeout=5) as answer:  # noqa: S310 - our own loopback address
        body: bytes = answer.read()
        return body


def pages_are_shown(address: str) -> None:
    """See that the development server has the first page, and passes on what it asks of the service."""
    deadline = time.monotonic() + 60
    while True:
        try:
            page = fetched(address)
            break
        except (URLError, ConnectionError, TimeoutError):
            assert time.monotonic() < deadline, "the pages did not answer in time"
            time.sleep(0.2)
    assert b'<div id="root">' in page
    assert json.loads(fetched(f"{address}/ready"))["status"] == "ready"


@contextmanager
def secrets_manager_of(project: Project, answers: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Run the secrets manager of the project's own tests, which holds nothing, and yield the variables that lead there.

    Production does not start without one; what the environment has, it is not asked for.
    """
    if answers.get("secrets_manager", "none") == "none":
        yield {}
        return
    if "package.json" in project.files:
        script = (
            "import { SecretsPeer } from './tests/secrets-peer.ts';\n"
            "const peer = await SecretsPeer.start({});\n"
            "console.log(JSON.stringify(peer.variables));\n"
            "process.stdin.resume().once('end', () => peer.stop());\n"
        )
        command = [node_program(), "--input-type=module", "--eval", script]
    else:
        script = (
            "import json, sys\n"
            "from tests.secrets_peer import SecretsPeer\n"
            "with SecretsPeer({}) as peer:\n"
            "    print(json.dumps(peer.variables), flush=True)\n"
            "    sys.stdin.read()\n"
        )
        command = [project.python, "-c", script]
    with subprocess.Popen(
        command, cwd=project.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.stdin.close()


def keeps_the_contract(
    project: Project, answers: dict[str, Any], variables: Mapping[str, str], descriptor: Path
) -> None:
    """Run the conformance suite against the project, started with these variables beside its own."""
    programs = project.programs
    database = answers.get("database", "sqlite")
    lines = [
        f'name = "{answers.get("stack", "python-fastapi")}"',
        f"folder = {json.dumps(str(project.path))}",
        f'database = "{database}"',
        f"sample = {json.dumps(answers.get('sample', True))}",
        f"openapi = {json.dumps(str(project.path / 'docs/api/openapi.json'))}",
        f"auth = {json.dumps(answers.get('auth', 'none'))}",
        f"metrics = {json.dumps('prometheus' in answers.get('telemetry', []))}",
        "[start]",
        f"command = {json.dumps(programs['start'])}",
    ]
    needed = dict(variables)
    if "error_tracker" in answers:
        # Required in production, and asked only when something fails.
        needed["SENTRY_DSN"] = "http://key@localhost:1/1"
    example = project.text(".env.example")
    if answers.get("project_type") == "web" and "auth" in answers:
        # Required everywhere; the suite calls the API, not the pages.
        names = r"AUTH_CLIENT_ID|CLERK_PUBLISHABLE_KEY|FIREBASE_API_KEY"
        needed |= dict(re.findall(rf"^({names})=(.*)$", example, re.MULTILINE))
    for provider in answers.get("integrations", []):
        # Required everywhere; no request of the suite reaches a provider.
        needed |= dict(re.findall(rf"^({provider.upper()}_\w+)=(.*)$", example, re.MULTILINE))
    lines.append("env = { " + ", ".join(f"{name} = {json.dumps(value)}" for name, value in needed.items()) + " }")
    if database != "none":
        lines += [
            "[migrate]",
            f"up = {json.dumps(programs['up'])}",
            f"down = {json.dumps(programs['down'])}",
        ]
    descriptor.write_text("\n".join(lines) + "\n", "utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "tests/conformance",
        "--target",
        str(descriptor),
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-6000:]


def test_the_message_after_the_copy_names_commands_that_work(projects: Projects, tmp_path: Path) -> None:
    """Copy as a new user does, and run the three commands that are printed, up to the one that installs."""
    destination = tmp_path / "my project"
    command = [sys.executable, "-m", "copier", "copy", "--defaults", str(projects.template), str(destination)]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    shown = (result.stdout + result.stderr).partition("Next:")[2]
    commands = [line.strip() for line in shown.splitlines() if line.startswith("  ")]
    assert len(commands) == 3, shown
    assert commands[-1] == "make setup"
    workshop = Workshop(tmp_path, tmp_path / "home", {})
    output = workshop.run(" && ".join([*commands, "git config core.hooksPath; ls .git/hooks/pre-commit .venv"]))
    assert ".git/hooks/pre-commit" in output
