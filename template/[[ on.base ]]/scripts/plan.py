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
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from markdown_it.token import Token

Level = Literal["off", "info", "warning", "error"]
Box = Literal["", "open", "done", "n/a"]

# ── Grammar ───────────────────────────────────────────────────────────────────────────────────

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
_KIND = "|".join(KINDS)
_KEY = r"[a-z0-9][a-z0-9-]*(?:\.[a-z0-9][a-z0-9-]*)+"
_ITEM = r"[PS]\d{1,2}-(?:\d{2,3}|GATE)"

ID = re.compile(rf"(?<![\w-])({_KIND})-(\d{{3,}})(?![\w])")
ID_SUSPECT = re.compile(rf"(?<![\w/-])(?:{_KIND})(?:-\d{{1,2}}|[_–—]\d+)(?![\w-])")
BOX = re.compile(r"\[([ xX-])\](?:\s+|$)")
BOX_SUSPECT = re.compile(r"(?:(?:[-*+]|\d+[.)])\s*)?\[[\sxXvVyYoO✓✔✗*+–—-]{0,3}\](?![\[(])")
DEFINED = re.compile(rf"(?:\*\*|__)({_KIND})-(\d{{3,}})\b[^\n]*?(?:\*\*|__)")
DEFINED_HEADING = re.compile(rf"(?:\*\*|__)?({_KIND})-(\d{{3,}})\b")
DEFINED_SUSPECT = re.compile(rf"([*_]*)\s*(?:{_KIND})[\s_–—-]?\d+", re.IGNORECASE)
ITEM = re.compile(rf"(?:\*\*|__)({_ITEM})\b[^\n]*?(?:\*\*|__)")
ITEM_SUSPECT = re.compile(r"([*_]*)\s*[PS]\d{1,2}[_–—-](?:\d+|GATE)\b", re.IGNORECASE)

COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
ANCHOR_FIELD = re.compile(rf"@({_KEY})((?:\s+(?:by=P\d{{1,2}}|must|should))*)\s*")
ANCHOR_ITEM = re.compile(rf"({_ITEM})(?:\s+by=P(\d{{1,2}}))?")
ANCHOR_REGION = re.compile(r"(/?)(yours:[a-z][a-z0-9-]*|trace|adr-index)")
ANCHOR_FACT = re.compile(r"=([a-z_][a-z0-9_]*)")
ANCHOR_SUSPECT = re.compile(r"(?:@|=|/?\s*yours\b|/?\s*trace\s*$|[PS]\d+\b|facts\b(?!\s*[:\s]))")
TODO = re.compile(r"TODO\(([^(),\s]+)(?:,\s*@([\w.-]+))?\)")
CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", re.DOTALL)
NOT_APPLICABLE = re.compile(r"n/a\b(:\s*\S)?", re.IGNORECASE)
OWNER = re.compile(r"(?:\(@([\w.-]+)\)|\s@([\w.-]+))\s*$")
DASH = re.compile(r"\s[—–-]\s")
CONFLICT = re.compile(r"(?:<{7}|>{7}|\|{7})(?:\s|$)")
ENDPOINT = re.compile(r"\b(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\s+(/[^\s`)|,;]*)")
LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+[^)]*)?\)")


def blank(text: str, *, code: bool = True) -> str:
    """Overwrite comments (and code spans) with spaces, so that offsets and line breaks stay."""

    def spaces(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match[0])

    return COMMENT.sub(spaces, CODE_SPAN.sub(spaces, text) if code else text)


