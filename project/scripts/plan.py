#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["markdown-it-py==4.3.0", "mdurl==0.1.2", "PyYAML==6.0.3"]
# ///
"""Read the project's plan, implementation.md: what is open, what blocks, what is proved.

    uv run --script scripts/plan.py COMMAND

Where it looks and how strict it is stands in config/plan.toml.

Exit codes: 0 nothing blocks; 1 a finding blocks, or what was asked for can't be done;
2 wrong usage, or a plan or a configuration that can't be read.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import re
import subprocess
import sys
import tomllib
from bisect import bisect_left
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from markdown_it.token import Token

Level = Literal["off", "info", "warning", "error"]
LEVELS: tuple[Level, ...] = ("off", "info", "warning", "error")

# ── Rules ─────────────────────────────────────────────────────────────────────────────────────

# From which strictness on a rule's error blocks; below, it is a warning. ALWAYS: the file itself is broken.
# CLAIM ("guard"): something is said and not so. METHOD ("enforce"): something is out of order.
STRICTNESS = ("advise", "guard", "enforce")
ALWAYS, CLAIM, METHOD = range(3)

RULES: dict[str, tuple[int, str]] = {
    "conflict-marker": (ALWAYS, "a merge conflict is not resolved"),
    "suspect-line": (ALWAYS, "what looks like a box, an anchor or an id and is none would be skipped"),
    "duplicate-id": (ALWAYS, "an id, a key or a placeholder stands twice"),
    "unknown-reference": (CLAIM, "an id is named that is defined nowhere"),
    "broken-link": (CLAIM, "a link leads to no file or heading"),
    "superseded-decision": (CLAIM, "the plan rests on a decision that another one replaced"),
    "adr-number": (CLAIM, "decisions have one number each, the same in file and title"),
    "adr-status": (CLAIM, "a decision's status is one of five"),
    "adr-supersedes": (CLAIM, "supersedes and superseded by name each other"),
    "adr-index": (CLAIM, "the index lists every decision with its status"),
    "ticked-not-done": (CLAIM, "a box is ticked and its file is missing or its line is open"),
    "gate-open": (CLAIM, "a phase is closed while something in it is open"),
    "api-contract": (CLAIM, "endpoints of the plan and of the contract differ"),
    "unproved-case": (CLAIM, "a test case is in no test; an error from the testing phase on"),
    "failed-case": (CLAIM, "a test case's test failed or was skipped; an error from the testing phase on"),
    "untested-requirement": (CLAIM, "a requirement has no test case; an error from the testing phase on"),
    "unplanned-change": (CLAIM, "domain, API or schema changed and no document; an error in a pull request"),
    "phase-not-begun": (METHOD, "code of a layer changed before its phase"),
    "unnamed-test": (METHOD, "tests name no test case; an error from the testing phase on"),
    "open-field": (METHOD, "a field is open in the phase that needs it"),
    "phase-order": (METHOD, "something is ticked while an earlier phase is open"),
    "code-before-checklist": (METHOD, "sources changed before the checklist before coding is complete"),
    "entity-model": (METHOD, "an entity and the models' names differ; a warning"),
    "empty-test": (METHOD, "a test names a test case and asserts nothing; a warning"),
    "accepted-changed": (METHOD, "a requirement changed since its test was accepted; a warning"),
    "trace-stale": (METHOD, "the table between the trace anchors is not current; a warning"),
    "fact-edited": (METHOD, "a fact differs from the answers; a warning"),
    "waiver": (METHOD, "a waiver has ended, a warning, or matches nothing, a note"),
    "not-checked": (METHOD, "something could not be looked at; a note"),
}


@dataclass(slots=True)
class Finding:
    """One thing to mend: where, what is wrong, what to write."""

    rule: str
    file: str
    line: int
    subject: str
    message: str
    fix: str = ""
    level: Level = "error"
    waived: str = ""


class PlanError(Exception):
    """What stops a command, in one sentence; exit code 2."""


class RefusedError(PlanError):
    """What was asked for can't be done; exit code 1."""


# ── Grammar of the plan ───────────────────────────────────────────────────────────────────────

KINDS = {
    "US": "user story",
    "FR": "functional requirement",
    "NFR": "non-functional requirement",
    "UC": "use case",
    "ENT": "entity",
    "API": "endpoint",
    "TC": "test case",
    "THR": "threat",
    "ADR": "decision",
}
_KIND, _ITEM = "|".join(KINDS), r"[PS]\d{1,2}-(?:\d{2,3}|GATE)"
_KEY = r"[a-z0-9][a-z0-9-]*(?:\.[a-z0-9][a-z0-9-]*)+"

ID = re.compile(rf"(?<![A-Za-z0-9-])({_KIND})-(\d{{3,}})(?![A-Za-z0-9])")
ID_SUSPECT = re.compile(rf"(?<![\w/-])(?:{_KIND})(?:-\d{{1,2}}|[_–—]\d+)(?![\w-])")
BOX = re.compile(r"\[([ xX-])\](?:\s+|$)")
BOX_SUSPECT = re.compile(r"(?:(?:[-*+]|\d+[.)])\s*)?[\[][\sxXvVyYoO✓✔✗*+–—-]{0,3}\](?![\[(])")
DEFINED = re.compile(rf"(?:\*\*|__)({_KIND})-(\d{{3,}})(?![^\W_])[^\n]*?(?:\*\*|__)")
DEFINED_HEADING = re.compile(rf"(?:\*\*|__)?({_KIND})-(\d{{3,}})(?![^\W_])")
DEFINED_SUSPECT = re.compile(rf"([*_]*)\s*(?:{_KIND})[\s_–—-]?\d+", re.IGNORECASE)
ITEM = re.compile(rf"(?:\*\*|__)({_ITEM})(?![^\W_])[^\n]*?(?:\*\*|__)")
ITEM_SUSPECT = re.compile(r"([*_]*)\s*[PS]\d{1,2}[_–—-](?:\d+|GATE)\b", re.IGNORECASE)

COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
ANCHOR_FIELD = re.compile(rf"@({_KEY})((?:\s+(?:by=P\d{{1,2}}|must|should))*)")
ANCHOR_ITEM = re.compile(rf"({_ITEM})(?:\s+by=P(\d{{1,2}}))?")
ANCHOR_REGION = re.compile(r"(/?)(yours:[a-z][a-z0-9-]*|trace|adr-index)")
ANCHOR_FACT = re.compile(r"=([a-z_][a-z0-9_]*)")
ANCHOR_SUSPECT = re.compile(r"@|=|/?\s*yours\b|/\s*trace\b|[PS]\d+\b")
ANCHOR_FORMS = {
    "@": "a field's anchor ends its label line: **Label** — hint <!-- @section.key by=P4 -->",
    "=": "a fact's anchor ends its line: - Name: Acme <!-- =project_name -->",
    "P": "an item's anchor stands alone above it: <!-- P1-02 -->",
    "S": "an item's anchor stands alone above it: <!-- S14-02 by=P12 -->",
}
TODO = re.compile(r"TODO\(([^(),\s]+)(?:,\s*@([\w.-]+))?\)")
NO_VALUE = re.compile(r"(?:todo|tbd|tbc|fixme|\?+|…|\.\.\.)[.:!]?", re.IGNORECASE)
NOT_APPLICABLE = re.compile(r"n/a\b(:\s*\S)?", re.IGNORECASE)
CODE_SPAN = re.compile(r"(?<![`\\])(`+)(?!`)(.*?)(?<!`)\1(?!`)", re.DOTALL)
OWNER = re.compile(r"\s\(?@([\w.-]+)\)?\s*$")
DASH = re.compile(r"\s[—–-]\s")
CONFLICT = re.compile(r"(?:<{7}|>{7}|\|{7})(?:\s|$)")
ENDPOINT = re.compile(r"\b(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\s+(/[^\s`)|,;]*)")
LINK = re.compile(r"(?<!\\)[\[][^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s[^)]*)?\)")
BULLET = re.compile(r"(\s*(?:[-*+]|\d{1,9}[.)])\s+)")


def blank(text: str, *, code: bool = True) -> str:
    """Overwrite comments (and code spans) with spaces; offsets and line breaks stay."""

    def spaces(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match[0])

    return COMMENT.sub(spaces, CODE_SPAN.sub(spaces, text) if code else text)


