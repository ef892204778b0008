"""Update many local repositories of the whole template with the command that update bots run, and kill it half way.

`python -m benchmarks.fleet --count N` makes N repositories of several kinds at an earlier version, updates them, kills
that with SIGKILL when a third is done, begins again, and prints what became of each kind and what it cost.
With `--work FOLDER` the same command goes on after an end of any kind.
"""

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

from tests.support.histories import edit
from tests.support.history import ENVIRONMENT, History, git, save
from tests.support.projects import ANSWERS_FILE, Project
from tests.support.template import DATA

OLD, NEW = "v0.1.0", "v0.2.0"
BRANCH = f"template/{NEW}"


def _worked_in(project: Path) -> None:
    for name, text in edit(Project(project, {}).contents()).items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_bytes(text)


def _replace(name: str, before: str, after: str) -> Callable[[Path], None]:
    def change(project: Path) -> None:
        text = (project / name).read_text("utf-8")
        if before not in text:
            raise ValueError(f"{name} does not hold {before!r}")
        (project / name).write_text(text.replace(before, after), "utf-8", newline="\n")

    return change


# Of each kind: the answers, what people did, and what is to become of it.
KINDS: Mapping[str, tuple[dict[str, Any], Callable[[Path], None], str]] = {
    "untouched": ({}, lambda _: None, "updated"),
    "worked-in": ({}, _worked_in, "updated"),
    "larger": ({"database": "postgresql", "queue": "celery", "telemetry": ["prometheus"]}, lambda _: None, "updated"),
    "typescript": ({"stack": "typescript-fastify"}, lambda _: None, "updated"),
    "web": ({"project_type": "web"}, lambda _: None, "updated"),
    "collides": ({}, _replace("Makefile", "## Look for mistakes", "## Look for our mistakes"), "conflict"),
    "orphan": ({}, _replace(ANSWERS_FILE, "_src_path: ", "_src_path: /no/such"), "error"),
}


def make(work: Path, count: int) -> None:
    """Make that many repositories below `work`/clones."""
    versions = History(work / "template")
    older = yaml.safe_load((DATA / "life.yml").read_text("utf-8"))["older"]
    versions.add_working_tree(OLD, [(change["file"], change["now"], change["then"]) for change in older])
    versions.add_working_tree(NEW)
    made: dict[str, Path] = {}
    for kind, (answers, change, _) in KINDS.items():
        key = json.dumps(answers)
        if key in made:
            shutil.copytree(made[key], work / "first" / kind)
        else:
            versions.copy(work / "first" / kind, OLD, answers)
            made[key] = Path(shutil.copytree(work / "first" / kind, work / "untouched" / str(len(made))))
        change(work / "first" / kind)
        save(work / "first" / kind)
    for number in range(count):
        kind = list(KINDS)[number % len(KINDS)]
        shutil.copytree(work / "first" / kind, work / "new" / f"{kind}-{number:03}")
    (work / "new").rename(work / "clones")


def update_one(project: Path, cache: Path) -> tuple[str, float]:
    """Update one repository as a bot does: on a branch of its own, from a clean tree.

    Returns: what became of it, and the seconds of processor time; `there already` where the branch was there.
    """
    if BRANCH in git(project, "branch", "--format=%(refname:short)").split():
        return "there already", 0
    # What a killed run left here; a bot would clone anew.
    (project / ".git" / "index.lock").unlink(missing_ok=True)
    git(project, "switch", "--quiet", "--discard-changes", "main")
    git(project, "clean", "--force", "-d", "--quiet")
    command = [sys.executable, "-m", "copier", "update", "--skip-answered", "--defaults", "--quiet", "--vcs-ref", NEW]
    environment = os.environ | ENVIRONMENT | {"COPIER_CACHE_DIR": str(cache)}
    process = subprocess.Popen(
        command, cwd=project, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    # Of Copier and of every git that it calls: what else runs on the machine does not count.
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = used.ru_utime + used.ru_stime
    if process.returncode:
        return "error", seconds
    state = "conflict" if git(project, "ls-files", "--unmerged") else "updated"
    git(project, "switch", "--quiet", "--detach")
    save(project)
    # Last, so that a branch means that everything is on it, whenever this is killed.
    git(project, "branch", BRANCH)
    return state, seconds


def update_all(work: Path, workers: int) -> None:
    """Update every repository; each worker has a cache of its own, and each result is a line of `work`/state.jsonl."""
    clones = sorted((work / "clones").iterdir())

    def share(number: int) -> None:
        for project in clones[number::workers]:
            try:
                state, seconds = update_one(project, work / f"cache{number}")
            except (OSError, subprocess.CalledProcessError):
                # One repository that git can't read is no reason to leave the others.
                state, seconds = "error", 0.0
            with (work / "state.jsonl").open("a", encoding="utf-8") as log:
                log.write(json.dumps({"name": project.name, "state": state, "seconds": seconds}) + "\n")

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(share, range(workers)))


