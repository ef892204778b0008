"""The target descriptor: a TOML file that says how to start a service and what it has."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from .identity import Provider

SignalName = Literal["SIGTERM", "SIGINT"]


class DescriptorError(ValueError):
    """A descriptor that can't be used; the message names the file, each key and what is wrong."""


def _absolute(path: Path, info: ValidationInfo) -> Path:
    context: dict[str, Path] | None = info.context
    assert context is not None
    return (context["folder"] / path).resolve()


def _existing_folder(path: Path) -> Path:
    if not path.is_dir():
        message = f"{path} is not a folder"
        raise ValueError(message)
    return path


def _existing_file(path: Path) -> Path:
    if not path.is_file():
        message = f"{path} is not a file"
        raise ValueError(message)
    return path


def _with_interpreter(command: list[str]) -> list[str]:
    return [sys.executable if part == "{python}" else part for part in command]


# Paths in a descriptor are relative to its own folder.
Folder = Annotated[Path, AfterValidator(_absolute), AfterValidator(_existing_folder)]
File = Annotated[Path, AfterValidator(_absolute), AfterValidator(_existing_file)]
Command = Annotated[list[str], Field(min_length=1), AfterValidator(_with_interpreter)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Start(_Table):
    """How the service process is started.

    Attributes:
        command: argument list; `{python}` stands for the interpreter that runs the suite.
        env: variables beyond those of the contract, which the suite sets itself.
        deadline_seconds: how long a start may take before it counts as failed.
    """

    command: Command
    env: dict[str, str] = {}
    deadline_seconds: PositiveFloat = 60


class Migrate(_Table):
    """Argument lists that take the schema to head and, where the tool can, back to empty."""

    up: Command
    down: Command | None = None


class Target(_Table):
    """One service, as its descriptor file describes it.

    Attributes:
        name: what reports call it.
        folder: working directory of every command.
        database: what DATABASE_URL names; the suite makes the databases itself.
        sample: whether the sample slice (users) is there.
        auth: whose tokens it takes; the suite runs an issuer of that kind itself.
        metrics: whether it serves metrics on METRICS_PORT.
        openapi: the document in the repository that the served one must equal.
        signals: those that end the service in order on the platforms that have them.
    """

    name: str = Field(min_length=1)
    folder: Folder
    database: Literal["none", "sqlite", "postgresql"]
    sample: bool
    auth: Provider | Literal["none"] = "none"
    metrics: bool = False
    openapi: File
    signals: frozenset[SignalName] = frozenset({"SIGTERM", "SIGINT"})
    start: Start
    migrate: Migrate | None = None

    @model_validator(mode="after")
    def _migrations_go_with_a_database(self) -> Self:
        if self.database != "none" and self.migrate is None:
            message = f"database is {self.database!r}, so a table [migrate] must say how its schema is made"
            raise ValueError(message)
        if self.database == "none" and self.migrate is not None:
            message = "[migrate] makes no sense where database is 'none'"
            raise ValueError(message)
        return self


def load_target(file: Path) -> Target:
    """Read and check a descriptor.

    Raises:
        DescriptorError: the file is missing, no TOML, or has missing, unknown or wrong keys.
    """
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"{file}: {error}"
        raise DescriptorError(message) from error
    try:
        return Target.model_validate(document, context={"folder": file.parent})
    except ValidationError as error:
        problems = [
            f"{file}: {'.'.join(str(part) for part in problem['loc']) or 'descriptor'}: {problem['msg']}"
            for problem in error.errors()
        ]
        raise DescriptorError("\n".join(problems)) from error
