"""No trust is needed: rendering reads the template alone, writes into its destination alone, and runs nothing else."""

from __future__ import annotations

import re
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.version import Version

from tests.support.answers import Answers, as_answers, covering_rows, described
from tests.support.questionnaire import Questionnaire
from tests.support.template import ROOT, files_of_the_template, settings
from tests.support.watched import Seen, watch

PYTHON = [Path(path).resolve() for path in (sys.prefix, sys.base_prefix, *sysconfig.get_paths().values())]
# Copier asks git whether the template is a repository, and for the version of the machine's git.
PROGRAMS = {"git"}
TRAPS = (
    "../../outside",
    "/outside",
    "..\\..\\outside",
    "~/outside",
    "[[ _copier_conf.src_path ]]",
    "x/../../../outside",
)


def outside(paths: Iterable[Path], *folders: Path) -> list[Path]:
    """Return the paths that are in none of the folders."""
    allowed = [folder.resolve() for folder in folders]
    return sorted(path for path in paths if not any(path.is_relative_to(folder) for folder in allowed))


def check(seen: Seen, template: Path, destination: Path, temporary: Path) -> None:
    null = Path("/dev/null")
    assert not outside(seen.written, destination, temporary, null)
    assert not outside(seen.read, template, destination, temporary, *PYTHON, ROOT / "tests", null)
    assert seen.programs <= PROGRAMS
    assert not seen.connected


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("row", [0, len(covering_rows()) - 1])
def test_rendering_touches_nothing_else(row: int, template: Path, tmp_path: Path, temporary: Path) -> None:
    destination = tmp_path / "project"
    seen = watch(template, destination, as_answers(covering_rows()[row]), temporary)
    assert not seen.refusal
    check(seen, template, destination, temporary)
    # It does see: from elsewhere, the template and the destination are outside.
    for folders in ((tmp_path / "elsewhere", destination), (template, tmp_path / "elsewhere")):
        with pytest.raises(AssertionError):
            check(seen, *folders, temporary)


@pytest.mark.parametrize("first", [0, len(TRAPS) // 2])
def test_an_answer_that_looks_like_a_path_leads_nowhere(
    first: int, template: Path, tmp_path: Path, temporary: Path
) -> None:
    """What is taken is text and no path; what names files and packages takes no such text."""
    questionnaire = Questionnaire(template)
    traps = {name: TRAPS[(number + first) % len(TRAPS)] for number, name in enumerate(described()["texts"])}
    refused = {name for name, trap in traps.items() if questionnaire.refusal(name, trap)}
    assert {"project_slug", "package_name"} <= refused
    answers: Answers = {name: trap for name, trap in traps.items() if name not in refused}
    assert "project_name" in answers
    destination = tmp_path / "a" / "b" / "project"
    destination.parent.mkdir(parents=True)
    check(watch(template, destination, answers, temporary), template, destination, temporary)


@pytest.mark.parametrize("name", ["project_slug", "package_name"])
def test_a_refused_answer_leaves_nothing_behind(name: str, template: Path, tmp_path: Path, temporary: Path) -> None:
    destination = tmp_path / "project"
    seen = watch(template, destination, {name: "../../outside"}, temporary)
    assert name in seen.refusal
    assert not destination.exists()
    check(seen, template, destination, temporary)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
@pytest.mark.parametrize("link", ["README.md", "docs", ".copier-answers.yml"])
def test_a_link_in_the_destination_is_not_followed(link: str, template: Path, tmp_path: Path, temporary: Path) -> None:
    """A branch that somebody sent may hold links to files of whoever updates it."""
    folder = tmp_path / "outside"
    folder.mkdir()
    target = folder / "file"
    target.write_text("_src_path: /nowhere\n", "utf-8")
    destination = tmp_path / "project"
    (destination / link).parent.mkdir(parents=True)
    (destination / link).symlink_to(folder if link.startswith("docs") else target)
    seen = watch(template, destination, {}, temporary)
    assert target.read_text("utf-8") == "_src_path: /nowhere\n"
    assert [path.name for path in folder.iterdir()] == ["file"]
    assert not outside(seen.written, destination, temporary, Path("/dev/null"))


def test_nothing_in_the_template_asks_for_trust() -> None:
    asks = {"_external_data", "_jinja_extensions", "_migrations", "_preserve_symlinks", "_tasks"}
    assert not asks & settings().keys()
    assert not [path for path in files_of_the_template() if (ROOT / path).is_symlink()]


def test_the_oldest_copier_that_is_taken_has_no_known_hole() -> None:
    page = (ROOT / "docs/security.md").read_text("utf-8")
    mended = [Version(found) for found in re.findall(r"^\| ([\d.]+) \|", page, re.MULTILINE)]
    assert len(mended) >= 7
    assert max(mended) <= Version(settings()["_min_copier_version"])
