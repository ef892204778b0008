"""Formatters change nothing and linters are quiet, in all projects of the covering set at once."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.support.linters import LINTERS
from tests.support.passed import has_passed, remember
from tests.support.projects import Project
from tests.support.tools import ToolMissingError


@pytest.mark.parametrize("name", LINTERS)
def test_linter_is_quiet(name: str, covering_projects: list[Project], tmp_path: Path) -> None:
    together = hashlib.sha256("".join(project.digest for project in covering_projects).encode()).hexdigest()
    if has_passed(name, together):
        return
    try:
        findings = LINTERS[name](covering_projects, tmp_path)
    except ToolMissingError as error:
        pytest.skip(str(error))
    assert not findings, "\n".join(findings[:60])
    remember(name, together)