def split_lines(text: str) -> list[str]:
    """Split where Markdown does, line ends kept (str.splitlines knows eight more characters)."""
    return re.findall(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+", text)


# ── What the plan holds ───────────────────────────────────────────────────────────────────────


class PlanError(Exception):
    """What stops the command: said in one sentence, exit code 2."""


class RefusedError(PlanError):
    """What was asked for can't be done: exit code 1."""


@dataclass(slots=True)
class Finding:
    """One thing to mend: where, what, and what to write."""

    rule: str
    level: Level
    file: str
    line: int
    subject: str
    message: str
    fix: str = ""
    waived: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The finding for JSON."""
        names = ("rule", "level", "file", "line", "subject", "message", "fix", "waived")
        return {name: getattr(self, name) for name in names} | {"blocks": self.level == "error"}


@dataclass(slots=True)
class Heading:
    """A heading; `number` is its own or that of the nearest numbered heading above."""

    level: int
    text: str
    line: int
    number: str


@dataclass(slots=True)
class Field:
    """A labelled field. Lines are counted from 0; the value is lines[start:end]."""

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
    """A box, or an automatic item (no box: what proves it is looked at)."""

    key: str
    text: str
    line: int
    section: str
    heading: int
    box: Box
    by: int | None = None
    phase: int | None = None
    todo: bool = False

    @property
    def gate(self) -> bool:
        """Whether this box closes its phase."""
        return self.key.endswith("-GATE")

    @property
    def owner(self) -> str:
        """The name after the last @, or nothing."""
        match = OWNER.search(self.text)
        return (match[1] or match[2]) if match else ""


@dataclass(slots=True)
class Entry:
    """A definition: a requirement, a story, a test case …"""

    kind: str
    number: int
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


@dataclass(slots=True)
class Plan:
    """The plan as it stands in the file."""

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
    problems: list[Finding] = field(default_factory=list)

    def of(self, *kinds: str) -> list[Entry]:
        """The definitions of these kinds, in the order of the file."""
        return [entry for entry in self.entries.values() if entry.kind in kinds]

    def problem(self, rule: str, line: int, subject: str, message: str, fix: str = "") -> None:
        """Note what is wrong with the text itself (line counted from 0)."""
        finding = Finding(rule, "error", self.file, line + 1, subject, message, fix)
        if all((p.rule, p.line) != (rule, finding.line) for p in self.problems):
            self.problems.append(finding)


def normal(kind: str, number: str) -> str:
    """One spelling for each id: ADR-0007 and ADR-007 are the same decision."""
    return f"{kind}-{int(number):03d}"


# ── Reading the plan ──────────────────────────────────────────────────────────────────────────


class Reader:
    """One walk over the block tokens of markdown-it, which gives every token its lines."""

    def __init__(self, text: str, file: str) -> None:
        self.plan = Plan(file, split_lines(text))
        self.stops: list[int] = []  # lines at which the value of a field ends
        self.masked: set[int] = set()  # lines of fences and comments: not looked at for boxes
        self.boxes: set[int] = set()  # lines that hold a valid box
        self.anchor: tuple[str, int, int | None] | None = None  # an item's, waiting for it
        self.region: tuple[str, int] | None = None
        self.todos: dict[str, int] = {}
        self.open_entries: list[tuple[int, Entry]] = []  # (depth in the list, definition)
        self.heading_entry: tuple[int, Entry] | None = None

    def read(self, text: str) -> Plan:
        """The plan in `text`, with everything that is wrong in the text as `problems`."""
        try:
            from markdown_it import MarkdownIt
        except ModuleNotFoundError as error:
            raise PlanError(f"{error.name} is not installed: run `uv run --script scripts/plan.py …`") from error
        parser = MarkdownIt("commonmark").enable("table").disable(["inline", "text_join"])
        tokens = parser.parse(text)
        for index, token in enumerate(tokens):
            self.token(token, tokens, index)
        self.close_anchor()
        if self.region:
            self.suspect(
                self.region[1],
                self.region[0],
                f"<!-- {self.region[0]} --> is not closed",
                f"write <!-- /{self.region[0]} --> after its last line",
            )
        self.values()
        self.phases()
        self.raw_lines()
        self.plan.problems.sort(key=lambda problem: problem.line)
        return self.plan

    def suspect(self, line: int, subject: str, message: str, fix: str = "") -> None:
        self.plan.problem("suspect-line", line, subject, message, fix)

    def duplicate(self, line: int, subject: str, first: int) -> None:
        self.plan.problem(
            "duplicate-id",
            line,
            subject,
            f"{subject} is already in line {first + 1}",
            "give the newer one the next free number; numbers are never used again",
        )

    # One token

    def token(self, token: Token, tokens: list[Token], index: int) -> None:
        lines = token.map or [0, 0]
        if token.type == "list_item_open":
            self.open_entries.append((token.level, Entry("", 0, "", lines[0], lines[1], "")))
        elif token.type == "list_item_close":
            self.open_entries.pop()
        elif token.type == "hr":
            self.stops.append(lines[0])
        elif token.type == "fence":
            self.masked.update(range(*lines))
            last = self.plan.lines[lines[1] - 1].strip(" \t\r\n>")
            if not (lines[1] - lines[0] > 1 and last and not last.strip(token.markup[0])):
                self.suspect(
                    lines[0],
                    "code",
                    "this code block is never closed: all that follows is read as code",
                    f"write {token.markup} after its last line",
                )
        elif token.type == "html_block":
            self.html(token.content, lines)
        elif token.type == "inline":
            self.inline(token, tokens[index - 1], lines)

    def html(self, content: str, lines: list[int]) -> None:
        if not content.lstrip().startswith("<!--"):
            self.comments(content, lines[0], alone=False)
            return
        self.masked.update(range(*lines))
        comments = list(COMMENT.finditer(content))
        if not comments:
            self.suspect(
                lines[0],
                "comment",
                "this comment is never closed: all that follows is hidden",
                "write --> at its end",
            )
            return
        if blank(content, code=False).strip():
            self.masked.difference_update(range(*lines))
        self.comments(content, lines[0], alone=not blank(content, code=False).strip())

    def comments(self, content: str, line: int, *, alone: bool) -> None:
        """Look at the comments of a block; only one that stands alone can be an anchor."""
        for match in COMMENT.finditer(content):
            at, body = line + content.count("\n", 0, match.start()), match[1].strip()
            if not ANCHOR_SUSPECT.match(body) and not ANCHOR_REGION.fullmatch(body):
                continue
            if alone and (item := ANCHOR_ITEM.fullmatch(body)):
                self.close_anchor()
                self.stops.append(at)
                self.anchor = (item[1], at, int(item[2]) if item[2] else None)
            elif alone and (region := ANCHOR_REGION.fullmatch(body)):
                self.close_anchor()
                self.stops.append(at)
                self.region_edge(region[2], at, closes=bool(region[1]))
            else:
                self.bad_anchor(at, body)
        if content.lstrip().startswith("<!-- facts"):
            self.stops.append(line)

    def bad_anchor(self, line: int, body: str) -> None:
        forms = {
            "@": "a field's anchor ends its label line: **Label** — hint <!-- @section.key by=P4 -->",
            "=": "a fact's anchor ends its line: - Name: Acme <!-- =project_name -->",
            "P": "an item's anchor stands on its own line: <!-- P1-02 -->",
            "S": "an item's anchor stands on its own line: <!-- S14-02 by=P12 -->",
        }
        fix = forms.get(body[:1], "anchors of lists: <!-- yours:fr --> … <!-- /yours:fr -->")
        self.suspect(line, body, f"<!-- {body} --> looks like an anchor and is none", fix)

    def region_edge(self, name: str, line: int, *, closes: bool) -> None:
        if closes:
            if self.region is None or self.region[0] != name:
                self.suspect(line, name, f"<!-- /{name} --> closes what was not opened")
            elif name in self.plan.regions:
                self.duplicate(line, name, self.plan.regions[name][0])
            else:
                self.plan.regions[name] = (self.region[1], line)
            self.region = None
        else:
            if self.region:
                self.suspect(self.region[1], self.region[0], f"<!-- {self.region[0]} --> is not closed")
            self.region = (name, line)

    def close_anchor(self) -> None:
        """An anchor above which nothing was found: its item is gone or has another id."""
        if self.anchor:
            key, line, _ = self.anchor
            self.suspect(
                line,
                key,
                f"below the anchor of {key} stands no item {key}",
                f"write `- [ ] **{key}** …`, or `- [-] **{key}** … — n/a: reason` if it does not apply",
            )
            self.anchor = None

    # Text

    def inline(self, token: Token, before: Token, lines: list[int]) -> None:
        content, line = token.content, lines[0]
        if before.type == "heading_open":
            self.heading(content, line, int(before.tag[1:]))
        lead = before.type == "paragraph_open" and bool(self.open_entries)
        if lead and self.open_entries[-1][1].line == line and not self.open_entries[-1][1].text:
            self.lead(content, line)
        elif before.type == "td_open" and (match := DEFINED.match(content)):
            self.entry(match, line, lines[1], content)
        self.anchors(content, line, lines[1])
        self.text(content, line)

    def heading(self, content: str, line: int, level: int) -> None:
        self.close_anchor()
        self.stops.append(line)
        text = COMMENT.sub("", content).strip()
        match = re.match(r"(\d+(?:\.\d+)*)\.?(?:\s|$)", text)
        above = [h for h in self.plan.headings if h.level < level]
        number = match[1] if match else (above[-1].number if above else "")
        self.plan.headings.append(Heading(level, text, line, number))
        if self.heading_entry and level <= self.heading_entry[0]:
            self.heading_entry[1].end = line
            self.heading_entry = None
        if defined := DEFINED_HEADING.match(text):
            entry = self.entry(defined, line, len(self.plan.lines), text)
            self.heading_entry = (level, entry)

    def lead(self, content: str, line: int) -> None:
        """The first text of a list item: a box, an item, a definition, or just text."""
        plan, holder = self.plan, self.open_entries[-1][1]
        holder.text = content
        box = BOX.match(content)
        rest = content[box.end() :] if box else content
        state: Box = {" ": "open", "-": "n/a"}.get(box[1], "done") if box else ""  # type: ignore[assignment]
        item, defined = ITEM.match(rest), DEFINED.match(rest)
        if item or box:
            self.boxes.add(line)
            key = item[1] if item else ""
            number = plan.headings[-1].number if plan.headings else ""
            made = Item(key, rest, line, number, len(plan.headings) - 1, state)
            made.todo = bool(TODO.search(blank(content)))
            self.item(made)
        elif self.anchor and not defined:
            self.close_anchor()
        if box and "[ ]" in blank(rest):
            self.suspect(line, "box", "two boxes in one line: the second is not counted", "give each its own line")
        if defined:
            self.entry(defined, line, holder.end, rest)
        elif not item:
            strict = bool(self.region and self.region[0].startswith("yours:") and len(self.open_entries) == 1)
            odd, step = DEFINED_SUSPECT.match(rest), ITEM_SUSPECT.match(rest)
            if odd and (odd[1] or strict):
                self.suspect(
                    line,
                    rest[:20],
                    f"`{odd[0].strip()}` looks like an id and is none",
                    "write it as **FR-001**: capitals, hyphen, three digits, bold",
                )
            elif step and (step[1] or box):
                self.suspect(
                    line,
                    rest[:20],
                    f"`{step[0].strip()}` looks like an item and is none",
                    "write it as **P1-02** or **P1-GATE**, bold",
                )

    def item(self, item: Item) -> None:
        plan = self.plan
        first = next((old for old in plan.items if item.key and old.key == item.key), None)
        if first:
            self.duplicate(item.line, item.key, first.line)
        if self.anchor and self.anchor[0] == item.key:
            item.by, self.anchor = self.anchor[2], None
        else:
            self.close_anchor()
        if item.key:
            self.stops.append(item.line)
        if item.key.startswith("P"):
            item.phase = int(item.key[1:].partition("-")[0])
        if item.box == "n/a" and not re.search(r"n/a:\s*\S", item.text):
            self.suspect(item.line, item.key or "box", "[-] without a reason", "end the line with ` — n/a: reason`")
        if not item.box and item.gate:
            self.suspect(
                item.line, item.key, "a gate is closed by a person and needs a box", f"write `- [ ] **{item.key}** …`"
            )
        plan.items.append(item)

    def entry(self, match: re.Match[str], line: int, end: int, content: str) -> Entry:
        key = normal(match[1], match[2])
        text = content[match.end() :] if match.re is DEFINED_HEADING else content
        entry = Entry(match[1], int(match[2]), f"{match[1]}-{match[2]}", line, end, text)
        if first := self.plan.entries.get(key):
            self.duplicate(line, entry.key, first.line)
        else:
            self.plan.entries[key] = entry
        if self.open_entries:
            self.open_entries[-1] = (self.open_entries[-1][0], entry)
        return entry

    def anchors(self, content: str, line: int, end: int) -> None:
        """Comments inside a text: a field's anchor or a fact's, at its end, or a mistake."""
        for match in COMMENT.finditer(content):
            at, body = line + content.count("\n", 0, match.start()), match[1].strip()
            last = not content[match.end() :].strip()
            if last and (anchor := ANCHOR_FIELD.fullmatch(body)):
                self.field(anchor, content[: match.start()], line, end)
            elif last and (fact := ANCHOR_FACT.fullmatch(body)):
                label, _, value = content[: match.start()].partition(": ")
                self.plan.facts.append(Fact(fact[1], label.strip(), value.strip(), at))
            elif last is False and ANCHOR_FIELD.fullmatch(body):
                self.suspect(
                    at,
                    body,
                    "text follows a field's anchor: label and value touch",
                    "leave a blank line between the label and the value",
                )
            elif ANCHOR_SUSPECT.match(body):
                self.bad_anchor(at, body)
        if "<!--" in blank(content, code=True):
            self.suspect(line, "comment", "a comment is opened and not closed", "write --> at its end")

    def field(self, anchor: re.Match[str], label: str, line: int, end: int) -> None:
        self.close_anchor()
        self.stops.append(line)
        options = anchor[2].split()
        by = next((int(option[4:]) for option in options if option.startswith("by=")), None)
        number = self.plan.headings[-1].number if self.plan.headings else ""
        made = Field(anchor[1], label.strip(" #*"), line, number, by, "should" not in options, end)
        if first := self.plan.fields.get(made.key):
            self.duplicate(line, f"@{made.key}", first.line)
        else:
            self.plan.fields[made.key] = made

    def text(self, content: str, line: int) -> None:
        """Ids, placeholders and links of one text, given to the definitions around it."""
        clean = blank(content)
        holders = [entry for _, entry in self.open_entries if entry.kind]
        if self.heading_entry:
            holders.append(self.heading_entry[1])
        if not holders:
            last = next(reversed(self.plan.entries.values()), None)
            holders = [last] if last and last.line == line else []  # a row of a table
        for entry in holders:
            entry.body += content + "\n"
        for match in ID.finditer(clean):
            key, at = normal(match[1], match[2]), line + clean.count("\n", 0, match.start())
            self.plan.refs.append((key, at))
            for entry in holders:
                if normal(entry.kind, str(entry.number)) != key:
                    entry.refs.add(key)
        for match in ID_SUSPECT.finditer(clean):
            self.suspect(
                line + clean.count("\n", 0, match.start()),
                match[0],
                f"`{match[0]}` looks like an id and is none",
                "ids have a hyphen and three digits or more: FR-001",
            )
        for match in TODO.finditer(clean):
            at = line + clean.count("\n", 0, match.start())
            if match[1] in self.todos:
                self.duplicate(at, f"TODO({match[1]})", self.todos[match[1]])
            self.todos[match[1]] = at
            for entry in holders:
                entry.todo, entry.owner = True, match[2] or entry.owner
        if clean.count("TODO(") > len(TODO.findall(clean)):
            self.suspect(line, "TODO", "`TODO(` without a key", "write TODO(section.key) or TODO(section.key, @owner)")
        for match in LINK.finditer(clean):
            self.plan.links.append((match[1], line + clean.count("\n", 0, match.start())))

    # What needs the whole file

    def values(self) -> None:
        plan, stops = self.plan, sorted({*self.stops, len(self.plan.lines)})
        for item in plan.fields.values():
            after = bisect_right(stops, item.start - 1)
            item.end = stops[after] if after < len(stops) else len(plan.lines)
            while item.end > item.start and not plan.lines[item.end - 1].strip():
                item.end -= 1
            while item.start < item.end and not plan.lines[item.start].strip():
                item.start += 1
            item.value = "".join(plan.lines[item.start : item.end]).strip()
            clean = blank(item.value)
            todos = TODO.findall(clean)
            if todos:
                item.owner = next((owner for _, owner in todos if owner), "")
                for key, _ in todos:
                    if key != item.key and not key.startswith((item.key + ".", item.key + "-")):
                        self.suspect(
                            item.start,
                            item.key,
                            f"TODO({key}) stands under the label of {item.key}",
                            "an answer is under the wrong label: move it",
                        )
            elif re.fullmatch(r"(?:todo|tbd|tbc|fixme|\?+|…|\.\.\.)[.:!]?", clean.strip(), re.IGNORECASE):
                self.suspect(
                    item.start,
                    item.key,
                    f"a bare `{clean.strip()}` is no value",
                    f"write TODO({item.key}), TODO({item.key}, @owner) or the value",
                )
            elif match := NOT_APPLICABLE.match(clean):
                item.state = "n/a" if match[1] else "open"
                if not match[1]:
                    self.suspect(item.start, item.key, "`n/a` without a reason", "write n/a: reason")
            elif blank(item.value, code=False).strip():
                item.state = "filled"

    def phases(self) -> None:
        """A box without an id counts for the phase under whose heading it stands."""
        of_heading = {item.heading: item.phase for item in reversed(self.plan.items) if item.phase is not None}
        for item in self.plan.items:
            if not item.key:
                item.phase = of_heading.get(item.heading)

    def raw_lines(self) -> None:
        """What the parser has not taken for a box or an anchor and a reader would."""
        conflict = False
        for number, line in enumerate(self.plan.lines):
            text = line.strip()
            if CONFLICT.match(line) or (conflict and text == "======="):
                conflict = True
                self.plan.problem(
                    "conflict-marker",
                    number,
                    "conflict",
                    f"the merge conflict `{text[:30]}` is not resolved",
                    "keep what is right of both sides and delete the three marker lines",
                )
            elif number not in self.masked and number not in self.boxes and BOX_SUSPECT.match(text):
                self.suspect(
                    number,
                    "box",
                    f"`{text[:30]}` looks like a box and is none",
                    "write `- [ ] text`, `- [x] text` or `- [-] text — n/a: reason`, not indented as code",
                )


def read_text(path: Path, root: Path) -> str:
    """The text of a file, line ends as they are."""
    try:
        return path.read_bytes().decode("utf-8-sig" if path.suffix != ".md" else "utf-8")
    except UnicodeDecodeError as error:
        raise PlanError(f"{shown(path, root)} is not UTF-8 at byte {error.start}: save it as UTF-8") from error
    except OSError as error:
        raise PlanError(f"{shown(path, root)} can't be read: {error.strerror}") from error


def read_plan(text: str, file: str) -> Plan:
    """Read a plan from its text; `file` is how findings name it."""
    return Reader(text, file).read(text)


def shown(path: Path, root: Path) -> str:
    """A path as findings name it: from the root, with slashes."""
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return path.as_posix()


# ── Configuration ─────────────────────────────────────────────────────────────────────────────

# When a rule's error blocks: ALWAYS in every project; CLAIM from strictness "guard" on, for what is
# said and not so; METHOD with "enforce", for what is out of order. Below that it is a warning.
ALWAYS, CLAIM, METHOD = 0, 1, 2
STRICTNESS = ("advise", "guard", "enforce")
LEVELS: tuple[Level, ...] = ("off", "info", "warning", "error")

RULES: dict[str, tuple[int, str]] = {
    "conflict-marker": (ALWAYS, "a merge conflict is not resolved"),
    "suspect-line": (ALWAYS, "what looks like a box, an anchor or an id and is none would be skipped"),
    "duplicate-id": (ALWAYS, "an id, a key or a placeholder stands twice"),
    "unknown-reference": (CLAIM, "an id is named that is defined nowhere"),
    "broken-link": (CLAIM, "a link leads to no file or heading"),
    "superseded-decision": (CLAIM, "the plan rests on a decision that another one replaced"),
    "adr-number": (CLAIM, "decisions have one number each, the same in file and title"),
    "adr-status": (CLAIM, "a decision's status is one of the five"),
    "adr-supersedes": (CLAIM, "supersedes and superseded by name each other"),
    "adr-index": (CLAIM, "docs/adr/README.md lists every decision with its status"),
    "ticked-not-done": (CLAIM, "a box is ticked and its file is missing or its line is open"),
    "gate-open": (CLAIM, "a phase is closed while something in it is open"),
    "api-contract": (CLAIM, "endpoints of the plan and of docs/api differ"),
    "unproved-case": (CLAIM, "a test case is in no test; blocks from the testing phase on"),
    "failed-case": (CLAIM, "a test case's test failed or was skipped; blocks from the testing phase on"),
    "untested-requirement": (CLAIM, "a requirement has no test case; blocks from the testing phase on"),
    "unnamed-test": (METHOD, "a test names no test case; blocks from the testing phase on"),
    "open-field": (METHOD, "a field is open in the phase that needs it"),
    "phase-order": (METHOD, "something is ticked while an earlier phase is open"),
    "code-before-checklist": (METHOD, "sources changed before the checklist before coding is complete"),
    "phase-not-begun": (METHOD, "code of a layer changed before its phase (guard)"),
    "unplanned-change": (CLAIM, "domain, API or schema changed and no document (guard)"),
    "entity-model": (METHOD, "an entity and the models' names differ"),
    "empty-test": (METHOD, "a test names a test case and asserts nothing"),
    "accepted-changed": (METHOD, "a requirement changed since its test was accepted"),
    "trace-stale": (METHOD, "the table between the trace anchors is not current"),
    "fact-edited": (METHOD, "a fact differs from the answers"),
    "waiver": (METHOD, "a waiver has ended or matches nothing"),
    "not-checked": (METHOD, "something could not be looked at"),
}


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
    """config/plan.toml; what it leaves out has these values."""

    strictness: str = "guard"
    plan: str = "implementation.md"
    testing_phase: int = 9
    checklist_section: str = "15"
    layers: dict[str, Layer] = field(default_factory=dict)
    sources: list[str] = field(default_factory=lambda: ["src"])
    tests: list[str] = field(default_factory=lambda: ["tests"])
    results: list[str] = field(default_factory=lambda: ["reports/**/*.xml"])
    contracts: list[str] = field(default_factory=lambda: ["docs/api/*.json", "docs/api/*.yaml", "docs/api/*.yml"])
    decisions: str = "docs/adr"
    specs: list[str] = field(default_factory=lambda: ["docs/specs"])
    schema: list[str] = field(default_factory=lambda: ["migrations"])
    accepted: str = "config/plan-accepted.json"
    rules: dict[str, Level] = field(default_factory=dict)
    waivers: list[Waiver] = field(default_factory=list)

    def level(self, finding: Finding) -> Level:
        """The level that counts: the rule's own setting, or what the strictness makes of it."""
        level = finding.level
        if finding.rule in self.rules:
            wanted = self.rules[finding.rule]
            raised = wanted == "error" and level == "warning"
            return wanted if raised or LEVELS.index(wanted) < LEVELS.index(level) else level
        if level == "error" and RULES[finding.rule][0] > STRICTNESS.index(self.strictness):
            return "warning"
        return level


CONFIG_FILE = "config/plan.toml"


def read_config(root: Path) -> Config:
    """The project's configuration; a mistake in it is a PlanError that names the key."""
    config, path = Config(), root / CONFIG_FILE
    if not path.is_file():
        return config
    try:
        data = tomllib.loads(read_text(path, root))
    except tomllib.TOMLDecodeError as error:
        raise PlanError(f"{CONFIG_FILE}: {error}") from error

    def wrong(key: str, wanted: str) -> NoReturn:
        raise PlanError(f"{CONFIG_FILE}: `{key}` must be {wanted}")

    def take(table: dict[str, Any], key: str, default: Any, prefix: str = "") -> Any:
        value = table.pop(key, default)
        good = isinstance(value, type(default)) and not isinstance(value, bool)
        if good and isinstance(value, list):
            good = all(isinstance(part, str) for part in value)
        if not good:
            wrong(prefix + key, {str: "a text", int: "a number", list: "a list of texts"}.get(type(default), "a table"))
        return value

    for key in ("strictness", "plan", "testing_phase", "checklist_section"):
        setattr(config, key, take(data, key, getattr(config, key)))
    if config.strictness not in STRICTNESS:
        wrong("strictness", "one of " + ", ".join(STRICTNESS))
    paths = take(data, "paths", {})
    for key in ("sources", "tests", "results", "contracts", "decisions", "specs", "schema", "accepted"):
        setattr(config, key, take(paths, key, getattr(config, key), "paths."))
    for name, layer in take(data, "layers", {}).items():
        if not isinstance(layer, dict):
            wrong(f"layers.{name}", "a table with phase and folders")
        config.layers[name] = Layer(
            take(layer, "phase", 0, f"layers.{name}."), take(layer, "folders", [], f"layers.{name}.")
        )
    for rule, level in take(data, "rules", {}).items():
        if rule not in RULES or level not in LEVELS:
            wrong(f"rules.{rule}", f"one of {', '.join(LEVELS)}, for a rule that `plan.py rules` lists")
        if RULES[rule][0] == ALWAYS and level != "error":
            wrong(f"rules.{rule}", "left alone: this rule can be waived for one place, not lowered")
        config.rules[rule] = level
    waivers = data.pop("waivers", [])
    for number, waiver in enumerate(waivers if isinstance(waivers, list) else [None], start=1):
        good = (
            isinstance(waiver, dict)
            and set(waiver) == {"rule", "where", "reason", "until"}
            and waiver["rule"] in RULES
            and all(isinstance(waiver[key], str) and waiver[key].strip() for key in ("where", "reason"))
            and type(waiver["until"]) is date
        )
        if not good:
            wrong(f"waivers[{number}]", 'rule = "…", where = "id, key or path", reason = "…", until = 2027-01-31')
        config.waivers.append(Waiver(**waiver))
    if unknown := sorted([*data, *(f"paths.{key}" for key in paths)]):
        raise PlanError(f"{CONFIG_FILE}: nothing is called `{unknown[0]}`")
    return config


# ── The project around the plan ───────────────────────────────────────────────────────────────

STATUSES = ("proposed", "accepted", "rejected", "deprecated", "superseded")
NOT_OURS = {"node_modules", "target", "build", "dist", "vendor", "coverage", "__pycache__"}
_JS = r"^[ \t]*(?:it|test)(?:\.\w+(?:\([^)\n]*\))?)*\(\s*(?P<q>['\"`])(?P<name>.*?)(?P=q)"
_JVM = r"@(?:\w*Test|Property)\b(?:[^{};]|\{[^}]*\})*?\b(?:void|fun)\s+`?(?P<name>[^(`]+)`?\s*\("
# How each language writes a test, by suffix; a language that is not here has no tests that can be traced.
DECLARED = {
    ".py": r"^[ \t]*(?:async[ \t]+)?def[ \t]+(?P<name>test\w*)",
    ".go": r"^func[ \t]+(?P<name>(?:Test|Fuzz)(?!Main\b)\w*)[ \t]*\(",
    ".rs": r"#\[(?:\w+::)*(?:test|rstest)\b[^\]]*\]\s*(?:#\[[^\]]*\]\s*)*(?:pub\s+)?(?:async\s+)?fn\s+(?P<name>\w+)",
    ".rb": r"^[ \t]*(?:(?:it|specify|scenario|test)[ \t(]+(?P<q>['\"])(?P<name>.*?)(?P=q)|def[ \t]+(?P<def>test_\w+))",
    **dict.fromkeys((".ts", ".tsx", ".js", ".jsx", ".mts", ".mjs", ".dart"), _JS),
    **dict.fromkeys((".java", ".kt"), _JVM),
}
TEST_FILE = re.compile(
    r"(?:^|/)(?:tests?|specs?|__tests__)/|(?:^|[/_.-])(?:test|spec)[_.-][^/]*$|[_.-](?:test|spec)s?\.\w+$|Tests?\.\w+$"
)
CASE = re.compile(r"(?:(?<![A-Za-z0-9])(?:TC|Tc|tc)|(?<=[a-z0-9])T[Cc])[-_ ]?(\d{3,})(?!\d)")
ASSERTS = re.compile(
    r"assert|expect|should|must|raise|throw|verif|check|require|ensure|fail|snapshot|\bt\.(?:Error|Fatal)",
    re.IGNORECASE,
)
GROUP = re.compile(r"^([ \t]*)(?:pytestmark|class|describe|context|RSpec|public class|mod|group)\b.*$", re.MULTILINE)
MODEL = re.compile(r"\b(?:class|struct|interface|record|type|enum|model|object|trait)[ \t]+([A-Z]\w*)")


@dataclass(slots=True)
class Test:
    """A test as it is written in the sources, and what the last run said of it."""

    name: str
    file: str
    line: int
    cases: set[str]
    empty: bool
    outcome: str = ""


@dataclass(slots=True)
class Decision:
    """An architecture decision record."""

    number: int
    file: str
    title: str
    status: str
    line: int
    supersedes: set[int]
    superseded_by: set[int]


class Project:
    """The repository: its files, its history, its decisions, contracts, tests and results."""

    def __init__(self, root: Path, config: Config) -> None:
        self.root = root
        self.config = config

    def git(self, *arguments: str) -> str | None:
        """What git answers, or None where there is no git, no repository or no such revision."""
        command = ["git", "-C", str(self.root), "-c", "core.quotepath=off", *arguments]
        try:
            done = subprocess.run(command, capture_output=True, check=False)
        except OSError:
            return None
        return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None

    def exists(self, pattern: str) -> bool:
        """Whether a path or a glob of the project leads to something."""
        pattern = pattern.removeprefix("./").strip("/")
        try:
            return (self.root / pattern).exists() or any(True for _ in self.root.glob(pattern))
        except (ValueError, NotImplementedError, OSError):
            return False

    def files(self, folders: Iterable[str], suffixes: Iterable[str]) -> Iterator[Path]:
        """Files below folders, without what tools install or build."""
        wanted = tuple(suffixes)
        for folder in folders:
            for top, names, files in os.walk(self.root / folder):
                names[:] = sorted(name for name in names if name not in NOT_OURS and not name.startswith("."))
                yield from (Path(top, name) for name in sorted(files) if name.endswith(wanted))

    @cached_property
    def make_targets(self) -> set[str]:
        """Targets of the Makefile."""
        path = self.root / "Makefile"
        text = read_text(path, self.root) if path.is_file() else ""
        return {name for line in re.findall(r"^([\w./ -]+?)\s*:(?![:=])", text, re.MULTILINE) for name in line.split()}

    @cached_property
    def answers(self) -> dict[str, Any]:
        """The answers that Copier recorded."""
        path = self.root / ".copier-answers.yml"
        return load_yaml(path, self.root) if path.is_file() else {}

    @cached_property
    def decisions(self) -> list[Decision]:
        """The decision records, by number."""
        folder = self.root / self.config.decisions
        paths = sorted(folder.glob("*.md")) if folder.is_dir() else []
        return [read_decision(path, self.root) for path in paths if re.match(r"(?!0+-)\d{3,}-", path.name)]

    @cached_property
    def endpoints(self) -> dict[tuple[str, str], str]:
        """(method, path) of every operation in the contracts, and the file that has it."""
        found: dict[tuple[str, str], str] = {}
        for pattern in self.config.contracts:
            for path in sorted(self.root.glob(pattern)):
                data = load_yaml(path, self.root)
                paths = data.get("paths")
                for route, operations in (paths if isinstance(paths, dict) else {}).items():
                    for method in operations if isinstance(operations, dict) else ():
                        if ENDPOINT.fullmatch(f"{str(method).upper()} {route}"):
                            found[str(method).upper(), str(route)] = shown(path, self.root)
        return found

    @cached_property
    def tests(self) -> list[Test]:
        """Every test that is written, in any of the languages."""
        found: list[Test] = []
        for path in self.files(self.config.tests, DECLARED):
            name = shown(path, self.root)
            if TEST_FILE.search(name) or path.suffix == ".rs":
                found += read_tests(read_text(path, self.root), name, path.suffix)
        return found

    @cached_property
    def results(self) -> list[tuple[str, str, set[str]]]:
        """(name, outcome, test cases named) of every test in the JUnit files."""
        from xml.etree import ElementTree as Xml

        found = []
        for pattern in self.config.results:
            for path in sorted(self.root.glob(pattern)):
                try:
                    suites = Xml.parse(path).getroot()
                except (Xml.ParseError, OSError) as error:
                    raise PlanError(f"{shown(path, self.root)} is no JUnit file: {error}") from error
                for case in suites.iter("testcase"):
                    tags = {child.tag for child in case}
                    outcome = "failed" if tags & {"failure", "error"} else "skipped" if "skipped" in tags else "passed"
                    name = case.get("name", "")
                    said = [name, *(str(value) for prop in case.iter("property") for value in prop.attrib.values())]
                    found.append((name, outcome, {normal("TC", n) for n in CASE.findall(" ".join(said))}))
        return found


def load_yaml(path: Path, root: Path) -> dict[str, Any]:
    """A mapping from a JSON or YAML file."""
    text = read_text(path, root)
    try:
        if path.suffix == ".json":
            data = json.loads(text)
        else:
            import yaml

            data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except ValueError as error:
        raise PlanError(f"{shown(path, root)}: {error}") from error
    except Exception as error:  # yaml.YAMLError, whose module may be the one that is missing
        raise PlanError(f"{shown(path, root)}: {str(error).splitlines()[0]}") from error
    return data if isinstance(data, dict) else {}


def read_decision(path: Path, root: Path) -> Decision:
    """A decision record: Nygard's headings, MADR's front matter or a `Status:` line."""
    lines = read_text(path, root).splitlines()
    number = int(path.name.partition("-")[0])
    title = next((line.lstrip("# ") for line in lines if line.startswith("# ")), "")
    decision = Decision(number, shown(path, root), title, "", 1, set(), set())
    for index, line in enumerate(lines):
        text = line.strip(" -*_#").replace("**", "")
        if not decision.status and re.match(r"status\b", text, re.IGNORECASE):
            value = text[6:].strip(" :\"'*")
            following = (rest.strip(" -*_") for rest in lines[index + 1 :] if rest.strip())
            decision.status = (value or next(following, "")).split(" ")[0].strip(".,;:").lower()
            decision.line = index + 1
        if match := re.search(r"\bsupersede([sd])(?: by)?\b(.*)", text, re.IGNORECASE):
            numbers = {int(a or b) for a, b in re.findall(r"\bADR-(\d+)|\b(\d{3,})-[\w-]+\.md", match[2])}
            (decision.supersedes if match[1].lower() == "s" else decision.superseded_by).update(numbers)
    return decision


def read_tests(text: str, file: str, suffix: str) -> list[Test]:
    """The tests of one file with the test cases that their names, markers or groups carry."""
    declared = list(re.finditer(DECLARED[suffix], text, re.MULTILINE))
    groups = [(match.start(), len(match[1]), match[0]) for match in GROUP.finditer(text)]
    lines = text.split("\n")
    found = []
    for match, following in zip(declared, [*declared[1:], None], strict=True):
        line = text.count("\n", 0, match.start())
        last = text.count("\n", 0, match.end())
        first = line
        while first > 0 and re.match(r"\s*(?:@|#|//|/?\*|\[)", lines[first - 1]):
            first -= 1
        named = lines[first : last + 1]
        if last + 1 < len(lines) and re.match(r"\s*(?:\"\"\"|'''|#|//)", lines[last + 1]):
            named.append(lines[last + 1])
        indent = len(lines[line]) - len(lines[line].lstrip())
        open_groups: list[tuple[int, str]] = []
        for start, depth, header in groups:
            if start < match.start():
                open_groups = [g for g in open_groups if g[0] < depth or "pytestmark" in g[1]] + [(depth, header)]
        named += [header for depth, header in open_groups if depth < indent or "pytestmark" in header]
        groups_of_match = match.groupdict()
        name = groups_of_match.get("name") or groups_of_match.get("def") or ""
        body = text[match.end() : following.start() if following else len(text)]
        cases = {normal("TC", number) for number in CASE.findall("\n".join(named))}
        found.append(Test(name.strip(), file, line + 1, cases, not ASSERTS.search(body)))
    return found


# ── The plan held against the project ─────────────────────────────────────────────────────────


@dataclass(slots=True)
class Phase:
    """A phase with its items and the fields that are due in it."""

    number: int
    title: str
    line: int
    items: list[Item]
    fields: list[Field]
    gate: Item | None = None
    done: int = 0
    total: int = 0
    state: Literal["closed", "now", "waits"] = "waits"


@dataclass(slots=True)
class Traced:
    """A requirement, story or use case with the test cases and tests that prove it."""

    entry: Entry
    stories: list[str]
    cases: list[str]
    tests: list[Test]
    outcome: str


class Model:
    """What plan and project say together. Everything is computed once, when it is asked for."""

    def __init__(self, plan: Plan, project: Project) -> None:
        self.plan = plan
        self.project = project
        self.config = project.config
        self._why: dict[int, str] = {}

    @cached_property
    def phases(self) -> list[Phase]:
        """The phases in order; the first whose gate is open is the one that the project is in."""
        found: dict[int, Phase] = {}
        for item in self.plan.items:
            if item.phase is None:
                continue
            if item.phase not in found:
                heading = self.plan.headings[item.heading] if item.heading >= 0 else None
                title = re.sub(r"^\w+\s+\d+\W*", "", heading.text) if heading else ""
                found[item.phase] = Phase(item.phase, title, heading.line if heading else 0, [], [])
            if item.gate:
                found[item.phase].gate = item
            else:
                found[item.phase].items.append(item)
        for each in self.plan.fields.values():
            if each.by in found:
                found[each.by].fields.append(each)
        phases, before = [found[number] for number in sorted(found)], True
        for phase in phases:
            closed = phase.gate.box in ("done", "n/a") if phase.gate else not any(map(self.open, phase.items))
            phase.state = "closed" if closed else "now" if before else "waits"
            before = before and closed
            phase.total = len(phase.items) + len(phase.fields)
            still_open = sum(map(self.open, phase.items)) + sum(f.state == "open" for f in phase.fields)
            phase.done = phase.total - still_open
        return phases

    @cached_property
    def current(self) -> int:
        """The number of the phase that the project is in; one more than the last when all are closed."""
        return next(
            (p.number for p in self.phases if p.state == "now"), self.phases[-1].number + 1 if self.phases else 0
        )

    def open(self, item: Item) -> bool:
        """Whether an item is still to do."""
        return bool(self.why(item)) if not item.box else item.box == "open"

    def why(self, item: Item) -> str:
        """Why an automatic item is not done; empty when it is."""
        if item.line not in self._why:
            self._why[item.line] = "it refers to itself"  # while it is computed
            evidence, exists = self.evidence(item)
            missing = [f"{path} does not exist" for path in exists if not self.project.exists(path)]
            missing += [reason for reason in map(self.look, evidence) if reason]
            if not evidence and not exists:
                missing = ["it says nothing that could be looked at"]
            self._why[item.line] = "; ".join(missing)
        return self._why[item.line]

    @staticmethod
    def evidence(item: Item) -> tuple[list[str], list[str]]:
        """What an item names after its last dash: things to look at, and `exists:` paths."""
        cuts = [match.end() for match in DASH.finditer(blank(item.text))]
        text = item.text[cuts[-1] :] if cuts else item.text
        if match := re.search(r"exists:\s*(.+)", text):
            paths = re.sub(r"\(@[\w.-]+\)|`", " ", match[1])
            return [], [path.strip(" .") for path in paths.split(",") if path.strip(" .")]
        spans = [match[2].strip() for match in CODE_SPAN.finditer(text)]
        return spans + [match[0] for match in ID.finditer(blank(text)) if match[1] == "TC"], []

    def look(self, evidence: str) -> str:
        """Why this evidence does not hold; empty when it does."""
        if evidence.startswith("make "):
            wanted = evidence.split()[1:]
            missing = [target for target in wanted if target not in self.project.make_targets]
            return f"the Makefile has no target {missing[0]}" if missing else ""
        if evidence.startswith("plan:"):
            return "; ".join(filter(None, (self.predicate(p.split()) for p in evidence[5:].split(",") if p.strip())))
        if match := ID.fullmatch(evidence):
            outcome = self.proved(normal(match[1], match[2]))
            return "" if outcome in ("passed", "written") else f"{evidence} is {outcome}"
        path, _, word = evidence.partition("#")
        if not self.project.exists(path):
            return f"{path} does not exist"
        file = self.project.root / path
        if word and not (file.is_file() and word in read_text(file, self.project.root)):
            return f"{path} does not contain {word}"
        return ""

    def predicate(self, words: list[str]) -> str:
        """Why one term of `plan: …` does not hold; empty when it does."""
        plan, (name, *arguments) = self.plan, words
        if name == "phase":
            items = [i for i in plan.items if str(i.phase) in arguments and not i.gate]
            missing = [i.key or i.text[:30] for i in items if self.open(i)]
        elif name == "fields":
            inside = tuple(f"{number}." for number in arguments)
            missing = [
                f.key
                for f in plan.fields.values()
                if f.state == "open" and f.must and f.by in (0, 1) and f"{f.section}.".startswith(inside)
            ]
        elif name == "has":
            missing = [e.key for e in plan.of(*arguments) if e.todo]
            missing += [f"no {kind}" for kind in arguments if not plan.of(kind)]
        elif name == "traced":
            missing = [e.key for e in plan.of(*arguments) if not self.cases_of(e)]
        elif name == "decisions":
            missing = [f.subject for f in check_decisions(self) if f.level == "error"]
            missing += [] if self.project.decisions else ["no decision record"]
        else:
            return f"`plan: {' '.join(words)}` is none of phase, fields, has, traced, decisions"
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        return f"open: {', '.join(missing[:3])}{more}" if missing else ""

    # Requirements and tests

    def cases_of(self, entry: Entry) -> list[str]:
        """The test cases that name an entry, or that it names."""
        key = normal(entry.kind, str(entry.number))
        return [
            normal(case.kind, str(case.number))
            for case in self.plan.of("TC")
            if key in case.refs or normal("TC", str(case.number)) in entry.refs
        ]

    @cached_property
    def tests_of(self) -> dict[str, list[Test]]:
        """Tests by test case, each with its outcome of the last run."""
        by_case: dict[str, list[Test]] = {}
        by_name: dict[str, list[str]] = {}
        for name, outcome, cases in self.project.results:
            for short in {name, re.split(r"[\[(]", name)[0], name.split(" > ")[-1]}:
                by_name.setdefault(short, []).append(outcome)
            for case in cases:
                by_case.setdefault(case, []).append(Test(name, "", 0, {case}, empty=False, outcome=outcome))
        for test in self.project.tests:
            outcomes = by_name.get(test.name, [])
            test.outcome = worst(outcomes)
            for case in test.cases:
                known = by_case.setdefault(case, [])
                known[:] = [old for old in known if old.file or not old.name.startswith(test.name)] + [test]
        return by_case

    def proved(self, case: str) -> str:
        """passed, failed, skipped, written (a test, no result) or missing."""
        tests = self.tests_of.get(case, [])
        return (worst([t.outcome for t in tests if t.outcome]) or "written") if tests else "missing"

    @cached_property
    def trace(self) -> list[Traced]:
        """Requirements, stories and use cases in the order of the plan."""
        rows = []
        for entry in self.plan.of("FR", "NFR", "UC", "US"):
            cases = self.cases_of(entry)
            tests = [test for case in cases for test in self.tests_of.get(case, [])]
            outcomes = [self.proved(case) for case in cases]
            rows.append(
                Traced(entry, sorted(r for r in entry.refs if r.startswith("US-")), cases, tests, worst(outcomes))
            )
        return rows

    # History

    def came_later(self, text: str, gate: Item) -> bool:
        """Whether `text` was not yet in the plan when this gate was closed (then an update brought it)."""
        git, file, line = self.project.git, self.plan.file, gate.line + 1
        if (git("rev-parse", "--is-shallow-repository") or "true").strip() == "true":
            return True
        commit = (git("blame", "--porcelain", f"-L{line},{line}", "--", file) or "").split(" ")[0]
        if not commit.strip("0"):
            return not commit
        return text not in (git("show", f"{commit}:./{file}") or "")

    @cached_property
    def checklist(self) -> list[Item]:
        """Items of the checklist before coding, with the gate of phase 0."""
        prefix = f"S{self.config.checklist_section}-"
        return [item for item in self.plan.items if item.key.startswith(prefix) or item.key == "P0-GATE"]

    def layer_of(self, path: str) -> tuple[str, Layer] | None:
        """The layer in which a source file stands."""
        inside = [(name, layer) for name, layer in self.config.layers.items() if under(path, layer.folders)]
        return max(inside, key=lambda pair: max(map(len, pair[1].folders)), default=None)


def worst(outcomes: Sequence[str]) -> str:
    """The outcome that counts when there are several."""
    order = ("failed", "missing", "skipped", "written", "passed")
    return next((outcome for outcome in order if outcome in outcomes), "")


def under(path: str, folders: Iterable[str]) -> bool:
    """Whether a path is one of the folders (or files, or globs) or below one."""
    return any(path == f or path.startswith(f.rstrip("/") + "/") or fnmatch.fnmatch(path, f) for f in folders)


# ── Rules ─────────────────────────────────────────────────────────────────────────────────────


def check_fields(model: Model) -> Iterator[Finding]:
    """Open fields, and definitions that are still placeholders."""
    plan = model.plan
    gates = {phase.number: phase.gate for phase in model.phases if phase.state == "closed"}
    for each in plan.fields.values():
        if each.state != "open":
            continue
        level: Level = "info"
        if each.by is not None and model.current >= each.by:
            gate = gates.get(each.by)
            late = gate is not None and model.came_later(f"@{each.key}", gate)
            level = "error" if each.must and not late else "warning"
        due = (
            f"due in phase {each.by}, the project is in phase {model.current}"
            if each.by is not None
            else "no phase needs it"
        )
        yield Finding(
            "open-field",
            level,
            plan.file,
            each.line + 1,
            each.key,
            f"{each.label.split(' — ')[0].strip('*_ ')} is open ({due})",
            f"write it below the label, or TODO({each.key}, @owner), or n/a: reason",
        )
    for entry in plan.entries.values():
        if entry.todo:
            yield Finding(
                "open-field",
                "info",
                plan.file,
                entry.line + 1,
                entry.key,
                f"{entry.key} is not written yet",
                f"write the {KINDS[entry.kind]} in place of its TODO",
            )


def check_phases(model: Model) -> Iterator[Finding]:
    """Gates, order of the phases, ticks without what they claim."""
    plan = model.plan
    for phase in model.phases:
        gate = phase.gate
        if gate and phase.state == "closed":
            for item in filter(model.open, phase.items):
                late = bool(item.key) and model.came_later(f"**{item.key}", gate)
                reason = model.why(item) if not item.box else "its box is open"
                yield Finding(
                    "gate-open",
                    "warning" if late else "error",
                    plan.file,
                    item.line + 1,
                    item.key or "box",
                    f"phase {phase.number} is closed and {item.key or 'this'} is open: {reason}",
                    f"do it, write `[-] … — n/a: reason`, or open {gate.key} again",
                )
        ticked = [i for i in (*phase.items, *([gate] if gate else [])) if i.box == "done"]
        if ticked and phase.number > model.current:
            yield Finding(
                "phase-order",
                "error",
                plan.file,
                ticked[0].line + 1,
                f"P{phase.number}",
                f"phase {phase.number} has {len(ticked)} ticked, and phase {model.current} is not closed",
                f"close phase {model.current} first: `status` says what it needs",
            )
    for item in plan.items:
        name = item.key or "box"
        if item.box == "done" and item.todo:
            yield Finding(
                "ticked-not-done",
                "error",
                plan.file,
                item.line + 1,
                name,
                f"{name} is ticked and says TODO",
                "write what its TODO asks for",
            )
        for path in model.evidence(item)[1] if item.box == "done" else ():
            if not model.project.exists(path):
                yield Finding(
                    "ticked-not-done",
                    "error",
                    plan.file,
                    item.line + 1,
                    name,
                    f"{name} is ticked and {path} does not exist",
                    "make the file, or open the box",
                )
        if not item.box and item.key and not any(model.evidence(item)):
            yield Finding(
                "suspect-line",
                "error",
                plan.file,
                item.line + 1,
                name,
                f"{name} has neither a box nor evidence",
                f"write `- [ ] **{name}** …`, or end it with ` — checked by` and `make target`, a path in backticks or a TC id",
            )
        if item.by is not None and item.phase is None and model.current >= item.by and model.open(item):
            yield Finding(
                "open-field",
                "error",
                plan.file,
                item.line + 1,
                name,
                f"{name} is open, due in phase {item.by}",
                "do it and tick it, or write `[-] … — n/a: reason`",
            )


def check_references(model: Model) -> Iterator[Finding]:
    """Ids that are named and defined nowhere, decisions that were replaced, links."""
    plan = model.plan
    decisions = {d.number: d for d in model.project.decisions}
    for key, line in plan.refs:
        kind, _, number = key.partition("-")
        if key in plan.entries:
            continue
        if kind != "ADR":
            where = model.config.plan if kind != "TC" else "section 9.2"
            yield Finding(
                "unknown-reference",
                "error",
                plan.file,
                line + 1,
                key,
                f"{key} is defined nowhere",
                f"define it (`- **{key}** …` in {where}), or name one that is there",
            )
        elif not (decision := decisions.get(int(number))):
            yield Finding(
                "unknown-reference",
                "error",
                plan.file,
                line + 1,
                key,
                f"{model.config.decisions} has no decision {int(number)}",
                "write it with `new adr`, or name one that is there",
            )
        elif decision.status == "superseded":
            by = ", ".join(f"ADR-{n:04d}" for n in sorted(decision.superseded_by))
            yield Finding(
                "superseded-decision",
                "error",
                plan.file,
                line + 1,
                key,
                f"{key} was superseded by {by or 'another decision'}",
                f"refer to {by or 'that one'}",
            )
    slugs: dict[str, int] = {}
    for heading in plan.headings:
        slug = re.sub(r"[^\w\- ]", "", re.sub(r"[*`]", "", heading.text).lower()).replace(" ", "-")
        slugs[slug] = slugs.get(slug, -1) + 1
        if slugs[slug]:
            slugs[f"{slug}-{slugs[slug]}"] = 0
    for target, line in plan.links:
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z][a-z0-9+.-]*:|//", target, re.IGNORECASE):
            continue
        if path and not model.project.exists(
            str(PurePosixPath(plan.file).parent / unquote(path)) if path[0] != "/" else path
        ):
            yield Finding(
                "broken-link",
                "error",
                plan.file,
                line + 1,
                target,
                f"{path} does not exist",
                "mend the link or make the file",
            )
        elif not path and unquote(anchor).lower() not in slugs:
            yield Finding(
                "broken-link",
                "error",
                plan.file,
                line + 1,
                target,
                f"no heading makes the anchor #{anchor}",
                "mend the link",
            )


