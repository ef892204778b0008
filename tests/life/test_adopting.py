"""Repositories that exist already adopt the template: nothing of theirs is lost, and later updates are quiet."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.history import History, conflicts, differences, git, save, update
from tests.support.projects import ANSWERS_FILE
from tests.support.small import Outcome, SmallTemplate, environment, run_copier
from tests.support.template import ROOT

pytestmark = pytest.mark.life

SHAPES: dict[str, dict[str, str]] = {
    "a README only": {"README.md": "# Orders\n\nTakes orders.\n"},
    "a service of another layout": {
        "README.md": "# Orders\n",
        "pyproject.toml": '[project]\nname = "orders"\nversion = "3.2.1"\ndependencies = ["fastapi"]\n',
        "app/__init__.py": "",
        "app/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n",
        "app/models/order.py": "class Order:\n    number: int\n",
        "tests/test_main.py": "def test_nothing() -> None:\n    pass\n",
        ".gitignore": "/var/\n.env\n",
    },
    "its own CI and hooks": {
        "Readme.md": "# orders\r\n",
        ".github/workflows/ci.yml": "name: ours\non: push\njobs: {}\n",
        ".github/workflows/nightly.yml": "name: nightly\non: push\njobs: {}\n",
        ".pre-commit-config.yaml": "repos: []\n",
        "Makefile": "all:\n\tgo build ./...\n",
        "CHANGELOG.md": "# Changes\n\n- 2019: began\n",
        "logo.bin": "\0\1\2\n",
    },
}


def repository(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    git(folder, "init", "--quiet", "--initial-branch=main")
    save(folder)
    return folder


def adopt(folder: Path, template: Path, *options: str) -> Outcome:
    command = [sys.executable, str(ROOT / "scripts/adopt.py"), str(folder), f"--template={template}", *options]
    return Outcome(
        subprocess.run(command, env=environment(), capture_output=True, text=True, encoding="utf-8", check=False)
    )


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.relative_to(folder).parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def listed(outcome: Outcome, kind: str) -> list[str]:
    """Return the files that the list has under a kind."""
    lines = outcome.said.splitlines()
    start = next((number for number, line in enumerate(lines) if f" {kind}: " in line), len(lines))
    found = []
    for line in lines[start + 1 :]:
        if not line.startswith("  "):
            break
        found.append(line.strip())
    return found


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    made = History(tmp_path_factory.mktemp("history") / "template")
    made.add_working_tree("v0.1.0")
    return made


@pytest.mark.parametrize("shape", SHAPES)
def test_a_repository_adopts_the_template(shape: str, history: History, tmp_path: Path) -> None:
    theirs = repository(tmp_path / "orders", SHAPES[shape])
    before = contents(theirs)
    seen = adopt(theirs, history.folder)
    seen.check()
    assert contents(theirs) == before
    written = adopt(theirs, history.folder, "--write")
    written.check()
    after = contents(theirs)
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() == set(listed(seen, "new"))
    assert not set(listed(seen, "new")) & before.keys()
    save(theirs)
    outcome = run_copier("update", "--defaults", "--quiet", folder=theirs)
    outcome.check()
    assert not git(theirs, "status", "--porcelain"), "the second update is not quiet"
    assert contents(theirs) == after


FIRST = {"Makefile": "check:\n\ttrue\n", "ci.yml": "name: ci\nsteps: 1\n", "docs/a.md": "One.\n", "LICENSE": "MIT\n"}
SECOND = FIRST | {"docs/a.md": "Two.\n", "docs/b.md": "New.\n", "ci.yml": "name: ci\nsteps: 2\n"}


@pytest.fixture
def template(tmp_path: Path) -> SmallTemplate:
    """A template whose v0.0.0 is empty, as this template's is."""
    made = SmallTemplate(tmp_path / "template")
    made.release("v0.0.0", {})
    made.release("v1.0.0", FIRST)
    return made


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    files = {
        "Makefile": "all:\n\tgo build\n",
        "LICENSE": "MIT\n",
        "main.go": "package main\n",
        ".gitignore": "secret\n",
    }
    return repository(tmp_path / "orders", files)


def test_only_what_was_agreed_is_taken(template: SmallTemplate, theirs: Path) -> None:
    seen = adopt(theirs, template.folder)
    assert listed(seen, "new") == [ANSWERS_FILE, "ci.yml", "docs/a.md"]
    assert listed(seen, "equal") == ["LICENSE"]
    assert listed(seen, "different") == ["Makefile"]
    adopt(theirs, template.folder, "--write", "--without=ci.yml", "--replace=Makefile").check()
    assert (theirs / "Makefile").read_text("utf-8") == FIRST["Makefile"]
    assert not (theirs / "ci.yml").exists()
    assert not git(theirs, "diff", "--cached", "--name-only"), "the commit is theirs to make"
    save(theirs)
    template.release("v2.0.0", SECOND)
    run_copier("update", "--defaults", "--quiet", folder=theirs).check()
    assert not conflicts(theirs)
    assert (theirs / "docs/a.md").read_text("utf-8") == "Two.\n"
    assert (theirs / "docs/b.md").exists()
    assert not (theirs / "ci.yml").exists(), "what was declined came back"


