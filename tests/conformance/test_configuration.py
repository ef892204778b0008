"""Point 1: configuration comes from the environment alone, and a bad one stops the start with one clear message."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from _pytest.mark import ParameterSet

from .contract import DATABASE_VARIABLES, EVERY_VARIABLE, EX_CONFIG, SECRET, Variable, variables
from .fleet import Fleet
from .service import Service, parse_log_line
from .target import Target


def refusal(service: Service) -> dict[str, str]:
    """Assert that a service refuses to start as the contract has it, and return problem by variable."""
    with service:
        assert service.wait_exit() == EX_CONFIG
        assert SECRET not in service.output()
        assert service.stdout.so_far() == [], "a refused start has one message, on stderr"
        lines = service.stderr.so_far()
    assert len(lines) == 1, f"not one message but {len(lines)}:\n" + "\n".join(lines)
    message = parse_log_line(lines[0])
    assert message["message"] == "configuration invalid"
    assert message["level"] in {"error", "critical"}
    entries: list[dict[str, Any]] = message["variables"]
    assert all(isinstance(entry["problem"], str) and entry["problem"] for entry in entries), entries
    names = [entry["name"] for entry in entries]
    assert len(names) == len(set(names)), f"a variable named twice: {names}"
    return {entry["name"]: entry["problem"] for entry in entries}


def each(chosen: Iterable[Variable]) -> list[ParameterSet]:
    """Return variables as parameters of a test; those of the database need one, those of a provider need that."""

    def needs(variable: Variable) -> list[pytest.MarkDecorator]:
        if variable in DATABASE_VARIABLES:
            return [pytest.mark.needs(database=("sqlite", "postgresql"))]
        return [pytest.mark.needs(auth=variable.auth)] if variable.auth else []

    return [pytest.param(variable, id=variable.name, marks=needs(variable)) for variable in chosen]


@pytest.mark.parametrize("variable", each(variable for variable in EVERY_VARIABLE if variable.required))
def test_a_missing_variable_stops_the_start(fleet: Fleet, variable: Variable) -> None:
    assert refusal(fleet.start_in_vain(**{variable.name: None})).keys() == {variable.name}


@pytest.mark.parametrize("variable", each(EVERY_VARIABLE))
def test_a_bad_variable_stops_the_start(fleet: Fleet, variable: Variable) -> None:
    assert refusal(fleet.start_in_vain(**{variable.name: variable.bad[0]})).keys() == {variable.name}


@pytest.mark.parametrize("nth", range(4))
def test_one_message_names_every_bad_variable(fleet: Fleet, target: Target, nth: int) -> None:
    """All variables are bad at once, in each round with another of their bad values."""
    bad = {
        variable.name: variable.bad[nth % len(variable.bad)]
        for variable in variables(target.database, target.auth)
        if variable.name != "ALLOWED_HOSTS"  # whether * is bad there can't be told where ENVIRONMENT is bad, too
    }
    assert refusal(fleet.start_in_vain(**bad)).keys() == bad.keys()


def test_one_message_names_every_missing_variable(fleet: Fleet, target: Target) -> None:
    names = {variable.name for variable in variables(target.database, target.auth) if variable.required}
    assert refusal(fleet.start_in_vain(**dict.fromkeys(names))).keys() == names
