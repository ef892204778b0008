"""What blocks: three strictness levels, a rule's own level, waivers, and a configuration that is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.plan.conftest import Sandbox

TODAY = datetime.now(tz=UTC).date()

BROKEN_FILE = ("- [X] **P1-03**", "- [x ] **P1-03**")
FALSE_CLAIM = ("ADR-0001", "ADR-0003")
OUT_OF_ORDER = ("- [ ] **P4-01**", "- [x] **P4-01**")


@pytest.mark.parametrize(
    ("strictness", "broken", "blocks"),
    [
        ("advise", BROKEN_FILE, True),
        ("advise", FALSE_CLAIM, False),
        ("advise", OUT_OF_ORDER, False),
        ("guard", BROKEN_FILE, True),
        ("guard", FALSE_CLAIM, True),
        ("guard", OUT_OF_ORDER, False),
        ("enforce", FALSE_CLAIM, True),
        ("enforce", OUT_OF_ORDER, True),
    ],
)
def test_what_each_strictness_blocks(full: Sandbox, strictness: str, broken: tuple[str, str], blocks: bool) -> None:
    full.edit('"enforce"', f'"{strictness}"', "config/plan.toml")
    full.edit(*broken)
    done = full.run("check")
    assert done.returncode == blocks
    title = "Blocks:" if blocks else "Does not block:"
    assert done.stdout.startswith(title)
    assert ("Why these block:" in done.stdout) == blocks


@pytest.mark.parametrize(
    ("level", "shown"), [("off", None), ("info", "info"), ("warning", "warning"), ("error", "error")]
)
def test_a_rule_of_its_own_level(full: Sandbox, level: str, shown: str | None) -> None:
    full.write("config/plan.toml", f'strictness = "advise"\n[rules]\nsuperseded-decision = "{level}"\n')
    full.edit(*FALSE_CLAIM)
    found = [finding.level for finding in full.judged() if finding.rule == "superseded-decision"]
    assert found == ([shown] if shown else [])


def test_a_rule_raised_to_error_leaves_notes_alone(full: Sandbox) -> None:
    full.write("config/plan.toml", '[rules]\nopen-field = "error"\n')
    assert {finding.level for finding in full.judged() if finding.rule == "open-field"} == {"info"}


def waive(full: Sandbox, days: int, where: str = "ADR-003") -> None:
    until = TODAY + timedelta(days=days)
    waiver = f'rule = "superseded-decision"\nwhere = "{where}"\nreason = "until the move"\nuntil = {until}\n'
    full.write("config/plan.toml", f'strictness = "enforce"\n\n[[waivers]]\n{waiver}')


@pytest.mark.parametrize("where", ["ADR-003", "ADR-*", "implementation.md", "*"])
def test_a_waiver_holds_until_its_day(full: Sandbox, where: str) -> None:
    full.edit(*FALSE_CLAIM)
    waive(full, 1, where)
    assert full.run("check").returncode == 0
    assert f"waived: until the move (until {TODAY + timedelta(days=1)})" in full.run("check", "--notes").stdout


def test_a_waiver_ends(full: Sandbox) -> None:
    full.edit(*FALSE_CLAIM)
    waive(full, -1)
    found = {finding.rule: finding.level for finding in full.judged() if finding.level != "info"}
    assert found == {"superseded-decision": "error", "waiver": "warning"}


def test_a_waiver_that_matches_nothing_is_a_note(full: Sandbox) -> None:
    waive(full, 1)
    assert [finding.level for finding in full.judged() if finding.rule == "waiver"] == ["info"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("strictness = 'strict'", "`strictness`"),
        ("strictness = 3", "`strictness`"),
        ("testing_phase = true", "`testing_phase`"),
        ("sources = 'src'", "`sources`"),
        ("sources = [1]", "`sources`"),
        ("colour = 'red'", "`colour`"),
        ("layers = []", "`layers`"),
        ("[layers]\ndomain = ['src']", "`layers.domain`"),
        ("[layers]\ndomain = { phase = '3', folders = [] }", "`layers.domain`"),
        ("[rules]\nno-such-rule = 'off'", "`rules.no-such-rule`"),
        ("[rules]\nopen-field = 'fatal'", "`rules.open-field`"),
        ("[rules]\nsuspect-line = 'off'", "`rules.suspect-line`"),
        ("waivers = [1]", "`waivers[1]`"),
        ("[[waivers]]\nrule = 'open-field'\nwhere = 'a.b'\nreason = ' '\nuntil = 2026-12-31", "`waivers[1]`"),
        ("[[waivers]]\nrule = 'open-field'\nwhere = 'a.b'\nreason = 'x'\nuntil = '2026-12-31'", "`waivers[1]`"),
        ("[[waivers]]\nrule = 'open-field'\nwhere = 'a.b'\nreason = 'x'", "`waivers[1]`"),
        ("strictness =", "config/plan.toml: "),
    ],
)
def test_a_wrong_configuration_is_one_sentence(full: Sandbox, text: str, names: str) -> None:
    full.write("config/plan.toml", text)
    done = full.run("check")
    assert (done.returncode, done.stdout) == (2, "")
    assert names in done.stderr
    assert done.stderr.count("\n") == 1


def test_rules_are_listed(full: Sandbox) -> None:
    lines = full.run("rules").stdout.splitlines()
    assert any(line.split()[:2] == ["broken-link", "guard"] for line in lines)
    assert any(line.split()[:2] == ["suspect-line", "advise"] for line in lines)
    assert any(line.split()[:2] == ["open-field", "enforce"] for line in lines)