def unquote(text: str) -> str:
    """A link's path without percent signs."""
    from urllib.parse import unquote as decode

    return decode(text)


def check_decisions(model: Model) -> Iterator[Finding]:
    """Numbers, statuses, both directions of supersedes, the index."""
    decisions, folder = model.project.decisions, model.config.decisions
    by_number: dict[int, Decision] = {}
    for decision in decisions:
        name = f"ADR-{decision.number:04d}"
        titled = re.match(r"(?:ADR[- ])?0*(\d+)\s*[.:–—-]", decision.title)
        if first := by_number.get(decision.number):
            yield Finding(
                "adr-number",
                "error",
                decision.file,
                1,
                name,
                f"{first.file} has this number too",
                "give the newer one the next free number",
            )
        elif titled and int(titled[1]) != decision.number:
            yield Finding(
                "adr-number",
                "error",
                decision.file,
                1,
                name,
                f"the title says {titled[1]}, the file {decision.number}",
                "make them the same",
            )
        by_number.setdefault(decision.number, decision)
        if decision.status not in STATUSES:
            said = f"`{decision.status}`" if decision.status else "nothing"
            yield Finding(
                "adr-status",
                "error",
                decision.file,
                decision.line,
                name,
                f"its status is {said}",
                f"one of {', '.join(STATUSES)}",
            )
        elif (decision.status == "superseded") != bool(decision.superseded_by):
            yield Finding(
                "adr-supersedes",
                "error",
                decision.file,
                decision.line,
                name,
                "status and `Superseded by ADR-…` don't agree",
                "a superseded decision names the one that replaced it",
            )
    for decision in decisions:
        name = f"ADR-{decision.number:04d}"
        for number in sorted(decision.supersedes | decision.superseded_by):
            other, down = by_number.get(number), number in decision.supersedes
            back = other.superseded_by if other and down else other.supersedes if other else set()
            if decision.number not in back:
                missing = "" if other else ", which does not exist"
                yield Finding(
                    "adr-supersedes",
                    "error",
                    decision.file,
                    decision.line,
                    name,
                    f"it names ADR-{number:04d}{missing}, which does not name it"
                    if other
                    else f"it names ADR-{number:04d}{missing}",
                    f"write `{'Superseded by' if down else 'Supersedes'} {name}` there",
                )
    index = model.project.root / folder / "README.md"
    if decisions and not index.is_file():
        yield Finding(
            "adr-index",
            "error",
            f"{folder}/README.md",
            1,
            "index",
            "there is no index of the decisions",
            "`plan.py index --write` makes it",
        )
    lines = read_text(index, model.project.root).splitlines() if index.is_file() else []
    for decision in decisions if lines else ():
        name = PurePosixPath(decision.file).name
        row = next(((n, line) for n, line in enumerate(lines, 1) if f"({name})" in line or f"(./{name})" in line), None)
        said = {status for status in STATUSES if row and re.search(rf"\b{status}\b", row[1], re.IGNORECASE)}
        if row is None or (said and decision.status not in said):
            problem = (
                "is not listed" if row is None else f"is {decision.status}, the index says {', '.join(sorted(said))}"
            )
            yield Finding(
                "adr-index",
                "error",
                shown(index, model.project.root),
                row[0] if row else 1,
                f"ADR-{decision.number:04d}",
                f"{name} {problem}",
                "`plan.py index --write` mends it",
            )


