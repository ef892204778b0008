"""Whatever is done to a plan: findings or silence, never a traceback; and a write changes what was asked for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.plan.conftest import CORPUS, Sandbox, plan

FULL = (CORPUS / "full" / "implementation.md").read_bytes().decode()
SEED = (CORPUS / "seed.md").read_bytes().decode()
LINES = FULL.splitlines(keepends=True)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

PIECES = st.sampled_from(list(chain(*yaml.safe_load((CORPUS / "pieces.yml").read_text("utf-8")))))


def model_of(text: str, root: Path = CORPUS / "full") -> Any:
    return plan.Model(plan.read_plan(text), plan.Project(root, plan.read_config(root)))


@pytest.fixture(autouse=True, scope="module")
def no_git() -> Iterator[None]:
    """The history is tested elsewhere; here it would only cost time."""
    with patch.object(plan.Project, "git", lambda *_: None):
        yield


def report(text: str) -> list[Any]:
    """Every report on a plan; every finding must lead to a line of its file."""
    model = model_of(text)
    found: list[Any] = plan.findings_of(model)
    status = plan.status_of(model, found)
    for form in ("text", "markdown", "github"):
        plan.report_findings(found, model.config, form, notes=True)
        plan.report_status(status, form)
    json.loads(plan.report_findings(found, model.config, "json"))
    json.dumps(status)
    assert plan.page(model, status).endswith("</html>\n")
    plan.trace_table(model)
    for finding in found:
        if finding.file == "implementation.md":
            assert 1 <= finding.line <= len(model.plan.lines) + 1
    return found


@st.composite
def edited(draw: st.DrawFn) -> str:
    """The plan after a few edits: lines cut, doubled, moved, indented, pieces put anywhere."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 5))):
        at, length = draw(st.integers(0, len(lines) - 1)), draw(st.integers(1, 6))
        part = lines[at : at + length]
        kind = draw(st.sampled_from(("cut", "double", "move", "indent", "piece", "text", "join")))
        if kind == "cut":
            del lines[at : at + length]
        elif kind == "double":
            lines[at:at] = part
        elif kind == "move":
            del lines[at : at + length]
            to = draw(st.integers(0, len(lines)))
            lines[to:to] = part
        elif kind == "indent":
            lines[at : at + length] = [draw(st.sampled_from(("  ", "    ", "\t", "> "))) + line for line in part]
        elif kind == "join":
            lines[at : at + length] = ["".join(line.rstrip("\n") for line in part) + "\n"]
        else:
            put = draw(PIECES if kind == "piece" else st.text(max_size=20))
            column = draw(st.integers(0, len(lines[at])))
            lines[at] = lines[at][:column] + put + lines[at][column:]
        lines = lines or ["\n"]
    return "".join(lines)


@quick
@given(edited())
def test_any_edit_gives_findings_or_silence(text: str) -> None:
    report(text)


@quick
@given(st.lists(st.one_of(PIECES, st.text(max_size=10)), max_size=40).map("".join))
@example("- **P1-01** x — checked by `plan: phase 1`\n")
@example("- **S15-01** a — `plan: phase 1`\n- **P1-01** b — `plan: phase 15`\n")
def test_any_text_gives_findings_or_silence(text: str) -> None:
    report(text)


@quick
@given(edited())
def test_reading_loses_no_byte_and_is_the_same_twice(text: str) -> None:
    once = plan.read_plan(text)
    assert "".join(once.lines) == text
    again = plan.read_plan("".join(once.lines))
    assert plan.content_of(once) == plan.content_of(again)
    for each in once.fields.values():
        assert each.start <= each.end
        assert each.value == "".join(once.lines[each.start : each.end]).strip()


@pytest.fixture
def sandbox(tmp_path: Path) -> Callable[[str], Sandbox]:
    """The project with a plan of one's own, again and again in the same folder."""
    shutil.copytree(CORPUS / "full", tmp_path / "full")

    def put(text: str) -> Sandbox:
        found = Sandbox(tmp_path / "full")
        found.write("implementation.md", text)
        return found

    return put


