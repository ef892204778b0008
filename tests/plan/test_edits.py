"""What the script writes into a plan: what was asked for, and not a byte more."""

from __future__ import annotations

import difflib
import re

import pytest

from tests.plan.conftest import CORPUS, Sandbox, plan


def added(before: str, after: str) -> list[str]:
    """The lines that are new; fails when one is gone."""
    diff = list(difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True)))
    assert [line for line in diff if line.startswith("- ")] == []
    return [line[2:] for line in diff if line.startswith("+ ")]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["requirement", "Orders", "can be printed"], "- **FR-004** Orders can be printed\n"),
        (["requirement", "Printed", "--for", "US-001", "--for", "US-002"], "- **FR-004** Printed (US-001, US-002)\n"),
        (["requirement"], "- **FR-004** TODO(fr-004)\n"),
        (["story", "As a cook I want quiet"], "- **US-003** As a cook I want quiet\n"),
        (["usecase", "The cook reads"], "- **UC-002** The cook reads\n"),
        (["test", "Given a, then c", "--for", "FR-002"], "- **TC-004** Given a, then c (covers FR-002)\n"),
        (["endpoint", "DELETE /orders/{id} — FR-003"], "- **API-004** `DELETE /orders/{id}` — FR-003\n"),
        (["entity", "Customer — who orders"], "- **ENT-003** Customer — who orders\n"),
    ],
)
def test_new_adds_one_line_with_the_next_number(full: Sandbox, arguments: list[str], line: str) -> None:
    before = full.read()
    done = full.run("new", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    after = full.read()
    assert added(before, after) == [line]
    number = after.splitlines(keepends=True).index(line) + 1
    assert done.stdout == f"implementation.md:{number}: {line.split('**')[1]}\n"
    assert [f for f in full.findings() if f["blocks"]] == []


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("<!-- yours:thr -->\n<!-- /yours:thr -->\n", "- **THR-001** Flood\n"),
        ("<!-- yours:thr -->\n\n<!-- /yours:thr -->\n", "- **THR-001** Flood\n"),
        ("* **THR-007** a\n  * detail\n\n* **THR-009** b\n\nText of the reader.\n", "* **THR-010** Flood\n"),
        ("1. **THR-001** a\n2. **THR-002** b\n", "2. **THR-003** Flood\n"),
        ("#### **THR-001** a\n\nLong.\n\n#### Other\n", "#### **THR-002** Flood\n"),
        ("| Threat | What | Who |\n| --- | --- | --- |\n| **THR-001** | a | b |\n", "| **THR-002** | Flood | |\n"),
        ("- **THR-001** a", "- **THR-002** Flood\n"),
        ("- **THR-001** a, see THR-005\r\n- **THR-002** b\r\n", "- **THR-006** Flood\r\n"),
    ],
)
def test_new_writes_as_its_neighbours_are_written(bare: Sandbox, before: str, line: str) -> None:
    bare.write("implementation.md", before)
    assert bare.run("new", "threat", "Flood").returncode == 0
    after = bare.read()
    lines = plan.split_lines(after)
    assert line in lines
    old, new = plan.read_plan(before), plan.read_plan(after)
    assert set(new.entries) - set(old.entries) == {line.strip("#*|- 12.\r\n").split("**")[0]}
    assert [text.strip() for text in lines if text != line and text.strip()] == before.split("\n") or all(
        text.strip() in after for text in before.splitlines()
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["threat", "Flood"], "has no list for it: write <!-- yours:thr --> and <!-- /yours:thr -->"),
        (["requirement", "x", "--for", "US-009"], "US-009 is not defined"),
        (["requirement", "x <!-- @a.b -->"], "would be read as something else"),
        (["requirement", "as in FR-1"], "would be read as something else"),
        (["adr", "Cash", "--supersedes", "ADR-0009"], "has no ADR-0009"),
        (["adr", "Cash", "--supersedes", "that one"], "has no that one"),
    ],
)
def test_new_refuses_what_would_break_the_plan(full: Sandbox, arguments: list[str], said: str) -> None:
    before = full.read()
    done = full.run("new", *arguments)
    assert (done.returncode, full.read(), said in done.stderr) == (1, before, True)