def check_contracts(model: Model) -> Iterator[Finding]:
    """Endpoints of the plan and operations of the contracts."""
    plan = model.plan
    due = model.config.layers["interface"].phase if "interface" in model.config.layers else 6
    level: Level = "error" if model.current >= due else "info"
    planned: dict[tuple[str, str], Entry] = {}
    for entry in plan.of("API"):
        if match := ENDPOINT.search(entry.body):
            planned[match[1], shape(match[2])] = entry
        elif not entry.todo:
            yield Finding(
                "api-contract",
                "warning",
                plan.file,
                entry.line + 1,
                entry.key,
                f"{entry.key} names no method and path",
                "write them: `GET /path`",
            )
    written = {(method, shape(path)): (path, file) for (method, path), file in model.project.endpoints.items()}
    for (method, path), entry in planned.items():
        if (method, path) not in written and not entry.todo:
            yield Finding(
                "api-contract",
                level,
                plan.file,
                entry.line + 1,
                entry.key,
                f"{method} {path} is in no contract of docs/api",
                "add it to the contract, or take it out of the plan",
            )
    for (method, path), (route, file) in written.items():
        if (method, path) not in planned:
            yield Finding(
                "api-contract",
                "error",
                file,
                1,
                f"{method} {route}",
                f"{method} {route} is not in the plan",
                f'`plan.py new endpoint "{method} {route}"`, or take it out',
            )