def split_lines(text: str) -> list[str]:
    """Split where Markdown does, line ends kept (str.splitlines knows eight more characters)."""
    return re.findall(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+", text)


def normal(kind: str, number: str | int) -> str:
    """Give an id its one spelling: ADR-0007 and ADR-007 are the same decision."""
    return f"{kind}-{int(number):03d}"


def tidy(text: str) -> str:
    """Take emphasis, comments and escapes out of a text that is shown."""
    return " ".join(re.sub(r"\*\*|__|\\(?=[!-/:-@\[-`{-~])", "", COMMENT.sub("", text)).split())


# ── What the plan holds ───────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Heading:
    """A heading; `number` is its own or that of the nearest numbered heading above."""

    level: int
    text: str
    line: int
    number: str


@dataclass(slots=True)
class Field:
    """A labelled field. Lines count from 0; the value is lines[start:end]."""

    key: str
    label: str
    line: int
    section: str
    by: int | None
    must: bool
    start: int
    end: int = 0
    value: str = ""
    state: Literal["open", "filled", "n/a"] = "open"
    owner: str = ""


@dataclass(slots=True)
class Item:
    """A box, or an automatic item: one without a box, whose evidence is looked at."""

    key: str
    text: str
    line: int
    heading: int
    box: Literal["", "open", "done", "n/a"]
    owner: str
    todo: bool
    by: int | None = None
    phase: int | None = None

    @property
    def gate(self) -> bool:
        """Whether this box closes its phase."""
        return self.key.endswith("-GATE")


@dataclass(slots=True)
class Entry:
    """A definition: a requirement, a story, a test case."""

    kind: str
    key: str
    line: int
    end: int
    text: str
    body: str = ""
    todo: bool = False
    owner: str = ""
    refs: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Fact:
    """A line that comes from the questionnaire."""

    answer: str
    label: str
    value: str
    line: int


@dataclass
class Plan:
    """The plan as it stands in the file; definitions have the normal spelling of their id as key."""

    file: str
    lines: list[str]
    headings: list[Heading] = field(default_factory=list)
    fields: dict[str, Field] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    refs: list[tuple[str, int]] = field(default_factory=list)
    links: list[tuple[str, int]] = field(default_factory=list)
    regions: dict[str, tuple[int, int]] = field(default_factory=dict)
    problems: dict[tuple[str, int], Finding] = field(default_factory=dict)

    def of(self, *kinds: str) -> list[str]:
        """Keys of the definitions of these kinds, in the order of the file."""
        return [key for key, entry in self.entries.items() if entry.kind in kinds]

    def above(self, heading: int) -> Iterator[int]:
        """Walk from a heading up to the one of the first level."""
        level = 7
        for index in range(heading, -1, -1):
            if self.headings[index].level < level:
                level = self.headings[index].level
                yield index

    def says(self, heading: int, phase: int) -> bool:
        """Say whether a heading has the number of a phase in it, in whatever language."""
        return bool(re.search(rf"\b{phase}\b", self.headings[heading].text))

    def at(self, rule: str, line: int, subject: str, message: str, fix: str = "", level: Level = "error") -> Finding:
        """Make a finding in this file; the line counts from 0."""
        return Finding(rule, self.file, line + 1, subject, message, fix, level)


# ── Reading the plan ──────────────────────────────────────────────────────────────────────────


class Reader:
    """One walk over the block tokens of markdown-it, each of which knows its lines."""

    def __init__(self, text: str, file: str) -> None:
        """Make the reader of one text."""
        self.plan = Plan(file, split_lines(text))
        self.stops: set[int] = {len(self.plan.lines)}  # lines at which the value of a field ends
        self.masked: set[int] = set()  # lines of code blocks and comments
        self.boxes: set[int] = set()  # lines that hold a valid box
        self.seen: dict[str, int] = {}  # items and placeholders, for what stands twice
        self.anchor: tuple[str, int, int | None] | None = None  # an item's, waiting for the item
        self.region: tuple[str, int] | None = None  # the list that is open
        self.nested: list[Entry] = []  # list items around the text, with a kind where they define
        self.under: tuple[int, Entry] | None = None  # the definition whose heading is open

    def read(self, text: str) -> Plan:
        """Read the text; what is wrong in it comes as `problems`."""
        try:
            from markdown_it import MarkdownIt
        except ModuleNotFoundError as error:
            raise PlanError(f"{error.name} is missing: run it as `uv run --script scripts/plan.py …`") from error
        parser = MarkdownIt("commonmark").enable("table").disable(["inline", "text_join"])
        tokens = parser.parse(text.removeprefix("\ufeff"))
        for before, token in zip([None, *tokens], tokens, strict=False):
            self._token(token, before, token.map or [0, 0])
        self._close_anchor()
        self._close_region()
        stops = sorted(self.stops)
        for each in self.plan.fields.values():
            self._value(each, stops)
        self._rest()
        self.plan.problems = dict(sorted(self.plan.problems.items(), key=lambda pair: pair[0][1]))
        return self.plan

    def _suspect(self, line: int, subject: str, message: str, fix: str, rule: str = "suspect-line") -> None:
        self.plan.problems.setdefault((rule, line), self.plan.at(rule, line, subject, message, fix))

    def _twice(self, line: int, subject: str, first: int) -> None:
        fix = "give the newer one the next free number or another key"
        self._suspect(line, subject, f"{subject} is already in line {first + 1}", fix, "duplicate-id")

    def _token(self, token: Token, before: Token | None, lines: list[int]) -> None:
        if token.type == "list_item_open":
            self.nested.append(Entry("", "", lines[0], lines[1], ""))
        elif token.type == "list_item_close":
            self.nested.pop()
        elif token.type == "hr":
            self.stops.add(lines[0])
        elif token.type == "fence":
            self.masked.update(range(*lines))
            last = self.plan.lines[lines[1] - 1].strip(" \t\r\n>")
            if lines[1] - lines[0] < 2 or not last or last.strip(token.markup[0]):
                message = "this code block is never closed: all that follows is read as code"
                self._suspect(lines[0], "code", message, f"write {token.markup} after its last line")
        elif token.type == "html_block":
            self._html(token.content, lines)
        elif token.type == "inline" and before:
            self._inline(token.content, before, lines)

    # Anchors

    def _html(self, content: str, lines: list[int]) -> None:
        alone = not blank(content, code=False).strip()
        if alone:
            self.masked.update(range(*lines))
        elif content.lstrip().startswith("<!--") and not COMMENT.search(content):
            message = "this comment is never closed: all that follows is hidden"
            self._suspect(lines[0], "comment", message, "write --> at its end")
        for match in COMMENT.finditer(content):
            line, body = lines[0] + content.count("\n", 0, match.start()), match[1].strip()
            if alone and (item := ANCHOR_ITEM.fullmatch(body)):
                self._close_anchor()
                self.anchor = (item[1], line, int(item[2]) if item[2] else None)
            elif alone and (region := ANCHOR_REGION.fullmatch(body)):
                self._close_anchor()
                self._region(region[2], line, closes=bool(region[1]))
            elif ANCHOR_SUSPECT.match(body) or (not alone and ANCHOR_REGION.fullmatch(body)):
                self._bad_anchor(line, body)
            elif not body.startswith("facts"):
                continue
            self.stops.add(line)

    def _bad_anchor(self, line: int, body: str) -> None:
        fix = ANCHOR_FORMS.get(body[:1], "lists that grow stand between <!-- yours:fr --> and <!-- /yours:fr -->")
        self._suspect(line, body, f"<!-- {body} --> looks like an anchor and is none", fix)

    def _region(self, name: str, line: int, *, closes: bool) -> None:
        if not closes:
            self._close_region()
            self.region = (name, line)
        elif self.region is None or self.region[0] != name:
            self._suspect(line, name, f"<!-- /{name} --> closes what was not opened", f"write <!-- {name} --> above")
        else:
            if name in self.plan.regions:
                self._twice(line, name, self.plan.regions[name][0])
            self.plan.regions.setdefault(name, (self.region[1], line))
            self.region = None

    def _close_region(self) -> None:
        if self.region:
            name, line = self.region
            self._suspect(line, name, f"<!-- {name} --> is not closed", f"write <!-- /{name} --> after its list")
        self.region = None

    def _close_anchor(self) -> None:
        if self.anchor:
            key, line, _ = self.anchor
            fix = f"write `- [ ] **{key}** …`, or `- [-] **{key}** … — n/a: reason` if it does not apply"
            self._suspect(line, key, f"below the anchor of {key} stands no item {key}", fix)
        self.anchor = None

    # Texts

    def _inline(self, content: str, before: Token, lines: list[int]) -> None:
        if before.type == "heading_open":
            self._heading(content, lines[0], int(before.tag[1:]))
        elif before.type == "td_open" and (match := DEFINED.match(content)):
            self._entry(match, lines[0], lines[1], content)
        elif self.nested and before.type == "paragraph_open" and not self.nested[-1].text:
            self._lead(content, lines[0])
        self._comments(content, lines)
        self._text(content, lines[0])

    def _heading(self, content: str, line: int, level: int) -> None:
        self._close_anchor()
        self.stops.add(line)
        text = COMMENT.sub("", content).strip()
        numbered = re.match(r"(\d+(?:\.\d+)*)\.?(?:\s|$)", text)
        above = next((heading.number for heading in reversed(self.plan.headings) if heading.level < level), "")
        self.plan.headings.append(Heading(level, text, line, numbered[1] if numbered else above))
        if self.under and level <= self.under[0]:
            self.under[1].end, self.under = line, None
        if match := DEFINED_HEADING.match(text):
            self.under = (level, self._entry(match, line, len(self.plan.lines), text))

    def _lead(self, content: str, line: int) -> None:
        """Read the first text of a list item: a box, an item, a definition, or just text."""
        holder = self.nested[-1]
        holder.text = content
        box = BOX.match(content)
        rest = content[box.end() :] if box else content
        item, defined = ITEM.match(rest), DEFINED.match(rest)
        if item or box:
            self._item(item[1] if item else "", rest, line, box[1] if box else "")
        elif self.anchor:
            self._close_anchor()
        if defined:
            self._entry(defined, line, holder.end, rest)
        elif not item:
            ours = len(self.nested) == 1 and self.region is not None and self.region[0].startswith("yours:")
            odd, step = DEFINED_SUSPECT.match(rest), ITEM_SUSPECT.match(rest)
            if odd and (odd[1] or ours):
                fix = "write it as **FR-001**: capitals, hyphen, three digits, bold"
                self._suspect(line, odd[0].strip(), f"`{odd[0].strip()}` looks like an id and is none", fix)
            elif step and (step[1] or box):
                fix = "write it as **P1-02** or **P1-GATE**, bold"
                self._suspect(line, step[0].strip(), f"`{step[0].strip()}` looks like an item and is none", fix)

    def _item(self, key: str, text: str, line: int, mark: str) -> None:
        clean, owner = blank(text), OWNER.search(text)
        box: Any = {"": "", " ": "open", "-": "n/a"}.get(mark, "done")
        item = Item(
            key, text, line, len(self.plan.headings) - 1, box, owner[1] if owner else "", bool(TODO.search(clean))
        )
        if mark:
            self.boxes.add(line)
        if self.anchor and self.anchor[0] == key:
            item.by, self.anchor = self.anchor[2], None
        self._close_anchor()
        if key:
            self.stops.add(line)
            item.phase = int(key[1:].partition("-")[0]) if key[0] == "P" else None
            if self.seen.setdefault(key, line) != line:
                self._twice(line, key, self.seen[key])
        if box == "n/a" and not re.search(r"n/a:\s*\S", text):
            self._suspect(line, key or "box", "[-] without a reason", "end the line with ` — n/a: reason`")
        if not box and item.gate:
            self._suspect(line, key, "a gate is closed by a person: it needs a box", f"write `- [ ] **{key}** …`")
        if re.search(r"[\[][ xX]\]\s", clean):
            self._suspect(line, key or "box", "two boxes in one line: only the first counts", "give each its own line")
        self.plan.items.append(item)

    def _entry(self, match: re.Match[str], line: int, end: int, text: str) -> Entry:
        entry = Entry(match[1], f"{match[1]}-{match[2]}", line, end, text)
        first = self.plan.entries.setdefault(normal(match[1], match[2]), entry)
        if first is not entry:
            self._twice(line, entry.key, first.line)
        if self.nested:
            self.nested[-1] = entry
        return entry

    def _comments(self, content: str, lines: list[int]) -> None:
        """Read the comments of a text: a field's or a fact's anchor at its end, or a mistake."""
        for match in COMMENT.finditer(content):
            line, body = lines[0] + content.count("\n", 0, match.start()), match[1].strip()
            last = not content[match.end() :].strip()
            if last and (anchor := ANCHOR_FIELD.fullmatch(body)):
                self._field(anchor, content[: match.start()], lines)
            elif last and (fact := ANCHOR_FACT.fullmatch(body)):
                label, _, value = content[: match.start()].partition(": ")
                self.plan.facts.append(Fact(fact[1], tidy(label), value.strip(), line))
            elif ANCHOR_FIELD.fullmatch(body):
                fix = "end the line with the anchor, and leave a blank line below it"
                self._suspect(line, body, "label and value touch: text follows a field's anchor", fix)
            elif ANCHOR_SUSPECT.match(body) or ANCHOR_REGION.fullmatch(body):
                self._bad_anchor(line, body)
        if "<!--" in blank(content):
            self._suspect(lines[0], "comment", "a comment is opened and not closed", "write --> at its end")

    def _field(self, anchor: re.Match[str], label: str, lines: list[int]) -> None:
        self._close_anchor()
        self.stops.add(lines[0])
        by = re.search(r"by=P(\d+)", anchor[2])
        number = self.plan.headings[-1].number if self.plan.headings else ""
        must = "should" not in anchor[2]
        made = Field(anchor[1], tidy(label), lines[0], number, int(by[1]) if by else None, must, lines[1])
        if self.plan.fields.setdefault(made.key, made) is not made:
            self._twice(lines[0], f"@{made.key}", self.plan.fields[made.key].line)

    def _text(self, content: str, line: int) -> None:
        """Collect ids, placeholders and links, and give them to the definitions around the text."""
        clean = blank(content)
        holders = [entry for entry in self.nested if entry.kind] + ([self.under[1]] if self.under else [])
        if not holders and (last := next(reversed(self.plan.entries.values()), None)) and last.line == line:
            holders = [last]  # the other cells of a table's row

        def found(pattern: re.Pattern[str]) -> Iterator[tuple[re.Match[str], int]]:
            return ((match, line + clean.count("\n", 0, match.start())) for match in pattern.finditer(clean))

        for match, at in found(ID):
            key = normal(match[1], match[2])
            self.plan.refs.append((key, at))
            for entry in holders:
                entry.refs.add(key)
        for match, at in found(ID_SUSPECT):
            fix = "ids have a hyphen and three digits or more: FR-001"
            self._suspect(at, match[0], f"`{match[0]}` looks like an id and is none", fix)
        for match, at in found(TODO):
            if self.seen.setdefault(match[1], at) != at:
                self._twice(at, f"TODO({match[1]})", self.seen[match[1]])
            for entry in holders:
                if match[1].startswith(entry.key.lower()):
                    entry.todo, entry.owner = True, match[2] or entry.owner
        if clean.count("TODO(") > len(TODO.findall(clean)):
            self._suspect(line, "TODO", "`TODO(` without a key", "write TODO(section.key) or TODO(section.key, @owner)")
        self.plan.links += [(match[1], at) for match, at in found(LINK)]
        for entry in holders:
            entry.body += content + "\n"

    # What needs the whole file

    def _value(self, each: Field, stops: list[int]) -> None:
        lines = self.plan.lines
        each.end = stops[min(bisect_left(stops, each.start), len(stops) - 1)]
        while each.end > each.start and not lines[each.end - 1].strip():
            each.end -= 1
        while each.start < each.end and not lines[each.start].strip():
            each.start += 1
        each.value = "".join(lines[each.start : each.end]).strip()
        clean = blank(each.value).strip()
        todos = TODO.findall(clean)
        each.owner = next((owner for _, owner in todos if owner), "")
        wrong = [key for key, _ in todos if key != each.key and not key.startswith((each.key + ".", each.key + "-"))]
        if wrong:
            message = f"TODO({wrong[0]}) stands under the label of {each.key}"
            self._suspect(each.start, each.key, message, "an answer may stand under the wrong label: look at both")
        elif NO_VALUE.fullmatch(clean):
            fix = f"write TODO({each.key}), TODO({each.key}, @owner) or the value"
            self._suspect(each.start, each.key, f"a bare `{clean}` is no value", fix)
        elif match := NOT_APPLICABLE.match(clean):
            each.state = "n/a" if match[1] else "open"
            if not match[1]:
                self._suspect(each.start, each.key, "`n/a` without a reason", "write n/a: reason")
        elif not todos and blank(each.value, code=False).strip():
            each.state = "filled"

    def _rest(self) -> None:
        """Give boxes without an id their phase; find what a reader takes for a box and the parser does not."""
        of_heading: dict[int, int] = {}
        for item in self.plan.items:
            if item.phase is not None:
                item.heading = next(
                    (h for h in self.plan.above(item.heading) if self.plan.says(h, item.phase)), item.heading
                )
                of_heading.setdefault(item.heading, item.phase)
        for item in (item for item in self.plan.items if not item.key):
            item.heading = next((h for h in self.plan.above(item.heading) if h in of_heading), -1)
            item.phase = of_heading.get(item.heading)
        conflict = False
        for number, line in enumerate(self.plan.lines):
            text = line.strip()
            if CONFLICT.match(line) or (conflict and text == "======="):
                conflict = True
                fix = "keep what is right of both sides and delete the marker lines"
                self._suspect(number, "conflict", f"`{text[:30]}`: a merge is not resolved", fix, "conflict-marker")
            elif number not in self.masked and number not in self.boxes and BOX_SUSPECT.match(text):
                fix = "write `- [ ] text`, `- [x] text` or `- [-] text — n/a: reason`, not indented like code"
                self._suspect(number, "box", f"`{text[:30]}` looks like a box and is none", fix)


def read_plan(text: str, file: str = "implementation.md") -> Plan:
    """Read a plan from its text; `file` is how findings name it."""
    return Reader(text, file).read(text)


def shown(path: Path, root: Path) -> str:
    """Name a path as findings do: from the root, with slashes."""
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def read_text(path: Path, root: Path) -> str:
    """Read a file, line ends as they are."""
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise PlanError(f"{shown(path, root)} is not UTF-8 at byte {error.start}: save it as UTF-8") from error
    except OSError as error:
        raise PlanError(f"{shown(path, root)} can't be read: {error.strerror}") from error


# ── Configuration ─────────────────────────────────────────────────────────────────────────────

CONFIG_FILE = "config/plan.toml"


@dataclass(slots=True)
class Layer:
    """A layer of the sources: where it stands and in which phase it is written."""

    phase: int
    folders: list[str]


@dataclass(slots=True)
class Waiver:
    """One exception: for what, why, until when."""

    rule: str
    where: str
    reason: str
    until: date
    used: bool = False


@dataclass(slots=True)
class Config:
    """config/plan.toml, and the values of what it leaves out."""

    strictness: str = "guard"
    plan: str = "implementation.md"
    testing_phase: int = 9
    checklist_section: int = 15
    sources: list[str] = field(default_factory=lambda: ["src"])
    tests: list[str] = field(default_factory=lambda: ["tests"])
    acceptance: list[str] = field(default_factory=lambda: ["*"])
    results: list[str] = field(default_factory=lambda: ["reports/**/*.xml"])
    contracts: list[str] = field(default_factory=lambda: [f"docs/api/*.{end}" for end in ("json", "yaml", "yml")])
    decisions: str = "docs/adr"
    first_decision: int = 1
    documents: list[str] = field(default_factory=lambda: ["docs/specs", "docs/adr"])
    schema: list[str] = field(default_factory=lambda: ["migrations"])
    accepted: str = "config/plan-accepted.json"
    layers: dict[str, Layer] = field(default_factory=dict)
    rules: dict[str, Level] = field(default_factory=dict)
    waivers: list[Waiver] = field(default_factory=list)

    def level(self, finding: Finding) -> Level:
        """Say which level counts: the rule's own setting, or what the strictness makes of it."""
        level, wanted = finding.level, self.rules.get(finding.rule)
        if wanted:
            raised = wanted == "error" and level == "warning"
            return wanted if raised or LEVELS.index(wanted) < LEVELS.index(level) else level
        too_strict = RULES[finding.rule][0] > STRICTNESS.index(self.strictness)
        return "warning" if level == "error" and too_strict else level


def read_config(root: Path) -> Config:
    """Read the configuration; a mistake in it is a PlanError that names the key."""
    config, path = Config(), root / CONFIG_FILE
    try:
        data = tomllib.loads(read_text(path, root).removeprefix("\ufeff")) if path.is_file() else {}
    except tomllib.TOMLDecodeError as error:
        raise PlanError(f"{CONFIG_FILE}: {error}") from error

    def demand(good: bool, key: str, wanted: str) -> None:
        if not good:
            raise PlanError(f"{CONFIG_FILE}: `{key}` must be {wanted}")

    texts = {str: "a text", int: "a number", list: "a list of texts", dict: "a table"}
    known = {each.name for each in fields(Config)}
    for key, value in data.items():
        demand(key in known, key, "taken out: nothing is called so")
        kind = type(getattr(config, key))
        right = type(value) is kind and (kind is not list or key == "waivers" or all(type(v) is str for v in value))
        demand(right, key, texts[kind])
        if key not in ("layers", "rules", "waivers"):
            setattr(config, key, value)
    demand(config.strictness in STRICTNESS, "strictness", "one of " + ", ".join(STRICTNESS))
    for name, layer in data.get("layers", {}).items():
        right = type(layer) is dict and {k: type(v) for k, v in layer.items()} == {"phase": int, "folders": list}
        demand(right, f"layers.{name}", '{ phase = 3, folders = ["…"] }')
        config.layers[name] = Layer(layer["phase"], [str(folder) for folder in layer["folders"]])
    for rule, level in data.get("rules", {}).items():
        demand(rule in RULES and level in LEVELS, f"rules.{rule}", f"one of {', '.join(LEVELS)}, for one of `rules`")
        lowered = RULES[rule][0] == ALWAYS and level != "error"
        demand(not lowered, f"rules.{rule}", "left alone: it can be waived for one place, not lowered")
        config.rules[rule] = level
    wanted = {"rule": str, "where": str, "reason": str, "until": date}
    for number, waiver in enumerate(data.get("waivers", []), start=1):
        right = type(waiver) is dict and {k: type(v) for k, v in waiver.items()} == wanted
        right = right and waiver["rule"] in RULES and all(str(value).strip() for value in waiver.values())
        demand(right, f"waivers[{number}]", 'rule = "…", where = "key, id or path", reason = "…", until = 2027-01-31')
        config.waivers.append(Waiver(**waiver))
    return config


# ── The project around the plan ───────────────────────────────────────────────────────────────

STATUSES = ("proposed", "accepted", "rejected", "deprecated", "superseded")
NOT_OURS = {"node_modules", "target", "build", "dist", "vendor", "coverage", "__pycache__"}
_JS = r"^[ \t]*(?:it|test)(?:\.\w+(?:\([^)\n]*\))?)*\(\s*(?P<q>['\"`])(?P<name>.*?)(?P=q)"
_JVM = r"@(?:\w*Test|Property)\b[^{};]*?\b(?:void|fun)\s+`?(?P<name>[^(`]+)`?\s*\("
# How each language writes a test, by suffix.
DECLARED = {
    ".py": r"^[ \t]*(?:async[ \t]+)?def[ \t]+(?P<name>test\w*)",
    ".go": r"^func[ \t]+(?P<name>(?:Test|Fuzz)(?!Main\b)\w*)[ \t]*\(",
    ".rs": r"#\[(?:\w+::)*(?:test|rstest)\b[^\]]*\]\s*(?:#[\[][^\]]*\]\s*)*(?:async\s+)?fn\s+(?P<name>\w+)",
    ".rb": r"^[ \t]*(?:def[ \t]+|(?:it|specify|scenario|test)[ \t(]+['\"])(?P<name>(?<=['\"]).*?(?=['\"])|test_\w+)",
    **dict.fromkeys((".ts", ".tsx", ".js", ".jsx", ".mts", ".mjs", ".dart"), _JS),
    **dict.fromkeys((".java", ".kt"), _JVM),
}
TEST_FILE = re.compile(r"(?:^|/)(?:tests?|specs?|__tests__)/|(?:^|[/_.-])(?:tests?|spec)[_.-][^/]*$|Tests?\.\w+$")
CASE = re.compile(r"(?:(?<![A-Za-z0-9])(?:TC|Tc|tc)|(?<=[a-z0-9])T[Cc])[-_ ]?(\d{3,})(?!\d)")
ASSERTS = re.compile(
    r"assert|expect|should|must|raise|throw|verif|check|require|ensure|fail|snapshot|\bt\.[EF]", re.IGNORECASE
)
GROUP = re.compile(r"^([ \t]*)(?:(?:public )?class|describe|context|RSpec|mod|group|pytestmark)\b.*$", re.MULTILINE)
MODEL = re.compile(r"\b(?:class|struct|interface|record|type|enum|model|object|trait)[ \t]+([A-Z]\w*)")


@dataclass(slots=True)
class Test:
    """A test as the sources have it, and what the last run said of it."""

    name: str
    file: str
    line: int
    cases: set[str]
    empty: bool = False
    outcome: str = ""


@dataclass(slots=True)
class Decision:
    """An architecture decision record."""

    number: int
    file: str
    title: str
    status: str = ""
    line: int = 1
    supersedes: set[int] = field(default_factory=set)
    superseded_by: set[int] = field(default_factory=set)

    @property
    def key(self) -> str:
        """The id as the decisions spell it."""
        return f"ADR-{self.number:04d}"


class Project:
    """The repository: its files, history, decisions, contracts, tests and results."""

    def __init__(self, root: Path, config: Config) -> None:
        """Look at nothing yet."""
        self.root = root
        self.config = config

    def git(self, *arguments: str) -> str | None:
        """Ask git; None where there is no git, no repository or no such revision."""
        command = ["git", "-C", str(self.root), "-c", "core.quotepath=off", *arguments]
        try:
            done = subprocess.run(command, capture_output=True, check=False)
        except OSError:
            return None
        return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None

    def exists(self, pattern: str) -> bool:
        """Say whether a path or a glob leads to something in the project."""
        pattern = pattern.removeprefix("./").strip("/")
        try:
            return (self.root / pattern).exists() or any(True for _ in self.root.glob(pattern))
        except (ValueError, NotImplementedError, OSError):  # not a pattern, or not a name that this system knows
            return False

    def text(self, path: str) -> str:
        """Read a file of the project; empty where there is none."""
        return read_text(self.root / path, self.root) if (self.root / path).is_file() else ""

    def files(self, folders: Iterable[str], suffixes: Iterable[str], *, tests: bool) -> Iterator[tuple[str, str]]:
        """Read tests or other files below folders, without what tools install or build: path, text."""
        wanted = tuple(suffixes)
        for folder in dict.fromkeys(folders):
            for top, names, files in os.walk(self.root / folder):
                names[:] = sorted(name for name in names if name not in NOT_OURS and not name.startswith("."))
                for path in (Path(top, name) for name in sorted(files) if name.endswith(wanted)):
                    name = shown(path, self.root)
                    if tests == bool(TEST_FILE.search(name)) or path.suffix == ".rs":  # Rust has tests in its sources
                        yield name, path.read_text("utf-8", "replace")

    def data(self, path: Path) -> dict[str, Any]:
        """Read a JSON or YAML file that holds a mapping; empty where there is none."""
        text = self.text(shown(path, self.root))
        try:
            if path.suffix == ".json":
                data = json.loads(text or "{}")
            else:
                import yaml

                data = yaml.safe_load(text)
        except Exception as error:  # also that of a module which may be missing
            raise PlanError(f"{shown(path, self.root)}: {' '.join(str(error).split())}") from error
        return data if isinstance(data, dict) else {}

    @cached_property
    def make_targets(self) -> set[str]:
        """Targets of the Makefile."""
        heads = re.findall(r"^([\w./ -]+?)\s*:(?![:=])", self.text("Makefile"), re.MULTILINE)
        return {name for head in heads for name in head.split()}

    @cached_property
    def answers(self) -> dict[str, Any]:
        """The answers that Copier recorded."""
        return self.data(self.root / ".copier-answers.yml")

    @cached_property
    def decisions(self) -> list[Decision]:
        """The decision records, by number."""
        paths = sorted((self.root / self.config.decisions).glob("[0-9]*-*.md"))
        found = [path for path in paths if re.match(r"\d{3,}-", path.name) and int(path.name.partition("-")[0])]
        return [read_decision(self.text(shown(path, self.root)), shown(path, self.root)) for path in found]

    @cached_property
    def endpoints(self) -> dict[tuple[str, str], str]:
        """Method and path of every operation in the contracts, and the file that has it."""
        found: dict[tuple[str, str], str] = {}
        for path in (path for pattern in self.config.contracts for path in sorted(self.root.glob(pattern))):
            routes = self.data(path).get("paths")
            for route, operations in routes.items() if isinstance(routes, dict) else ():
                for method in operations if isinstance(operations, dict) else ():
                    if ENDPOINT.fullmatch(f"{str(method).upper()} {route}"):
                        found[str(method).upper(), str(route)] = shown(path, self.root)
        return found

    @cached_property
    def tests(self) -> list[Test]:
        """Every test that is written, in any of the languages."""
        found: list[Test] = []
        for name, text in self.files(self.config.tests, DECLARED, tests=True):
            found += read_tests(text, name)
        return found

    @cached_property
    def results(self) -> list[Test]:
        """Every test in the JUnit files, with its outcome."""
        from xml.etree import ElementTree as ET

        found = []
        for path in (path for pattern in self.config.results for path in sorted(self.root.glob(pattern))):
            try:
                suites = ET.parse(path).getroot()  # the project's own tests wrote it
            except (ET.ParseError, OSError) as error:
                raise PlanError(f"{shown(path, self.root)} is no JUnit file: {error}") from error
            for case in suites.iter("testcase"):
                tags = {child.tag for child in case}
                outcome = "failed" if tags & {"failure", "error"} else "skipped" if "skipped" in tags else "passed"
                said = [case.get("name", ""), *(str(v) for node in case.iter("property") for v in node.attrib.values())]
                cases = {normal("TC", number) for number in CASE.findall(" ".join(said))}
                found.append(Test(said[0], "", 0, cases, outcome=outcome))
        return found


def read_decision(text: str, file: str) -> Decision:
    """Read a decision record: Nygard's headings, MADR's front matter or a `Status:` line."""
    lines = text.splitlines()
    title = next((line.lstrip("# ") for line in lines if line.startswith("# ")), "")
    decision = Decision(int(PurePosixPath(file).name.partition("-")[0]), file, title)
    for index, line in enumerate(lines):
        words = line.strip(" -*_#").replace("**", "")
        if not decision.status and re.match(r"status\b", words, re.IGNORECASE):
            following = (rest.strip(" -*_") for rest in lines[index + 1 :] if rest.strip())
            value = words[6:].strip(" :\"'*") or next(following, "")
            decision.status, decision.line = value.split(" ")[0].strip(".,;:").lower(), index + 1
        if match := re.search(r"\bsupersede([sd])(?: by)?\b(.*)", words, re.IGNORECASE):
            numbers = {int(a or b) for a, b in re.findall(r"\bADR-(\d+)|\b(\d{3,})-[\w-]+\.md", match[2])}
            (decision.supersedes if match[1].lower() == "s" else decision.superseded_by).update(numbers)
    return decision


def read_tests(text: str, file: str) -> list[Test]:
    """Find the tests of one file, with the test cases that their names, markers or groups carry."""
    lines = text.split("\n")
    declared = list(re.finditer(DECLARED[PurePosixPath(file).suffix], text, re.MULTILINE))
    groups = [(match.start(), len(match[1]), match[0]) for match in GROUP.finditer(text)]
    found, around = [], list[tuple[int, str]]()
    for number, match in enumerate(declared):
        while groups and groups[0][0] < match.start():
            _, depth, header = groups.pop(0)
            around = [(d, h) for d, h in around if d < depth or "pytestmark" in h] + [(depth, header)]
        first = text.count("\n", 0, match.start())
        last, line = text.count("\n", 0, match.end()), first
        indent = len(lines[line]) - len(lines[line].lstrip())
        while first:
            above = first - 1
            if lines[above].lstrip().startswith((")", "]", "}")):  # perhaps the end of a marker of several lines
                outer = re.compile(rf"[ \t]{{0,{indent}}}[^\s)\]}}]")
                above = next((n for n in range(above - 1, -1, -1) if outer.match(lines[n])), above)
            if not re.match(r"\s*(?:@|#|//|/?\*|\[)", lines[above]):
                break
            first = above
        named = lines[first : last + 1]
        named += [text for text in lines[last + 1 : last + 2] if re.match(r"\s*(?:\"\"\"|'''|#|//)", text)]
        named += [header for depth, header in around if depth < indent or "pytestmark" in header]
        body = text[match.end() : declared[number + 1].start() if number + 1 < len(declared) else len(text)]
        cases = {normal("TC", case) for case in CASE.findall("\n".join(named))}
        found.append(Test(match["name"].strip(), file, line + 1, cases, not ASSERTS.search(body)))
    return found


# ── The plan held against the project ─────────────────────────────────────────────────────────


@dataclass(slots=True)
class Phase:
    """A phase with its items and the fields that it needs."""

    number: int
    title: str
    line: int
    items: list[Item] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)
    gate: Item | None = None
    done: int = 0
    total: int = 0
    state: Literal["closed", "now", "waits"] = "waits"


