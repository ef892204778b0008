"""What people typed comes out as that very text: in Markdown, in a table's cell, in YAML, TOML and JSON."""

# ruff: noqa: RUF001 - dashes of all kinds are among what people type

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from jinja2.sandbox import SandboxedEnvironment
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from tests.support.template import ROOT

Escape = Callable[[str], str]


def macros() -> dict[str, Escape]:
    """Load includes/escape.jinja as Copier does, with the settings of copier.yml."""
    head = next(yaml.safe_load_all((ROOT / "copier.yml").read_text("utf-8").split("\n---\n")[0]))
    settings = {key: value for key, value in head["_envops"].items() if key != "undefined"}
    environment = SandboxedEnvironment(extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"], **settings)
    module = environment.from_string((ROOT / "includes/escape.jinja").read_text("utf-8")).module
    return {name: getattr(module, name) for name in ("md", "cell", "quoted")}


MACROS = macros()
GFM = MarkdownIt("commonmark").enable(["table", "strikethrough"]).use(dollarmath_plugin, double_inline=True)

PIECES = [
    *"\\`*_[]<>|~&$!#+-=.():@{}\"'/% 1aé–—",
    *("<!-- ", " -->", "<!-- /yours:fr -->", "# ", "1. ", "2) ", "- ", "+ ", "| ", "> ", "[a](b)", "![a](b)", "**x**"),
    *("__init__", "&amp;", "&#35;", "https://example.com/", "www.example.com", "@mention", "a@example.com", ":smile:"),
    *("mailto:a@example.com", ":+1:", "ftp://a", "API—3", "NFR_4", "WWW.A.b", "HTTPS://a", "C #", "Plan ##"),
    *("$math$", "$$x$$", "TODO(x)", "FR-001", "API-1", "UC–2", "{{ x }}", "[[ x ]]", "${{ x }}", "<b>", "</b>", "<?x"),
    *("~~~", "```", "---", "===", "[x]", "[ ]", "<https://example.com>", " ##", "10:30:15", "🚀", "漢字", "مرحبا"),
]  # fmt: skip

# One line, without what includes/validate.jinja refuses.
LETTERS = st.characters(exclude_categories=["Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp", "Zs"])
LINES = (
    st.lists(st.sampled_from(PIECES) | st.text(LETTERS, min_size=1, max_size=4), min_size=1, max_size=12)
    .map(lambda pieces: " ".join("".join(pieces).split()))
    .filter(bool)
)


def shown(tokens: list[Token]) -> str:
    """Return the text that a reader sees; markup within it is a failure."""
    markup = [token.type for token in tokens if token.type not in ("text", "text_special")]
    assert not markup, markup
    return "".join(token.content for token in tokens)


def paragraph(markdown: str) -> str:
    tokens = GFM.parse(markdown)
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    return shown(tokens[1].children or [])


@given(LINES)
def test_text_alone_in_a_line_is_shown_as_it_is(text: str) -> None:
    assert paragraph(MACROS["md"](text)) == text


@given(LINES)
def test_text_within_a_line_is_shown_as_it_is(text: str) -> None:
    assert paragraph(f"Name: {MACROS['md'](text)} – end") == f"Name: {text} – end"


@given(LINES)
def test_text_in_a_list_is_shown_as_it_is(text: str) -> None:
    kinds = [token.type for token in GFM.parse(f"- {MACROS['md'](text)}\n- last\n") if token.type != "inline"]
    item = ["list_item_open", "paragraph_open", "paragraph_close", "list_item_close"]
    assert kinds == ["bullet_list_open", *item, *item, "bullet_list_close"]


@given(LINES)
@example("written in C #")
def test_text_in_a_heading_is_shown_as_it_is(text: str) -> None:
    tokens = GFM.parse(f"# Plan: {MACROS['md'](text)}\n")
    assert shown(tokens[1].children or []) == f"Plan: {text}"


@given(LINES)
def test_text_between_lines_leaves_them_alone(text: str) -> None:
    tokens = GFM.parse(f"before\n{MACROS['md'](text)}\n\nafter\n")
    assert [token.type for token in tokens if token.type != "inline"] == ["paragraph_open", "paragraph_close"] * 2


@given(LINES, LINES)
def test_a_cell_holds_the_text_and_the_row_its_cells(first: str, second: str) -> None:
    tokens = GFM.parse(f"| a | b |\n| --- | --- |\n| {MACROS['cell'](first)} | {MACROS['cell'](second)} |\n")
    cells = [tokens[i + 1] for i, token in enumerate(tokens) if token.type == "td_open"]
    assert [shown(cell.children or []) for cell in cells] == [first, second]


# What CommonMark shows as it is, and a forge's renderer or the checker of the plan takes up.
TAKEN_UP = {
    "bare address": r"(?:https?|ftp)://|(?<!\w)www\.\S|(?:mailto|xmpp):",
    "mention": r"(?<!\\)@\w",
    "emoji": r"(?<!\\):(?:[+-]1|[a-z]+):",
    "anchor": r"<!--",
    "placeholder": r"TODO\(",
    "id": r"(?<!\w)(?:US|FR|NFR|UC|ENT|API|TC|THR|ADR)[-–—_]\d",
}


@pytest.mark.parametrize("pattern", TAKEN_UP.values(), ids=TAKEN_UP)
@pytest.mark.parametrize("piece", [piece for piece in PIECES if len(piece) > 1])
def test_nothing_is_left_that_a_forge_or_the_checker_of_the_plan_takes_up(piece: str, pattern: str) -> None:
    for text in (piece.strip(), f"a {piece} b"):
        assert not re.search(pattern, MACROS["md"](text), re.IGNORECASE)
        assert paragraph(MACROS["md"](text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "Order Desk",
        "my_project - v2 (beta)",
        "Orders & returns, 24/7!",
        "R&D: 3 > 2, a < b",
        "C# and F#",
        "Open 10:30:15 (UTC+1)",
        "Ada's #1 tool; 50 % off",
        "Müller GmbH – für alle",
        "1.5 times | 2-fold",
        "What? {{ this }}",
    ],
)
def test_a_plain_text_gets_no_escape(text: str) -> None:
    assert MACROS["md"](text) == text


@given(LINES)
def test_a_quoted_text_is_the_same_in_json_yaml_and_toml(text: str) -> None:
    written = MACROS["quoted"](text)
    assert json.loads(written) == text
    assert yaml.safe_load(f"key: {written} # comment\nlist: [{written}, 1]\n") == {"key": text, "list": [text, 1]}
    assert tomllib.loads(f"key = {written} # comment\n") == {"key": text}


def test_the_macros_are_those_of_the_documents() -> None:
    named = set(re.findall(r"`(\w+)\(text\)`", Path(ROOT / "docs/machine.md").read_text("utf-8")))
    assert named == set(MACROS)
