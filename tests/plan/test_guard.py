"""A change held against the plan: what is staged, and what a pull request brings."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.plan.conftest import Sandbox

LAYERED = """strictness = "{}"
sources = ["src"]
schema = ["migrations"]

[layers]
domain = {{ phase = 3, folders = ["src/domain"] }}
data = {{ phase = 4, folders = ["src/data"] }}
"""


@pytest.fixture
def guarded(full: Sandbox) -> Callable[..., list[tuple[str, str]]]:
    """Stage files in a project of some strictness and say what guard finds."""

    def stage(*files: str, strictness: str = "enforce") -> list[tuple[str, str]]:
        full.write("config/plan.toml", LAYERED.format(strictness))
        full.commit("build: set the strictness")
        for file in files:
            text = full.read(file) if (full.root / file).exists() else ""
            full.write(file, text + "\n")
        full.git("add", "-A")
        return [(finding["rule"], finding["level"]) for finding in full.findings("guard")]

    return stage


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["src/domain/order.go"], ["unplanned-change"]),
        (["src/domain/order.go", "implementation.md"], []),
        (["src/domain/order.go", "docs/adr/0002-no-payment.md"], []),
        (["src/domain/order.go", "docs/specs/orders.md"], []),
        (["src/domain/order.go", "tests/orders.test.ts"], ["unplanned-change"]),
        (["docs/api/openapi.json"], ["unplanned-change"]),
        (["migrations/0001.sql"], ["unplanned-change"]),
        (["src/data/table.go"], ["phase-not-begun"]),
        (["src/data/table.go", "implementation.md"], ["phase-not-begun"]),
        (["src/data/table_test.go"], []),
        (["src/data/README.md"], []),
        (["src/main.go", "README.md"], []),
        (["src/domain/order.go", ".copier-answers.yml"], []),
        ([], []),
    ],
)
def test_what_is_staged(guarded: Callable[..., list[tuple[str, str]]], files: list[str], found: list[str]) -> None:
    assert guarded(*files) == [(rule, "error") for rule in found]


def test_it_explains_and_blocks_and_accepts_a_reason(full: Sandbox) -> None:
    full.write("src/data/table.go", "package data\n")
    full.git("add", "-A")
    done = full.run("guard")
    assert done.returncode == 1
    assert "the data layer changed (files: 1), its phase is 4, this is 3" in done.stdout
    assert "close phase 3 first" in done.stdout
    assert "Plan-Exception: reason" in done.stdout
    message = full.root / "message"
    for text, code in (("fix: x\n", 1), ("fix: x\n\nPlan-Exception:\n", 1), ("fix: x\n\nPlan-Exception: a spike\n", 0)):
        message.write_text(text, "utf-8")
        assert full.run("guard", "--message-file", str(message)).returncode == code


def test_the_default_warns_at_the_commit_and_blocks_in_the_pull_request(
    full: Sandbox, guarded: Callable[..., list[tuple[str, str]]]
) -> None:
    found = guarded("src/domain/order.go", "src/data/table.go", strictness="guard")
    assert sorted(found) == [("phase-not-begun", "warning"), ("unplanned-change", "warning")]
    assert full.run("guard").returncode == 0
    full.git("branch", "base")
    full.commit("feat: order")
    found = [(finding["rule"], finding["level"]) for finding in full.findings("guard", "--base", "base")]
    assert sorted(found) == [("phase-not-begun", "warning"), ("unplanned-change", "error")]
    assert full.run("guard", "--base", "base").returncode == 1


def test_a_pull_request_is_judged_as_a_whole(full: Sandbox) -> None:
    full.git("branch", "base")
    full.edit("package domain", "package domain // changed", "src/domain/order.go")
    full.commit("feat: order")
    assert [finding["rule"] for finding in full.findings("guard", "--base", "base")] == ["unplanned-change"]
    full.edit("at least one line", "one to ninety lines")
    full.commit("docs: say what changed")
    assert full.findings("guard", "--base", "base") == []


def test_an_exception_covers_its_own_commit_only(full: Sandbox) -> None:
    full.git("branch", "base")
    full.write("src/data/a.go", "package data\n")
    full.commit("feat: a spike\n\nPlan-Exception: thrown away on Friday")
    assert full.findings("guard", "--base", "base") == []
    full.write("src/data/b.go", "package data\n")
    full.commit("feat: one more")
    assert [finding["file"] for finding in full.findings("guard", "--base", "base")] == ["src/data/b.go"]


def test_the_plan_counts_as_it_is_staged(full: Sandbox) -> None:
    full.write("src/data/table.go", "package data\n")
    full.git("add", "-A")
    for box in ("**P3-02** Rules", "A box of our own", "**P3-GATE**"):
        full.edit(f"- [ ] {box}", f"- [x] {box}")
    assert full.run("guard").returncode == 1
    full.git("add", "-A")
    assert full.run("guard").returncode == 0


def test_the_first_commit_is_the_template_s(full: Sandbox) -> None:
    full.git("checkout", "-q", "--orphan", "fresh")
    full.git("add", "-A")
    full.write("src/data/table.go", "package data\n")
    assert full.findings("guard") == []


def test_an_unknown_base_says_what_to_do(full: Sandbox) -> None:
    done = full.run("guard", "--base", "origin/main")
    assert (done.returncode, done.stderr) == (2, "plan: git does not know origin/main: fetch it, with its history\n")


# What only the history knows


def test_code_before_the_checklist(full: Sandbox) -> None:
    def found() -> list[str]:
        return [f["message"] for f in full.findings() if f["rule"] == "code-before-checklist"]

    full.edit("- [x] **P0-01**", "- [ ] **P0-01**")
    full.commit("docs: open a box")
    assert found() == []
    full.write("src/domain/order.go", "package domain\n")
    assert len(found()) == 1
    assert "(src/domain/order.go) and the checklist before coding is open: S15-01" in found()[0]
    full.commit("feat: code first")
    assert "feat: code first) and the checklist" in found()[0]
    full.git("reset", "-q", "--hard", "HEAD~1")
    full.write("src/domain/order.go", "package domain\n")
    full.write(".copier-answers.yml", full.read(".copier-answers.yml") + "\n")
    full.commit("build: update from the template")
    assert found() == []


def test_what_an_update_brings_into_a_closed_phase_is_a_warning(full: Sandbox) -> None:
    new = "<!-- P1-04 -->\n\n- [ ] **P1-04** Brought by an update\n\n<!-- P1-GATE -->"
    full.edit("<!-- P1-GATE -->", new)
    full.edit("**Regions**", "**Zones** <!-- @reliability.zones by=P1 -->\n\nTODO(reliability.zones)\n\n**Regions**")
    levels = {f["subject"]: f["level"] for f in full.findings() if f["level"] != "info"}
    assert levels == {"P1-04": "warning", "reliability.zones": "warning"}


def test_a_gate_that_is_closed_too_early_is_an_error(full: Sandbox) -> None:
    full.edit("- [ ] **P3-GATE**", "- [x] **P3-GATE**")

    def levels() -> dict[str, str]:
        return {f["subject"]: f["level"] for f in full.findings() if f["level"] != "info"}

    expected = {"P3-02": "error", "box": "error", "reliability.rto": "error"}
    assert levels() == expected
    full.commit("docs: close phase 3")
    assert levels() == expected


def test_where_the_history_is_cut_off_the_doubt_is_the_user_s(full: Sandbox) -> None:
    full.edit("- [ ] **P3-GATE**", "- [x] **P3-GATE**")
    full.commit("docs: close phase 3")
    shallow = Sandbox(full.root.parent / "shallow")
    full.git("clone", "-q", "--depth", "1", full.root.as_uri(), str(shallow.root))
    assert {f["subject"]: f["level"] for f in shallow.findings() if f["rule"] == "gate-open"} == {
        "P3-02": "warning",
        "box": "error",
    }