@dataclass(slots=True)
class Traced:
    """A requirement, story or use case with what proves it."""

    key: str
    stories: list[str]
    cases: list[str]
    tests: list[str]
    outcome: str


class Model:
    """What plan and project say together; everything is computed once, when it is asked for."""

    def __init__(self, plan: Plan, project: Project) -> None:
        """Look at nothing yet."""
        self.plan = plan
        self.project = project
        self.config = project.config
        self._why: dict[int, str] = {}

    @cached_property
    def phases(self) -> list[Phase]:
        """The phases in order. The first whose gate is open is the one that the project is in."""
        found: dict[int, Phase] = {}
        for item in (item for item in self.plan.items if item.phase is not None):
            number = item.phase or 0
            if number not in found:
                heading = self.plan.headings[item.heading] if item.heading >= 0 else Heading(1, "", 0, "")
                found[number] = Phase(number, re.sub(r"^\w+\s+\d+\W*", "", tidy(heading.text)), heading.line)
            if item.gate:
                found[number].gate = item
            else:
                found[number].items.append(item)
        for each in self.plan.fields.values():
            if each.by in found:
                found[each.by].fields.append(each)
        before = True
        for phase in (phases := [found[number] for number in sorted(found)]):
            closed = phase.gate.box in ("done", "n/a") if phase.gate else not any(map(self.open, phase.items))
            phase.state = "closed" if closed else "now" if before else "waits"
            before = before and closed
            phase.total = len(phase.items) + len(phase.fields)
            phase.done = sum(not self.open(i) for i in phase.items) + sum(f.state != "open" for f in phase.fields)
        return phases

    @cached_property
    def current(self) -> int:
        """The phase that the project is in; one more than the last when all are closed."""
        last = self.phases[-1].number + 1 if self.phases else 0
        return next((phase.number for phase in self.phases if phase.state == "now"), last)

    def open(self, item: Item) -> bool:
        """Say whether an item is still to do."""
        return item.box == "open" if item.box else bool(self.why(item))

    def why(self, item: Item) -> str:
        """Say why an item is not done; empty when it is."""
        if item.box:
            return "its box is open" if item.box == "open" else ""
        if item.line not in self._why:
            self._why[item.line] = "it rests on itself"  # while it is computed
            looked, exists = self.evidence(item)
            missing = [f"{path} does not exist" for path in exists if not self.project.exists(path)]
            self._why[item.line] = "; ".join([*missing, *filter(None, map(self.look, looked))])
        return self._why[item.line]

    @staticmethod
    def evidence(item: Item) -> tuple[list[str], list[str]]:
        """Find what an item names after its last dash: things to look at, and `exists:` paths."""
        cuts = [match.end() for match in DASH.finditer(blank(item.text))]
        text = item.text[cuts[-1] :] if cuts else item.text
        if match := re.search(r"exists:\s*(.+)", text):
            spans = [span[2] for span in CODE_SPAN.finditer(match[1])]
            paths = spans or OWNER.sub("", match[1]).split(",")
            return [], [path.strip() for path in paths if path.strip()]
        spans = [match[2].strip() for match in CODE_SPAN.finditer(text)]
        return spans + [match[0] for match in ID.finditer(blank(text)) if match[1] == "TC"], []

    def look(self, evidence: str) -> str:
        """Say why this evidence does not hold; empty when it does."""
        if evidence.startswith("make "):
            missing = [target for target in evidence.split()[1:] if target not in self.project.make_targets]
            return f"the Makefile has no target {missing[0]}" if missing else ""
        if evidence.startswith("plan:"):
            terms = (self.predicate(*term.split()) for term in evidence[5:].split(",") if term.strip())
            return "; ".join(filter(None, terms))
        if match := ID.fullmatch(evidence):
            outcome = self.proved(normal(match[1], match[2]))
            return "" if outcome in ("passed", "written") else f"{evidence} is {outcome}"
        path, _, word = evidence.partition("#")
        if not self.project.exists(path):
            return f"{path} does not exist"
        return f"{path} does not contain {word}" if word and word not in self.project.text(path) else ""

    def predicate(self, name: str, *arguments: str) -> str:
        """Say why one term of `plan: …` does not hold; empty when it does."""
        plan = self.plan
        if name == "phase":
            items = [item for item in plan.items if str(item.phase) in arguments and not item.gate]
            missing = [item.key or tidy(item.text)[:30] for item in items if self.open(item)]
        elif name == "fields":
            early = [each for each in plan.fields.values() if each.must and each.by in (0, 1) and each.state == "open"]
            inside = tuple(f"{number}." for number in arguments)
            missing = [each.key for each in early if f"{each.section}.".startswith(inside)]
        elif name == "has":
            missing = [key for key in plan.of(*arguments) if plan.entries[key].todo]
            missing += [f"no {kind}" for kind in arguments if not plan.of(kind)]
        elif name == "traced":
            missing = [key for key in plan.of(*arguments) if not self.cases_of(key)]
        elif name == "decisions":
            missing = [finding.subject for finding in check_decisions(self)]
            missing += [] if self.project.decisions else ["no decision"]
        else:
            return f"`plan: {name}` is none of phase, fields, has, traced, decisions"
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        return f"open: {', '.join(missing[:3])}{more}" if missing else ""

    @cached_property
    def ties(self) -> dict[str, dict[str, None]]:
        """The test cases that name an entry, or that it names."""
        found: dict[str, dict[str, None]] = {}
        for key, entry in self.plan.entries.items():
            for ref in entry.refs:
                if entry.kind == "TC":
                    found.setdefault(ref, {})[key] = None
                elif ref.startswith("TC-") and ref in self.plan.entries:
                    found.setdefault(key, {})[ref] = None
        return found

    def cases_of(self, key: str) -> list[str]:
        """List the test cases that are tied to an entry."""
        return sorted(self.ties.get(key, {}))

    @cached_property
    def tests_of(self) -> dict[str, list[Test]]:
        """Tests by test case, each with its outcome of the last run."""
        by_name: dict[str, list[str]] = {}
        for result in self.project.results:
            for name in {result.name, re.split(r"[\[(]", result.name)[0], result.name.split(" > ")[-1]}:
                by_name.setdefault(name, []).append(result.outcome)
        for test in self.project.tests:
            test.outcome = worst(by_name.get(test.name, []))
        by_case: dict[str, list[Test]] = {}
        for test in (*self.project.tests, *self.project.results):
            for case in test.cases:
                by_case.setdefault(case, []).append(test)
        return by_case

    def proved(self, case: str) -> str:
        """Say how a test case stands: passed, failed, skipped, written (a test, no result) or missing."""
        tests = self.tests_of.get(case, [])
        return (worst([test.outcome for test in tests]) or "written") if tests else "missing"

    @cached_property
    def trace(self) -> list[Traced]:
        """Requirements, stories and use cases in the order of the plan."""
        rows = []
        for key in self.plan.of("FR", "NFR", "UC", "US"):
            refs = self.plan.entries[key].refs
            wanted = ("FR", "NFR", "UC") if key.startswith("US-") else ("US",)
            told = [one for one in self.plan.of(*wanted) if one in refs or key in self.plan.entries[one].refs]
            stories = [] if key.startswith("US-") else told
            tied = (self.cases_of(one) for one in (key, *(told if key.startswith("US-") else [])))
            cases = list(dict.fromkeys(case for found in tied for case in found))
            files = dict.fromkeys(test.file for case in cases for test in self.tests_of.get(case, []) if test.file)
            rows.append(Traced(key, stories, cases, list(files), worst(list(map(self.proved, cases))) or "missing"))
        return rows

    def came_later(self, text: str, gate: Item) -> bool:
        """Say whether `text` was not in the plan when this gate was closed: then an update brought it."""
        git, file, line = self.project.git, self.plan.file, gate.line + 1
        if (git("rev-parse", "--is-shallow-repository") or "true").strip() == "true":
            return True
        commit = (git("blame", "--porcelain", f"-L{line},{line}", "--", file) or "").split(" ")[0]
        if not commit.strip("0"):
            return not commit  # not committed yet: the gate is being closed now
        return text not in (git("show", f"{commit}:./{file}") or "")


