"""The fixed set of histories in tests/data/histories.yml: what people do in a project, and which answers change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from tests.support.answers import Answers, as_answers, default_row, factors
from tests.support.merging import Contents, Merge, is_written_once
from tests.support.template import DATA


@dataclass(frozen=True)
class History:
    """A project with edits whose answers change from `old` to `new`."""

    name: str
    old: Answers
    new: Answers


@cache
def described() -> Mapping[str, Any]:
    """Read the edits and the changes of answers."""
    description: Mapping[str, Any] = yaml.safe_load((DATA / "histories.yml").read_text("utf-8"))
    return description


def with_answers(changed: Answers) -> Answers:
    """Return the defaults with these answers in their place, in the form in which other tests ask for them, too."""
    row = default_row()
    for factor in factors():
        name, _, member = factor.partition(":")
        if name in changed:
            row[factor] = member in changed[name] if member else changed[name]
    return as_answers(row)


def histories() -> Iterator[History]:
    """Yield each change of answers, and its way back."""
    defaults = with_answers({})
    for name, answers in described()["switches"].items():
        changed = with_answers(answers)
        yield History(f"{name}-on", defaults, changed)
        yield History(f"{name}-off", changed, defaults)


def edit(contents: Contents, only: Contents | None = None) -> dict[str, bytes]:
    """Do what people did, where the text that they changed is there.

    Args:
        contents: the files of a project.
        only: another project; what could not be done there is left out here, too.
    """
    files = dict(contents)
    for steps in described()["edits"].values():
        for step in steps:
            if "new" in step:
                files[step["file"]] = step["new"].encode()
            elif _has(contents, step) and (only is None or _has(only, step)):
                files[step["file"]] = _edited(files[step["file"]].decode(), step).encode()
    return files


def _marker(step: Mapping[str, str]) -> str:
    return step.get("before") or step.get("after") or step.get("instead_of") or ""


def _has(contents: Contents, step: Mapping[str, str]) -> bool:
    return _marker(step).encode() in contents.get(step["file"], b"") if step["file"] in contents else False


def _edited(text: str, step: Mapping[str, str]) -> str:
    if "append" in step:
        return text + step["append"]
    before, marker, after = text.partition(_marker(step))
    if "before" in step:
        return before + step["text"] + marker + after
    if "after" in step:
        return before + marker + step["text"] + after
    return before + step["text"] + after


def unexpected(merge: Merge, expected: Contents) -> list[str]:
    """Return the files that came out as no one wanted them, and without a conflict that says so."""
    names = {*merge.files, *expected} - {*merge.conflicts}
    return sorted(name for name in names if not is_written_once(name) and merge.files.get(name) != expected.get(name))
