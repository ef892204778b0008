"""The suites notice what they are for: each kind of damage, done on purpose, makes the named check fail."""

from __future__ import annotations

import re
import shutil
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.support.formats import parse
from tests.support.hygiene import bad_path, leaks, leftovers, untidy
from tests.support.links import broken_links
from tests.support.linters import LINTERS
from tests.support.projects import Project, Projects, render
from tests.support.template import ROOT
from tests.support.tools import ToolMissingError
from tests.support.traces import traces


@pytest.fixture
def healthy(projects: Projects, tmp_path: Path) -> Project:
    """The default project, in a folder that a test may damage."""
    return projects.render({}).copy_to(tmp_path / "project")


@pytest.fixture
def spoilt(template: Path, tmp_path: Path) -> Path:
    """The template, in a folder that a test may damage."""
    return Path(shutil.copytree(template, tmp_path / "template"))


def test_every_folder_of_tests_is_collected(request: pytest.FixtureRequest) -> None:
    """Pytest passes over folders with certain names, such as `build`, without a word."""
    passed_over: list[str] = request.config.getini("norecursedirs")
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py")}
    assert not [
        str(folder)
        for folder in folders
        for part in folder.parts
        if any(fnmatchcase(part, name) for name in passed_over)
    ]


def append(path: Path, text: str) -> None:
    path.write_bytes((path.read_bytes() if path.exists() else b"") + text.encode())


def test_a_leftover_delimiter_is_seen(spoilt: Path, tmp_path: Path) -> None:
    """A tag within a raw block is written as it is."""
    append(spoilt / "template/[[ on.base ]]/SUPPORT.md.jinja", "[% raw %][[ project_name ]][% endraw %]\n")
    project = render(spoilt, {}, tmp_path / "project")
    assert list(leftovers(project.text("SUPPORT.md")))


@pytest.mark.parametrize(
    "line",
    [
        "[[ project_name ]]",
        "[[- project_name -]]",
        "[% if on.python %]",
        "[%- endif %]",
        "[# note #]",
        "[#- note -#]",
        "name: [[ quoted(project_name) ]]",
        "[[ 'text' ]]",
        "half of one ]]",
        "half of one %]",
    ],
)
def test_a_tag_is_seen(line: str) -> None:
    assert list(leftovers(f"one\n{line}\n"))


@pytest.mark.parametrize(
    "line",
    [
        "[[tool.mypy.overrides]]",
        'if [[ -f "$x" ]]; then',
        "if [[ $x == a ]]; then",
        "x: list[dict[str, list[int]]]",
        "[[1, 2], [3, 4]]",
        're.compile(r"[%#]")',
        "- [ ] open",
        "[link](#anchor)",
        "${{ matrix.version }}",
        "{{ .Values.name }}",
        "a = rows[names[i]]",
    ],
)
def test_what_other_languages_write_is_no_tag(line: str) -> None:
    assert not list(leftovers(f"one\n{line}\n"))


def test_a_trace_of_something_off_is_seen(healthy: Project) -> None:
    assert not list(traces(healthy))
    append(healthy.path / "docs/README.md", "\nStart PostgreSQL first.\n")
    (healthy.path / "docs/gitlab.md").write_text("# Empty\n", "utf-8")
    assert [finding.partition(" ")[0] for finding in traces(Project(healthy.path, {}))] == [
        "docs/README.md:" + str(len(healthy.text("docs/README.md").splitlines())) + ":",
        "docs/gitlab.md",
    ]


@pytest.mark.parametrize("tag", ["[[ on.no_such_switch ]]", "[[ no_such_name ]]", "[% if no_such_name %]x[% endif %]"])
def test_a_missing_variable_stops_the_rendering(spoilt: Path, tmp_path: Path, tag: str) -> None:
    append(spoilt / "template/[[ on.base ]]/SUPPORT.md.jinja", f"{tag}\n")
    with pytest.raises(Exception, match="no_such"):
        render(spoilt, {}, tmp_path / "project")


def findings(linter: str, project: Project, tmp_path: Path) -> str:
    folder = tmp_path / "linter"
    folder.mkdir()
    try:
        return "\n".join(LINTERS[linter]([project], folder))
    except ToolMissingError as error:
        pytest.skip(str(error))


