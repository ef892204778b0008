"""What is shown: in a terminal, as Markdown, as JSON, as annotations of a GitHub run and as a page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.plan.conftest import SCRIPT, Sandbox, plan

STATUS = """\
Implementation plan: Orders: phase 3 (strictness: enforce)

   0  Prerequisites    ██████████      2/2  closed
   1  Project Setup    ██████████      5/5  closed
   2  Core Foundation  ██████████      4/4  closed
   3  Domain Layer     ███░░░░░░░      1/3  now
   4  Data Layer       ░░░░░░░░░░      0/2  waits for 3
   9  Testing          ██████████      1/1  waits for 3

Open: 2 fields, 7 items, 0 definitions (nobody 7, @ana 2). Filled: 5 fields.
Nothing blocks.

Next:
  implementation.md:141: P3-02: Rules (@ana)
  implementation.md:143: box: A box of our own, without an id
"""


def test_status_in_a_terminal(full: Sandbox) -> None:
    done = full.run("status")
    assert (done.returncode, done.stdout) == (0, STATUS)


def test_status_where_the_terminal_has_no_blocks(full: Sandbox) -> None:
    command = [sys.executable, str(SCRIPT), "--root", str(full.root), "status"]
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    done = subprocess.run(command, check=True, capture_output=True, env=environment)
    assert "3  Domain Layer     ###.......      1/3  now" in done.stdout.decode("cp1252")


def test_status_as_markdown(full: Sandbox) -> None:
    text = full.run("status", "--markdown").stdout
    assert text.startswith("### Implementation plan: Orders: phase 3\n\n|  | Phase | Done | State |\n| --- |")
    assert "| 3 | Domain Layer | ███░░░░░░░ 1/3 | now |\n" in text
    assert "\n\nNothing blocks.\n\nNext:\n\n1. implementation.md:141: P3-02: Rules (@ana)\n" in text


def test_status_as_data(full: Sandbox) -> None:
    status = json.loads(full.run("status", "--json").stdout)
    assert status["phase"] == 3
    assert [phase["state"] for phase in status["phases"]] == ["closed", "closed", "closed", "now", "waits", "waits"]
    assert status["owners"] == {"": 7, "ana": 2}
    assert status["next"][0] == {"line": 141, "key": "P3-02", "text": "Rules", "owner": "ana"}
    assert [row["key"] for row in status["trace"]][:2] == ["US-001", "US-002"]


@pytest.mark.parametrize(
    ("edits", "following"),
    [
        ({}, ["P3-02", "box"]),
        ({"One hour, see [Problem](#12-problem).": "TODO(reliability.rpo)"}, ["reliability.rpo", "P3-02", "box"]),
        ({"- [ ] **P3-02**": "- [x] **P3-02**", "- [ ] A box": "- [x] A box"}, ["reliability.rto"]),
        (
            {"- [ ] **P3-02**": "- [x] **P3-02**", "- [ ] A box": "- [x] A box", "TODO(reliability.rto, @ana)": "1 h"},
            ["P3-GATE"],
        ),
    ],
)
def test_what_comes_next(full: Sandbox, edits: dict[str, str], following: list[str]) -> None:
    for old, new in edits.items():
        full.edit(old, new)
    model = full.model()
    assert [step["key"] for step in plan.status_of(model, [])["next"]] == following


def test_when_all_is_done_nothing_comes_next(full: Sandbox) -> None:
    full.write("implementation.md", "### Phase 0\n\n- [x] **P0-01** a\n- [x] **P0-GATE** b\n")
    text = full.run("status").stdout
    assert "phase 1 " in text
    assert "Next" not in text


def test_findings_as_data_and_as_annotations(full: Sandbox) -> None:
    full.edit("(covers FR-002)", "(covers FR-002, FR-040)")
    found = full.findings()[0]
    assert found == {
        "rule": "unknown-reference",
        "file": "implementation.md",
        "line": 174,
        "subject": "FR-040",
        "message": "FR-040 is not defined in the plan",
        "fix": "define it (`plan.py new`), or name a functional requirement that is there",
        "level": "error",
        "waived": "",
        "blocks": True,
    }
    place = "file=implementation.md,line=174,title=unknown-reference"
    assert full.run("check", "--github").stdout.splitlines() == [
        f"::error {place}::{found['message']}. {found['fix']}",
        "1 block, 0 don't, 2 notes (strictness: enforce)",
    ]
    row = "| blocks | `implementation.md:174` | unknown-reference | FR-040 is not defined in the plan."
    assert row in full.run("check", "--markdown").stdout


class Page(HTMLParser):
    """What a page loads, and its text; fails when a tag is closed that was not opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.outside: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "rect", "path", "i") or tag == "i":
            self.open.append(tag)
        self.outside += [f"{tag} {name}" for name, _ in attrs if name in ("src", "href", "onclick", "onload")]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<rect/>` opens nothing."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_stands_alone_and_shows_what_people_typed(full: Sandbox, tmp_path: Path) -> None:
    full.edit("# Implementation plan: Orders", "# Orders <script>alert(1)</script> & `more`")
    full.edit("An order can be noted", '"><b>An</b> order')
    target = tmp_path / "deep" / "page.html"
    assert full.run("status", "--html", str(target)).returncode == 0
    text = target.read_text("utf-8")
    page = Page()
    page.feed(text)
    assert page.open == []
    assert page.outside == []
    assert "script" not in text.replace("&lt;script&gt;", "").replace("&lt;/script&gt;", "")
    assert "url(" not in text
    assert "@import" not in text
    assert "prefers-color-scheme: dark" in text
    assert 'FR-001 "><b>An</b> order' in page.text
    assert text.count("<path ") == 6  # two stories, three requirements and a use case with their test cases
    assert '<g class="written"><title>FR-003' in text


@pytest.mark.parametrize(
    ("plan_text", "said"),
    [
        ("- **ENT-003** Customer — who orders", [("ENT-003", "warning")]),
        ("- **ENT-003** Order_Lines — many", [("ENT-003", "warning")]),
        ("- **ENT-003: order** again", []),
        ("- **ENT-003** TODO(ent-003): what it is", []),
    ],
)
def test_entities_are_types_of_the_domain(full: Sandbox, plan_text: str, said: list[tuple[str, str]]) -> None:
    full.edit("- **ENT-002**", f"{plan_text}\n- **ENT-002**")
    for box in ("**P3-02** Rules", "A box of our own", "**P3-GATE**"):
        full.edit(f"- [ ] {box}", f"- [x] {box}")
    assert [(f.subject, f.level) for f in full.judged() if f.rule == "entity-model"] == said


def test_types_of_a_models_file_are_entities(full: Sandbox) -> None:
    full.write("src/domain/models.py", "class Customer:\n    pass\n\n\nclass Order(Base):\n    pass\n")
    full.write("src/domain/errors.py", "class NoLinesError(Exception):\n    pass\n")
    found = [f for f in full.judged() if f.rule == "entity-model"]
    assert [(f.file, f.line, f.subject) for f in found] == [("src/domain/models.py", 1, "Customer")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("docs/api/a.yaml", "paths:\n  /health: {get: {}}\n  /orders:\n    post: {}\n  /orders/{id}:\n    get: {}\n"),
        (
            "docs/api/a.yml",
            'paths: {"/health": {get: {}}, /orders/: {post: {}}, "/orders/{x}": {get: {}, summary: x}}\n',
        ),
    ],
)
def test_contracts_in_yaml(full: Sandbox, name: str, text: str) -> None:
    (full.root / "docs/api/openapi.json").unlink()
    full.write(name, text)
    assert [f for f in full.judged() if f.rule == "api-contract"] == []


def test_an_endpoint_is_planned_before_it_is_in_the_contract(full: Sandbox) -> None:
    full.run("new", "endpoint", "PUT /orders/{id}")
    assert [f.level for f in full.judged() if f.rule == "api-contract"] == ["info"]
    full.write("config/plan.toml", "[layers]\ninterface = { phase = 3, folders = [] }\n")
    assert [f.level for f in full.judged() if f.rule == "api-contract"] == ["error"]


@pytest.mark.parametrize("text", ["{", "paths: [", "a: b: c"])
def test_a_broken_contract_is_one_sentence(full: Sandbox, text: str) -> None:
    name = "docs/api/openapi.json" if text == "{" else "docs/api/more.yaml"
    full.write(name, text)
    done = full.run("check")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith(f"plan: {name}: ")
