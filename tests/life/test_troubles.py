"""Updates that go wrong: what people committed is intact, the message says what it is, and the documented way goes on.

docs/upgrading.md has a line for each. The template is the smallest that shows it; what happens is Copier's and git's.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.history import conflicts, git, save
from tests.support.projects import ANSWERS_FILE
from tests.support.small import SmallTemplate, command, environment, run_copier
from tests.support.template import ROOT, settings

pytestmark = pytest.mark.life

# Many, so that the writing takes long enough to be stopped in the middle.
PAGES = [f"docs/page{number:03}.md" for number in range(40)]
MINE = "We meet on Mondays.\n"


def version(number: int) -> dict[str, str]:
    return dict.fromkeys(PAGES, f"# Page\n\nVersion {number}.\n\nOne.\n\nTwo.\n\nThree.\n\nEnd.\n")


@pytest.fixture
def template(tmp_path: Path) -> SmallTemplate:
    made = SmallTemplate(tmp_path / "template")
    made.release("v1.0.0", version(1))
    made.release("v2.0.0", version(2))
    return made


@pytest.fixture
def project(template: SmallTemplate, tmp_path: Path) -> Path:
    """A project of the first version, with work of its own in it."""
    made = template.project(tmp_path / "project", "v1.0.0")
    page = made / PAGES[0]
    page.write_text(page.read_text("utf-8") + MINE, "utf-8")
    (made / "own.py").write_text("print(1)\n", "utf-8")
    save(made)
    return made


def update(project: Path, *options: str) -> tuple[int, str]:
    outcome = run_copier("update", "--defaults", *options, folder=project)
    return outcome.code, outcome.said


def contents(project: Path) -> dict[str, bytes]:
    files = (path for path in project.rglob("*") if path.is_file() and ".git" not in path.relative_to(project).parts)
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in files}


def is_clean(project: Path) -> bool:
    return not git(project, "status", "--porcelain")


def updates_well(project: Path) -> None:
    """See that the next update brings the second version, and keeps what is the project's own."""
    code, said = update(project)
    assert code == 0, said
    assert not conflicts(project)
    page = (project / PAGES[0]).read_text("utf-8")
    assert "Version 2." in page
    assert page.endswith(MINE)
    assert (project / "own.py").exists()
    assert yaml.safe_load((project / ANSWERS_FILE).read_text("utf-8"))["_commit"] == "v2.0.0"


def is_refused(project: Path, says: str, *options: str) -> None:
    """See that an update is refused, for a reason that it says, and leaves everything as it is."""
    before = contents(project)
    code, said = update(project, *options)
    assert code != 0
    assert says in said
    assert contents(project) == before
    assert is_clean(project)


def go_back(project: Path) -> None:
    """Do what docs/upgrading.md says for an update that stopped half way."""
    commands = re.search(r"`(git reset --hard && git clean -fd)`", (ROOT / "docs/upgrading.md").read_text("utf-8"))
    assert commands
    for line in commands[1].split(" && "):
        # A process that was killed leaves its lock behind.
        (project / ".git" / "index.lock").unlink(missing_ok=True)
        git(project, *line.split()[1:])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("moment", ["first-file", "half", "last-file", "answers-file"])
