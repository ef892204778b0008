"""Each answer that people type: what is taken, what is refused, and how the refusal is worded."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.answers import described
from tests.support.projects import Projects, render
from tests.support.questionnaire import Questionnaire
from tests.support.template import DATA

TABLE: dict[str, dict[str, Any]] = yaml.safe_load((DATA / "validators.yml").read_text("utf-8"))


@pytest.fixture(scope="module")
def questionnaire(template: Path) -> Questionnaire:
    return Questionnaire(template)


def cases(kind: str) -> list[Any]:
    return [pytest.param(name, value, id=f"{name}-{value!a}") for name, entry in TABLE.items() for value in entry[kind]]


def test_every_text_answer_is_in_the_table() -> None:
    assert set(TABLE) == set(described()["texts"])


@pytest.mark.parametrize(("name", "value"), cases("good"))
def test_a_good_value_is_taken(questionnaire: Questionnaire, name: str, value: str) -> None:
    assert not questionnaire.refusal(name, value)


@pytest.mark.parametrize(("name", "value"), cases("bad"))
def test_a_bad_value_is_refused_with_the_answer_the_reason_and_an_example(
    questionnaire: Questionnaire, name: str, value: str
) -> None:
    message = questionnaire.refusal(name, value)
    assert f"'{name}'" in message
    says_why, separator, example = message.partition(" Example: ")
    assert separator, message
    assert len(says_why.split()) > 6, message
    for shown in re.split(r" or (?=@)", example):
        assert not questionnaire.refusal(name, shown), f"the example {shown!r} is refused itself"


@pytest.mark.parametrize(("name", "most"), [(name, entry["long"]) for name, entry in TABLE.items() if "long" in entry])
def test_a_value_may_be_so_long_and_no_longer(questionnaire: Questionnaire, name: str, most: int) -> None:
    assert not questionnaire.refusal(name, "a" * most)
    assert str(most) in questionnaire.refusal(name, "a" * (most + 1))
    assert questionnaire.refusal(name, "a" * 301)


@pytest.mark.parametrize("name", TABLE)
def test_a_refusal_comes_before_anything_is_written(template: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=f"'{name}'"):
        render(template, {name: TABLE[name]["bad"][-1]}, tmp_path / "project")
    assert not (tmp_path / "project").exists()


CHOICES = [name for name, values in {**described()["choices"], **described()["several"]}.items() if True not in values]


@pytest.mark.parametrize("name", CHOICES)
def test_a_value_that_is_not_offered_is_refused(template: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=f"Invalid choice for '{name}'"):
        render(
            template,
            {name: ["no-such-value"] if name in described()["several"] else "no-such-value"},
            tmp_path / "project",
        )
    assert not (tmp_path / "project").exists()


def test_the_command_line_says_what_is_wrong_and_writes_nothing(projects: Projects, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "copier", "copy", "--defaults", "--data", "project_slug=Bad Slug"]
    result = subprocess.run(
        [*command, str(projects.template), "project"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode != 0
    # Copier 9.19.1 shows a traceback of its own; its last line is the message.
    last = result.stderr.strip().splitlines()[-1]
    assert "'project_slug'" in last
    assert last.endswith("Example: order-desk")
    assert not (tmp_path / "project").exists()
