"""Updates of a plan that people have filled in: what merges, merges to the last byte; what does not, is seen.

The plan is the rendered one; the template around it is the smallest that Copier updates, because a hundred updates of
the whole template would say the same and take an hour. `test_update.py` updates the whole one.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.support.history import conflicts, save, update
from tests.support.plan_releases import Step, fill, items, keys, release
from tests.support.projects import Projects
from tests.support.small import SmallTemplate
from tests.support.template import DATA

pytestmark = pytest.mark.life

CHANGES: dict[str, dict[str, list[Step]]] = yaml.safe_load((DATA / "plan_changes.yml").read_text("utf-8"))
PLAN = "implementation.md"
CONTEXTS = (1, 3, 5)


@pytest.fixture(scope="module")
def plan(projects: Projects) -> str:
    """The plan of a project with the defaults."""
    return projects.render({}).text(PLAN)


class Releases:
    """A template whose one file is a plan, and a project made from its first version."""

    def __init__(self, folder: Path) -> None:
        self._template = SmallTemplate(folder / "template")
        self.project = folder / "project"

    def add(self, version: str, text: str) -> None:
        self._template.release(version, {PLAN: text})

    def begin(self, text: str) -> None:
        """Make the project of the first version."""
        self.add("v1.0.0", text)
        self._template.project(self.project, "v1.0.0")

    def write(self, text: str) -> None:
        """Write what people wrote."""
        (self.project / PLAN).write_bytes(text.encode())
        save(self.project)

    def update(self, version: str, context: int) -> str:
        """Update, and return the plan as it is then."""
        return update(self.project, version=version, context_lines=context).text(PLAN)


def filled(text: str, of: str) -> str:
    """Fill in what stood in the plan `of` already."""
    return fill(text, keys(of), items(of))


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    return Releases(tmp_path)


def outcome(releases: Releases, plan: str, steps: list[Step], context: int) -> str:
    """Say how a filled plan takes a release: `clean`, `conflict`, or in what it came out wrong."""
    releases.begin(plan)
    releases.write(filled(plan, plan))
    newer = release(plan, steps)
    assert newer != plan
    releases.add("v2.0.0", newer)
    updated = releases.update("v2.0.0", context)
    if conflicts(releases.project):
        return "conflict"
    return "clean" if updated == filled(newer, plan) else "wrong, with no marker"


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("name", CHANGES["clean"])
def test_this_merges(name: str, context: int, releases: Releases, plan: str) -> None:
    assert outcome(releases, plan, CHANGES["clean"][name], context) == "clean"


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("name", CHANGES["conflict"])
def test_this_is_left_to_be_decided(name: str, context: int, releases: Releases, plan: str) -> None:
    assert outcome(releases, plan, CHANGES["conflict"][name], context) == "conflict"


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("name", CHANGES["either"])
def test_this_is_never_wrong(name: str, context: int, releases: Releases, plan: str) -> None:
    assert outcome(releases, plan, CHANGES["either"][name], context) in {"clean", "conflict"}


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("depth", ["lite", "standard", "full"])
def test_two_releases_in_a_row(depth: str, context: int, releases: Releases, projects: Projects) -> None:
    first = projects.render({"plan_depth": depth}).text(PLAN)
    second = release(first, CHANGES["clean"]["all-of-these"])
    third = release(
        second, [{"add_field": "goals.latest", "after": "goals.new"}, {"add_item": "P1-95", "before": "P1-90"}]
    )
    releases.begin(first)
    releases.write(filled(first, first))
    releases.add("v2.0.0", second)
    assert releases.update("v2.0.0", context) == filled(second, first)
    # They go on: what is new is filled in, too.
    releases.write(filled(filled(second, first), second))
    releases.add("v3.0.0", third)
    assert releases.update("v3.0.0", context) == filled(filled(third, first), second)
