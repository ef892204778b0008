"""The rows that are rendered: what they cover, and that the questionnaire offers just what is described."""

from __future__ import annotations

import json
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest

from tests.support.answers import covering_rows, default_row, described, factors, is_asked, not_offered, pairs_of
from tests.support.questionnaire import Questionnaire


def test_each_pair_of_values_stands_in_a_row() -> None:
    names = ("project_type", "stack")
    kinds = [dict(zip(names, values, strict=True)) for values in product(*(factors()[name] for name in names))]
    covered = {pair for row in covering_rows() for pair in map(_hashable, pairs_of(row))}
    missing = []
    for (first, first_values), (second, second_values) in combinations(factors().items(), 2):
        for one in first_values:
            for other in second_values:
                possible = any(is_asked(kind | {first: one, second: other}) for kind in kinds)
                if possible and _hashable(((first, one), (second, other))) not in covered:
                    missing.append((first, one, second, other))
    assert not missing


def _hashable(pair: tuple[tuple[str, Any], tuple[str, Any]]) -> frozenset[str]:
    return frozenset(json.dumps(item) for item in pair)


def test_each_row_is_one_that_the_questionnaire_asks_for() -> None:
    assert all(is_asked(row) for row in covering_rows())


@pytest.fixture(scope="module")
def questionnaire(template: Path) -> Questionnaire:
    return Questionnaire(template)


def test_what_is_asked_is_what_is_described(questionnaire: Questionnaire) -> None:
    description = described()
    expected = {*description["choices"], *description["several"], *description["texts"]}
    assert set(questionnaire.questions()) == expected


@pytest.mark.parametrize("name", described()["choices"])
def test_one_choice_offers_what_is_described(questionnaire: Questionnaire, name: str) -> None:
    here = questionnaire.defaults()["stack"]
    values = [value for value in described()["choices"][name] if {"stack": here, name: value} not in not_offered()]
    question = questionnaire.question(name)
    if values in ([False, True], [True, False]):
        assert question.get_type_name() == "bool"
    else:
        assert sorted(questionnaire.offered(name)) == sorted(values)
    assert questionnaire.defaults()[name] == values[0]


def test_a_stack_offers_its_own_values_alone(template: Path) -> None:
    for pair in not_offered():
        (name,) = pair.keys() - {"stack"}
        offered = Questionnaire(template, {"stack": pair["stack"]}).offered(name)
        expected = [value for value in described()["choices"][name] if pair | {name: value} not in not_offered()]
        assert sorted(offered) == sorted(expected)


@pytest.mark.parametrize("name", described()["several"])
def test_several_choices_offer_what_is_described(questionnaire: Questionnaire, name: str) -> None:
    entry = described()["several"][name]
    assert questionnaire.question(name).multiselect
    assert sorted(questionnaire.offered(name)) == sorted(entry["values"])
    assert questionnaire.defaults()[name] == entry["default"]


@pytest.mark.parametrize("name", described()["texts"])
def test_a_text_has_the_default_that_is_described(questionnaire: Questionnaire, name: str) -> None:
    entry = described()["texts"][name]
    default = entry["derived"] if "derived" in entry else entry["values"][0]
    assert questionnaire.defaults()[name] == default


def test_the_default_row_is_the_default_of_the_questionnaire(questionnaire: Questionnaire) -> None:
    given = questionnaire.defaults()
    for factor, value in default_row().items():
        name, _, member = factor.partition(":")
        if member:
            assert (member in given[name]) is value
        elif value is not None:
            assert given[name] == value
