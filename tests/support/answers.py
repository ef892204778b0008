"""The space of answers, as tests/data/answers.yml describes it, and the rows of it that are rendered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations, product
from typing import Any

import yaml
from covertable import criteria, make  # type: ignore[import-untyped]

from tests.support.template import DATA

Answers = dict[str, Any]
# A factor is one answer, or `answer:value` for one value of an answer that takes several.
Row = dict[str, Any]


@cache
def described() -> Mapping[str, Any]:
    """Read the description of what the questionnaire accepts."""
    description: Mapping[str, Any] = yaml.safe_load((DATA / "answers.yml").read_text("utf-8"))
    return description


def excluded() -> list[Row]:
    """Return the combinations of answers that no project has, whether one is dropped or refused."""
    return [*described()["never"], *described()["refused"], *not_offered()]


def not_offered() -> list[Row]:
    """Return the pairs of a stack and an answer that it does not have."""
    return [
        {"stack": entry["stack"], name: value}
        for entry in described()["not_offered"]
        for name, values in entry["answers"].items()
        for value in values
    ]


def text_values(name: str) -> list[str | None]:
    """Return the values of a text answer, the default first; None stands for a derived default."""
    entry = described()["texts"][name]
    return [None, *entry["values"]] if "derived" in entry else list(entry["values"])


@cache
def factors() -> Mapping[str, list[Any]]:
    """Return every factor with its values, the default first."""
    description = described()
    found: dict[str, list[Any]] = dict(description["choices"])
    for name, entry in description["several"].items():
        for value in entry["values"]:
            default = value in entry["default"]
            found[f"{name}:{value}"] = [default, not default]
    for name in description["texts"]:
        found[name] = text_values(name)
    return found


def as_answers(row: Row) -> Answers:
    """Turn a row of factors into what Copier takes as data."""
    answers: Answers = {name: [] for name in described()["several"]}
    for factor, value in row.items():
        name, _, member = factor.partition(":")
        if member:
            answers[name] += [member] if value else []
        elif value is not None:
            answers[name] = value
    return answers


def default_row() -> Row:
    """Return the row that `--defaults` gives."""
    return {factor: values[0] for factor, values in factors().items()}


def row_with(changes: Row) -> Row:
    """Return the default row with these changes, as the first kind of project and on the first stack that have them."""
    kinds = product(factors()["project_type"], factors()["stack"])
    rows = [default_row() | {"project_type": kind, "stack": stack} | changes for kind, stack in kinds]
    return next(filter(is_asked, rows), rows[0])


def is_asked(row: Row) -> bool:
    """Say whether the questionnaire asks for this combination."""
    return not any(all(row.get(key) == value for key, value in pair.items()) for pair in excluded())


@cache
def covering_rows() -> tuple[Row, ...]:
    """Return rows in which each pair of values of two factors that may stand together does so at least once."""
    # The generator gets the positions of the values: it sorts them, and None, False and text have no common order.
    positions = {name: list(range(len(values))) for name, values in factors().items()}
    constraints = [{"operator": "not", "condition": _all_of(pair)} for pair in excluded()]
    # The greedy criterion saves two rows of 24 and takes forty times as long, in every process that collects tests.
    rows = make(positions, strength=2, constraints=constraints, criterion=criteria.simple)
    return tuple({name: values[row[name]] for name, values in factors().items()} for row in rows)


def _all_of(pair: Mapping[str, Any]) -> dict[str, Any]:
    conditions = [
        {"operator": "eq", "left": name, "value": factors()[name].index(value)} for name, value in pair.items()
    ]
    return {"operator": "and", "conditions": conditions}


def pairs_of(row: Row) -> Iterator[tuple[tuple[str, Any], tuple[str, Any]]]:
    """Yield each pair of values in a row."""
    yield from combinations(row.items(), 2)


def single_rows() -> Iterator[tuple[str, Row]]:
    """Yield, with a label, the default row with one value changed, for each value that is not a default."""
    for factor, values in factors().items():
        for value in values[1:]:
            row = row_with({factor: value})
            if is_asked(row):
                yield f"{factor}={value}", row