def shape(path: str) -> str:
    """A path without the names of its parameters: /users/{id}, /users/:id and /users/{user_id} are one."""
    return re.sub(r"\{[^}]*\}|:\w+", "{}", path).rstrip("/") or "/"


def check_entities(model: Model) -> Iterator[Finding]:
    """Entities of the plan and types of the domain layer."""
    layer = model.config.layers.get("domain")
    if layer is None or model.current < layer.phase:
        return
    level: Level = "warning" if model.current > layer.phase else "info"
    declared: set[str] = set()
    models: dict[str, tuple[str, int]] = {}
    for path in model.project.files(layer.folders, (*DECLARED, ".prisma", ".graphql")):
        name = shown(path, model.project.root)
        if TEST_FILE.search(name):
            continue
        declared.add(plain(path.stem))
        text = read_text(path, model.project.root)
        for match in MODEL.finditer(text):
            declared.add(plain(match[1]))
            if re.fullmatch(r"models?|entit(?:y|ies)", path.stem, re.IGNORECASE):
                models[match[1]] = (name, text.count("\n", 0, match.start()) + 1)
    wanted = {plain(entity_name(entry)): entry for entry in model.plan.of("ENT") if not entry.todo}
    for name, entry in wanted.items():
        if name and name not in declared:
            yield Finding(
                "entity-model",
                level,
                model.plan.file,
                entry.line + 1,
                entry.key,
                f"{entity_name(entry)} is no type of {', '.join(layer.folders)}",
                "write the model, or take the entity out of the plan",
            )
    for name, (file, line) in models.items():
        if plain(name) not in wanted:
            yield Finding(
                "entity-model",
                "warning",
                file,
                line,
                name,
                f"{name} is no entity of the plan",
                f'`plan.py new entity "{name}"`',
            )


