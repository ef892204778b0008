"""A release: the template packed for Copier, which renders what the sources render, under a tag that can be checked."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from extensions.errors import CatalogError
from extensions.release import is_true, main, pack, release
from tests.support.answers import as_answers, covering_rows
from tests.support.history import git
from tests.support.projects import ANSWERS_FILE, Projects, render
from tests.support.template import ROOT, snapshot

VERSION = "v0.2.0"


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory, projects: Projects) -> Path:
    folder = tmp_path_factory.mktemp("release") / "packed"
    pack(projects.template, folder)
    return folder


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The template's own repository, with a commit and no version."""
    folder = tmp_path / "repository"
    folder.mkdir()
    snapshot(folder)
    (folder / "LICENSE").write_bytes((ROOT / "LICENSE").read_bytes())
    (folder / "tests").mkdir()
    (folder / "tests" / "test_it.py").write_text("assert True\n", "utf-8")
    git(folder, "init", "--quiet", "--initial-branch=main")
    # Where modes of files are not kept, git has to be told of the programs.
    git(folder, "add", "--all", "--force")
    git(folder, "update-index", "--chmod=+x", "project/scripts/plan.py")
    git(folder, "commit", "--quiet", "--message=feat: everything")
    return folder


@pytest.mark.parametrize("number", range(len(covering_rows())), ids=lambda number: f"row{number:02}")
def test_a_release_renders_what_its_sources_render(
    packed: Path, projects: Projects, tmp_path: Path, number: int
) -> None:
    answers = as_answers(covering_rows()[number])
    expected = projects.render(answers)
    project = render(packed, answers, tmp_path / "project")
    assert project.contents() == expected.contents()
    modes = [[(each.path / name).stat().st_mode for name in expected.files] for each in (project, expected)]
    assert modes[0] == modes[1]


def test_a_tag_holds_what_copier_reads_and_nothing_else(repository: Path, tmp_path: Path) -> None:
    head = git(repository, "rev-parse", "HEAD")
    release(repository, VERSION)

    assert git(repository, "rev-parse", "HEAD") == head
    assert git(repository, "rev-parse", f"{VERSION}^") == head
    assert not git(repository, "status", "--porcelain")
    names = git(repository, "ls-tree", "--name-only", VERSION).split()
    parts = ["LICENSE", "README.md", "copier.yml", "extensions", "includes", "layers", "project"]
    assert sorted(names) == parts
    assert "100755" in git(repository, "ls-tree", VERSION, "project/scripts/plan.py")

    project = render(repository, {}, tmp_path / "project")
    assert yaml.safe_load(project.text(ANSWERS_FILE))["_commit"] == VERSION


def test_the_same_sources_give_the_same_release(repository: Path) -> None:
    release(repository, VERSION)
    assert is_true(repository, VERSION)


def test_a_tag_that_was_tampered_with_is_found(repository: Path) -> None:
    release(repository, VERSION)
    git(repository, "checkout", "--quiet", "--detach", VERSION)
    with (repository / "layers" / "base.jinja").open("a", encoding="utf-8") as file:
        file.write("more\n")
    git(repository, "commit", "--quiet", "--all", "--amend", "--no-edit")
    git(repository, "tag", "--force", VERSION)
    assert not is_true(repository, VERSION)


def test_a_tag_is_never_moved(repository: Path) -> None:
    release(repository, VERSION)
    made = git(repository, "rev-parse", VERSION)
    git(repository, "commit", "--quiet", "--allow-empty", "--message=fix: more")
    with pytest.raises(subprocess.CalledProcessError):
        release(repository, VERSION)
    assert git(repository, "rev-parse", VERSION) == made


def test_a_file_that_ends_with_a_blank_is_refused(tmp_path: Path) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    snapshot(sources)
    file = sources / "template" / "[[ on.base ]]" / ".gitattributes"
    file.write_bytes(file.read_bytes() + b"  ")
    with pytest.raises(CatalogError, match=r"\.gitattributes: must not end with a blank"):
        pack(sources, tmp_path / "packed")


@pytest.mark.parametrize("version", ["0.2.0", "v0.2", "v0.2.0-rc1"])
def test_what_is_no_version_is_refused(version: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([version])
    assert "write it as v0.2.0 or v0.2.0rc1" in capsys.readouterr().err
