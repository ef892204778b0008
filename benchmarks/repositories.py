"""Template repositories to measure: releases of this one, with idle files too, and a floor for comparison."""

import shutil
import subprocess
import sys
from pathlib import Path

from extensions.release import pack

ROOT = Path(__file__).resolve().parent.parent
FIRST, SECOND = "v1.0.0", "v1.1.0"

# What the floor needs beside its files; `_subdirectory` as in the real template.
FLOOR_SETTINGS = "_subdirectory: template\n_templates_suffix: .jinja\n"


def git(folder: Path, *arguments: str) -> str:
    """Run git in `folder` and return what it prints; raises CalledProcessError when it fails."""
    identity = ["-c", "user.name=benchmark", "-c", "user.email=benchmark@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", "-C", folder, *identity, *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


def commit(folder: Path, tag: str) -> None:
    """Commit everything below `folder` under a version tag, packed as a forge serves it; made if it is new."""
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", tag)
    git(folder, "tag", tag)
    git(folder, "gc", "--quiet")


def sources(folder: Path) -> Path:
    """Copy what this repository holds on disk into `folder`; returns it."""
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    return folder


def released(folder: Path, source: Path) -> Path:
    """Make a repository whose version FIRST is the release of the template in `source`; returns its folder."""
    pack(source, folder)
    commit(folder, FIRST)
    return folder


def floor(folder: Path, project: Path) -> Path:
    """Make a template whose files are the plain files of `project`, with no question; returns its folder.

    Copying it is what Copier itself costs for as many bytes in as many files.
    """
    shutil.copytree(project, folder / "template", ignore=shutil.ignore_patterns(".git", ".copier-answers.yml"))
    (folder / "copier.yml").write_text(FLOOR_SETTINGS, "utf-8")
    (folder / "template" / "{{ _copier_conf.answers_file }}.jinja").write_text("{{ _copier_answers|to_yaml }}", "utf-8")
    commit(folder, FIRST)
    return folder


def add_idle_files(source: Path, count: int) -> None:
    """Add files to the template in `source`, until `count` are in a layer that the defaults leave off."""
    layer = source / "template" / "[[ on.talisman ]]" / "idle"
    for number in range(count):
        file = layer / f"part{number // 50}" / f"file{number}.txt.jinja"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("[[ project_name ]]\n", "utf-8")
    subprocess.run([sys.executable, "-m", "extensions.compile"], cwd=source, check=True, capture_output=True)


def change(path: Path) -> None:
    """Add a line to a file."""
    path.write_text(path.read_text("utf-8") + "# changed\n", "utf-8")