def plain(text: str) -> str:
    """Letters and digits only, for comparing names."""
    return re.sub(r"[\W_]", "", text).casefold()


def entity_name(entry: Entry) -> str:
    """The name that stands behind the id: `**ENT-001** Order line — …`."""
    text = re.sub(r"^\W*ENT-\d+\W*", "", entry.text)
    return re.split(r"\s[—–-]\s|[:(.,*\n]", text)[0].strip(" *_`")


def check_trace(model: Model) -> Iterator[Finding]:
    """Requirements without test cases, test cases without tests, tests without test cases."""
    plan, config = model.plan, model.config
    level: Level = "error" if model.current >= config.testing_phase else "warning"
    for row in model.trace:
        if row.entry.kind in ("FR", "UC") and not row.entry.todo and not row.cases:
            yield Finding(
                "untested-requirement",
                level,
                plan.file,
                row.entry.line + 1,
                row.entry.key,
                f"{row.entry.key} has no test case",
                f'`plan.py new test "…" --covers {row.entry.key}`',
            )
    for case in plan.of("TC"):
        outcome = model.proved(normal("TC", str(case.number)))
        if outcome == "missing" and not case.todo:
            yield Finding(
                "unproved-case",
                level,
                plan.file,
                case.line + 1,
                case.key,
                f"{case.key} is in no test",
                f"name a test after it: test_{case.key.lower().replace('-', '_')}_…",
            )
        elif outcome in ("failed", "skipped"):
            yield Finding(
                "failed-case",
                level,
                plan.file,
                case.line + 1,
                case.key,
                f"the test of {case.key} was {outcome} in the last run",
                "mend the test or what it tests",
            )
    unnamed: dict[str, list[Test]] = {}
    for test in model.project.tests:
        if not test.cases:
            unnamed.setdefault(test.file, []).append(test)
        elif test.empty:
            yield Finding(
                "empty-test",
                "warning",
                test.file,
                test.line,
                test.name,
                f"{test.name} names {', '.join(sorted(test.cases))} and asserts nothing",
                "assert what the test case says",
            )
        for case in sorted(test.cases - plan.entries.keys()):
            yield Finding(
                "unknown-reference",
                "error",
                test.file,
                test.line,
                case,
                f"{test.name} names {case}, which the plan does not define",
                "add the test case to the plan, or mend the name",
            )
    for file, tests in unnamed.items():
        names = ", ".join(test.name for test in tests[:3]) + (" …" if len(tests) > 3 else "")
        yield Finding(
            "unnamed-test",
            level,
            file,
            tests[0].line,
            file,
            f"{len(tests)} of its tests name no test case: {names}",
            "put the id into the name, a marker or a comment above: TC-001",
        )
    for case, accepted in read_accepted(model.project).items():
        entry = plan.entries.get(case)
        for key, digest in accepted.items() if entry else ():
            required = plan.entries.get(key)
            if required and fingerprint(required) != digest:
                yield Finding(
                    "accepted-changed",
                    "warning",
                    plan.file,
                    required.line + 1,
                    key,
                    f"{key} changed since {case} was accepted",
                    f"look at the test again, then `plan.py accept {case}`",
                )
    if "trace" in plan.regions:
        start, end = plan.regions["trace"]
        if "".join(plan.lines[start + 1 : end]).replace("\r\n", "\n").strip() != trace_table(model).strip():
            yield Finding(
                "trace-stale",
                "warning",
                plan.file,
                start + 1,
                "trace",
                "the table is not current",
                "`plan.py trace --write`",
            )


