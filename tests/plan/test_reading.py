"""What people do to a plan by hand, and what is still read from it."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from tests.plan.conftest import Sandbox, plan


def read(text: str) -> Any:
    return plan.read_plan(dedent(text))


def problems(found: Any) -> list[tuple[str, int, str]]:
    return [(problem.rule, problem.line, problem.subject) for problem in found.problems.values()]


@pytest.mark.parametrize(
    ("value", "state", "owner"),
    [
        ("TODO(a.b)", "open", ""),
        ("TODO(a.b, @ana)", "open", "ana"),
        ("So far: nothing. TODO(a.b): the rest, TODO(a.b.night)", "open", ""),
        ("", "open", ""),
        ("<!-- a hint of the template -->", "open", ""),
        ("n/a: there is none", "n/a", ""),
        ("N/A: there is none", "n/a", ""),
        ("four hours", "filled", ""),
        ("four hours\n\n- at night: eight\n  - on Sundays: none", "filled", ""),
        ("| day | hours |\n| --- | --- |\n| Monday | 4 |", "filled", ""),
        ("```sh\nmake backup # TODO(a.b) is only text here\n```", "filled", ""),
        ("The word TODO in a sentence, and `TODO(a.b)` in code", "filled", ""),
        ("> quoted, by a customer", "filled", ""),
    ],
)
def test_state_of_a_field(value: str, state: str, owner: str) -> None:
    found = plan.read_plan(f"## 2. X\n\n**B** — hint <!-- @a.b by=P4 -->\n\n{value}\n\n**C** <!-- @a.c -->\n\nx\n")
    each = found.fields["a.b"]
    assert (each.state, each.owner, each.by, each.must, each.section) == (state, owner, 4, True, "2")
    assert found.fields["a.c"].state == "filled"
    assert problems(found) == []


@pytest.mark.parametrize(
    "after", ["---", "# Heading", "Heading\n=======", "<!-- P1-01 -->", "<!-- yours:fr -->", "- **P1-01** Item"]
)
def test_a_value_ends_before_what_follows(after: str) -> None:
    found = plan.read_plan(f"**B** <!-- @a.b -->\n\n{after}\n")
    assert found.fields["a.b"].state == "open"


def test_a_translated_plan_in_another_order_is_the_same_plan() -> None:
    found = read("""\
        # Plan de implementación: Pedidos

        Notas nuestras, en ninguna plantilla.

        ### Fase 1 — Preparación

        - **P1-01** Reglas de estilo — comprobado con `make lint`

        <!-- P1-GATE -->

        - [ ] **P1-GATE** Fase 1 cerrada

        ### Fase 0 — Requisitos

        #### Nuestra lista

        * [x] una casilla propia
        + [ ] otra

        <!-- P0-GATE -->

        1. [x] **P0-GATE** Fase 0 cerrada

        ## 2 Requisitos

        **Tiempo de recuperación** — cuánto se acepta <!-- @reliability.rto by=P1 should -->

        cuatro horas
        """)
    assert problems(found) == []
    assert [(item.key, item.phase, item.box) for item in found.items] == [
        ("P1-01", 1, ""),
        ("P1-GATE", 1, "open"),
        ("", 0, "done"),
        ("", 0, "open"),
        ("P0-GATE", 0, "done"),
    ]
    assert (found.fields["reliability.rto"].value, found.fields["reliability.rto"].must) == ("cuatro horas", False)
    model = plan.Model(found, plan.Project(plan.Path("nowhere"), plan.Config()))
    assert [(phase.number, phase.title, phase.state) for phase in model.phases] == [
        (0, "Requisitos", "closed"),
        (1, "Preparación", "now"),
    ]


def test_definitions_in_lists_headings_and_tables() -> None:
    found = read("""\
        - **FR-001** In a list (US-001)
          - a rule, decided in ADR-0004

        * **FR-002: With its title in bold** (US-001)

        1. [ ] __FR-003__ Numbered, underlined, with a box

        #### **ENT-001** Order

        It has lines; see FR-001.

        ##### API-001 `GET /orders`

        Text of API-001.

        #### Not a definition

        Nothing to do with ENT-001.

        | Test | What |
        | --- | --- |
        | **TC-001** | covers FR-001, FR-002 |
        | **TC-002** | TODO(tc-002) |

        In a sentence, FR-001 and `FR-004` in code; <!-- FR-005 in a comment -->
        """)
    assert problems(found) == []
    assert {key: sorted(entry.refs - {key}) for key, entry in found.entries.items()} == {
        "FR-001": ["ADR-004", "US-001"],
        "FR-002": ["US-001"],
        "FR-003": [],
        "ENT-001": ["FR-001"],
        "API-001": [],
        "TC-001": ["FR-001", "FR-002"],
        "TC-002": [],
    }
    assert [key for key, entry in found.entries.items() if entry.todo] == ["TC-002"]
    assert {key for key, _ in found.refs} == {*found.entries, "US-001", "ADR-004"}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system(newline: str) -> None:
    text = newline.join(["# A", "", "**B** <!-- @a.b -->", "", "one\u2028two\x0bthree", "", "- [y] no box", ""])
    found = plan.read_plan(text)
    assert "".join(found.lines) == text
    assert found.fields["a.b"].value == "one\u2028two\x0bthree" + newline * 2 + "- [y] no box"
    assert problems(found) == [("suspect-line", 7, "box")]


def test_a_byte_order_mark_hides_no_heading() -> None:
    assert plan.read_plan("\ufeff# Title\n").headings[0].text == "Title"


@pytest.mark.parametrize(
    "line",
    [
        "- [a link](docs/x.md)",
        "- [x](docs/x.md)",
        "- [ISO] 27001",
        "- [1] a footnote",
        "S3-compatible storage, P95 of 200 ms, PT-141, TLS-1.3, US-east",
        "- S3 is where it goes, P1 comes first",
        "HTTP API-first design; see FR-012 and TC-0001",
        "<!-- prettier-ignore -->",
        "<!-- a note with @somebody in it -->",
        "e-mail ana@example.org, `- [ ] in code`",
        "| a | [ ] |\n| --- | --- |\n| b | [x] |",
        "```\n- [y] in a fence\n**FR-1**\n```",
        "<!--\n- [y] in a comment\n-->",
        "[x] ",
    ][:-1],
)
def test_what_only_resembles_the_markup_is_left_alone(line: str) -> None:
    assert problems(plan.read_plan(f"# A\n\n{line}\n")) == []


def test_a_deep_list_is_not_lost() -> None:
    deep = "".join(f"{'  ' * depth}- level {depth}\n" for depth in range(30)) + "  " * 30 + "- [ ] at the bottom\n"
    found = plan.read_plan(deep)
    assert [item.text for item in found.items] == ["at the bottom"] or problems(found)


def test_a_plan_that_is_not_utf8_is_refused_with_the_place(bare: Sandbox) -> None:
    (bare.root / "implementation.md").write_bytes(b"# Caf\xe9\n")
    done = bare.run("check")
    assert (done.returncode, done.stderr) == (2, "plan: implementation.md is not UTF-8 at byte 5: save it as UTF-8\n")


def test_without_a_plan_it_says_where_it_looked(bare: Sandbox) -> None:
    done = bare.run("status")
    assert done.returncode == 2
    assert done.stderr.startswith("plan: there is no implementation.md in ")


def test_an_empty_plan_is_no_error(bare: Sandbox) -> None:
    bare.write("implementation.md", "")
    assert bare.run("check").returncode == 0
    assert bare.run("status", "--html", str(bare.root / "page.html")).returncode == 0
    assert bare.run("trace").returncode == 0
    assert bare.run("guard").returncode == 2