def worst(outcomes: Sequence[str]) -> str:
    """Choose the outcome that counts when there are several."""
    order = ("failed", "missing", "skipped", "written", "passed")
    return next((outcome for outcome in order if outcome in outcomes), "")


def under(path: str, folders: Iterable[str]) -> bool:
    """Say whether a path is one of the folders (files, globs) or below one."""
    return any(path == f or path.startswith(f.rstrip("/") + "/") or fnmatch.fnmatch(path, f) for f in folders)


# ── Checks ────────────────────────────────────────────────────────────────────────────────────


def check_fields(model: Model) -> Iterator[Finding]:
    """Find open fields, and definitions that are still placeholders."""
    plan, gates = model.plan, {phase.number: phase.gate for phase in model.phases if phase.state == "closed"}
    for each in (each for each in plan.fields.values() if each.state == "open"):
        level: Level = "info"
        due = "no phase needs it" if each.by is None else f"phase {each.by} needs it, this is phase {model.current}"
        if each.by is not None and model.current >= each.by:
            gate = gates.get(each.by)
            late = gate is not None and model.came_later(f"@{each.key}", gate)
            level = "error" if each.must and not late else "warning"
        fix = f"write it below its label, or TODO({each.key}, @owner), or n/a: reason"
        yield plan.at("open-field", each.line, each.key, f"{DASH.split(each.label)[0]} is open: {due}", fix, level)
    for entry in plan.entries.values():
        if entry.todo:
            fix = f"write the {KINDS[entry.kind]} in place of its TODO"
            yield plan.at("open-field", entry.line, entry.key, f"{entry.key} is not written yet", fix, "info")


def check_phases(model: Model) -> Iterator[Finding]:
    """Find gates closed too early and phases out of order."""
    plan = model.plan
    for phase in model.phases:
        gate = phase.gate
        for item in filter(model.open, phase.items if gate and phase.state == "closed" else []):
            late = bool(gate and item.key) and model.came_later(f"**{item.key}", gate or item)
            message = f"phase {phase.number} is closed, {item.key or 'this box'} is not: {model.why(item)}"
            fix = f"do it, write `[-] … — n/a: reason`, or open P{phase.number}-GATE again"
            yield plan.at("gate-open", item.line, item.key or "box", message, fix, "warning" if late else "error")
        ticked = [item for item in (*phase.items, *([gate] if gate else [])) if item.box == "done"]
        if ticked and phase.number > model.current:
            message = f"phase {phase.number} has {len(ticked)} ticked while phase {model.current} is open"
            fix = f"close phase {model.current} first: `status` says what it needs"
            yield plan.at("phase-order", ticked[0].line, f"P{phase.number}", message, fix)


def check_items(model: Model) -> Iterator[Finding]:
    """Find ticks without what they claim, and automatic items without evidence."""
    plan = model.plan
    for item in plan.items:
        name, (looked, exists) = item.key or "box", model.evidence(item)
        if item.box == "done" and item.todo:
            message = f"{name} is ticked and its line says TODO"
            yield plan.at("ticked-not-done", item.line, name, message, "write what the TODO asks for, or open the box")
        for path in exists if item.box == "done" else ():
            if not model.project.exists(path):
                message = f"{name} is ticked and {path} does not exist"
                yield plan.at("ticked-not-done", item.line, name, message, "make the file, or open the box")
        if not item.box and not looked and not exists:
            fix = "give it a box, or end it with ` — checked by` and `make target`, a path in backticks or a TC id"
            yield plan.at("suspect-line", item.line, name, f"{name} has neither a box nor evidence", fix)
        if item.by is not None and model.current >= item.by and model.open(item):
            message = f"{name} is open, phase {item.by} needs it: {model.why(item)}"
            yield plan.at("open-field", item.line, name, message, "do it, or write `[-] … — n/a: reason`")


def check_references(model: Model) -> Iterator[Finding]:
    """Find ids that are defined nowhere, and decisions that were replaced."""
    plan, decisions = model.plan, {decision.number: decision for decision in model.project.decisions}
    for key, line in plan.refs:
        kind, _, number = key.partition("-")
        decision = decisions.get(int(number)) if kind == "ADR" else None
        if decision and decision.status == "superseded":
            by = ", ".join(f"ADR-{n:04d}" for n in sorted(decision.superseded_by)) or "the newer one"
            yield plan.at("superseded-decision", line, key, f"{decision.key} was superseded by {by}", f"refer to {by}")
        elif not decision and key not in plan.entries:
            where = model.config.decisions if kind == "ADR" else "the plan"
            fix = f"define it (`plan.py new`), or name a {KINDS[kind]} that is there"
            yield plan.at("unknown-reference", line, key, f"{key} is not defined in {where}", fix)


