"""Two layers that are on together never write one path: for all combinations, by the paths and switches alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.answers import described
from tests.support.layers import collisions, expanded, together, written
from tests.support.template import ROOT, files_of_the_template

SEVERAL = list(described()["several"])


@pytest.fixture(scope="module")
def catalog() -> dict[str, Any]:
    compiled: dict[str, Any] = json.loads((ROOT / "extensions/catalog.json").read_text("utf-8"))
    return compiled


def sources() -> list[str]:
    names = (path.as_posix() for path in files_of_the_template())
    return [name.removeprefix("template/") for name in names if name.startswith("template/")]


def test_no_two_active_layers_write_the_same_path(catalog: dict[str, Any]) -> None:
    assert not list(collisions(sources(), catalog, SEVERAL))


def test_every_layer_can_be_on(catalog: dict[str, Any]) -> None:
    files = [file for source in sources() for file in expanded(source, catalog)]
    never = [file.source for file in files if together(file.switches, catalog, SEVERAL) is None]
    assert not never, "no answers ever write these files"


@pytest.mark.parametrize(
    ("one", "other", "collide"),
    [
        ("[[ on.base ]]/a.md", "[[ on.github ]]/a.md.jinja", True),
        ("[[ on.base ]]/A.md", "[[ on.github ]]/a.md", True),
        ("[[ on.base ]]/a", "[[ on.github ]]/a/b.md", True),
        ("[[ on.mit ]]/LICENSE", "[[ on.apache ]]/LICENSE", False),
        ("[[ on.database ]]/a.py", "[[ on.sqlite ]]/a.py", True),
        ("[[ on.database ]]/a.py", "[[ on.memory ]]/a.py", False),
        ("[[ on.login ]]/a.ts", "[[ on.login_form ]]/a.ts", True),
        ("[[ on.login_form ]]/a.ts", "[[ on.login_redirect ]]/a.ts", False),
        ("[[ on.staging ]]/a.env", "[[ on.production ]]/a.env", True),
        ("[[ on.python ]]/[[ on.mit ]]/a", "[[ on.python ]]/[[ on.proprietary ]]/a", False),
        ("[[ environment ]].env", "uat.env", True),
        ("src/[[ package_name ]]/a.py", "src/[[ package_name ]]/[[ on.sample ]]/a.py", True),
    ],
)
def test_a_collision_is_found(catalog: dict[str, Any], one: str, other: str, collide: bool) -> None:
    assert bool(list(collisions([one, other], catalog, SEVERAL))) is collide


def test_a_path_is_a_switch_or_a_name() -> None:
    with pytest.raises(ValueError, match="neither a switch"):
        written("[[ 'x' if on.python ]]/a.md")
