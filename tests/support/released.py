"""What releases have promised: answers, their values, and the files of a default project.

`python -m tests.support.released` adds what is new to tests/data/released.yml; it takes nothing away, because projects
still hold the old answers. CONTRIBUTING.md says when to run it.
"""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support.projects import ANSWERS_FILE, render
from tests.support.questionnaire import Questionnaire
from tests.support.template import DATA, snapshot

_RECORD = DATA / "released.yml"
_HEADING = """\
# What releases have promised to projects. `python -m tests.support.released` adds to it at each release, and nothing is
# ever taken away: see CONTRIBUTING.md, "Release".
"""


@dataclass
class Promise:
    """What the template offers, or has ever offered."""

    # Values by answer, in no order that matters; none for a text.
    answers: dict[str, list[Any]]
    # Answers of a project that took every default, as its answers file held them.
    defaults: dict[str, Any]
    # Names of the capabilities that these answers turned on.
    capabilities: list[str]
    # Paths of that project's files.
    files: list[str]


def offered_now(template: Path) -> Promise:
    """Return what the template in this folder offers."""
    questionnaire = Questionnaire(template)
    answers = {
        name: questionnaire.offered(name) if "choices" in details else []
        for name, details in questionnaire.questions().items()
    }
    with tempfile.TemporaryDirectory() as folder:
        project = render(template, {}, Path(folder, "project"))
        written: dict[str, Any] = yaml.safe_load(project.text(ANSWERS_FILE))
        files = list(project.files)
    defaults = {name: value for name, value in written.items() if not name.startswith("_")}
    return Promise(answers, defaults, list(questionnaire.defaults()["capabilities"]), files)


def recorded() -> Promise:
    """Read what was promised."""
    return Promise(**yaml.safe_load(_RECORD.read_text("utf-8")))


def joined(old: Promise, new: Promise) -> Promise:
    """Return both: the values of each answer and the files of either, the defaults and capabilities of the old one."""
    answers = {
        name: sorted({*old.answers.get(name, []), *new.answers.get(name, [])})
        for name in sorted({*old.answers, *new.answers})
    }
    return Promise(answers, old.defaults, old.capabilities, sorted({*old.files, *new.files}))


def main() -> None:
    """Add what is new."""
    with tempfile.TemporaryDirectory() as folder:
        now = offered_now(snapshot(Path(folder)))
    promise = joined(recorded() if _RECORD.exists() else now, now)
    text = yaml.safe_dump(asdict(promise), sort_keys=False, allow_unicode=True, width=120)
    _RECORD.write_text(_HEADING + text, "utf-8", newline="\n")


if __name__ == "__main__":
    main()