def check_links(model: Model) -> Iterator[Finding]:
    """Find links of the plan that lead nowhere."""
    plan, slugs = model.plan, set[str]()
    for heading in plan.headings:
        slug = re.sub(r"[^\w\- ]", "", re.sub(r"[*`]", "", heading.text).lower()).replace(" ", "-")
        slugs.add(next(s for n in range(len(plan.headings)) if (s := f"{slug}-{n}" if n else slug) not in slugs))
    from urllib.parse import unquote

    for target, line in plan.links:
        path, _, anchor = unquote(target).partition("#")
        folder = "" if path.startswith("/") else f"{PurePosixPath(plan.file).parent}/"
        if re.match(r"[a-z][a-z0-9+.-]*:|//", target, re.IGNORECASE):
            continue
        if path and not model.project.exists(folder + path):
            yield plan.at("broken-link", line, target, f"{path} does not exist", "mend the link or make the file")
        elif not path and anchor.lower() not in slugs:
            yield plan.at("broken-link", line, target, f"no heading is called #{anchor}", "mend the link")


def check_decisions(model: Model) -> Iterator[Finding]:
    """Find double numbers, odd statuses, one-sided supersedes, and what the index lacks."""
    by_number: dict[int, Decision] = {}
    for one in model.project.decisions:
        titled = re.match(r"(?:ADR[- ]?)?0*(\d+)\s*[.:–—-]", one.title)
        if (first := by_number.setdefault(one.number, one)) is not one:
            fix = "give the newer one the next free number"
            yield Finding("adr-number", one.file, 1, one.key, f"{first.file} has this number too", fix)
        elif titled and int(titled[1]) != one.number:
            message = f"the title says {titled[1]}, the file {one.number}"
            yield Finding("adr-number", one.file, 1, one.key, message, "make them the same")
        if one.status not in STATUSES:
            message = f"its status is {one.status!r}" if one.status else "it has no status"
            yield Finding("adr-status", one.file, one.line, one.key, message, f"one of {', '.join(STATUSES)}")
        elif (one.status == "superseded") != bool(one.superseded_by):
            fix = "a superseded decision says `Superseded by ADR-…`, and no other does"
            yield Finding("adr-supersedes", one.file, one.line, one.key, f"its status is {one.status}", fix)
    for one in by_number.values():
        for number in sorted(one.supersedes | one.superseded_by):
            newer, other = number in one.supersedes, by_number.get(number)
            if other is None:
                message = f"it names ADR-{number:04d}, which is not there"
                yield Finding("adr-supersedes", one.file, one.line, one.key, message, "name one that is there")
            elif one.number not in (other.superseded_by if newer else other.supersedes):
                message = f"it names {other.key}, which does not name it"
                fix = f"write `{'Superseded by' if newer else 'Supersedes'} {one.key}` in {other.file}"
                yield Finding("adr-supersedes", one.file, one.line, one.key, message, fix)
    index = f"{model.config.decisions}/README.md"
    lines = model.project.text(index).splitlines()
    for one in by_number.values():
        links = f"({PurePosixPath(one.file).name})", f"(./{PurePosixPath(one.file).name})"
        row = next(((n, text.lower()) for n, text in enumerate(lines, 1) if any(link in text for link in links)), None)
        said = [status for status in STATUSES if row and status in row[1]]
        if row is None or (said and one.status not in said):
            message = f"it is {one.status}, the index says {said[0]}" if said else "the index does not list it"
            yield Finding("adr-index", index, row[0] if row else 1, one.key, message, "`plan.py index`")


def check_contracts(model: Model) -> Iterator[Finding]:
    """Compare the plan's endpoints with the operations of the contracts."""
    plan, layers = model.plan, model.config.layers
    due = layers["interface"].phase if "interface" in layers else 6
    level: Level = "error" if model.current >= due else "info"
    planned: dict[tuple[str, str], str] = {}
    for key in plan.of("API"):
        entry = plan.entries[key]
        if match := ENDPOINT.search(entry.body):
            planned[match[1], shape(match[2])] = key
        elif not entry.todo:
            message, fix = f"{key} names no method and path", "write them: `GET /path`"
            yield plan.at("api-contract", entry.line, key, message, fix, "warning")
    written = {(method, shape(path)): (path, file) for (method, path), file in model.project.endpoints.items()}
    for (method, path), key in planned.items():
        if (method, path) not in written:
            message, fix = f"{method} {path} is in no contract", "add it to docs/api, or take it out of the plan"
            yield plan.at("api-contract", plan.entries[key].line, key, message, fix, level)
    for (method, path), (route, file) in written.items():
        if (method, path) not in planned:
            message = f"{method} {route} is not in the plan"
            fix = f'`plan.py new endpoint "{method} {route}"`, or take it out'
            yield Finding("api-contract", file, 1, f"{method} {route}", message, fix)


def shape(path: str) -> str:
    """Blot out the names of parameters: /users/{id}, /users/:id and /users/{user_id} are one path."""
    return re.sub(r"\{[^}]*\}|:\w+", "{}", path).rstrip("/") or "/"


def check_entities(model: Model) -> Iterator[Finding]:
    """Compare the plan's entities with the types of the domain layer, once that layer's phase has begun."""
    layer, plan = model.config.layers.get("domain"), model.plan
    if layer is None or model.current < layer.phase:
        return
    level: Level = "warning" if model.current > layer.phase else "info"
    declared, models = set[str](), dict[str, tuple[str, int]]()
    for name, text in model.project.files(layer.folders, (*DECLARED, ".prisma", ".graphql"), tests=False):
        stem = PurePosixPath(name).stem
        declared.add(plain(stem))
        for match in MODEL.finditer(text):
            declared.add(plain(match[1]))
            if re.fullmatch(r"models?|entit(?:y|ies)", stem, re.IGNORECASE):
                models[match[1]] = (name, text.count("\n", 0, match.start()) + 1)
    wanted = {plain(name): key for key in plan.of("ENT") if (name := entity_name(plan.entries[key].text))}
    for name, key in wanted.items():
        if name not in declared and not plan.entries[key].todo:
            message = f"{entity_name(plan.entries[key].text)} is no type of {', '.join(layer.folders)}"
            fix = "write the model, or take the entity out of the plan"
            yield plan.at("entity-model", plan.entries[key].line, key, message, fix, level)
    for name, (file, line) in models.items():
        if plain(name) not in wanted:
            fix = f'`plan.py new entity "{name}"`'
            yield Finding("entity-model", file, line, name, f"{name} is no entity of the plan", fix, "warning")


def plain(text: str) -> str:
    """Keep letters and digits only, to compare names."""
    return re.sub(r"[\W_]", "", text).casefold()


def entity_name(text: str) -> str:
    """Find the name behind the id: `**ENT-001** Order line — …`."""
    return re.split(r"\s[—–-]\s|[:(.,*\n]", re.sub(r"^\W*(?:ENT-\d+)?\W*", "", text))[0].strip(" *_`")


def check_trace(model: Model) -> Iterator[Finding]:
    """Find requirements without test cases, test cases without tests, tests without test cases."""
    plan = model.plan
    level: Level = "error" if model.current >= model.config.testing_phase else "warning"
    for key in plan.of("FR", "UC"):
        if not plan.entries[key].todo and not model.cases_of(key):
            fix = f'`plan.py new test "…" --for {key}`'
            yield plan.at("untested-requirement", plan.entries[key].line, key, f"{key} has no test case", fix, level)
    for key in plan.of("TC"):
        outcome = model.proved(key)
        if outcome == "missing" and not plan.entries[key].todo:
            fix = f"name its test after it: test_{key.lower().replace('-', '_')}_…, or “{key}” in a title or marker"
            yield plan.at("unproved-case", plan.entries[key].line, key, f"{key} is in no test", fix, level)
        elif outcome in ("failed", "skipped"):
            message, fix = f"{key} was {outcome} in the last run", "mend the test or what it tests"
            yield plan.at("failed-case", plan.entries[key].line, key, message, fix, level)
    unnamed: dict[str, list[Test]] = {}
    for test in model.project.tests:
        if not test.cases and under(test.file, model.config.acceptance):
            unnamed.setdefault(test.file, []).append(test)
        elif test.cases and test.empty:
            message = f"{test.name} names {', '.join(sorted(test.cases))} and asserts nothing"
            yield Finding("empty-test", test.file, test.line, test.name, message, "assert what it says", "warning")
        for case in sorted(test.cases - plan.entries.keys()):
            message, fix = f"{test.name} names {case}, which the plan does not define", "define it, or mend the name"
            yield Finding("unknown-reference", test.file, test.line, case, message, fix)
    for file, tests in unnamed.items():
        names = ", ".join(test.name for test in tests[:3]) + (" …" if tests[3:] else "")
        message = f"{len(tests)} tests name no test case: {names}"
        fix = "put the id into the name, a marker or a comment above it: TC-001"
        yield Finding("unnamed-test", file, tests[0].line, file, message, fix, level)


def check_records(model: Model) -> Iterator[Finding]:
    """Compare with what was recorded: acceptances, the table of the trace, the answers."""
    plan = model.plan
    for case, accepted in model.project.data(model.project.root / model.config.accepted).items():
        for key, digest in accepted.items() if isinstance(accepted, dict) and case in plan.entries else ():
            if key in plan.entries and fingerprint(plan.entries[key]) != digest:
                message, fix = f"{key} changed since {case} was accepted", f"look at it, then `plan.py accept {case}`"
                yield plan.at("accepted-changed", plan.entries[key].line, key, message, fix, "warning")
    start, end = plan.regions.get("trace", (0, 0))
    if end and not same_table("".join(plan.lines[start + 1 : end]), trace_table(model)):
        yield plan.at("trace-stale", start, "trace", "the table is not current", "`plan.py trace --write`", "warning")
    for fact in plan.facts:
        answer = model.project.answers.get(fact.answer)
        values = answer if isinstance(answer, list) else [("no", "yes")[answer] if isinstance(answer, bool) else answer]
        spans = [match[2] for match in CODE_SPAN.finditer(fact.value)]
        written = re.sub(r"\s*\([^()]*\)$", "", fact.value)
        said = spans or (written.split(",") if isinstance(answer, list) else [written])
        recorded = sorted(plain(str(value)) for value in values)
        # A name may itself end in brackets or hold code.
        if answer is not None and recorded not in (sorted(map(plain, said)), [plain(fact.value)]):
            message = f"{fact.label} differs from the recorded answer {answer!r}"
            fix = f"facts follow the answers: `copier update --data {fact.answer}=…`"
            yield plan.at("fact-edited", fact.line, fact.answer, message, fix, "warning")


def fingerprint(entry: Entry) -> str:
    """Make a mark that changes with the words of an entry, not with how they are wrapped."""
    import hashlib

    return hashlib.sha256(" ".join(COMMENT.sub(" ", entry.body).split()).encode()).hexdigest()[:12]


def check_history(model: Model) -> Iterator[Finding]:
    """Find sources that changed before the checklist before coding was complete."""
    plan, config = model.plan, model.config
    if (model.project.root / f"{plan.file}.rej").exists():
        message, fix = "an update left changes that did not fit", f"bring them into {plan.file} and delete the file"
        yield Finding("conflict-marker", f"{plan.file}.rej", 1, "conflict", message, fix)
    prefix = f"S{config.checklist_section}-"
    waits = [i for i in plan.items if (i.key.startswith(prefix) or i.key == "P0-GATE") and model.open(i)]
    if not waits:
        return
    paths = ("--", *config.sources, ".copier-answers.yml")
    log = model.project.git("log", "--no-merges", "--format=%x00%h %s", "--name-only", *paths)
    if log is None:
        message = "no git history: whether code came before the checklist was not looked at"
        yield plan.at("not-checked", waits[0].line, "git", message, level="info")
        return
    # A commit that changes the answers is Copier's: the first one, or an update.
    written = [commit.splitlines()[0] for commit in log.split("\0") if commit and ".copier-answers.yml" not in commit]
    changed = (model.project.git("status", "--porcelain", "--", *config.sources) or "").splitlines() if log else []
    if first := [*reversed(written), *(line[3:] for line in changed)][:1]:
        names = ", ".join(item.key for item in waits[:4])
        message = f"sources changed ({first[0]}) and the checklist before coding is open: {names}"
        yield plan.at("code-before-checklist", waits[0].line, "checklist", message, "fill the plan first, then code it")


CHECKS = (
    check_fields,
    check_phases,
    check_items,
    check_references,
    check_links,
    check_decisions,
    check_contracts,
    check_entities,
    check_trace,
    check_records,
    check_history,
)


def judge(findings: Iterable[Finding], config: Config, *, whole: bool = True) -> list[Finding]:
    """Give every finding the level that counts here, take out what is off, mark what is waived, sort."""
    today, judged = date.today(), list[Finding]()
    for finding in findings:
        finding.level = config.level(finding)
        for waiver in config.waivers if finding.level in ("warning", "error") else ():
            named = waiver.where in (finding.file, "*") or fnmatch.fnmatch(finding.subject, waiver.where)
            if waiver.rule == finding.rule and named:
                waiver.used = True
                if waiver.until >= today:
                    finding.level, finding.waived = "info", f"{waiver.reason} (until {waiver.until})"
        judged += [finding] if finding.level != "off" else []
    for waiver in config.waivers if whole else ():
        subject = f"{waiver.rule} {waiver.where}"
        if not waiver.used:
            message = f"{subject}: this waiver matches nothing"
            judged.append(Finding("waiver", CONFIG_FILE, 1, subject, message, "take it out", "info"))
        elif waiver.until < today:
            message = f"{subject}: this waiver ended on {waiver.until} ({waiver.reason})"
            judged.append(Finding("waiver", CONFIG_FILE, 1, subject, message, "mend what it covers", "warning"))
    return sorted(judged, key=lambda f: (-LEVELS.index(f.level), f.file, f.line, f.rule))


def findings_of(model: Model) -> list[Finding]:
    """Run every check."""
    found = [*model.plan.problems.values()]
    for check in CHECKS:
        found += check(model)
    return judge(found, model.config)


# ── Reports ───────────────────────────────────────────────────────────────────────────────────