def fingerprint(entry: Entry) -> str:
    """Changes when the words of an entry change, not when they are wrapped otherwise."""
    import hashlib

    words = " ".join(COMMENT.sub(" ", entry.body or entry.text).split())
    return hashlib.sha256(words.encode()).hexdigest()[:12]


def read_accepted(project: Project) -> dict[str, dict[str, str]]:
    """What `accept` recorded: test case → requirement → fingerprint."""
    path = project.root / project.config.accepted
    data = load_yaml(path, project.root) if path.is_file() else {}
    return {case: marks for case, marks in data.items() if isinstance(marks, dict)}


def check_facts(model: Model) -> Iterator[Finding]:
    """Facts of the plan and the recorded answers."""
    for fact in model.plan.facts:
        if fact.answer not in model.project.answers:
            continue
        answer = model.project.answers[fact.answer]
        values = answer if isinstance(answer, list) else [answer]
        texts = [
            {True: "yes", False: "no", None: ""}.get(v, str(v)) if isinstance(v, bool | None) else str(v)
            for v in values
        ]
        spans = [match[2] for match in CODE_SPAN.finditer(fact.value)]
        written = spans or re.sub(r"\s*\([^()]*\)$", "", fact.value).split("," if isinstance(answer, list) else "\0")
        if sorted(map(plain, texts)) != sorted(plain(text) for text in written):
            yield Finding(
                "fact-edited",
                "warning",
                model.plan.file,
                fact.line + 1,
                fact.answer,
                f"{fact.label.strip('*- ')} differs from the recorded answer `{', '.join(texts)}`",
                f"facts come from the answers: `copier update --data {fact.answer}=…`",
            )


def check_history(model: Model) -> Iterator[Finding]:
    """Sources that changed before the checklist before coding was complete."""
    still_open = [item for item in model.checklist if model.open(item)]
    if not still_open or (model.project.root / f"{model.plan.file}.rej").exists():
        rejected = f"{model.plan.file}.rej"
        if still_open:
            yield Finding(
                "conflict-marker",
                "error",
                rejected,
                1,
                "conflict",
                "an update left changes that did not fit",
                f"bring them into {model.plan.file} and delete the file",
            )
        return
    git, sources = model.project.git, model.config.sources
    log = git("log", "--no-merges", "--format=%x00%h %s", "--name-only", "--", *sources, ".copier-answers.yml")
    if log is None:
        yield Finding(
            "not-checked",
            "info",
            model.plan.file,
            1,
            "git",
            "no git history: whether code came before the checklist was not looked at",
        )
        return
    written = [entry for entry in log.split("\0")[1:] if ".copier-answers.yml" not in entry]
    changed = [line[3:] for line in (git("status", "--porcelain", "--", *sources) or "").splitlines()]
    first = written[-1].splitlines()[0] if written else changed[0] if changed and log else ""
    if first:
        names = ", ".join(item.key for item in still_open[:4])
        yield Finding(
            "code-before-checklist",
            "error",
            model.plan.file,
            still_open[0].line + 1,
            "checklist",
            f"sources changed ({first}) and the checklist before coding is open: {names}",
            "complete section 15 first: fill the plan, then code what it says",
        )


CHECKS = (
    check_fields,
    check_phases,
    check_references,
    check_decisions,
    check_contracts,
    check_entities,
    check_trace,
    check_facts,
    check_history,
)


def judge(findings: Iterable[Finding], config: Config, *, whole: bool = True) -> list[Finding]:
    """Give every finding the level that counts here, take out what is off or waived, sort."""
    today, judged = date.today(), []
    for finding in findings:
        finding.level = config.level(finding)
        for waiver in config.waivers if finding.level in ("warning", "error") else ():
            named = waiver.where in (finding.subject, finding.file, "*") or fnmatch.fnmatch(
                finding.subject, waiver.where
            )
            if waiver.rule == finding.rule and named:
                waiver.used = True
                if waiver.until >= today:
                    finding.level, finding.waived = "info", f"{waiver.reason} (until {waiver.until})"
        if finding.level != "off":
            judged.append(finding)
    for waiver in config.waivers if whole else ():
        subject = f"{waiver.rule} {waiver.where}"
        if waiver.used and waiver.until < today:
            judged.append(
                Finding(
                    "waiver",
                    "warning",
                    CONFIG_FILE,
                    1,
                    subject,
                    f"this waiver ended on {waiver.until}: {waiver.reason}",
                    "mend what it covers, or give it a new end with a reason",
                )
            )
        elif not waiver.used:
            judged.append(
                Finding("waiver", "info", CONFIG_FILE, 1, subject, "this waiver matches nothing", "take it out")
            )
    return sorted(judged, key=lambda f: (-LEVELS.index(f.level), f.file, f.line, f.rule))


