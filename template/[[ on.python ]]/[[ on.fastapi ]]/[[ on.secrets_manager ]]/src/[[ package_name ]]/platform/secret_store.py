"""Secret variables that the environment lacks: from the secrets manager, once, at start."""

import os
from collections.abc import Callable, Iterable, Mapping

Fetch = Callable[[Mapping[str, str]], Mapping[str, object] | None]
"""Reads the secret with these variables of the environment; None where none is configured."""


class SecretStoreError(Exception):
    """A secret that can't be had: the variable to look at and the problem, without any value."""

    def __init__(self, variable: str, problem: str) -> None:
        super().__init__(f"{variable} {problem}")
        self.variable = variable
        self.problem = problem


def stored_secrets(names: Iterable[str], fetch: Fetch) -> dict[str, str]:
    """The values of those variables that the environment lacks and the secrets manager has.

    When it lacks none, nobody is asked. Raises SecretStoreError.
    """
    environment = {name.upper(): value for name, value in os.environ.items() if value}
    lacking = [name for name in names if name not in environment]
    stored = (fetch(environment) if lacking else None) or {}
    values = {name: stored[name] for name in lacking if name in stored}
    for name, value in values.items():
        if not isinstance(value, str) or not value:
            raise SecretStoreError(name, "must be text, and not empty, in the secrets manager")
    return {name: str(value) for name, value in values.items()}