def _done(work: Path) -> list[dict[str, Any]]:
    path = work / "state.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def _run(work: Path, workers: int, until: int | None) -> float:
    """Run the update in a process group of its own, and kill it once `until` repositories are done; returns seconds."""
    command = [sys.executable, "-m", "benchmarks.fleet", "--update", str(work), "--workers", str(workers)]
    start = time.perf_counter()
    process = subprocess.Popen(command, start_new_session=True)
    while process.poll() is None:
        if until is not None and len(_done(work)) >= until:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        time.sleep(0.2)
    return time.perf_counter() - start


def report(work: Path, count: int, wall: float) -> str:
    """Return what became of the repositories, as Markdown.

    Raises ValueError: one ended in another way than it was to, or was updated twice.
    """
    done = _done(work)
    worked = [each for each in done if each["state"] != "there already"]
    times = Counter(each["name"] for each in worked if each["state"] != "error")
    if again := [name for name, number in times.items() if number > 1]:
        raise ValueError(f"updated twice: {', '.join(again)}")
    rows = ""
    for kind, (_, _, expected) in KINDS.items():
        of_kind = [each for each in worked if each["name"].rpartition("-")[0] == kind]
        if other := [each for each in of_kind if each["state"] != expected]:
            raise ValueError(f"{other[0]['name']} is {other[0]['state']}, not {expected}")
        names = {each["name"] for each in of_kind}
        seconds = [each["seconds"] for each in of_kind]
        rows += f"| {kind} | {len(names)} | {expected} | {statistics.median(seconds):.1f} | {max(seconds):.1f} |\n"
    missing = count - len({each["name"] for each in done})
    if missing:
        raise ValueError(f"{missing} repositories were left out")
    total = sum(each["seconds"] for each in worked)
    failed = sorted({each["name"] for each in worked if each["state"] == "error"})
    head = f"{count} repositories, {wall:.0f} s in all; {total:.0f} s of processor time. Failed: {', '.join(failed)}."
    columns = "| kind | repositories | ends | processor time of each, median, s | slowest |\n"
    return f"{head}\n\n{columns}| --- | --- | --- | --- | --- |\n{rows}"


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet", description=__doc__)
    parser.add_argument("--count", type=int, default=24, help="repositories (default: 24)")
    parser.add_argument("--workers", type=int, default=1, help="updates at a time (default: 1)")
    parser.add_argument(
        "--work", type=Path, metavar="FOLDER", help="keep everything there, and go on where it was ended"
    )
    parser.add_argument("--update", type=Path, metavar="FOLDER", help="only update what lies there")
    options = parser.parse_args()
    if options.update:
        update_all(options.update, options.workers)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        work = options.work or Path(folder)
        wall = 0.0
        if not (work / "clones").exists():
            make(work, options.count)
            wall += _run(work, options.workers, options.count // 3)
        wall += _run(work, options.workers, None)
        print(report(work, options.count, wall))
    return 0


if __name__ == "__main__":
    sys.exit(main())
