"""Template repositories to measure: this one, a floor for comparison, and this one with idle files."""

import shutil
import subprocess
import sys
from pathlib import Path

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


def template(folder: Path) -> Path:
    """Make a repository of this template as it is on disk, tagged FIRST; returns its folder."""
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


def with_idle_files(folder: Path, source: Path, count: int) -> Path:
    """Make a copy of the template `source` with `count` more files in a layer that the defaults leave off."""
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns(".git"))
    layer = folder / "template" / "[[ on.talisman ]]" / "idle"
    for number in range(count):
        file = layer / f"part{number // 50}" / f"file{number}.txt.jinja"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("[[ project_name ]]\n", "utf-8")
    git(folder, "init", "--quiet", "--initial-branch", "main")
    subprocess.run([sys.executable, "-m", "extensions.compile"], cwd=folder, check=True, capture_output=True)
    commit(folder, FIRST)
    return folder


def release(folder: Path, file: str) -> None:
    """Change one file of the template in `folder`, and tag the result SECOND."""
    path = folder / "template" / file
    path.write_text(path.read_text("utf-8") + "# changed\n", "utf-8")
    commit(folder, SECOND)
