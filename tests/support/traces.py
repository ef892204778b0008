"""Traces of what the answers did not choose, by the table in tests/data/traces.yml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import yaml

from tests.support.answers import Answers, as_answers, default_row
from tests.support.projects import ANSWERS_FILE, Project
from tests.support.template import DATA


@cache
def table() -> Mapping[str, Any]:
    """Read the table of words."""
    found: Mapping[str, Any] = yaml.safe_load((DATA / "traces.yml").read_text("utf-8"))
    return found


def is_chosen(answers: Answers, wanted: Mapping[str, Any]) -> bool:
    """Say whether one of the wanted answers was given."""
    given = as_answers(default_row()) | answers
    if given["license"] == "proprietary":
        given["cla"] = False
    for name, values in wanted.items():
        for value in values if isinstance(values, list) else [values]:
            if value == given[name] or (isinstance(given[name], list) and value in given[name]):
                return True
    return False


def _is_allowed(word: str, name: str, line: str) -> bool:
    return any(
        (entry["words"] == "any" or word in entry["words"])
        and any(fnmatchcase(name, pattern) for pattern in entry["files"])
        and re.search(entry.get("lines", ""), line)
        for entry in table()["allowed"]
    )


def _without_typed_text(line: str, answers: Answers) -> str:
    """Take out what people typed: a description may name anything."""
    for value in answers.values():
        if isinstance(value, str) and len(value) > 3:
            line = line.replace(value, "")
    return line


def traces(project: Project) -> Iterator[str]:
    """Yield every place that names something which the answers did not choose."""
    off = [entry for entry in table()["words"] if not is_chosen(project.answers, entry["unless"])]
    patterns = [
        # A pattern with capitals means them: MIT is a licence, "mit" a part of many words.
        (word, re.compile(word, 0 if word.replace("\\b", "").isupper() else re.IGNORECASE))
        for entry in off
        for word in entry["words"]
    ]
    for name in project.files:
        if name == ANSWERS_FILE:
            continue
        lines = [name, *project.text(name).splitlines()]
        for word, pattern in patterns:
            for number, line in enumerate(lines):
                found = pattern.search(line) and pattern.search(_without_typed_text(line, project.answers))
                if found and not _is_allowed(word, name, line):
                    where = f"{name}:{number}" if number else f"{name} (its name)"
                    yield f"{where}: {word!r} although it is off: {line.strip()!r}"
