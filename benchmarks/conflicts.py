"""Count the conflicts that people meet when answers or versions change, over the histories in tests/data/histories.yml.

`python -m benchmarks.conflicts` writes the figure into docs/performance.md; `--of COMMIT` only prints it, for the
template as a commit has it. Where mergiraf can be had, it says what a structural merge leaves of them.
"""

import argparse
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import yaml

from tests.support.histories import edit, histories, unexpected, with_answers
from tests.support.merging import Contents, merge
from tests.support.projects import Projects
from tests.support.template import DATA, PARTS, ROOT, snapshot
from tests.support.tools import ToolMissingError, mergiraf

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- conflicts -->\n", "<!-- /conflicts -->\n"


def _of_commit(folder: Path, commit: str) -> None:
    """Write the template as a commit has it into a folder."""
    command = ["git", "-C", str(ROOT), "archive", "--format=tar", commit, "--", *PARTS]
    archive = subprocess.run(command, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(folder, filter="data")


def _older(folder: Path) -> None:
    """Write the version before this one, as the tests of updates make it, into a folder."""
    snapshot(folder)
    for change in yaml.safe_load((DATA / "life.yml").read_text("utf-8"))["older"]:
        path = folder / change["file"]
        path.write_bytes(path.read_bytes().replace(change["now"].encode(), change["then"].encode()))


def _pairs(work: Path, commit: str | None) -> Iterator[tuple[str, Contents, Contents]]:
    """Yield each history: its name, the rendering that it begins with, and the one that arrives."""
    if commit:
        _of_commit(work / "projects" / "template", commit)
    projects = Projects(work / "projects")
    for history in histories():
        yield history.name, projects.render(history.old).contents(), projects.render(history.new).contents()
    if not commit:
        _older(work / "older" / "template")
        old = Projects(work / "older").render(with_answers({})).contents()
        yield "update", old, projects.render(with_answers({})).contents()


def _is_solved(program: str, name: str, sides: tuple[Contents, Contents, Contents], work: Path) -> bool:
    """Say whether mergiraf merges a file; `sides` are base, mine and theirs."""
    paths = []
    for side, contents in zip(("base", "mine", "theirs"), sides, strict=True):
        path = work / side / Path(name).name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents.get(name, b""))
        paths.append(str(path))
    command = [program, "merge", "--path-name", name, *paths]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def count(work: Path, commit: str | None) -> str:
    """Return the figure as Markdown; `work` is an empty folder to work in.

    Raises ValueError: a history lost an edit without a conflict that says so.
    """
    try:
        structural = mergiraf()
    except ToolMissingError as error:
        print(error, file=sys.stderr)
        structural = ""
    total = merges = quiet = 0
    files: Counter[str] = Counter()
    left: Counter[str] = Counter()
    hunks = 0
    for name, old, new in _pairs(work, commit):
        mine = edit(old)
        with tempfile.TemporaryDirectory() as folder:
            result = merge(old, mine, new, Path(folder))
        if wrong := unexpected(result, edit(new, only=old)):
            raise ValueError(f"{name}: {', '.join(wrong)} came out wrong, without a conflict")
        total += 1
        quiet += not result.conflicts
        merges += sum(old.get(file) != mine[file] for file in mine)
        hunks += sum(result.conflicts.values())
        for file in result.conflicts:
            files[file] += 1
            with tempfile.TemporaryDirectory() as folder:
                left[file] += structural == "" or not _is_solved(structural, file, (old, mine, new), Path(folder))
    head = f"{total} histories, {merges} edited files: {hunks} conflicts in {files.total()} files."
    head += f" {quiet} histories have none."
    if structural:
        head += f" mergiraf leaves {left.total()} files."
    rows = "".join(
        f"| `{name}` | {number} |{f' {left[name]} |' if structural else ''}\n" for name, number in files.most_common()
    )
    columns = ("| file | conflicts in it |" + (" after mergiraf |" if structural else "")).rstrip()
    return f"{head}\n\n{columns}\n|{' --- |' * (columns.count('|') - 1)}\n{rows}"


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.conflicts", description=__doc__)
    parser.add_argument("--of", metavar="COMMIT", help="count for the template of a commit, and write nothing")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figure = count(Path(folder), options.of)
    print(figure)
    if not options.of:
        head, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
        PAGE.write_text(head + BEGIN + "\n" + figure + "\n" + END + rest.partition(END)[2], "utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