def bar(done: int, total: int, width: int = 10) -> str:
    """Draw a progress bar, in ASCII where the terminal has no blocks."""
    filled = done * width // total if total else 0
    full, empty = ("█", "░") if "utf" in (sys.stdout.encoding or "").lower() else ("#", ".")
    return full * filled + empty * (width - filled)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Make a Markdown table."""
    cells = ([" ".join(text.split()).replace("|", "\\|") for text in row] for row in rows)
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *cells)) + "\n"


def report_findings(findings: list[Finding], config: Config, form: str, *, notes: bool = False) -> str:
    """Show findings as text, Markdown, JSON or annotations of a GitHub run."""
    groups = {level: [f for f in findings if f.level == level] for level in ("error", "warning", "info")}
    counts = {"blocking": len(groups["error"]), "warnings": len(groups["warning"]), "notes": len(groups["info"])}
    total = "{blocking} block, {warnings} don't, {notes} notes".format(**counts) + f" (strictness: {config.strictness})"
    if form == "json":
        listed = [asdict(finding) | {"blocks": finding.level == "error"} for finding in findings]
        return json.dumps({"strictness": config.strictness, **counts, "findings": listed}, indent=2) + "\n"
    if form == "github":
        lines = []
        for f in (*groups["error"], *groups["warning"]):
            text = f"{f.message}. {f.fix}".replace("%", "%25").replace("\n", "%0A")
            lines.append(f"::{f.level} file={f.file},line={f.line},title={f.rule}::{text}")
        return "\n".join([*lines, total]) + "\n"
    if form == "markdown":
        rows = [
            ("blocks" if f.level == "error" else "", f"`{f.file}:{f.line}`", f.rule, f"{f.message}. {f.fix}")
            for f in (*groups["error"], *groups["warning"])
        ]
        return f"{total}\n" + ("\n" + table(("", "Where", "Rule", "What"), rows) if rows else "")
    lines = []
    for level, title in (("error", "Blocks:"), ("warning", "Does not block:"), ("info", "Notes:" if notes else "")):
        lines += [title] if title and groups[level] else []
        for f in groups[level] if title else ():
            lines.append(f"  {f.file}:{f.line}: {f.rule}: {f.message}")
            lines += [f"      waived: {f.waived}" if f.waived else f"      {f.fix}"] if f.waived or f.fix else []
    rules = dict.fromkeys(finding.rule for finding in groups["error"])
    lines += ["Why these block:", *(f"  {rule}: {RULES[rule][1]}" for rule in rules)] if rules else []
    return "\n".join([*lines, total]) + "\n"


def status_of(model: Model, findings: list[Finding]) -> dict[str, Any]:
    """Put together everything that the status says."""
    plan, now = model.plan, next((phase for phase in model.phases if phase.state == "now"), None)
    open_fields = [each for each in plan.fields.values() if each.state == "open"]
    open_fields.sort(key=lambda each: 99 if each.by is None else each.by)
    entries = [entry for entry in plan.entries.values() if entry.todo]
    items = [item for item in plan.items if model.open(item)]
    owners: dict[str, int] = {}
    for owner in (thing.owner for group in (open_fields, entries, items) for thing in group):
        owners[owner] = owners.get(owner, 0) + 1

    # Phase 0 is the time to write what phase 1 needs; later that comes when the phase is done.
    def needed(last: int) -> list[tuple[int, str, str, str]]:
        return [(f.line, f.key, f.label, f.owner) for f in open_fields if f.by is not None and f.by <= last]

    todo = needed(max(model.current, 1))
    for item in filter(model.open, now.items if now else ()):
        reason = "" if item.box else f" ({model.why(item)})"
        text = OWNER.sub("", tidy(item.text).removeprefix(item.key)).strip()
        todo.append((item.line, item.key or "box", text + reason, item.owner))
    todo = todo or needed(model.current + 1)
    if now and now.gate and not todo:
        todo.append((now.gate.line, now.gate.key, "nothing is open: close the phase", now.gate.owner))
    phases = [
        {"number": p.number, "title": p.title, "line": p.line + 1, "state": p.state, "done": p.done, "total": p.total}
        for p in model.phases
    ]
    return {
        "title": tidy(next((heading.text for heading in plan.headings if heading.level == 1), plan.file)),
        "plan": plan.file,
        "strictness": model.config.strictness,
        "phase": model.current,
        "phases": phases,
        "filled": sum(each.state != "open" for each in plan.fields.values()),
        "open": {"fields": len(open_fields), "definitions": len(entries), "items": len(items)},
        "owners": dict(sorted(owners.items(), key=lambda pair: -pair[1])),
        "next": [{"line": line + 1, "key": key, "text": text, "owner": owner} for line, key, text, owner in todo],
        "blocking": sum(finding.level == "error" for finding in findings),
        "trace": [asdict(row) for row in model.trace],
    }


def status_words(status: dict[str, Any]) -> tuple[str, str]:
    """Say in one line each what is open, and whether something blocks."""
    opened, blocking = status["open"], status["blocking"]
    owners = ", ".join(f"{'@' + name if name else 'nobody'} {count}" for name, count in status["owners"].items())
    counts = "Open: {fields} fields, {items} items, {definitions} definitions".format(**opened)
    return (
        f"{counts}{f' ({owners})' if owners else ''}. Filled: {status['filled']} fields.",
        f"Findings that block: {blocking} (`plan.py check`)." if blocking else "Nothing blocks.",
    )


def report_status(status: dict[str, Any], form: str) -> str:
    """Show the status in a terminal or as Markdown."""
    words = {"closed": "closed", "now": "now", "waits": f"waits for {status['phase']}"}
    phases = [
        (str(p["number"]), p["title"], bar(p["done"], p["total"]), f"{p['done']}/{p['total']}", words[p["state"]])
        for p in status["phases"]
    ]
    steps = [
        f"{status['plan']}:{step['line']}: {step['key']}: {step['text']}"
        + (f" (@{step['owner']})" if step["owner"] else "")
        for step in status["next"]
    ]
    more = f"… and {len(steps) - 5} more" if len(steps) > 5 else ""
    if form == "markdown":
        rows = [(number, title, f"{drawn} {count}", state) for number, title, drawn, count, state in phases]
        listed = "\n".join(f"1. {step}" for step in steps[:5])
        parts = [f"### {status['title']}: phase {status['phase']}", table(("", "Phase", "Done", "State"), rows).strip()]
        return (
            "\n\n".join([*parts, *status_words(status), *([f"Next:\n\n{listed}", more] if steps else [])]).strip()
            + "\n"
        )
    wide = max((len(title) for _, title, *_ in phases), default=0)
    lines = [f"{status['title']}: phase {status['phase']} (strictness: {status['strictness']})", ""]
    lines += [f"  {n:>2}  {title:<{wide}}  {drawn}  {count:>7}  {state}" for n, title, drawn, count, state in phases]
    lines += ["", *status_words(status), *(["", "Next:"] if steps else []), *(f"  {step}" for step in steps[:5])]
    return "\n".join(lines + ([f"  {more}"] if more else [])) + "\n"


def trace_table(model: Model) -> str:
    """Show requirements with their test cases and tests; no results, so that it changes seldom."""
    rows = [
        (
            row.key,
            ", ".join(row.stories),
            ", ".join(row.cases) or "–",
            ", ".join(f"`{file}`" for file in row.tests) or "–",
        )
        for row in model.trace
    ]
    return table(("Requirement", "Stories", "Test cases", "Tests"), rows)


PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}: plan</title>
<style>
:root {{ --ink: #1d2430; --dim: #5d6878; --paper: #fff; --line: #d8dee6;
  --done: #1a7f4b; --now: #1f62c4; --bad: #b3261e; --warn: #8a5a00; --track: #eef1f5; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #e4e8ee; --dim: #9aa5b4; --paper: #14181e; --line: #333c48;
  --done: #4cc38a; --now: #76a9fa; --bad: #ff8a80; --warn: #e3b341; --track: #222933; }} }}
body {{ font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 68rem;
  margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.5rem; margin-bottom: .25rem; }} h2 {{ font-size: 1.1rem; margin-top: 2rem; }}
p {{ margin: .25rem 0; color: var(--dim); }} code {{ color: var(--dim); }}
.phases {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .5rem;
  padding: 0; list-style: none; }}
.phases li {{ border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .75rem; }}
.phases .now {{ border-color: var(--now); box-shadow: inset 0 0 0 1px var(--now); }}
.phases b, .phases small {{ display: block; }} small {{ color: var(--dim); }}
.track {{ height: .4rem; border-radius: .2rem; background: var(--track); margin: .4rem 0; overflow: hidden; }}
.track i {{ display: block; height: 100%; background: var(--now); }} .closed .track i {{ background: var(--done); }}
div:has(> svg) {{ overflow-x: auto; }}
svg {{ width: 100%; min-width: 48rem; height: auto; font: 13px system-ui, sans-serif; }}
svg text {{ fill: var(--ink); }}
svg rect {{ fill: var(--track); stroke: var(--line); }} svg path {{ fill: none; stroke: var(--dim); opacity: .5; }}
svg .passed rect {{ stroke: var(--done); }} svg .failed rect, svg .missing rect {{ stroke: var(--bad); }}
svg .skipped rect, svg .written rect {{ stroke: var(--warn); }}
svg .passed tspan {{ fill: var(--done); }} svg .failed tspan, svg .missing tspan {{ fill: var(--bad); }}
svg .skipped tspan, svg .written tspan {{ fill: var(--warn); }}
</style>
<h1>{title}</h1>
<p>{counts}</p>
<p>{verdict}</p>
<h2>Phases</h2>
<ol class="phases">
{phases}
</ol>
<h2>Next, {waiting} in all</h2>
<ol>
{steps}
</ol>
<h2>Requirements and their tests</h2>
{picture}
</html>
"""


def page(model: Model, status: dict[str, Any]) -> str:
    """Make the page: one file, no script, nothing from elsewhere."""
    from html import escape

    phases = "\n".join(
        f'<li class="{p["state"]}"><b>{p["number"]} {escape(p["title"])}</b>'
        f'<div class="track"><i style="width: {100 * p["done"] // (p["total"] or 1)}%"></i></div>'
        f"<small>{p['done']} of {p['total']} done, {p['state']}</small></li>"
        for p in status["phases"]
    )
    steps = "\n".join(
        f"<li><code>{escape(step['key'])}</code> {escape(step['text']).replace('`', '')}</li>"
        for step in status["next"][:12]
    )
    counts, verdict = (escape(words.replace("`", "")) for words in status_words(status))
    return PAGE.format(
        title=escape(status["title"]), counts=counts, verdict=verdict, phases=phases,
        waiting=len(status["next"]), steps=steps or "<li>Nothing.</li>", picture=picture_of(model),
    )  # fmt: skip


def picture_of(model: Model) -> str:
    """Draw stories, requirements and test cases in three columns, with a line where one names the other."""
    from html import escape

    plan, places, boxes = model.plan, dict[str, tuple[int, int]](), list[str]()
    rows = {row.key: row for row in model.trace}
    columns = (plan.of("US"), plan.of("FR", "NFR", "UC"), plan.of("TC"))
    for column, keys in enumerate(columns):
        for number, key in enumerate(keys):
            x, y = 10 + 345 * column, 10 + 36 * number
            places[key] = (x, y + 14)
            entry = plan.entries[key]
            outcome = "" if column == 0 else rows[key].outcome if key in rows else model.proved(key)
            words = tidy(entry.text).removeprefix(entry.key).strip(" :–—-")
            room = 36 - len(entry.key + outcome)
            label = escape(words if len(words) <= room else words[: room - 1] + "…")
            boxes.append(
                f'<g class="{outcome}"><title>{escape(f"{entry.key} {words}")}</title>'
                f'<rect x="{x}" y="{y}" width="290" height="28" rx="5"/>'
                f'<text x="{x + 8}" y="{y + 19}"><tspan>{entry.key} {outcome}</tspan> {label}</text></g>'
            )
    lines = [
        f'<path d="M{places[left][0] + 290} {places[left][1]} C{places[left][0] + 320} {places[left][1]} '
        f'{places[right][0] - 30} {places[right][1]} {places[right][0]} {places[right][1]}"/>'
        for left_column, right_column in (columns[:2], columns[1:])
        for left in left_column
        for right in right_column
        if left in plan.entries[right].refs or right in plan.entries[left].refs
    ]
    height = 20 + 36 * max(map(len, columns))
    return (
        f'<div><svg viewBox="0 0 1000 {height}">{"".join(lines + boxes)}</svg></div>' if boxes else "<p>None yet.</p>"
    )


# ── Writing into the plan ─────────────────────────────────────────────────────────────────────


def content_of(plan: Plan) -> tuple[Any, ...]:
    """Take what a reader of the plan sees, without line numbers: to prove that an edit changed one thing."""
    return (
        {key: each.value.replace("\r", "") for key, each in plan.fields.items()},
        [(item.key, item.text, item.box) for item in plan.items],
        {key: entry.body.split() for key, entry in plan.entries.items()},
        [heading.text for heading in plan.headings],
        sorted(plan.regions),
        sorted((problem.rule, problem.subject) for problem in plan.problems.values()),
    )


def write(path: Path, text: str) -> None:
    """Replace a file in one step, so that a run that is killed leaves the old or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path = path.resolve()
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(text.encode())
    if path.exists():
        fresh.chmod(path.stat().st_mode)
    fresh.replace(path)


def replace_lines(plan: Plan, start: int, end: int, lines: list[str]) -> Plan:
    """Put lines in place of plan.lines[start:end], with the file's own line ends; nothing is written yet."""
    newline = next((ending for line in plan.lines if (ending := line[len(line.rstrip("\r\n")) :])), "\n")
    before, after = list(plan.lines[:start]), plan.lines[end:]
    if before and not before[-1].endswith(("\n", "\r")):
        before[-1] += newline
    return read_plan("".join([*before, *(line + newline for line in lines), *after]), plan.file)


def save(model: Model, plan: Plan) -> None:
    """Write a changed plan and go on with it."""
    write(model.project.root / plan.file, "".join(plan.lines))
    model.plan = plan


