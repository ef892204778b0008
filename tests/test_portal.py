"""The portal's form, as Backstage's own code takes, shows and sends it, and the projects that come of its answers."""

from __future__ import annotations

import json
import shutil
import subprocess
from html.parser import HTMLParser
from typing import Any

import pytest
import yaml

from tests.support.answers import as_answers, covering_rows, default_row
from tests.support.projects import Projects
from tests.support.template import ROOT
from tests.support.tools import ToolMissingError, npm_packages

ENTITY: dict[str, Any] = yaml.safe_load((ROOT / "fleet/backstage.yml").read_text("utf-8"))
FIELDS: dict[str, dict[str, Any]] = {
    name: field for page in ENTITY["spec"]["parameters"] for name, field in page["properties"].items()
}
# Names with what JSON, HTML and Backstage's own templates would have to escape.
TYPED = {"repository": "github.com?owner=shop&repo=orders", "project_name": 'Orders "é" <b> ${{ parameters.owner }}'}


def sent(answers: dict[str, Any]) -> dict[str, Any]:
    """Return what the form sends when somebody fills in some fields and leaves all others as they are."""
    defaults = {name: field["default"] for name, field in FIELDS.items() if "default" in field}
    return defaults | answers


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Backstage made of the template, and of a form that was filled in."""
    try:
        modules = npm_packages("backstage")
    except ToolMissingError as error:
        pytest.skip(str(error))
    workspace = tmp_path_factory.mktemp("workspace")
    command = [str(shutil.which("node")), str(ROOT / "tests/support/portal.cjs"), str(modules)]
    asked = json.dumps({"entity": ENTITY, "answers": TYPED, "workspace": str(workspace)})
    result = subprocess.run(command, input=asked, capture_output=True, text=True, encoding="utf-8", check=False)
    assert result.returncode == 0, result.stderr[-2000:]
    assert not result.stderr, "the form uses what is to go"
    found: dict[str, Any] = json.loads(result.stdout)
    return found


class Labels(HTMLParser):
    """The texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.texts.add(data)


def test_the_catalog_registers_it(outcome: dict[str, Any]) -> None:
    assert outcome["registered"] is True


def test_each_field_and_each_choice_is_shown(outcome: dict[str, Any]) -> None:
    texts = set().union(*(Labels(page["page"]).texts for page in outcome["pages"]))
    for name, field in FIELDS.items():
        # The portal brings the field for the repository's address.
        wanted = {field["title"], field["description"]} if name != "repository" else set()
        assert {*wanted, *field.get("ui:enumNames", [])} <= texts, name


def test_a_form_that_is_filled_in_is_accepted_and_sent(outcome: dict[str, Any]) -> None:
    assert not [error for page in outcome["pages"] for error in page["errors"]]
    assert outcome["parameters"] == sent(TYPED)
    (call,) = outcome["calls"]
    assert call["workflowInputs"]["repository"] == "shop/orders"
    # GitHub takes texts only; the workflow reads this one as JSON.
    assert json.loads(call["workflowInputs"]["answers"]) == sent(TYPED)
    workflow = yaml.safe_load((ROOT / "fleet/github-create.yml").read_text("utf-8"))
    assert call["workflowInputs"].keys() == workflow[True]["workflow_dispatch"]["inputs"].keys()


def enough_rows() -> list[int]:
    """Return the positions of covering rows that have each value of each factor."""
    chosen, seen = [], set[tuple[str, str]]()
    for position, row in enumerate(covering_rows()):
        values = {(factor, repr(value)) for factor, value in row.items()}
        if values - seen:
            chosen.append(position)
            seen |= values
    return chosen


@pytest.mark.parametrize("row", enough_rows())
def test_a_form_makes_the_project_that_the_questions_make(row: int, projects: Projects) -> None:
    """Who fills in a form leaves what has the right value already."""
    answers, untouched = as_answers(covering_rows()[row]), as_answers(default_row())
    typed = {name: value for name, value in answers.items() if name != "interview" and untouched.get(name) != value}
    assert typed.keys() <= FIELDS.keys()
    assert projects.render(sent(typed)).contents() == projects.render(answers).contents()