def test_what_is_different_stays_through_updates(template: SmallTemplate, theirs: Path) -> None:
    adopt(theirs, template.folder, "--write").check()
    save(theirs)
    template.release("v2.0.0", SECOND)
    run_copier("update", "--defaults", "--quiet", folder=theirs).check()
    assert not conflicts(theirs)
    assert (theirs / "Makefile").read_text("utf-8") == "all:\n\tgo build\n"
    assert (theirs / "ci.yml").read_text("utf-8") == SECOND["ci.yml"]


def test_plain_copier_adopts_from_the_empty_version(template: SmallTemplate, theirs: Path) -> None:
    """Without the script: what both have is merged line by line, and shown where it can't be."""
    run_copier("copy", "--defaults", "--quiet", "--vcs-ref=v0.0.0", str(template.folder), ".", folder=theirs).check()
    save(theirs)
    run_copier("update", "--defaults", "--quiet", folder=theirs).check()
    assert (theirs / "main.go").exists()
    assert (theirs / "ci.yml").read_text("utf-8") == FIRST["ci.yml"]
    merged = (theirs / "Makefile").read_text("utf-8")
    assert "go build" in merged
    assert "true" in merged
    # They decide, and from then on it is quiet.
    (theirs / "Makefile").write_text("all:\n\tgo build\n", "utf-8")
    save(theirs)
    assert not conflicts(theirs)
    template.release("v2.0.0", SECOND)
    run_copier("update", "--defaults", "--quiet", folder=theirs).check()
    assert not conflicts(theirs)
    assert (theirs / "Makefile").read_text("utf-8") == "all:\n\tgo build\n"


def test_the_empty_version_of_this_template_becomes_a_fresh_copy(tmp_path: Path) -> None:
    history = History(tmp_path / "template")
    history.add_working_tree("v0.1.0")
    head = git(history.folder, "rev-parse", "HEAD")
    script = "import pathlib, sys, empty_version; empty_version.make(pathlib.Path(sys.argv[1]))"
    subprocess.run(
        [sys.executable, "-c", script, str(history.folder)], cwd=ROOT / "scripts", env=environment(), check=True
    )
    assert git(history.folder, "rev-parse", "HEAD") == head
    assert not git(history.folder, "status", "--porcelain")
    project = history.copy(tmp_path / "project", "v0.0.0")
    assert project.files == (ANSWERS_FILE,)
    assert not differences(update(project.path), history.copy(tmp_path / "fresh", "v0.1.0"))


def refused(outcome: Outcome, reason: str) -> None:
    assert outcome.code == 2, outcome.said
    assert reason in outcome.said
    assert "Traceback" not in outcome.said


def test_what_can_not_adopt_is_refused_before_anything_is_written(
    template: SmallTemplate, theirs: Path, tmp_path: Path
) -> None:
    def try_it(*options: str, folder: Path = theirs) -> Outcome:
        before = contents(folder) if folder.exists() else None
        outcome = adopt(folder, template.folder, "--write", *options)
        assert before == (contents(folder) if folder.exists() else None)
        return outcome

    refused(try_it(folder=tmp_path / "nowhere"), "is no folder")
    plain = tmp_path / "plain"
    plain.mkdir()
    refused(try_it(folder=plain), "not a git repository")
    git(plain, "init", "--quiet")
    refused(try_it(folder=plain), "no commit yet")
    (theirs / "part").mkdir()
    refused(try_it(folder=theirs / "part"), "is a part of the repository")
    refused(try_it("--replace=no-such-file"), "fits no file that is different")
    refused(try_it("--data-file=no-such-file.yml"), "could not be rendered")
    (theirs / "new.go").write_text("package main\n", "utf-8")
    refused(try_it(), "not clean")
    save(theirs)
    (theirs / ANSWERS_FILE).write_text("_commit: v1\n", "utf-8")
    refused(try_it(), "there already")


def test_what_git_could_not_give_back_is_not_replaced(template: SmallTemplate, theirs: Path) -> None:
    template.release("v1.1.0", FIRST | {"secret": "TOKEN=\n"})
    (theirs / "secret").write_text("TOKEN=mine\n", "utf-8")
    refused(adopt(theirs, template.folder, "--write", "--replace=secret"), "git does not have secret")
    adopt(theirs, template.folder, "--write").check()
    assert (theirs / "secret").read_text("utf-8") == "TOKEN=mine\n"


def test_what_would_be_hidden_is_named(template: SmallTemplate, theirs: Path) -> None:
    template.release("v1.1.0", FIRST | {"secret": "TOKEN=\n"})
    assert listed(adopt(theirs, template.folder), "ignored") == ["secret"]


@pytest.mark.skipif(sys.platform in {"darwin", "win32"}, reason="names there do not differ by their letters' case")
def test_a_name_in_other_letters_blocks(template: SmallTemplate, theirs: Path) -> None:
    for name in ("Docs/mine.md", "CI.yml"):
        (theirs / name).parent.mkdir(exist_ok=True)
        (theirs / name).write_text("Mine.\n", "utf-8")
    save(theirs)
    assert listed(adopt(theirs, template.folder), "blocked") == ["ci.yml", "docs/a.md"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_a_link_is_not_followed(template: SmallTemplate, theirs: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (theirs / "docs").symlink_to(outside)
    save(theirs)
    seen = adopt(theirs, template.folder, "--write")
    assert listed(seen, "blocked") == ["docs/a.md"]
    assert not list(outside.iterdir())