def same_table(one: str, other: str) -> bool:
    """Compare two tables, however a formatter has aligned them."""
    return re.sub(r"-{3,}", "---", one).split() == re.sub(r"-{3,}", "---", other).split()


def write_table(root: Path, plan: Plan, region: str, fresh: str) -> None:
    """Renew the table between two anchors; refuse to overwrite anything else that stands there."""
    if region not in plan.regions:
        anchors = f"<!-- {region} --> and <!-- /{region} -->"
        raise RefusedError(f"{plan.file} has no place for the table: write {anchors} where it should stand")
    start, end = plan.regions[region]
    old = plan.lines[start + 1 : end]
    if same_table("".join(old), fresh):
        return
    changed = replace_lines(plan, start + 1, end, ["", *fresh.splitlines(), ""])
    lost = next((line for line in old if line.strip() and line.strip()[0] != "|"), "")
    if lost or content_of(plan)[:5] != content_of(changed)[:5]:
        raise RefusedError(f"{plan.file}:{start + 1}: more than the table stands there: move it out. {lost.strip()}")
    write(root / plan.file, "".join(changed.lines))


def answer_field(model: Model, each: Field, value: str) -> None:
    """Write the value of one field; refuse what would change anything else."""
    following = "".join(model.plan.lines[each.start : each.start + 1]).strip()
    blanks = ([""], [""] if following else []) if each.start == each.end else ([], [])
    plan = replace_lines(model.plan, each.start, each.end, [*blanks[0], *value.split("\n"), *blanks[1]])
    old, new = content_of(model.plan), content_of(plan)
    old[0][each.key] = value.strip()
    if old[:5] != new[:5] or [problem for problem in new[5] if problem not in old[5]]:
        raise RefusedError(f"`{value.splitlines()[0][:40]}` would be read as a part of the plan, not as a value")
    save(model, plan)


# ── A plan without our markup ─────────────────────────────────────────────────────────────────

LABEL = re.compile(r"([^:?`]{1,60}(?::(?=\s|$)|\?))\s*(.*)", re.DOTALL)
HINT = re.compile(r"\(.*\)|[^/.]+(?: / [^/.]+){2,}|…|\.{3}|%.*", re.DOTALL)  # the seed's examples, not answers
WRITTEN = (  # how the seed writes a definition
    ("FR", re.compile(r"Feature \d+(?=:)", re.IGNORECASE)),
    ("US", re.compile(r"(?=As an? )", re.IGNORECASE)),
    ("ENT", re.compile(r"Entity(?=:)", re.IGNORECASE)),
    ("API", re.compile(r"Endpoint(?=:)", re.IGNORECASE)),
)


class Adopter:
    """Bring a plan with headings, `- Label: value` lines and boxes into the format."""

    def __init__(self, text: str) -> None:
        """Take the text out of the fence and the indentation in which it may stand."""
        lines = [line.removeprefix("    ") for line in text.splitlines()] if "\n    # " in text else text.splitlines()
        start = next((n for n, line in enumerate(lines) if re.fullmatch(r"```(?:md|markdown)\s*", line)), 0)
        ends = [number for number, line in enumerate(lines) if line.rstrip() == "```" and number > start]
        if start and ends:  # an even number of fences: the last one closes what stands around ours
            lines = lines[start + 1 : ends[-1 if len(ends) % 2 else -2]]
        numbered = re.compile(rf"\b({_KIND})-(\d{{1,2}})(?!\d)")
        self.lines = [numbered.sub(lambda match: normal(match[1], match[2]), line.rstrip()) for line in lines]
        self.out: list[str] = []
        self.used: dict[str, int] = {}  # how often a key, or how far the numbers of a kind
        self.section = self.number = ""
        self.phase: tuple[int, str] | None = None  # level of its heading, number
        self.region = ""

    def run(self) -> str:
        """Give the text in the format."""
        from markdown_it import MarkdownIt
        from markdown_it.tree import SyntaxTreeNode

        tokens = MarkdownIt("commonmark").enable("table").parse("\n".join(self.lines))
        for node in SyntaxTreeNode(tokens).children:
            if node.type in ("bullet_list", "ordered_list"):
                for item in node.children:
                    self._item(item)
                self._list("")
            elif node.type == "heading":
                self._heading(node)
            elif node.type != "hr":
                self._put(*self._source(node))
        self._gate(0)
        return "\n".join(self.out).strip() + "\n"

    def _source(self, node: Any, *, inner: bool = False) -> list[str]:
        start, end = node.map
        lines = self.lines[start + inner : end]
        indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
        return [line[indent:] for line in lines]

    def _put(self, *lines: str) -> None:
        while lines and not lines[-1].strip():
            lines = lines[:-1]
        self.out += [*lines, ""] if lines else []

    def _next(self, name: str) -> int:
        self.used[name] = self.used.get(name, 0) + 1
        return self.used[name]

    def _heading(self, node: Any) -> None:
        level, text = int(node.tag[1:]), node.children[0].content
        self._gate(level)
        number = re.match(r"(\d+)(?:\.\d+)*", text)
        self.number = number[1] if number else self.number
        self.section = re.sub(r"[\W_]+", "-", re.sub(r"^[\d.\s]+", "", text).lower()).strip("-") or "plan"
        if match := re.match(r"\W*phase\s+(\d+)", text, re.IGNORECASE):
            self.phase = (level, match[1])
        kind, defined = self._definition(text)
        if kind:
            self.section = defined.lower()
            text = f"**{defined}** {text.partition(':')[2].strip()}"
        self._put("#" * level + " " + text)

    def _gate(self, level: int) -> None:
        if self.phase and level <= self.phase[0]:
            key = f"P{self.phase[1]}-GATE"
            self._put(f"<!-- {key} -->", "", f"- [ ] **{key}** Phase {self.phase[1]} closed")
            self.phase = None

    def _definition(self, text: str) -> tuple[str, str]:
        """Find the kind and the id of what an item or a heading of the seed defines."""
        if match := re.match(rf"({_KIND})-\d{{3,}}(?=:|$)", text):
            return match[1], match[0]
        kind = next((kind for kind, pattern in WRITTEN if pattern.match(text)), "")
        return kind, normal(kind, self._next(kind)) if kind else ""

    def _item(self, node: Any) -> None:
        content = node.children[0].children[0].content if node.children and node.children[0].children else ""
        nested = [item for child in node.children[1:] if child.type.endswith("_list") for item in child.children]
        first, *more = re.split(r"\s+-\s+(?=[\[][ xX]\])", content)
        box = BOX.match(first)
        text = first[box.end() :] if box else first
        label = LABEL.fullmatch(tidy(text))
        kind, key = ("", "") if box or self.phase else self._definition(tidy(text))
        hinted = label and (not label[2] or HINT.fullmatch(label[2]))
        if kind:
            self._define(kind, key, node, tidy(text))
        elif more or (nested and (self.phase or box or all(self._labelled(item) for item in nested))):
            self._list("")
            self._put(f"**{tidy(text).rstrip(':')}**")
            for part in more:
                self._box("x" if part[1] in "xX" else " ", part[3:].strip())
            for item in nested:
                self._item(item)
        elif label and (hinted if box or self.phase else True):
            self._list("")
            self._field(label[1], label[2], self._source(node, inner=True) if nested else [])
        elif box or self.phase:
            self._box("x" if box and box[1] in "xX" else " ", text)
        else:
            self._list("")
            self._put("- " + content, *("  " + line for line in self._source(node, inner=True)))

    @staticmethod
    def _labelled(node: Any) -> bool:
        content = node.children[0].children[0].content if node.children and node.children[0].children else ""
        return bool(LABEL.fullmatch(content))

    def _box(self, mark: str, text: str) -> None:
        prefix = f"P{self.phase[1]}" if self.phase else f"S{self.number}"
        key = f"{prefix}-{self._next(prefix):02d}"
        self._put(f"<!-- {key} -->", "", f"- [{mark}] **{key}** {text}")

    def _field(self, label: str, value: str, nested: list[str]) -> None:
        name = re.sub(r"[^a-z0-9]+", "-", re.sub(r"\(.*?\)", "", label).lower()).strip("-") or "field"
        key = f"{re.sub(r'[^a-z0-9-]', '', self.section).strip('-') or 'plan'}.{name}"
        key = f"{key}-{count}" if (count := self._next(key)) > 1 else key
        hint = HINT.fullmatch(value)
        answered = [*([value] if value and not hint else []), *nested]
        only_hints = not answered or all(not line.strip() or HINT.fullmatch(line.strip(" -*")) for line in answered)
        said = [value] * bool(hint) + [line.strip(" -*") for line in nested if only_hints and line.strip()]
        hint_text = f" — {'; '.join(said)}" if said else ""
        self._put(f"**{label.rstrip(':')}**{hint_text} <!-- @{key} -->")
        self._put(*([f"TODO({key})"] if only_hints else answered))

    def _define(self, kind: str, key: str, node: Any, text: str) -> None:
        self._list(f"yours:{kind.lower()}")
        body = text if kind == "US" else text.partition(":")[2].strip()
        nested = [f"  {line}" if line else "" for line in self._source(node, inner=True)]
        said = any(re.search(r":\s*\w", line) for line in nested) or (body and kind != "ENT" and "[" not in body)
        body = body or (text.partition(":")[0] if kind == "FR" else "")
        self._put(f"- **{key}** {body}".rstrip() + ("" if said else f" TODO({key.lower()})"), *nested)

    def _list(self, name: str) -> None:
        """Close the list that is open and open another, each only once."""
        if name == self.region:
            return
        if self.region:
            self._put(f"<!-- /{self.region} -->")
        self.region = name if name and self._next(name) == 1 else ""
        if self.region:
            self._put(f"<!-- {self.region} -->")


def command_adopt(arguments: argparse.Namespace) -> int:
    """Bring a plan without this markup into the format, or its answers into the plan that is there."""
    root: Path = arguments.root
    config = read_config(root)
    target, fresh = root / config.plan, Adopter(read_text(arguments.file, root)).run()
    if not target.is_file() or target.samefile(arguments.file):
        write(target, fresh)
        return 0
    model, old, left = load(arguments), read_plan(fresh, shown(arguments.file, root)), list[str]()
    for each in (each for each in old.fields.values() if each.state == "filled"):
        name = plain(re.sub(r"\(.*?\)", "", DASH.split(each.label)[0]))
        alike = [f for f in model.plan.fields.values() if plain(re.sub(r"\(.*?\)", "", DASH.split(f.label)[0])) == name]
        alike = [f for f in alike if f.section == each.section] or alike
        if len(alike) == 1 and alike[0].state == "open":
            answer_field(model, alike[0], each.value)
        else:
            left.append(f"{each.label}: {each.value}")
    left += [f"{entry.key} {tidy(entry.text)}" for entry in old.entries.values() if not entry.todo]
    left += [f"[x] {tidy(item.text)}" for item in old.items if item.box == "done"]
    for line in left:
        sys.stdout.write(f"not taken over: {' '.join(line.split())}\n")
    return int(bool(left))


# ── Commands ──────────────────────────────────────────────────────────────────────────────────


def load(arguments: argparse.Namespace) -> Model:
    """Read configuration and plan."""
    root: Path = arguments.root
    config = read_config(root)
    config.results = getattr(arguments, "results", None) or config.results
    if not (root / config.plan).is_file():
        raise PlanError(f"there is no {config.plan} in {root}: `plan` in {CONFIG_FILE} says where it is")
    return Model(read_plan(read_text(root / config.plan, root), config.plan), Project(root, config))


def command_check(arguments: argparse.Namespace) -> int:
    """Say what is wrong; exit code 1 when something blocks."""
    model = load(arguments)
    findings = findings_of(model)
    sys.stdout.write(report_findings(findings, model.config, arguments.form, notes=arguments.notes))
    return int(any(finding.level == "error" for finding in findings))


def command_status(arguments: argparse.Namespace) -> int:
    """Say where the project stands and what comes next."""
    model = load(arguments)
    status = status_of(model, findings_of(model))
    if arguments.html:
        write(arguments.html, page(model, status))
    as_json = arguments.form == "json"
    sys.stdout.write(json.dumps(status, indent=2) + "\n" if as_json else report_status(status, arguments.form))
    return 0


def command_trace(arguments: argparse.Namespace) -> int:
    """Say which requirement is untested and which test proves nothing; exit code 1 when that blocks."""
    model = load(arguments)
    if arguments.write:
        write_table(model.project.root, model.plan, "trace", trace_table(model))
        return 0
    findings = judge(check_trace(model), model.config, whole=False)
    proofs = {key: model.proved(key) for key in model.plan.of("TC")}
    if arguments.form == "json":
        data = json.loads(report_findings(findings, model.config, "json"))
        data |= {"requirements": [asdict(row) for row in model.trace], "cases": proofs}
        sys.stdout.write(json.dumps(data, indent=2) + "\n")
    else:
        if arguments.form != "github":
            rows = [
                (
                    row.key,
                    ", ".join(row.stories),
                    ", ".join(f"{case} {proofs[case]}" for case in row.cases),
                    row.outcome,
                )
                for row in model.trace
            ]
            sys.stdout.write(table(("Requirement", "Stories", "Test cases", "Result"), rows) + "\n")
        sys.stdout.write(report_findings(findings, model.config, arguments.form))
    return int(any(finding.level == "error" for finding in findings))


def command_rules(arguments: argparse.Namespace) -> int:
    """List the rules, and from which strictness on each blocks."""
    rules = {name: {"blocks_from": STRICTNESS[tier], "why": why} for name, (tier, why) in RULES.items()}
    lines = [f"{name:<22} {rule['blocks_from']:<8} {rule['why']}\n" for name, rule in rules.items()]
    sys.stdout.write(json.dumps(rules, indent=2) + "\n" if arguments.form == "json" else "".join(lines))
    return 0


