"""Say of many local clones how they stand to the template, and what an update of each would meet.

    .venv/bin/python scripts/fleet_report.py ../clones                       a table
    .venv/bin/python scripts/fleet_report.py ../clones --dry-update --state fleet.jsonl --html fleet.html

The clones are only read: a dry update happens in a temporary clone of each. With `--state`, what is known of a
repository is kept as soon as it is known, and not found out again until its commit or the template's version changes.
"""

import argparse
import json
import os
import queue
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from fleet_page import page, table
from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parent.parent
ANSWERS_FILE = ".copier-answers.yml"
PLAN = ROOT / "project/scripts/plan.py"
# Nobody sits there: git shall fail where it would ask, and merge as on any other machine.
QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
NOBODY = {f"GIT_{who}_{what}": "fleet" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@dataclass
class Entry:
    """What is known of one repository."""

    name: str
    # Its commit when it was looked at, and the version that an update would bring.
    commit: str = ""
    target: str = ""
    template: str = ""
    version: str = ""
    # When it took that version, as an ISO date.
    since: str = ""
    # Capabilities that are on, and answers that turn none on left out.
    capabilities: list[str] = field(default_factory=list)
    # The phase of its plan that is open; nothing where there is no plan that can be read.
    phase: int | None = None
    # current, clean, conflict, flipped (an answer changed by itself), removed (files), error; behind: not tried.
    state: str = ""
    details: list[str] = field(default_factory=list)
    seconds: float = 0.0


def run(folder: Path, *command: str, **variables: str) -> str:
    """Run a program in a folder and return what it prints.

    Raises RuntimeError: it failed; the message has what it said last.
    """
    result = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **QUIET, **NOBODY, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if result.returncode:
        said = (result.stderr or result.stdout).strip().splitlines() or ["it said nothing"]
        reason = next((line for line in said if line.startswith("fatal:")), said[-1])
        raise RuntimeError(f"{' '.join(command[1:4]) if command[1] == '-m' else command[1]}: {reason}")
    return result.stdout


def repositories(folders: Sequence[Path]) -> Iterator[Path]:
    """Yield each folder that is a clone with an answers file, or holds such clones."""
    for folder in folders:
        for candidate in (folder, *sorted(path for path in folder.iterdir() if path.is_dir())):
            if (candidate / ".git").exists() and (candidate / ANSWERS_FILE).exists():
                yield candidate


@cache
def newest(template: str) -> str:
    """Return the newest version tag of a template, release candidates left out; empty where it has none.

    Raises RuntimeError: the template can't be reached.
    """
    lines = run(ROOT, "git", "ls-remote", "--tags", "--refs", "--", template).splitlines()
    found = {}
    for tag in (line.partition("refs/tags/")[2] for line in lines):
        try:
            found[Version(tag)] = tag
        except InvalidVersion:
            continue
    released = [version for version in found if not version.is_prerelease]
    return found[max(released)] if released else ""


@cache
def _switches() -> list[tuple[str, str, list[str]]]:
    catalog = json.loads((ROOT / "extensions/catalog.json").read_text("utf-8"))["capabilities"]
    return [
        (name, each["answer"]["name"], each["answer"]["values"]) for name, each in catalog.items() if "answer" in each
    ]


def switched_on(answers: dict[str, Any]) -> list[str]:
    """Return the names of the capabilities that these answers turn on."""
    found = []
    for name, answer, values in _switches():
        given = answers.get(answer)
        if any(value in values for value in (given if isinstance(given, list) else [given])):
            found.append(name)
    return found


def phase_of(repository: Path) -> int | None:
    """Return the phase that a project's plan is in, as the template's reader sees it; None where it can't be read."""
    try:
        return int(
            json.loads(run(ROOT, sys.executable, str(PLAN), "--root", str(repository), "status", "--json"))["phase"]
        )
    except (RuntimeError, ValueError, KeyError):
        return None


def read_answers(repository: Path) -> dict[str, Any]:
    """Read the answers file.

    Raises RuntimeError: it is not YAML, or is no mapping.
    """
    try:
        answers = yaml.safe_load((repository / ANSWERS_FILE).read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RuntimeError(f"{ANSWERS_FILE} can't be read: {str(error).splitlines()[0]}") from error
    if not isinstance(answers, dict) or not {"_commit", "_src_path"} <= answers.keys():
        raise RuntimeError(f"{ANSWERS_FILE} names no template and version")
    return answers


def dry_update(repository: Path, target: str, cache_folder: Path) -> tuple[str, list[str]]:
    """Update a temporary clone, and return how it went and what waits for somebody there.

    Raises RuntimeError: Copier or git refused.
    """
    with tempfile.TemporaryDirectory() as temporary:
        clone = Path(temporary, repository.name)
        run(ROOT, "git", "clone", "--quiet", "--shared", str(repository.resolve()), str(clone))
        before = read_answers(clone)
        # Without --skip-answered: an answer that is no longer offered shall show as what it would become.
        options = ["--defaults", "--quiet", f"--vcs-ref={target}"]
        run(clone, sys.executable, "-m", "copier", "update", *options, COPIER_CACHE_DIR=str(cache_folder))
        unmerged = {line.partition("\t")[2] for line in run(clone, "git", "ls-files", "--unmerged").splitlines()}
        if unmerged:
            return "conflict", sorted(unmerged)
        after = read_answers(clone)
        flipped = [name for name in before if not name.startswith("_") and before[name] != after.get(name)]
        if flipped:
            return "flipped", flipped
        removed = run(clone, "git", "diff", "--name-only", "--diff-filter=D", "HEAD").splitlines()
        return ("removed", removed) if removed else ("clean", [])


def look_at(repository: Path, wanted: str, *, dry: bool, caches: "queue.SimpleQueue[Path]", known: "State") -> Entry:
    """Find out how a repository stands; a failure is an entry with the state `error`, and never stops the others."""
    started = time.monotonic()
    entry = Entry(repository.name)
    try:
        answers = read_answers(repository)
        entry.template, entry.version = answers["_src_path"], answers["_commit"]
        entry.commit = run(repository, "git", "rev-parse", "HEAD").strip()
        entry.target = wanted or newest(entry.template)
        if (remembered := known.find(repository, entry, dry=dry)) is not None:
            return remembered
        entry.since = run(repository, "git", "log", "-1", "--format=%cs", "--", ANSWERS_FILE).strip()
        entry.capabilities = switched_on(answers)
        entry.phase = phase_of(repository)
        if entry.version == entry.target:
            entry.state = "current"
        elif not dry:
            entry.state = "behind"
        else:
            folder = caches.get()
            try:
                entry.state, entry.details = dry_update(repository, entry.target, folder)
            finally:
                caches.put(folder)
    except (RuntimeError, OSError) as error:
        entry.state, entry.details = "error", [str(error)]
    entry.seconds = round(time.monotonic() - started, 2)
    known.keep(repository, entry)
    return entry


class State:
    """What earlier runs found out, one JSON object a line; a line that was cut off by a kill is passed over."""

    def __init__(self, file: Path | None) -> None:
        """Read what is known; without a file nothing is, and nothing is kept."""
        self._file = file
        self._known: dict[str, Entry] = {}
        text = file.read_text("utf-8") if file and file.exists() else ""
        for line in text.splitlines():
            try:
                data = json.loads(line)
                path = data.pop("path")
                self._known[path] = Entry(**data)
            except (ValueError, KeyError, TypeError):
                continue
        if file and text and not text.endswith("\n"):
            file.write_text(text + "\n", "utf-8")

    def find(self, repository: Path, entry: Entry, *, dry: bool) -> Entry | None:
        """Return what is known of the repository at this commit, for this version of the template."""
        known = self._known.get(str(repository.resolve()))
        same = known is not None and (known.commit, known.target) == (entry.commit, entry.target)
        return known if same and known and known.state != "error" and not (dry and known.state == "behind") else None

    def keep(self, repository: Path, entry: Entry) -> None:
        """Write an entry to the disk."""
        if self._file:
            line = json.dumps({"path": str(repository.resolve()), **asdict(entry)})
            with self._file.open("a", encoding="utf-8") as file:
                file.write(line + "\n")


def report(
    folders: Sequence[Path], *, wanted: str = "", dry: bool = False, state: Path | None = None, workers: int = 2
) -> list[Entry]:
    """Look at all repositories in these folders, and return an entry for each, by name.

    Args:
        folders: clones, or folders of clones.
        wanted: version of the template that an update would take; empty for the newest.
        dry: whether to try the update.
        state: file that remembers what was found out.
        workers: how many at once. Each has a cache of its own: Copier's is not made to be shared.

    """
    known = State(state)
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(workers) as pool:
        caches: queue.SimpleQueue[Path] = queue.SimpleQueue()
        for number in range(workers):
            caches.put(Path(temporary, str(number)))
        futures = [
            pool.submit(look_at, repository, wanted, dry=dry, caches=caches, known=known)
            for repository in repositories(folders)
        ]
        return sorted((future.result() for future in as_completed(futures)), key=lambda entry: entry.name)


def main() -> int:
    """Run the command line; 1 where a repository has an error or there is none, else 0."""
    parser = argparse.ArgumentParser(description="How local clones stand to the template.")
    parser.add_argument("folders", nargs="+", type=Path, help="clones, or folders of clones")
    parser.add_argument("--dry-update", action="store_true", help="try the update of each in a temporary clone")
    parser.add_argument("--vcs-ref", default="", metavar="TAG", help="version to update to (default: the newest)")
    parser.add_argument("--state", type=Path, metavar="FILE", help="remember there, and go on where a run was ended")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--html", type=Path, metavar="FILE")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    missing = [str(folder) for folder in given.folders if not folder.is_dir()]
    if missing:
        parser.error(f"no such folder: {', '.join(missing)}")
    entries = report(
        given.folders, wanted=given.vcs_ref, dry=given.dry_update, state=given.state, workers=given.workers
    )
    rows = [asdict(entry) for entry in entries]
    if given.json:
        given.json.write_text(json.dumps(rows, indent=2) + "\n", "utf-8")
    if given.html:
        given.html.write_text(page(rows), "utf-8")
    print(table(rows))
    return 1 if not entries or any(entry.state == "error" for entry in entries) else 0


if __name__ == "__main__":
    raise SystemExit(main())