def test_new_decision_is_written_linked_and_listed(full: Sandbox) -> None:
    done = full.run("new", "adr", 'Take "cards" | cash', "--supersedes", "ADR-0002")
    assert done.stdout == "docs/adr/0004-take-cards-cash.md\n"
    text = full.read("docs/adr/0004-take-cards-cash.md")
    assert text.startswith('---\nstatus: proposed\n---\n\n# ADR-0004: Take "cards" | cash\n\nSupersedes [ADR-0002](')
    assert "status: superseded\n" in full.read("docs/adr/0002-no-payment.md")
    assert "Superseded by [ADR-0004](0004-take-cards-cash.md)" in full.read("docs/adr/0002-no-payment.md")
    assert '| [0004](0004-take-cards-cash.md) | Take "cards" \\| cash | proposed |' in full.read("docs/adr/README.md")
    assert [f for f in full.findings() if f["rule"].startswith("adr")] == []


def test_new_decision_follows_the_template_of_the_folder_and_its_first_number(full: Sandbox) -> None:
    full.write("docs/adr/0000-template.md", "# ADR-NNNN: Title\n\n## Status\n\nProposed\n\n## Ours\n")
    full.write("config/plan.toml", "first_decision = 100\n")
    assert full.run("new", "adr", "One").stdout == "docs/adr/0100-one.md\n"
    assert full.run("new", "adr", "Zwölf").stdout == "docs/adr/0101-zw-lf.md\n"
    assert full.read("docs/adr/0100-one.md") == "# ADR-0100: One\n\n## Status\n\nProposed\n\n## Ours\n"


def test_the_index_is_made_kept_and_not_forced(full: Sandbox) -> None:
    full.run("index")
    once = full.read("docs/adr/README.md")
    full.run("index")
    assert full.read("docs/adr/README.md") == once
    full.write("docs/adr/README.md", "# Ours\n\n- [one](0001-list-by-day.md)\n")
    done = full.run("index")
    assert (done.returncode, full.read("docs/adr/README.md")) == (1, "# Ours\n\n- [one](0001-list-by-day.md)\n")
    (full.root / "docs/adr/README.md").unlink()
    full.run("index")
    assert [f for f in full.findings() if f["rule"] == "adr-index"] == []


# fill


def test_fill_asks_writes_and_can_be_left(full: Sandbox) -> None:
    before = full.read()
    done = full.run("fill", typed="four hours, \\\nat night eight\nq\n")
    assert done.returncode == 0
    assert "1 of 2, section 2.2: Recovery time — longest outage you accept\nreliability.rto> " in done.stdout
    assert done.stdout.endswith("1 fields are open.\n")
    assert full.read() == before.replace("TODO(reliability.rto, @ana)", "four hours,\nat night eight")


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("@bob\n", "TODO(reliability.backup, @bob)"),
        ("n/a: nothing to keep\n", "n/a: nothing to keep"),
        ("every night | `pg_dump`\n", "every night | `pg_dump`"),
        ("", None),
        ("\n", None),
        ("q\n", None),
        ("## A heading\n", None),
        ("<!-- @a.b -->\nevery night\n", "every night"),
        ("- [ ] **P1-09** an item\nevery night\n", "every night"),
        ("---\nevery night\n", "every night"),
        ("```\nevery night\n", "every night"),
        ("see FR-1\nevery night\n", "every night"),
    ],
)
def test_fill_takes_a_value_and_nothing_else(full: Sandbox, typed: str, value: str | None) -> None:
    before = full.read()
    done = full.run("fill", "reliability.backup", typed=typed)
    assert done.returncode == 0
    anchor = "<!-- @reliability.backup by=P10 -->\n"
    assert full.read() == (before.replace(anchor, f"{anchor}\n{value}\n") if value else before)


