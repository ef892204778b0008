"""Measure copy and update against Copier's own floor, the way from a copy to green tests, and what a service costs.

`python -m benchmarks` writes the tables of docs/performance.md; `--runs N` sets the counted rounds, `--no-build` leaves
out the minutes that installing takes, `--no-service` the load on services.
"""

import argparse
import platform
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path

from benchmarks import repositories
from benchmarks.measure import Figure, Took, in_turn, run
from benchmarks.service import measure_service
from extensions.release import pack

PAGE = repositories.ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured -->\n", "<!-- /measured -->\n"
IDLE = (10, 1000)
COPIER = [sys.executable, "-m", "copier"]


def _files(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*") if path.is_file() and ".git" not in path.relative_to(folder).parts)


def _copy(template: Path, destination: Path) -> Took:
    shutil.rmtree(destination, ignore_errors=True)
    return run(
        [*COPIER, "copy", "--quiet", "--defaults", "--vcs-ref", repositories.FIRST, str(template), str(destination)]
    )


def _update(template: Path, destination: Path) -> Took:
    """Time an update from FIRST to SECOND of a fresh, committed project; making it does not count."""
    _copy(template, destination)
    repositories.git(destination, "init", "--quiet", "--initial-branch", "main")
    repositories.git(destination, "add", "--all")
    repositories.git(destination, "commit", "--quiet", "--message", "chore: begin")
    return run([*COPIER, "update", "--quiet", "--defaults", "--vcs-ref", repositories.SECOND], destination)


def _row(name: str, figure: Figure, base: Figure) -> str:
    return f"| {name} | {figure.wall:.2f} | {figure.processor:.2f} | {figure.ratio(base):.2f} |\n"


def measure_copier(work: Path, runs: int) -> str:
    """Return the table of copies and updates, as Markdown; `work` is an empty folder to work in."""
    sources = repositories.sources(work / "sources")
    ours = repositories.released(work / "ours", sources)
    _copy(ours, work / "project")
    floor = repositories.floor(work / "floor", work / "project")
    repositories.commit(sources, repositories.FIRST)
    cases = {"floor": floor, "ours": ours, "sources": sources}
    for count in IDLE:
        more = repositories.sources(work / f"more{count}")
        repositories.add_idle_files(more, count)
        cases[f"idle {count}"] = repositories.released(work / f"idle{count}", more)
    copies = in_turn({name: partial(_copy, at, work / f"copy {name}") for name, at in cases.items()}, runs)
    repositories.change(sources / "template" / "[[ on.base ]]" / ".gitattributes")
    repositories.change(floor / "template" / ".gitattributes")
    pack(sources, ours)
    pair = {"floor": floor, "ours": ours}
    for folder in pair.values():
        repositories.commit(folder, repositories.SECOND)
    updates = in_turn({name: partial(_update, at, work / f"update {name}") for name, at in pair.items()}, runs)
    return (
        f"Copier's floor is a template of the same {_files(work / 'project')} files without a question or a tag.\n\n"
        "| | clock, s | processor, s | to the floor |\n| --- | --- | --- | --- |\n"
        + _row("copy, floor", copies["floor"], copies["floor"])
        + _row("copy, the defaults", copies["ours"], copies["floor"])
        + "".join(
            _row(f"copy, {count:,} more files in a layer that is off", copies[f"idle {count}"], copies["floor"])
            for count in IDLE
        )
        + _row("copy, the defaults from the sources, not from a release", copies["sources"], copies["floor"])
        + _row("update, floor", updates["floor"], updates["floor"])
        + _row("update, the defaults", updates["ours"], updates["floor"])
    )


def measure_build(work: Path) -> str:
    """Return the table of the way from a copy to green tests, with an empty package cache and with a warm one."""
    template = repositories.released(work / "built", repositories.sources(work / "built sources"))
    cache = work / "cache"
    rows = ""
    for state in ("cold", "warm"):
        project = work / f"project {state}".replace(" ", "-")
        env = {"UV_CACHE_DIR": str(cache / "uv"), "PIP_CACHE_DIR": str(cache / "pip")}
        copied = _copy(template, project).wall
        repositories.git(project, "init", "--quiet", "--initial-branch", "main")
        installed = run(["make", "setup"], project, env).wall
        tested = run(["make", "test"], project, env).wall
        rows += f"| {state} | {copied:.1f} | {installed:.1f} | {tested:.1f} | {copied + installed + tested:.1f} |\n"
    return (
        "| package cache | copy, s | `make setup`, s | `make test`, s | sum, s |\n| --- | --- | --- | --- | --- |\n"
        + rows
    )


def main() -> int:
    """Run the command line; returns 0, or lets the failed command's error through."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=7, help="counted rounds (default: 7)")
    parser.add_argument("--no-build", action="store_true", help="leave out the way to green tests")
    parser.add_argument("--no-service", action="store_true", help="leave out the load on services")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tables = [f"Python {platform.python_version()}, {platform.system()}, {options.runs} rounds, medians.\n"]
        tables.append(measure_copier(Path(folder), options.runs))
        if not options.no_build:
            tables.append(measure_build(Path(folder)))
        if not options.no_service:
            (Path(folder) / "service").mkdir()
            tables.append(measure_service(Path(folder) / "service", options.runs))
    measured = "\n" + "\n".join(tables) + "\n"
    head, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(head + BEGIN + measured + END + tail, "utf-8", newline="\n")
    print(measured)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
