"""The compiler of the catalog: each class of mistake gives one message, with the file, the key and the reason."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from extensions.compile import CATALOG, compile_catalog
from extensions.errors import CatalogError
from extensions.jinja_json import serialize

Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """A copy of the catalog that a test may spoil."""
    return Path(shutil.copytree(CATALOG, tmp_path / "catalog"))


def change(path: Path, how: Change) -> None:
    entry = yaml.safe_load(path.read_text("utf-8"))
    how(entry)
    path.write_text(yaml.safe_dump(entry, allow_unicode=True), "utf-8")


def message(catalog: Path) -> str:
    """Compile, and return the one message that comes of it."""
    with pytest.raises(CatalogError) as caught:
        serialize(compile_catalog(catalog))
    text = str(caught.value)
    assert len(text.splitlines()) == 1, text
    return text


# What is spoilt, how, and the file, key and reason that the message must name.
MISTAKES: list[tuple[str, str, Change, tuple[str, ...]]] = [
    ("a key that no schema knows", "capabilities/slack.yml", lambda e: e.update(colour="red"), ("colour",)),
    ("a key that is missing", "capabilities/slack.yml", lambda e: e.pop("title"), ("title", "required")),
    ("a value of the wrong type", "capabilities/slack.yml", lambda e: e.update(rank="first"), ("rank", "integer")),
    ("a text with a space at its end", "capabilities/slack.yml", lambda e: e.update(title="Slack "), ("title",)),
    ("a stack that is not there", "capabilities/slack.yml", lambda e: e.update(stacks=["cobol"]), ("stacks", "cobol")),
    (
        "a project type that is not there",
        "capabilities/slack.yml",
        lambda e: e.update(project_types=["game"]),
        ("project_types", "game"),
    ),
    ("a capability that is not there", "capabilities/slack.yml", lambda e: e.update(excludes=["x"]), ("excludes", "x")),
    (
        "a requirement that is not there",
        "capabilities/slack.yml",
        lambda e: e.update(requires=["x"]),
        ("requires", "x"),
    ),
    (
        "a package without a version",
        "capabilities/slack.yml",
        lambda e: e.update(packages={"python-fastapi": {"main": ["no-such-package"]}}),
        ("packages", "no-such-package", "pins/python"),
    ),
    (
        "packages of a stack that is not there",
        "capabilities/slack.yml",
        lambda e: e.update(packages={"cobol": {"main": []}}),
        ("packages", "cobol"),
    ),
    (
        "a variable that means something else elsewhere",
        "capabilities/slack.yml",
        lambda e: e.update(env=[{"name": "PORT", "type": "string", "default": "", "description": "Where it listens"}]),
        ("env", "PORT", "means something else in"),
    ),
    (
        "a variable that is required and has a default",
        "capabilities/slack.yml",
        lambda e: e.update(
            env=[{"name": "X", "type": "string", "required": True, "default": "", "description": "What it is"}]
        ),
        ("env",),
    ),
    (
        "a variable in lower case",
        "capabilities/slack.yml",
        lambda e: e.update(env=[{"name": "port", "type": "string", "default": "", "description": "What it is"}]),
        ("env.0.name", "port"),
    ),
    (
        "a decision's number that is taken",
        "stacks/python-fastapi.yml",
        lambda e: e["decisions"].append(e["decisions"][0] | {"slug": "other"}),
        ("decision", "already taken"),
    ),
    (
        "a decision under a switch that is not there",
        "stacks/python-fastapi.yml",
        lambda e: e["decisions"][0].update(when="no_such_switch"),
        ("decision.when", "no_such_switch"),
    ),
    (
        "words for a stack that it does not serve",
        "capabilities/celery.yml",
        lambda e: e.update(by_stack={"typescript-fastify": {"risks": ["None"]}}),
        ("by_stack", "typescript-fastify"),
    ),
    (
        "a decision that a stack does not complete",
        "capabilities/celery.yml",
        lambda e: e.update(decision={}, by_stack={"python-fastapi": {"decision": e["decision"] | {"options": []}}}),
        ("decision", "short"),
    ),
    (
        "a text that a template would evaluate",
        "capabilities/slack.yml",
        lambda e: e.update(title="Slack [[ on ]]"),
        ("Slack [[ on ]]",),
    ),
    (
        "an answer that nobody is asked for",
        "capabilities/slack.yml",
        lambda e: e["answer"].update(name="chta"),
        ("answer.name", "chta"),
    ),
    (
        "a service whose image has no version",
        "capabilities/slack.yml",
        lambda e: e.update(services={"bot": {"image": "no_such_image"}}),
        ("services", "no_such_image", "pins/images"),
    ),
]


@pytest.mark.parametrize(("file", "how", "parts"), [pytest.param(*mistake[1:], id=mistake[0]) for mistake in MISTAKES])
def test_a_mistake_is_one_message(catalog: Path, file: str, how: Change, parts: tuple[str, ...]) -> None:
    change(catalog / file, how)
    text = message(catalog)
    assert file in text or "catalog.json" in text
    for part in parts:
        assert part in text


def test_a_stack_may_say_something_else(catalog: Path) -> None:
    """A key of a mapping replaces that key, everything else replaces the whole."""
    own = {"title": "Other", "slug": "other"}
    words = {"decision": own, "plan": {"services.auth": "Other"}, "risks": ["Other"]}
    change(catalog / "capabilities/celery.yml", lambda e: e.update(by_stack={"python-fastapi": words}))
    common = compile_catalog()["capabilities"]["celery"]
    own_words = compile_catalog(catalog)["capabilities"]["celery"]["by_stack"]["python-fastapi"]
    number = common["decision"]["number"]
    assert own_words["decision"] == common["decision"] | own | {"file": f"{number:04d}-other"}
    assert own_words["plan"] == common["plan"] | {"services.auth": "Other"}
    assert own_words["risks"] == ["Other"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("title: [", "not valid YAML"),
        ("- a\n", "must be a mapping"),
        ("title: a\ntitle: b\n", "line 2: the key 'title' is given twice"),
        ("", "must be a mapping"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(catalog: Path, content: str, reason: str) -> None:
    (catalog / "capabilities/slack.yml").write_text(content, "utf-8")
    with pytest.raises(CatalogError) as caught:
        compile_catalog(catalog)
    assert re.search(rf"capabilities/slack\.yml: .*{reason}", str(caught.value))


@pytest.mark.parametrize(
    ("file", "before", "after", "reason"),
    [
        ("actions/action.yml", r"@[0-9a-f]{40} # v", "@main # v", "commit SHA"),
        ("actions/action.yml", r" # v[0-9.]+$", "", "version"),
        ("images/Dockerfile", r" AS node-of-pages$", " AS node", "pinned twice"),
        ("python/pyproject.toml", r"(?m)^dependencies = \[", 'dependencies = [\n  "fastapi>=1",', "pinned twice"),
    ],
)
def test_a_pin_that_is_none_is_named(catalog: Path, file: str, before: str, after: str, reason: str) -> None:
    manifest = catalog / "pins" / file
    text = manifest.read_text("utf-8")
    manifest.write_text(re.sub(before, after, text, count=1, flags=re.MULTILINE), "utf-8")
    assert text != manifest.read_text("utf-8")
    found = message(catalog)
    assert file in found
    assert reason in found


def test_lists_in_lists_are_written_without_what_jinja_takes_for_a_tag() -> None:
    compiled = {"entry": {"rows": [[["a"], ["b"]], []], "text": "é"}, "empty": [], "list": [[1]]}
    assert json.loads(serialize(compiled)) == compiled
    assert json.loads(serialize([compiled])) == [compiled]