def test_an_unpinned_action_is_seen(healthy: Project, tmp_path: Path) -> None:
    workflow = healthy.path / ".github/workflows/ci.yml"
    text, count = re.subn(r"(actions/checkout)@[0-9a-f]{40}", r"\1@v7", workflow.read_text("utf-8"), count=1)
    assert count == 1
    workflow.write_text(text, "utf-8")
    assert "unpinned-uses" in findings("zizmor", healthy, tmp_path)


TOKEN = "gh" + "p_" + "aB3dE5gH7jK9mN1pQ3sT5vX7zA1cD3eF5gH7"
# A linter, the file to which a text is added, and what the linter must say of it.
DAMAGES = [
    ("actionlint", ".github/workflows/ci.yml", "jobs: {}\n", "jobs"),
    ("check_schemas", ".github/workflows/ci.yml", "no-such-key: 1\n", "no-such-key"),
    ("gitleaks", "SUPPORT.md", f'\nkey = "{TOKEN}"\n', "github-pat"),
    ("hadolint", "Dockerfile", "RUN cd / && sudo ls\n", "DL3004"),
    ("markdownlint", "SUPPORT.md", "\n#No space\n", "MD018"),
    ("ruff_check", "tests/support.py", "\nprint(no_such_name)\n", "F821"),
    ("ruff_format", "tests/support.py", "\nX = { 'a' : 1 }\n", "support.py"),
    ("shellcheck", "scripts/added.sh", "#!/bin/sh\nrm $1\n", "SC2086"),
    ("yamllint", ".pre-commit-config.yaml", "a:  [ 1,2 ]\n", "commas"),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=[damage[0] for damage in DAMAGES])
def test_each_linter_really_looks(healthy: Project, tmp_path: Path, damage: tuple[str, str, str, str]) -> None:
    linter, file, text, word = damage
    append(healthy.path / file, text)
    assert word in findings(linter, healthy, tmp_path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yml", "a: 1\na: 2\n"),
        ("a.json", '{"a": 1, "a": 2}\n'),
        ("a.toml", "a = 1\na = 2\n"),
        ("a.xml", "<a><b></a>\n"),
        ("a.tf", 'resource "x" {\n'),
        ("a.py", "def f(:\n"),
        ("a.unknown", "x\n"),
        (".env.example", "A=1\nA=2\n"),
        (".editorconfig", "[*]\na = 1\na = 2\n"),
        ("a.md", "---\na: 1\n"),
    ],
)
def test_a_file_that_does_not_parse_is_seen(name: str, text: str) -> None:
    with pytest.raises(Exception, match=r".+"):
        parse(name, text)


@pytest.mark.parametrize(
    "content", [b"a", b"a\n\n", b"a\r\n", b"\xef\xbb\xbfa\n", b"a \n", b"a\n\n\nb\n", b"\na\n", b"a\tb\n"]
)
def test_an_untidy_file_is_seen(content: bytes) -> None:
    assert list(untidy("a.md", content))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "- Database: None\n"),
        ("a.md", "Choose of ['a', 'b'].\n"),
        ("a.yml", "enabled: True\n"),
        ("a.md", "<copier._user_data.X object at 0x7f>\n"),
        ("a.md", "| a | None |\n"),
    ],
)
def test_a_leak_of_python_is_seen(name: str, text: str) -> None:
    assert list(leaks(name, text))


@pytest.mark.parametrize("name", ["a:b.md", "con.md", "docs/x ", "docs/ä.md", "a" * 120, "x.md.jinja", "[[ on.x ]]/a"])
def test_a_path_that_windows_refuses_is_seen(name: str) -> None:
    assert list(bad_path(name))


def test_a_broken_link_is_seen(healthy: Project) -> None:
    links = ["no/such.md", "README.md#no-such-heading", "../outside.md"]
    append(healthy.path / "SUPPORT.md", "\n" + " ".join(f"[x]({link})" for link in links) + "\n")
    found = list(broken_links(healthy))
    assert [any(link.split("#")[0] in finding for finding in found) for link in links] == [True] * 3
