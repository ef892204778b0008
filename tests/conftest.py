"""Fixtures that every suite shares."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.answers import as_answers, covering_rows
from tests.support.projects import Project, Projects


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def projects(shared_folder: Path) -> Projects:
    """Renders projects, each combination once."""
    return Projects(shared_folder / "projects")


@pytest.fixture(scope="session")
def template(projects: Projects) -> Path:
    """The template as the working tree has it, in a plain folder."""
    return projects.template


@pytest.fixture(scope="session")
def covering_projects(projects: Projects) -> list[Project]:
    """The projects of the whole covering set, for programs that judge many at once."""
    return projects.render_all([as_answers(row) for row in covering_rows()])


@pytest.fixture(params=range(len(covering_rows())), ids=lambda number: f"row{number:02}")
def project(request: pytest.FixtureRequest, projects: Projects) -> Project:
    """One project of the covering set after the other."""
    return projects.render(as_answers(covering_rows()[request.param]))
