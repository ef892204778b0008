"""Every way in which a plan can be broken is found, and a plan in order is silent."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.plan.conftest import CORPUS, Sandbox, plan

BROKEN: list[dict[str, Any]] = yaml.safe_load((CORPUS / "broken.yml").read_text("utf-8"))


def test_a_plan_in_order_is_silent(full: Sandbox) -> None:
    assert [finding for finding in full.judged() if finding.level != "info"] == []
    done = full.run("check")
    assert (done.returncode, done.stdout) == (0, "0 block, 0 don't, 2 notes (strictness: enforce)\n")


@pytest.mark.parametrize("way", BROKEN, ids=lambda way: str(way["name"]).replace(" ", "-"))
def test_what_is_broken_is_found(full: Sandbox, way: dict[str, Any]) -> None:
    for old, new in way.get("edit", {}).items():
        full.edit(old, new, way.get("in", "implementation.md"))
    for name, text in way.get("write", {}).items():
        full.write(name, text)
    if "remove" in way:
        (full.root / way["remove"]).unlink()
    wanted = {"level": "error", **way["find"]}
    found = full.judged()
    assert any(all(getattr(finding, name) == value for name, value in wanted.items()) for finding in found), [
        (finding.rule, finding.subject, finding.level) for finding in found
    ]
    for finding in found:
        assert finding.message
        assert finding.fix or finding.level == "info"
        assert finding.rule in plan.RULES


def test_every_rule_about_a_project_is_broken_by_some_way() -> None:
    elsewhere = {"phase-not-begun", "unplanned-change", "entity-model", "waiver", "not-checked"}  # other tests
    assert {way["find"]["rule"] for way in BROKEN} | elsewhere == set(plan.RULES)