def test_fill_keeps_what_is_answered_already(full: Sandbox) -> None:
    full.edit("TODO(reliability.rto, @ana)", "By day one hour. TODO(reliability.rto): by night?\n\nSee the contract.")
    full.run("fill", "reliability.rto", typed="@bob\n")
    assert "By day one hour. TODO(reliability.rto, @bob): by night?\n\nSee the contract.\n" in full.read()
    done = full.run("fill", "reliability.rto", typed="By night four.\n")
    assert "By day one hour. TODO(reliability.rto, @bob): by night?" in done.stdout
    assert "By day one hour. By night four.\n\nSee the contract.\n" in full.read()


def test_fill_keeps_the_line_ends_of_the_file(bare: Sandbox) -> None:
    bare.write("implementation.md", "**A** <!-- @a.a -->\r\n\r\n**B** <!-- @a.b -->")
    bare.run("fill", typed="one \\\ntwo\nthree\n")
    assert bare.read() == "**A** <!-- @a.a -->\r\n\r\none\r\ntwo\r\n\r\n**B** <!-- @a.b -->\r\n\r\nthree\r\n"


def test_fill_knows_its_fields(full: Sandbox) -> None:
    assert full.run("fill", "no.such").stderr == "plan: implementation.md has no field no.such\n"


# adopt


SEED = (CORPUS / "seed.md").read_text("utf-8")


def test_a_plan_of_the_seed_is_brought_into_the_format(bare: Sandbox) -> None:
    bare.write("implementation.md", SEED)
    assert bare.run("adopt", str(bare.root / "implementation.md")).returncode == 0
    once = bare.read()
    found = plan.read_plan(once)
    assert list(found.problems.values()) == []
    assert [item.key for item in found.items if item.gate] == [f"P{number}-GATE" for number in range(13)]
    filled = {each.label: each.value for each in found.fields.values() if each.state == "filled"}
    assert filled["Name"] == "Orders"
    assert filled["RTO (Recovery Time Objective)"] == "four hours"
    assert filled["Primary goals"] == "- Lose no order\n- Save an hour a day"
    assert "Hosting" not in filled
    assert {key: entry.todo for key, entry in found.entries.items()} == {
        "FR-001": False,
        "FR-002": True,
        "US-001": False,
        "UC-001": True,
        "ENT-001": False,
        "ENT-002": True,
        "API-001": True,
        "TC-001": True,
    }
    assert [item.key for item in found.items if item.box == "done"] == ["P0-01", "P0-04", "S14-02"]
    for word in re.findall(r"\w{4,}", re.sub("Entity|Endpoint", "", SEED)):
        assert word in once, f"{word} was lost"
    assert bare.run("check").returncode == 0


def test_a_plan_of_the_seed_as_it_was_sent_is_read_too(bare: Sandbox) -> None:
    lines = ["# About it", "```md", *SEED.splitlines(), "```", "---", "# How"]
    bare.write("old.txt", "```vb\n" + "".join(f"    {line}\n" for line in lines) + "```\n")
    bare.run("adopt", str(bare.root / "old.txt"))
    other = Sandbox(bare.root / "other")
    other.write("implementation.md", SEED)
    other.run("adopt", str(other.root / "implementation.md"))
    assert bare.read() == other.read()


def test_answers_of_an_old_plan_go_into_the_new_one(full: Sandbox) -> None:
    before = full.read()
    fields = "- Recovery time (RTO): one day\n- Carrier: none\n- Problem: it rains\n"
    full.write("old.md", f"## 2. Requirements\n\n{fields}\n### PHASE 0: X\n\n- [x] Domain name\n")
    done = full.run("adopt", str(full.root / "old.md"))
    assert done.returncode == 1
    assert done.stdout == (
        "not taken over: Carrier: none\nnot taken over: Problem: it rains\nnot taken over: [x] P0-01 Domain name\n"
    )
    assert full.read() == before.replace("TODO(reliability.rto, @ana)", "one day")