def command_guard(arguments: argparse.Namespace) -> int:
    """Hold a change against the plan: what is staged, or the commits of a pull request."""
    model = load(arguments)
    git, config = model.project.git, model.config
    if arguments.base:
        log = git("log", "--no-merges", "--format=%x00%B%x01", "--name-only", "--relative", f"{arguments.base}..HEAD")
        if log is None:
            raise PlanError(f"git does not know {arguments.base}: fetch it, with its history")
        commits = [commit.partition("\x01") for commit in log.split("\0")[1:]]
    else:
        names = git("diff", "--cached", "--name-only", "--relative")
        if names is None:
            raise PlanError("this is no git repository")
        names = names if git("rev-parse", "--verify", "--quiet", "HEAD") else ""  # the first commit is the template's
        message = read_text(arguments.message_file, model.project.root) if arguments.message_file else ""
        commits = [(message, "", names)]
        if staged := git("show", f":./{config.plan}"):
            model.plan = read_plan(staged, config.plan)
    touched, judged = set[str](), set[str]()
    for message, _, names in commits:
        files = set(names.splitlines()) - {""}
        touched |= files
        if not re.search(r"^Plan-Exception:\s*\S.*\S", message, re.MULTILINE) and ".copier-answers.yml" not in files:
            judged |= {file for file in files if not TEST_FILE.search(file) and not file.endswith(".md")}
    findings = []
    for name, layer in config.layers.items():
        inside = sorted(file for file in judged if under(file, layer.folders))
        if inside and layer.phase > model.current:
            message = (
                f"the {name} layer changed (files: {len(inside)}), its phase is {layer.phase}, this is {model.current}"
            )
            fix = f"close phase {model.current} first: `plan.py status` says what it needs"
            findings.append(Finding("phase-not-begun", inside[0], 1, name, message, fix))
    domain = config.layers["domain"].folders if "domain" in config.layers else []
    binding = sorted(file for file in judged if under(file, [*domain, *config.contracts, *config.schema]))
    if binding and not any(under(file, [config.plan, *config.documents]) for file in touched):
        message = (
            f"domain, API or schema changed (files: {len(binding)}) and neither plan nor specification nor decision"
        )
        fix = f"say in {config.plan}, {' or '.join(config.documents)} what changes for the requirements"
        strict: Level = "error" if arguments.base or config.strictness == "enforce" else "warning"
        findings.append(Finding("unplanned-change", binding[0], 1, binding[0], message, fix, strict))
    findings = judge(findings, config, whole=False)
    sys.stdout.write(report_findings(findings, config, arguments.form))
    if findings and arguments.form == "text":
        sys.stdout.write("A change that is right all the same says why, in its message: Plan-Exception: reason\n")
    return int(any(finding.level == "error" for finding in findings))


def command_accept(arguments: argparse.Namespace) -> int:
    """Record that test cases prove their requirements as these are written now."""
    model = load(arguments)
    path = model.project.root / model.config.accepted
    accepted = model.project.data(path)
    for case in arguments.cases or model.plan.of("TC"):
        if case not in model.plan.of("TC"):
            raise RefusedError(f"{case} is no test case of {model.plan.file}")
        if model.proved(case) not in ("passed", "written"):
            raise RefusedError(f"{case} is {model.proved(case)}: only what a test proves can be accepted")
        keys = [key for key in model.plan.of("FR", "NFR", "UC", "US") if case in model.cases_of(key)]
        accepted[case] = {key: fingerprint(model.plan.entries[key]) for key in keys}
    lines = [f"  {json.dumps(case)}: {json.dumps(accepted[case], sort_keys=True)}" for case in sorted(accepted)]
    write(path, "{\n" + ",\n".join(lines) + "\n}\n")
    return 0


def filled_in(each: Field, answer: str) -> str:
    """Put an answer in the place of a field's TODO and its hint; what else the value says stays."""
    owner = bool(re.fullmatch(r"@[\w.-]+", answer))
    text = f"TODO({each.key}, {answer})" if owner else answer
    place = re.compile(rf"TODO\({re.escape(each.key)}(?:,[^)]*)?\){'' if owner else '.*'}")
    value = each.value.replace("\r\n", "\n")
    return place.sub(lambda _: text, value, count=1) if each.state == "open" and place.search(value) else text


def command_fill(arguments: argparse.Namespace) -> int:
    """Ask for the open fields, one after another; every answer is written at once, so leave when you like."""
    model = load(arguments)
    wanted = [each for each in model.plan.fields.values() if each.state == "open"]
    unknown = set(arguments.keys) - model.plan.fields.keys()
    if unknown:
        raise RefusedError(f"{model.plan.file} has no field {min(unknown)}")
    if arguments.keys:
        wanted = [model.plan.fields[key] for key in dict.fromkeys(arguments.keys)]
    wanted.sort(key=lambda each: 99 if each.by is None else each.by)
    sys.stdout.write("Enter: skip · n/a: reason · @name: hand it over · \\ at the end: one more line · q: leave\n")
    for number, each in enumerate(wanted, start=1):
        sys.stdout.write(f"\n{number} of {len(wanted)}, section {each.section}: {each.label}\n")
        sys.stdout.write(f"{each.value}\n" if TODO.sub("", each.value).strip() else "")
        while True:
            try:
                value = input(f"{each.key}> ").strip()
                while value.endswith("\\"):
                    value = f"{value[:-1].rstrip()}\n{input('… ').rstrip()}"
            except (EOFError, KeyboardInterrupt):
                value = "q"
            if value in ("q", ""):
                break
            try:
                answer_field(model, model.plan.fields[each.key], filled_in(model.plan.fields[each.key], value))
                break
            except RefusedError as error:
                sys.stdout.write(f"{error}\n")
        if value == "q":
            break
    left = sum(each.state == "open" for each in model.plan.fields.values())
    sys.stdout.write(f"\n{left} fields are open.\n")
    return 0


NEW = {
    "adr": "ADR", "requirement": "FR", "quality": "NFR", "story": "US", "usecase": "UC", "test": "TC",
    "endpoint": "API", "entity": "ENT", "threat": "THR",
}  # fmt: skip


def command_new(arguments: argparse.Namespace) -> int:
    """Add a requirement, a test case, a decision … with the next free number, written like its neighbours."""
    model = load(arguments)
    plan, kind = model.plan, NEW[arguments.kind]
    text = " ".join(" ".join(arguments.text).split())
    if missing := [key for key in arguments.to if key not in plan.entries]:
        raise RefusedError(f"{missing[0]} is not defined in {plan.file}")
    if kind == "ADR":
        return new_decision(model, text or "What is decided", arguments.supersedes)
    used = [*plan.entries, *(key for key, _ in plan.refs)]
    number = 1 + max([int(key.partition("-")[2]) for key in used if key.startswith(f"{kind}-")], default=0)
    key = normal(kind, number)
    if kind == "API" and (match := ENDPOINT.match(text)):
        text = f"`{match[0]}`{text[match.end() :]}"
    link = f" ({'covers ' if kind == 'TC' else ''}{', '.join(arguments.to)})" if arguments.to else ""
    start, end = plan.regions.get(f"yours:{kind.lower()}", (-1, -1))
    mates = [plan.entries[mate] for mate in plan.of(kind)]
    mates = [mate for mate in mates if start < mate.line < end] or mates
    if not mates and end < 0:
        lists = f"<!-- yours:{kind.lower()} --> and <!-- /yours:{kind.lower()} -->"
        raise RefusedError(f"{plan.file} has no list for it: write {lists} where it should stand")
    body, at = f"{text or f'TODO({key.lower()})'}{link}", end
    lines = [f"- **{key}** {body}", ""]
    if mates:
        last, first = mates[-1], plan.lines[mates[-1].line]
        at = last.end
        while not plan.lines[at - 1].strip():
            at -= 1
        loose = any(not plan.lines[mate.line - 1].strip() for mate in mates[1:]) or first.startswith("#")
        bullet = BULLET.match(first)
        if first.lstrip().startswith("|"):
            lines = [f"| **{key}** | {body} |" + " |" * (first.count("|") - 3)]
        else:
            head = bullet[0] if bullet else "#" * (len(first) - len(first.lstrip("#"))) + " "
            lines = [""] * loose + [f"{head}**{key}** {body}"]
    elif plan.lines[at - 1].strip():
        lines = ["", *lines]
    changed = replace_lines(plan, at, at, lines)
    spoilt = len(changed.problems) > len(plan.problems) or changed.fields.keys() != plan.fields.keys()
    if spoilt or key not in changed.entries:
        raise RefusedError(f"`{text[:40]}` can't stand there: it would be read as something else")
    save(model, changed)
    sys.stdout.write(f"{plan.file}:{changed.entries[key].line + 1}: {key}\n")
    return 0


DECISION = """---
status: proposed
---

# ADR-NNNN: What is decided, as a short sentence

## Context and Problem Statement

What makes a decision necessary now.

## Decision Outcome

Chosen option: "…", because …

### Consequences

- What becomes easier, what becomes harder, what has to be done now
"""


def new_decision(model: Model, title: str, supersedes: list[str]) -> int:
    """Write the file of a new decision, mark those that it replaces, and list it."""
    project, folder, first = model.project, model.config.decisions, model.config.first_decision
    known = {decision.key: decision for decision in project.decisions}
    replaced = [f"ADR-{int(key.removeprefix('ADR-')):04d}" for key in supersedes if re.fullmatch(r"(?:ADR-)?\d+", key)]
    if unknown := [key for key in supersedes if not re.fullmatch(r"(?:ADR-)?\d+", key)] or set(replaced) - known.keys():
        raise RefusedError(f"{folder} has no {min(unknown)}")
    number = max([first, *(decision.number + 1 for decision in known.values())])
    key, slug = f"ADR-{number:04d}", re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:50].strip("-")
    name = f"{number:04d}-{slug or 'decision'}.md"
    text = re.sub(
        r"(?m)^# .*", lambda _: f"# {key}: {title}", project.text(f"{folder}/0000-template.md") or DECISION, count=1
    )
    notes = [f"Supersedes [{old}]({PurePosixPath(known[old].file).name})" for old in replaced]
    write(project.root / folder / name, below_title(text, notes))
    for old in (known[each] for each in replaced):
        lines = split_lines(project.text(old.file))
        at = next(n for n in range(old.line - 1, len(lines)) if old.status in lines[n].lower())
        lines[at] = re.sub(old.status, "superseded", lines[at], count=1, flags=re.IGNORECASE)
        write(project.root / old.file, below_title("".join(lines), [f"Superseded by [{key}]({name})"]))
    sys.stdout.write(f"{folder}/{name}\n")
    index = project.text(f"{folder}/README.md")
    if not index or "<!-- adr-index -->" in index:
        write_index(Project(project.root, model.config))
    return 0


def below_title(text: str, notes: list[str]) -> str:
    """Put paragraphs below the first heading."""
    return re.sub(r"(?m)^# .*", lambda match: "\n\n".join([match[0], *notes]), text, count=1)


def write_index(project: Project) -> None:
    """Write the list of the decisions between its anchors in the README of their folder."""
    file = f"{project.config.decisions}/README.md"
    text = project.text(file) or "# Decisions\n\n<!-- adr-index -->\n\n<!-- /adr-index -->\n"
    number = re.compile(r"^(?:ADR[- ]?)?\d+\s*[.:–—-]\s*")
    rows = [
        (f"[{one.key[4:]}]({PurePosixPath(one.file).name})", number.sub("", one.title), one.status)
        for one in project.decisions
    ]
    write_table(project.root, read_plan(text, file), "adr-index", table(("ADR", "decision", "status"), rows))


def command_index(arguments: argparse.Namespace) -> int:
    """Write the index of the decisions."""
    write_index(load(arguments).project)
    return 0


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        "plan.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    here = Path(__file__).resolve().parent.parent
    parser.add_argument("--root", type=Path, default=here, help="the project's folder")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(run: Callable[..., int], *forms: str) -> argparse.ArgumentParser:
        command = commands.add_parser(run.__name__.removeprefix("command_"), help=run.__doc__, description=run.__doc__)
        command.set_defaults(run=run, form="text")
        for form in forms:
            command.add_argument(f"--{form}", dest="form", action="store_const", const=form, help=f"as {form}")
        if "github" in forms or "markdown" in forms:
            command.add_argument("--results", action="append", metavar="GLOB", help="JUnit files of the last run")
        return command

    status = add(command_status, "json", "markdown")
    status.add_argument("--html", type=Path, metavar="FILE", help="write the page too")
    check = add(command_check, "json", "markdown", "github")
    check.add_argument("--notes", action="store_true", help="show notes too")
    trace = add(command_trace, "json", "markdown", "github")
    trace.add_argument("--write", action="store_true", help="renew the table in the plan")
    guard = add(command_guard, "json", "markdown", "github")
    guard.add_argument("--base", metavar="REVISION", help="judge the commits since this revision")
    guard.add_argument("--message-file", type=Path, metavar="FILE", help="the message of the commit that is made")
    new = add(command_new)
    new.add_argument("kind", choices=NEW)
    new.add_argument("text", nargs="*", help="what it says; endpoint: METHOD /path")
    new.add_argument(
        "--for", "--covers", dest="to", action="append", default=[], metavar="ID", help="what it belongs to"
    )
    new.add_argument("--supersedes", action="append", default=[], metavar="ADR", help="the decision that it replaces")
    fill = add(command_fill)
    fill.add_argument("keys", nargs="*", metavar="KEY", help="these fields only")
    adopt = add(command_adopt)
    adopt.add_argument("file", type=Path, help="the plan without this markup")
    accept = add(command_accept)
    accept.add_argument("cases", nargs="*", metavar="TC", help="these test cases only")
    add(command_index)
    add(command_rules, "json")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    arguments = parse_arguments(argv)
    try:
        return int(arguments.run(arguments))
    except PlanError as error:
        sys.stderr.write(f"plan: {error}\n")
        return 1 if isinstance(error, RefusedError) else 2


if __name__ == "__main__":
    sys.exit(main())
