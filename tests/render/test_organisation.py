"""The answer `organisation`: a company's own entries of the catalog, without a fork."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.answers import as_answers, default_row
from tests.support.projects import ANSWERS_FILE, Project, Projects
from tests.support.questionnaire import Questionnaire
from tests.support.template import DATA, ROOT

TABLE: dict[str, list[Any]] = yaml.safe_load((DATA / "organisation.yml").read_text("utf-8"))
# What docs/organisations.md shows.
EXAMPLE: dict[str, Any] = yaml.safe_load((ROOT / "fleet/organisation.yml").read_text("utf-8"))["organisation"]


@pytest.fixture(scope="module")
def questionnaire(template: Path) -> Questionnaire:
    return Questionnaire(template)


@pytest.fixture(scope="module")
def plain(projects: Projects) -> Project:
    return projects.render(as_answers(default_row()))


@pytest.fixture(scope="module")
def own(projects: Projects) -> Project:
    return projects.render(as_answers(default_row()) | {"organisation": EXAMPLE})


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


def test_who_has_none_finds_no_trace_of_it(plain: Project) -> None:
    assert "organisation" not in yaml.safe_load(plain.text(ANSWERS_FILE))
    assert "tool.uv.index" not in plain.text("pyproject.toml")


def test_packages_and_where_they_come_from(plain: Project, own: Project) -> None:
    manifest = tomllib.loads(own.text("pyproject.toml"))
    dependencies = manifest["project"]["dependencies"]
    before = tomllib.loads(plain.text("pyproject.toml"))["project"]["dependencies"]
    assert set(dependencies) == {*before, *EXAMPLE["packages"]["python"]}
    assert dependencies == sorted(dependencies, key=lambda line: line.replace(">", " ").replace("[", " "))
    assert manifest["tool"]["uv"]["index"] == [{"url": EXAMPLE["index"], "default": True}]


def test_images(own: Project) -> None:
    assert f"ARG PYTHON_IMAGE={EXAMPLE['images']['python']}\n" in own.text("Dockerfile")
    assert yaml.safe_load(own.text(ANSWERS_FILE))["organisation"] == EXAMPLE


@pytest.mark.parametrize(
    "file", [".env.example", "README.md", "config/production.env", "src/my_project/platform/settings.py"]
)
def test_variables_stand_wherever_variables_do(own: Project, plain: Project, file: str) -> None:
    for variable in EXAMPLE["env"]:
        name = variable["name"].lower()
        assert name in own.text(file).lower()
        assert name not in plain.text(file).lower()


def test_nothing_else_changes(own: Project, plain: Project) -> None:
    changed = {name for name, text in own.contents().items() if plain.contents().get(name) != text}
    assert changed == {
        ".env.example",
        "Dockerfile",
        "README.md",
        "compose.yaml",
        "config/production.env",
        "pyproject.toml",
        "src/my_project/platform/settings.py",
    }