def test_killed_half_way(moment: str, project: Path) -> None:
    """It is killed as soon as the work tree shows that it has come so far."""
    before = contents(project)
    head = git(project, "rev-parse", "HEAD")
    watched = {"first-file": PAGES[1], "half": PAGES[20], "last-file": PAGES[-1], "answers-file": ANSWERS_FILE}[moment]
    process = subprocess.Popen(
        command("update", "--defaults", "--quiet"),
        cwd=project,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while process.poll() is None and (project / watched).read_bytes() == before[watched]:
            pass
    finally:
        process.kill()
    assert process.wait() == -signal.SIGKILL, "it ended before it could be killed"
    assert not is_clean(project), "nothing was under way"
    assert git(project, "rev-parse", "HEAD") == head
    go_back(project)
    assert contents(project) == before
    updates_well(project)


def has_limits() -> bool:
    return sys.platform != "win32" and shutil.which("prlimit") is not None


@pytest.mark.skipif(not has_limits(), reason="there is no prlimit(1), which stands in for a full disk")
def test_a_disk_that_is_full(template: SmallTemplate, project: Path) -> None:
    """No file may grow over 64 KiB: the write of a large file fails half way, as on a disk without space."""
    template.release("v2.0.0-large", {**version(2), "large.txt": "0123456789abcdef\n" * 8192})
    before = contents(project)
    outcome = run_copier(
        "update", "--defaults", "--vcs-ref=v2.0.0-large", folder=project, prefix=["prlimit", "--fsize=65536"]
    )
    assert outcome.code != 0
    go_back(project)
    assert contents(project) == before
    updates_well(project)


def test_a_template_that_cannot_be_reached(template: SmallTemplate, project: Path) -> None:
    hidden = template.folder.with_name("hidden")
    template.folder.rename(hidden)
    is_refused(project, "Local template must be a directory")
    hidden.rename(template.folder)
    updates_well(project)


def test_a_server_that_cannot_be_reached(project: Path) -> None:
    answers = project / ANSWERS_FILE
    address = "https://127.0.0.1:9/template.git"
    lines = answers.read_text("utf-8").splitlines()
    changed = [f"_src_path: {address}" if line.startswith("_src_path:") else line for line in lines]
    answers.write_text("\n".join(changed) + "\n", "utf-8")
    save(project)
    is_refused(project, address)


@pytest.mark.parametrize("how", ["changed", "untracked", "staged"])
def test_a_work_tree_that_is_not_clean(how: str, project: Path) -> None:
    path = project / ("new.py" if how == "untracked" else "own.py")
    path.write_text("print(2)\n", "utf-8")
    if how == "staged":
        git(project, "add", path.name)
    before = contents(project)
    code, said = update(project)
    assert code != 0
    assert "dirty" in said
    assert contents(project) == before
    save(project)
    updates_well(project)


def test_a_version_that_is_not_there(project: Path) -> None:
    is_refused(project, "v9.9.9", "--vcs-ref=v9.9.9")


def test_the_version_of_the_project_is_gone(template: SmallTemplate, project: Path) -> None:
    git(template.folder, "tag", "--delete", "v1.0.0")
    is_refused(project, "v1.0.0")
    # The way that is documented: name a version with the same content.
    git(template.folder, "tag", "v1.0.1", "HEAD~1")
    answers = project / ANSWERS_FILE
    answers.write_text(answers.read_text("utf-8").replace("v1.0.0", "v1.0.1"), "utf-8")
    save(project)
    updates_well(project)


def test_a_version_that_was_moved_is_not_noticed(template: SmallTemplate, project: Path) -> None:
    """That is why a tag is never moved: who has taken it does not get what it holds now."""
    assert update(project)[0] == 0
    save(project)
    changed = version(2) | {PAGES[5]: "# Page\n\nVersion 2, mended.\n"}
    git(template.folder, "tag", "--delete", "v2.0.0")
    template.release("v2.0.0", changed)
    before = contents(project)
    code, said = update(project)
    assert code == 0, said
    assert contents(project) == before


def test_rewritten_history_of_the_template(template: SmallTemplate, project: Path) -> None:
    """The commits are other ones, with the same tags and files: nothing is lost."""
    shutil.rmtree(template.folder)
    again = SmallTemplate(template.folder)
    again.release("v0.9.0", {"unlike.md": "Another root.\n"})
    again.release("v1.0.0", version(1))
    again.release("v2.0.0", version(2))
    updates_well(project)


def test_a_template_that_would_run_programs(project: Path, tmp_path: Path) -> None:
    """A branch that somebody sent names another template, which has a task: nobody trusts it, so it is refused."""
    tampered = SmallTemplate(tmp_path / "tampered", f'_tasks: ["echo > {(tmp_path / "ran").as_posix()}"]\n')
    for number in (1, 2):
        tampered.release(f"v{number}.0.0", version(number))
    answers = project / ANSWERS_FILE
    text = answers.read_text("utf-8")
    answers.write_text(text.replace((tmp_path / "template").as_posix(), tampered.folder.as_posix()), "utf-8")
    save(project)
    is_refused(project, "tasks")
    assert not (tmp_path / "ran").exists()


def test_a_copier_that_is_too_old(template: SmallTemplate, project: Path) -> None:
    """The template is a version that asks for a Copier from the future; to it, this one is too old."""
    copier_yml = template.folder / "copier.yml"
    copier_yml.write_text(copier_yml.read_text("utf-8") + '_min_copier_version: "999.0.0"\n', "utf-8")
    template.release("v3.0.0", version(3))
    is_refused(project, "999.0.0")
    code, said = update(project, "--vcs-ref=v2.0.0")
    assert code == 0, said


def test_the_template_names_the_oldest_copier_that_will_do() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", settings()["_min_copier_version"])


def test_an_answers_file_newer_than_the_template(template: SmallTemplate, project: Path) -> None:
    """A clone of the template that was not fetched has not heard of the version that the project is at."""
    assert update(project)[0] == 0
    save(project)
    git(template.folder, "tag", "--delete", "v2.0.0")
    git(template.folder, "reset", "--quiet", "--hard", "v1.0.0")
    is_refused(project, "v2.0.0")


def test_a_version_older_than_the_project(project: Path) -> None:
    assert update(project)[0] == 0
    save(project)
    is_refused(project, "Downgrades are not supported", "--vcs-ref=v1.0.0")


def test_two_people_update_on_two_branches(template: SmallTemplate, project: Path) -> None:
    """Both took the same version, and each worked on: git merges it as any change that both made."""
    git(project, "switch", "--quiet", "--create", "hers")
    updates_well(project)
    (project / "hers.py").write_text("print(3)\n", "utf-8")
    save(project)
    git(project, "switch", "--quiet", "main")
    updates_well(project)
    (project / "his.py").write_text("print(4)\n", "utf-8")
    save(project)
    git(project, "merge", "--quiet", "--no-edit", "hers")
    assert not conflicts(project)
    assert {"hers.py", "his.py", "own.py"} <= contents(project).keys()
    template.release("v3.0.0", version(3))
    code, said = update(project)
    assert code == 0, said
    assert not conflicts(project)
    assert (project / PAGES[0]).read_text("utf-8").endswith(MINE)


def test_two_people_take_different_versions(template: SmallTemplate, project: Path) -> None:
    """The answers file conflicts, and so nobody merges it unseen; the newer side is right."""
    template.release("v3.0.0", version(3))
    git(project, "switch", "--quiet", "--create", "hers")
    assert update(project, "--vcs-ref=v3.0.0")[0] == 0
    save(project)
    git(project, "switch", "--quiet", "main")
    assert update(project, "--vcs-ref=v2.0.0")[0] == 0
    save(project)
    with pytest.raises(subprocess.CalledProcessError):
        git(project, "merge", "--quiet", "--no-edit", "hers")
    assert ANSWERS_FILE in git(project, "diff", "--name-only", "--diff-filter=U").split()
    # The documented way: take theirs where it is the newer version, in each file that conflicts.
    git(project, "merge", "--abort")
    git(project, "merge", "--quiet", "--no-edit", "--strategy-option=theirs", "hers")
    code, said = update(project)
    assert code == 0, said
    assert is_clean(project)
    page = (project / PAGES[0]).read_text("utf-8")
    assert "Version 3." in page
    assert page.endswith(MINE)
