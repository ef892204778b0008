"""From requirements through test cases and tests to results, in every language."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from tests.plan.conftest import CORPUS, Sandbox, plan

LANGUAGES: list[dict[str, Any]] = yaml.safe_load((CORPUS / "languages.yml").read_text("utf-8"))


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language["file"])
def test_test_cases_of_every_language(bare: Sandbox, language: dict[str, Any]) -> None:
    bare.write(language["file"], language["text"])
    project = plan.Project(bare.root, plan.Config(tests=["tests", "test", "spec", "src"]))
    assert {test.name: sorted(test.cases) for test in project.tests} == language["tests"]
    assert [test.name for test in project.tests if test.empty] == []
    lines = language["text"].splitlines()
    assert all(test.name.split(" ")[0] in "".join(lines[test.line - 1 : test.line + 4]) for test in project.tests)


def test_the_table_says_what_is_proved(full: Sandbox) -> None:
    full.edit("// TC-003\n", "", "tests/orders.test.ts")
    full.write(
        "reports/unit/junit.xml",
        """<testsuites><testsuite name="orders">
          <testcase name="orders &gt; TC-001 the process lives" classname="orders"/>
          <testcase name="TC-002 lists the orders of a day"><error message="x"/></testcase>
        </testsuite></testsuites>""",
    )
    done = full.run("trace")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines() if "-0" in line[:6]]
    assert rows[2:] == [
        ["FR-001", "US-001", "TC-001 passed", "passed"],
        ["FR-002", "US-002", "TC-002 failed", "failed"],
        ["FR-003", "", "TC-003 missing", "missing"],
        ["UC-001", "", "TC-001 passed", "passed"],
    ]
    assert done.returncode == 0  # warnings, as the testing phase has not come
    assert "TC-003 is in no test" in done.stdout


def test_a_story_and_a_requirement_are_tied_from_either_side(full: Sandbox) -> None:
    full.edit("As a clerk I want to note", "As a clerk (FR-003) I want to note")
    rows = {row.key: row for row in full.model().trace}
    assert rows["FR-003"].stories == ["US-001"]
    assert rows["US-001"].cases == ["TC-001", "TC-003"]


def test_in_the_testing_phase_what_is_not_proved_blocks(full: Sandbox) -> None:
    full.edit("// TC-003\n", "", "tests/orders.test.ts")
    full.write("config/plan.toml", 'strictness = "guard"\ntesting_phase = 3\n')
    done = full.run("trace", "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert {f["rule"]: f["blocks"] for f in found["findings"]} == {"unproved-case": True, "unnamed-test": False}
    assert found["cases"]["TC-003"] == "missing"
    assert [row["outcome"] for row in found["requirements"] if row["key"] == "FR-003"] == ["missing"]


def test_only_acceptance_tests_must_name_their_test_case(full: Sandbox) -> None:
    full.edit("// TC-003\n", "", "tests/orders.test.ts")
    full.write("tests/e2e/orders.test.ts", 'test("all of it", () => expect(1).toBe(1));\n')
    full.write("config/plan.toml", 'acceptance = ["tests/e2e"]\n')
    assert [f["subject"] for f in full.findings() if f["rule"] == "unnamed-test"] == ["tests/e2e/orders.test.ts"]


@pytest.mark.parametrize(
    ("case", "outcome"),
    [
        ("<testcase name='cancels an order'/>", "passed"),
        ("<testcase name='cancels an order[1]'/>", "passed"),
        ("<testcase name='suite &gt; cancels an order'><failure/></testcase>", "failed"),
        (
            "<testcase name='x'><properties><property name='plan' value='TC-003'/></properties><skipped/></testcase>",
            "skipped",
        ),
        ("<testcase name='another one'/>", "written"),
    ],
)
def test_results_find_their_test(full: Sandbox, case: str, outcome: str) -> None:
    full.write("results.xml", f"<testsuite>{case}</testsuite>")
    found = json.loads(full.run("trace", "--json", "--results", "*.xml").stdout)
    assert found["cases"]["TC-003"] == outcome


def test_a_broken_result_file_is_one_sentence(full: Sandbox) -> None:
    full.write("reports/junit.xml", "<testsuite>")
    done = full.run("trace")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "reports/junit.xml is no JUnit file" in done.stderr


def test_write_renews_the_table_and_nothing_else(full: Sandbox) -> None:
    full.edit("| FR-003 |  | TC-003 |", "| FR-003 |  | old |")
    broken, before = full.read(), full.read().partition("<!-- trace -->")
    assert full.run("trace", "--write").returncode == 0
    once, after = full.read(), full.read().partition("<!-- trace -->")
    assert once != broken
    assert before[0] == after[0]
    assert before[2].partition("<!-- /trace -->")[2] == after[2].partition("<!-- /trace -->")[2]
    full.run("trace", "--write")
    assert full.read() == once
    assert full.run("check").returncode == 0


def test_write_keeps_a_table_that_a_formatter_aligned(full: Sandbox) -> None:
    full.edit("| Requirement | Stories | Test cases | Tests |", "| Requirement  |  Stories | Test cases |   Tests   |")
    full.edit("| --- | --- | --- | --- |", "| ------------ | -------- | ---------- | --------- |")
    before = full.read()
    full.run("trace", "--write")
    assert full.read() == before


@pytest.mark.parametrize("line", ["\nA note.\n", "\n- **FR-009** A requirement\n", "| **FR-009** | a | b | c |"])
def test_write_does_not_overwrite_what_people_put_there(full: Sandbox, line: str) -> None:
    full.edit("| UC-001 |  |", f"{line}\n| UC-001 |  |")
    before = full.read()
    done = full.run("trace", "--write")
    assert (done.returncode, full.read()) == (1, before)
    assert "more than the table stands there" in done.stderr


def test_write_asks_for_a_place(full: Sandbox) -> None:
    full.edit("<!-- trace -->", "")
    full.edit("<!-- /trace -->", "")
    before = full.read()
    done = full.run("trace", "--write")
    assert (done.returncode, full.read()) == (1, before)
    assert "write <!-- trace --> and <!-- /trace -->" in done.stderr


def test_accepted_requirements_are_watched(full: Sandbox) -> None:
    assert full.run("accept").returncode == 0
    record = full.read("config/plan-accepted.json")
    assert list(json.loads(record)) == ["TC-001", "TC-002", "TC-003"]
    assert [f for f in full.findings() if f["rule"] == "accepted-changed"] == []
    full.edit("Orders of a day can be listed", "Orders of a day can be\n  listed")
    assert [f for f in full.findings() if f["rule"] == "accepted-changed"] == []
    full.edit("can be\n  listed", "can be printed")
    changed = [f for f in full.findings() if f["rule"] == "accepted-changed"]
    assert [(f["subject"], f["message"]) for f in changed] == [("FR-002", "FR-002 changed since TC-002 was accepted")]
    full.run("accept", "TC-002")
    assert [f for f in full.findings() if f["rule"] == "accepted-changed"] == []
    full.edit("can be printed", "can be listed")
    full.run("accept", "TC-002")
    assert full.read("config/plan-accepted.json") == record


@pytest.mark.parametrize("case", ["TC-009", "FR-001", "nonsense"])
def test_only_a_test_case_can_be_accepted(full: Sandbox, case: str) -> None:
    assert full.run("accept", case).returncode == 1
    assert not (full.root / "config/plan-accepted.json").exists()


def test_what_no_test_proves_is_not_accepted(full: Sandbox) -> None:
    full.edit("// TC-003\n", "", "tests/orders.test.ts")
    assert full.run("accept", "TC-003").stderr == "plan: TC-003 is missing: only what a test proves can be accepted\n"
