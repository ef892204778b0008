"""A fleet of local clones of several kinds, made from one small template, for what is done with many repositories."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.history import git, save
from tests.support.projects import ANSWERS_FILE
from tests.support.small import SmallTemplate

_QUESTIONS = """\
database: {type: str, choices: [sqlite, postgresql], default: sqlite}
telemetry: {type: str, multiselect: true, choices: [prometheus, opentelemetry], default: []}
license: {type: str, choices: [mit, apache-2.0, bsd], default: mit}
"""
_PLAN = """\
# Implementation plan: Orders

## Phases

### Phase 0: Prerequisites

- [{0}] **P0-90** Gate: all above is done

### Phase 1: Setup

- [ ] **P1-90** Gate: all above is done
"""
_OLD_FILE = "{% if database == 'postgresql' %}old.md{% endif %}"
_LINES = "".join(f"line {number}\n" for number in range(20))


def _files(version: int) -> dict[str, str]:
    return {
        "README.md": f"# Orders\n\nOf version {version}.\n\n" + _LINES,
        "Makefile": f"check:\n\techo {version}\n\n" + _LINES.replace("line", "# line"),
        "implementation.md": _PLAN.format(" "),
        # A release must not do this: it takes a file from those who have it.
        **({_OLD_FILE: "Going.\n"} if version == 1 else {"new.md": "New.\n"}),
    }


def _replace(project: Path, name: str, before: str, after: str) -> None:
    path = project / name
    text = path.read_text("utf-8")
    assert before in text, f"{name} does not hold {before!r}"
    path.write_text(text.replace(before, after), "utf-8", newline="\n")


def _write(project: Path, name: str, text: str) -> None:
    (project / name).write_text(text, "utf-8", newline="\n")


def _has_old_file(project: Path) -> None:
    _replace(project, ANSWERS_FILE, "sqlite", "postgresql")
    _write(project, "old.md", "Going.\n")


# What somebody did in a project of each kind, and the state that the report is to find.
KINDS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "untouched": ("clean", lambda _: None),
    "worked-in": ("clean", lambda project: _replace(project, "README.md", "line 19", "line 19, ours")),
    "own-files": ("clean", lambda project: _write(project, "own.py", "print(1)\n")),
    "begun": ("clean", lambda project: _replace(project, "implementation.md", "[ ] **P0-90**", "[x] **P0-90**")),
    "collides": ("conflict", lambda project: _replace(project, "Makefile", "echo 1", "echo ours")),
    "has-old-file": ("removed", _has_old_file),
    "other-value": ("flipped", lambda project: _replace(project, ANSWERS_FILE, "apache-2.0", "bsd")),
    "updated": ("current", lambda project: _replace(project, ANSWERS_FILE, "_commit: v1.0.0", "_commit: v2.0.0")),
    "torn": ("error", lambda project: _write(project, ANSWERS_FILE, "_commit: [\n")),
    "orphan": ("error", lambda project: _replace(project, ANSWERS_FILE, "_src_path: ", "_src_path: /no/such")),
}


@dataclass(frozen=True)
class Fleet:
    """Clones below one folder, and what the report is to say of each."""

    folder: Path
    template: SmallTemplate
    expected: dict[str, str]


def make_fleet(folder: Path, count: int) -> Fleet:
    """Make that many clones of a project at v1.0.0 of a template whose newest version is v2.0.0."""
    template = SmallTemplate(folder / "template", _QUESTIONS)
    template.release("v1.0.0", _files(1))
    # Nor this: those who chose it get the default, in silence.
    _replace(template.folder, "copier.yml", ", bsd]", "]")
    template.release("v2.0.0", _files(2))
    template.release("v3.0.0rc1", _files(3))
    # No version, though it ends like one.
    git(template.folder, "tag", "source/v9.0.0")
    first = template.project(folder / "first", "v1.0.0", "--data=license=apache-2.0")
    clones = folder / "clones"
    expected = {}
    for number in range(count):
        kind = list(KINDS)[number % len(KINDS)]
        state, change = KINDS[kind]
        name = f"{kind}-{number:03}"
        project = Path(shutil.copytree(first, clones / name))
        change(project)
        save(project)
        expected[name] = state
    (clones / "no-project").mkdir(parents=True)
    git(clones / "no-project", "init", "--quiet")
    return Fleet(clones, template, expected)