def findings_of(model: Model) -> list[Finding]:
    """Every finding of the plan and the project around it, judged."""
    found = [*model.plan.problems]
    for check in CHECKS:
        found += check(model)
    return judge(found, model.config)


# ── Reports ───────────────────────────────────────────────────────────────────────────────────


def bar(done: int, total: int, width: int = 10) -> str:
    """A progress bar, in ASCII where the terminal can't show blocks."""
    filled = done * width // total if total else 0
    full, empty = ("█", "░") if "utf" in (sys.stdout.encoding or "").lower() else ("#", ".")
    return full * filled + empty * (width - filled)


def cell(text: str) -> str:
    """Text that can stand in a cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def report_findings(findings: list[Finding], config: Config, form: str, verbose: bool = False) -> str:
    """The findings as text, Markdown or annotations of a GitHub run."""
    blocking = [f for f in findings if f.level == "error"]
    others = [f for f in findings if f.level == "warning"]
    notes = [f for f in findings if f.level == "info"]
    if form == "github":
        escape = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
        return "".join(
            f"::{f.level} file={f.file},line={f.line},title={f.rule}::{f'{f.message}. {f.fix}'.translate(escape)}\n"
            for f in [*blocking, *others]
        )
    total = f"{len(blocking)} block, {len(others)} don't, {len(notes)} notes (strictness: {config.strictness})"
    if form == "markdown":
        rows = [
            [
                "blocks" if f.level == "error" else "warns",
                f"`{f.file}:{f.line}`",
                cell(f"{f.message} ({f.rule})"),
                cell(f.fix),
            ]
            for f in [*blocking, *others]
        ]
        return f"{total}\n" + ("\n" + table(["", "Where", "What", "What to do"], rows) if rows else "")
    lines = []
    for title, group in (("Blocks", blocking), ("Does not block", others), ("Notes", notes if verbose else [])):
        if group:
            lines.append(f"{title}:")
        for f in group:
            why = f" [waived: {f.waived}]" if f.waived else ""
            lines += [
                f"  {f.file}:{f.line}: {f.rule}: {f.message}{why}",
                *([f"      {f.fix}"] if f.fix and not why else []),
            ]
    rules = dict.fromkeys(f.rule for f in blocking)
    lines += ["Why:", *(f"  {rule}: {RULES[rule][1]}" for rule in rules)] if rules else []
    return "\n".join([*lines, total]) + "\n"


def status_of(model: Model, findings: list[Finding]) -> dict[str, Any]:
    """Everything that the status says, as data."""
    plan = model.plan
    fields = [f for f in plan.fields.values() if f.state == "open"]
    entries = [e for e in plan.entries.values() if e.todo]
    items = [i for i in plan.items if model.open(i)]
    owners: dict[str, int] = {}
    for thing in (*fields, *entries, *(i for i in items if i.phase == model.current)):
        owners[thing.owner] = owners.get(thing.owner, 0) + 1
    now = next((p for p in model.phases if p.state == "now"), None)
    todo: list[dict[str, Any]] = []
    for due in sorted(fields, key=lambda f: 99 if f.by is None else f.by):
        if due.by is not None and due.by <= model.current + (model.current == 0):
            todo.append({"line": due.line + 1, "key": due.key, "text": due.label.strip("*_ "), "owner": due.owner})
    for item in now.items if now else ():
        if model.open(item):
            text = (item.text if item.box else f"{item.text}: {model.why(item)}").replace("*", "")
            todo.append(
                {
                    "line": item.line + 1,
                    "key": item.key,
                    "text": text.removeprefix(item.key).strip(),
                    "owner": item.owner,
                }
            )
    if now and now.gate and not todo:
        todo.append(
            {"line": now.gate.line + 1, "key": now.gate.key, "text": "close the phase", "owner": now.gate.owner}
        )
    title = next((h.text for h in plan.headings if h.level == 1), plan.file)
    return {
        "title": title,
        "plan": plan.file,
        "strictness": model.config.strictness,
        "phase": model.current,
        "phases": [
            {
                "number": p.number,
                "title": p.title,
                "line": p.line + 1,
                "state": p.state,
                "done": p.done,
                "total": p.total,
            }
            for p in model.phases
        ],
        "open": {"fields": len(fields), "definitions": len(entries), "items": len(items)},
        "filled": sum(f.state != "open" for f in plan.fields.values()),
        "owners": dict(sorted(owners.items(), key=lambda pair: -pair[1])),
        "next": todo,
        "blocking": sum(f.level == "error" for f in findings),
    }


def report_status(status: dict[str, Any], form: str) -> str:
    """The status for a terminal or as Markdown."""
    phases, todo = status["phases"], status["next"]
    words = {"closed": "closed", "now": "now", "waits": f"waits for {status['phase']}"}
    owners = ", ".join(f"{'@' + name if name else 'nobody'} {count}" for name, count in status["owners"].items())
    opened, blocking = status["open"], status["blocking"]
    summary = f"{status['filled']} fields filled, {opened['fields']} open; {opened['items']} items and {opened['definitions']} definitions open"
    verdict = f"{blocking} findings block: see `check`" if blocking else "Nothing blocks"
    if form == "markdown":
        rows = [
            [
                str(p["number"]),
                cell(p["title"]),
                f"{bar(p['done'], p['total'])} {p['done']}/{p['total']}",
                words[p["state"]],
            ]
            for p in phases
        ]
        steps = [
            f"- `{status['plan']}:{t['line']}` **{t['key'] or 'box'}** {cell(t['text'])}"
            + (f" (@{t['owner']})" if t["owner"] else "")
            for t in todo[:5]
        ]
        parts = [
            f"### {cell(status['title'])}: phase {status['phase']}",
            table(["", "Phase", "Progress", "State"], rows).rstrip(),
            f"{summary}. {verdict}.",
        ]
        parts += [f"Open by owner: {owners}."] if owners else []
        parts += ["**Next**\n\n" + "\n".join(steps)] if steps else []
        return "\n\n".join(parts) + "\n"
    wide = max([len(p["title"]) for p in phases] or [0])
    lines = [f"{status['title']}: phase {status['phase']} (strictness: {status['strictness']})", ""]
    for p in phases:
        lines.append(
            f"{p['number']:>3}  {p['title']:<{wide}}  {bar(p['done'], p['total'])} {p['done']:>3}/{p['total']:<3} {words[p['state']]}"
        )
    lines += ["", summary + ".", f"Open by owner: {owners}." if owners else "", verdict + ".", ""]
    lines += ["Next:"] if todo else []
    for t in todo[:5]:
        lines.append(
            f"  {status['plan']}:{t['line']}: {t['key'] or 'box'}  {t['text']}"
            + (f" (@{t['owner']})" if t["owner"] else "")
        )
    lines += [f"  … and {len(todo) - 5} more"] if len(todo) > 5 else []
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"


def trace_table(model: Model) -> str:
    """Requirements, test cases and where they are tested; no results, so that it changes seldom."""
    rows = []
    for row in model.trace:
        places = dict.fromkeys(f"`{test.file}`" for test in row.tests if test.file)
        cases = ", ".join(row.cases)
        rows.append([row.entry.key, ", ".join(row.stories), cases or "–", ", ".join(places) or "–"])
    return "\n" + table(["Requirement", "Stories", "Test cases", "Tests"], rows) + "\n"


# ── Commands ──────────────────────────────────────────────────────────────────────────────────


def emit(text: str) -> None:
    """Print, whatever the terminal can show."""
    sys.stdout.write(text)


def load(arguments: argparse.Namespace) -> Model:
    """Read configuration and plan."""
    root: Path = arguments.root
    config = read_config(root)
    if getattr(arguments, "results", None):
        config.results = arguments.results
    path = root / config.plan
    if not path.is_file():
        raise PlanError(f"there is no {config.plan} in {root}: `plan` in {CONFIG_FILE} says where it is")
    return Model(read_plan(read_text(path, root), config.plan), Project(root, config))


def command_check(arguments: argparse.Namespace) -> int:
    """Say what is wrong; exit 1 when something blocks."""
    model = load(arguments)
    findings = findings_of(model)
    blocks = sum(f.level == "error" for f in findings)
    if arguments.form == "json":
        data = {"plan": model.plan.file, "strictness": model.config.strictness, "blocking": blocks}
        emit(json.dumps(data | {"findings": [f.as_dict() for f in findings]}, indent=2) + "\n")
    else:
        emit(report_findings(findings, model.config, arguments.form, arguments.verbose))
    return int(blocks > 0)


def command_status(arguments: argparse.Namespace) -> int:
    """Say where the project stands."""
    model = load(arguments)
    status = status_of(model, findings_of(model))
    emit(json.dumps(status, indent=2) + "\n" if arguments.form == "json" else report_status(status, arguments.form))
    return 0


def command_rules(arguments: argparse.Namespace) -> int:
    """List the rules, and from which strictness on each blocks."""
    rules = {name: {"blocks_from": STRICTNESS[tier], "why": why} for name, (tier, why) in RULES.items()}
    lines = [f"{name:<22} {rule['blocks_from']:<8} {rule['why']}\n" for name, rule in rules.items()]
    emit(json.dumps(rules, indent=2) + "\n" if arguments.form == "json" else "".join(lines))
    return 0


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    here = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(
        prog="plan.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--root", type=Path, default=here, help="the project's folder (default: the one above this script)"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Any, *forms: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=run.__doc__, description=run.__doc__)
        command.set_defaults(run=run, form="text")
        for form in forms:
            command.add_argument(f"--{form}", dest="form", action="store_const", const=form)
        return command

    check = add("check", command_check, "json", "markdown", "github")
    check.add_argument("-v", "--verbose", action="store_true", help="show notes too")
    check.add_argument("--results", action="append", metavar="GLOB", help="JUnit files")
    status = add("status", command_status, "json", "markdown")
    status.add_argument("--results", action="append", metavar="GLOB", help="JUnit files")
    add("rules", command_rules, "json")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
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
