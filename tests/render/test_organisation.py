"""The answer `organisation`: a company's own entries of the catalog, without a fork."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.answers import Answers, as_answers, default_row
from tests.support.projects import ANSWERS_FILE, Project, Projects
from tests.support.questionnaire import Questionnaire
from tests.support.template import DATA, ROOT

TABLE: dict[str, list[Any]] = yaml.safe_load((DATA / "organisation.yml").read_text("utf-8"))
# What docs/organisations.md shows.
EXAMPLE: dict[str, Any] = yaml.safe_load((ROOT / "fleet/organisation.yml").read_text("utf-8"))["organisation"]


@pytest.fixture(scope="module")
def questionnaire(template: Path) -> Questionnaire:
    return Questionnaire(template)


@dataclass(frozen=True)
class Pair:
    """A project without anything of an organisation, and the same with it."""

    plain: Project
    own: Project


def pair_of(projects: Projects, answers: Answers) -> Pair:
    given = as_answers(default_row()) | answers
    return Pair(projects.render(given), projects.render(given | {"organisation": EXAMPLE}))


@pytest.fixture(scope="module")
def python(projects: Projects) -> Pair:
    return pair_of(projects, {})


@pytest.fixture(scope="module")
def typescript(projects: Projects) -> Pair:
    return pair_of(projects, {"stack": "typescript-fastify"})


@pytest.fixture(scope="module")
def web(projects: Projects) -> Pair:
    return pair_of(projects, {"project_type": "web"})


@pytest.mark.parametrize("value", TABLE["good"], ids=str)
def test_a_good_value_is_taken(questionnaire: Questionnaire, value: Any) -> None:
    assert not questionnaire.refusal("organisation", value)


@pytest.mark.parametrize("value", TABLE["bad"], ids=str)
def test_a_bad_value_is_refused_with_an_example(questionnaire: Questionnaire, value: Any) -> None:
    message = questionnaire.refusal("organisation", value)
    why, separator, example = message.partition(" Example: ")
    assert separator, message
    assert len(why.split()) > 6, message
    assert not questionnaire.refusal("organisation", yaml.safe_load(example))


def test_who_has_none_finds_no_trace_of_it(python: Pair, typescript: Pair, web: Pair) -> None:
    for plain in (python.plain, typescript.plain, web.plain):
        assert "organisation" not in yaml.safe_load(plain.text(ANSWERS_FILE))
        assert not [name for name in plain.files if name.endswith(".npmrc")]
    assert "tool.uv.index" not in python.plain.text("pyproject.toml")


def test_packages_of_python_and_where_they_come_from(python: Pair) -> None:
    manifest = tomllib.loads(python.own.text("pyproject.toml"))
    dependencies = manifest["project"]["dependencies"]
    before = tomllib.loads(python.plain.text("pyproject.toml"))["project"]["dependencies"]
    assert set(dependencies) == {*before, *EXAMPLE["packages"]["python"]}
    assert dependencies == sorted(dependencies, key=lambda line: line.replace(">", " ").replace("[", " "))
    assert manifest["tool"]["uv"]["index"] == [{"url": EXAMPLE["index"], "default": True}]


@pytest.mark.parametrize(("language", "folder"), [("typescript", ""), ("web", "src/web/")])
def test_packages_of_npm_and_where_they_come_from(
    language: str, folder: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    pair: Pair = request.getfixturevalue(language)
    manifest, before = (
        json.loads(project.text(f"{folder}package.json"))["dependencies"] for project in (pair.own, pair.plain)
    )
    (package,) = EXAMPLE["packages"][language]
    name, _, version = package.rpartition("@")
    assert manifest == before | {name: version}
    assert list(manifest) == sorted(manifest)
    assert pair.own.text(f"{folder}.npmrc") == f"registry={EXAMPLE['npm_registry']}\n"
    # The image is built from it, too.
    assert re.search(rf"^COPY {re.escape(folder)}\.npmrc .*package\.json", pair.own.text("Dockerfile"), re.MULTILINE)
    install(name, version, pair.own.text(f"{folder}.npmrc"), tmp_path)


def install(name: str, wanted: str, settings: str, work: Path) -> None:
    """Let npm install a package as the project asks for it, from a registry that has nothing else."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: https://nodejs.org/")
    project = work / "project"
    project.mkdir()
    (project / "package.json").write_text(json.dumps({"name": "project", "dependencies": {name: wanted}}), "utf-8")
    with npm_registry(name, f"{wanted.strip('^')}") as address:
        (project / ".npmrc").write_text(settings.replace(EXAMPLE["npm_registry"], address), "utf-8")
        environment = {"PATH": os.environ["PATH"], "HOME": str(work), "npm_config_cache": str(work / "cache")}
        command = [npm, "install", "--no-audit", "--no-fund"]
        result = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        lock = json.loads((project / "package-lock.json").read_text("utf-8"))
        assert lock["packages"][f"node_modules/{name}"]["resolved"].startswith(address)
    assert (project / "node_modules" / name / "package.json").exists()


@contextmanager
def npm_registry(name: str, version: str) -> Iterator[str]:
    """Serve one package as npm's registry does, on a loopback address; yields the address."""
    archive = io.BytesIO()
    manifest = {"name": name, "version": version}
    with tarfile.open(fileobj=archive, mode="w:gz") as files:
        text = json.dumps(manifest).encode()
        member = tarfile.TarInfo("package/package.json")
        member.size = len(text)
        files.addfile(member, io.BytesIO(text))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = f"http://{self.headers['Host']}/kit.tgz"
            described = {**manifest, "dist": {"tarball": address}}
            answers = {
                "/kit.tgz": archive.getvalue(),
                f"/{name.replace('/', '%2f')}": json.dumps(
                    {"name": name, "dist-tags": {"latest": version}, "versions": {version: described}}
                ).encode(),
            }
            body = answers.get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def test_images(python: Pair, typescript: Pair) -> None:
    assert f"ARG PYTHON_IMAGE={EXAMPLE['images']['python']}\n" in python.own.text("Dockerfile")
    assert f"ARG NODE_IMAGE={EXAMPLE['images']['node']}\n" in typescript.own.text("Dockerfile")
    assert yaml.safe_load(python.own.text(ANSWERS_FILE))["organisation"] == EXAMPLE


SHARED = {".env.example", "Dockerfile", "README.md", "compose.yaml", "config/production.env"}
CHANGED = {
    "python": {*SHARED, "pyproject.toml", "src/my_project/platform/settings.py"},
    "typescript": {*SHARED, "package.json", ".npmrc", "src/platform/settings.ts"},
    "web": {
        *SHARED,
        "pyproject.toml",
        "src/my_project/platform/settings.py",
        "src/web/package.json",
        "src/web/.npmrc",
    },
}


@pytest.mark.parametrize("kind", CHANGED)
def test_nothing_else_changes(kind: str, request: pytest.FixtureRequest) -> None:
    pair: Pair = request.getfixturevalue(kind)
    before = pair.plain.contents()
    assert {name for name, text in pair.own.contents().items() if before.get(name) != text} == CHANGED[kind]


@pytest.mark.parametrize("kind", ["python", "typescript"])
def test_variables_stand_wherever_variables_do(kind: str, request: pytest.FixtureRequest) -> None:
    pair: Pair = request.getfixturevalue(kind)
    settings = next(name for name in CHANGED[kind] if "/settings." in name)
    for variable in EXAMPLE["env"]:
        name = variable["name"].lower()
        for file in (".env.example", "README.md", "config/production.env", settings):
            assert name in pair.own.text(file).lower()
            assert name not in pair.plain.text(file).lower()