def run(sandbox: Sandbox, *arguments: str) -> int:
    return int(plan.main(["--root", str(sandbox.root), *arguments]))


@quick
@given(text=edited())
def test_write_twice_changes_nothing_and_once_only_the_table(sandbox: Callable[[str], Sandbox], text: str) -> None:
    project = sandbox(text)
    before = plan.read_plan(text)
    code = run(project, "trace", "--write")
    once = project.read()
    assert run(project, "trace", "--write") == code
    assert project.read() == once
    if "trace" in before.regions:
        start, end = before.regions["trace"]
        assert once.startswith("".join(before.lines[: start + 1]).rstrip("\r\n"))
        assert once.endswith("".join(before.lines[end:]))
        assert plan.read_plan(once).entries.keys() == before.entries.keys()
    else:
        assert (code, once) == (1, text)


@quick
@given(text=edited(), value=st.lists(st.one_of(PIECES, st.text(max_size=10)), min_size=1, max_size=4).map("".join))
def test_an_answer_changes_its_value_and_nothing_else(sandbox: Callable[[str], Sandbox], text: str, value: str) -> None:
    project = sandbox(text)
    before = plan.read_plan(text)
    for key, each in before.fields.items():
        if each.state != "open":
            continue
        try:
            plan.answer_field(project.model(), each, value)
        except plan.RefusedError:
            assert project.read() == text
        else:
            after = plan.read_plan(project.read())
            assert after.fields[key].value.split() == value.split()
            assert {k: f.value for k, f in after.fields.items() if k != key} == {
                k: f.value for k, f in before.fields.items() if k != key
            }
            assert project.read().startswith("".join(before.lines[: each.start]).rstrip("\r\n"))
            assert project.read().endswith("".join(before.lines[each.end :]))
        break


@quick
@given(
    text=edited(),
    kind=st.sampled_from([kind for kind in plan.NEW if kind != "adr"]),
    words=st.lists(st.one_of(PIECES, st.text(max_size=10)), max_size=3).map("".join),
)
def test_new_adds_and_changes_nothing(sandbox: Callable[[str], Sandbox], text: str, kind: str, words: str) -> None:
    project = sandbox(text)
    before = plan.read_plan(text)
    code = run(project, "new", kind, "--", words)
    after = plan.read_plan(project.read())
    if code:
        assert project.read() == text
        return
    fresh = set(after.entries) - set(before.entries)
    assert len(fresh) == 1
    assert all(after.fields[key].value.split() == each.value.split() for key, each in before.fields.items())
    old = iter(text.splitlines())
    remaining = next(old, None)
    for line in project.read().splitlines():
        if line == remaining:
            remaining = next(old, None)
    assert remaining is None, "a line of the plan is gone"


@quick
@given(st.lists(st.one_of(PIECES, st.text(max_size=10)), max_size=40).map("".join))
@example(SEED)
def test_adopting_any_text_gives_a_plan_that_can_be_read(text: str) -> None:
    fresh = plan.Adopter(text).run()
    report(fresh)
    if text == SEED:
        assert list(plan.read_plan(fresh).problems.values()) == []


def test_a_plan_of_five_thousand_lines() -> None:
    chapter = """\
### {0}.1 Chapter

**Label** — hint <!-- @chapter{0}.label by=P4 -->

A value of some words, see FR-{0:03d}.

- **FR-{0:03d}** Requirement (US-001)
- **TC-{0:03d}** Test (covers FR-{0:03d})

- [ ] **S{1}-{2:03d}** A box (@ana)

"""
    chapters = "".join(chapter.format(number, number // 100 + 20, number % 100) for number in range(1, 470))
    text = f"# Long\n\n- **US-001** Story\n\n{chapters}"
    assert text.count("\n") > 5000
    found = plan.read_plan(text)
    assert list(found.problems.values()) == []
    assert (len(found.fields), len(found.items), len(found.of("FR", "TC"))) == (469, 469, 938)
    assert {(f.rule, f.level) for f in report(text)} >= {("unproved-case", "warning")}
