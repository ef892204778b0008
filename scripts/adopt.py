"""Let a repository that exists already adopt this template, file by file, without losing a byte of it.

    python scripts/adopt.py ../orders                     lists what would be new, equal and different
    python scripts/adopt.py ../orders --write             writes what is new, and leaves what is different as it is
    python scripts/adopt.py ../orders --write --without '.github/*' --replace .editorconfig

Only files that git has, and can give back, are ever replaced, and only those that `--replace` names. Nothing is staged
or committed. From then on `copier update` treats what is different as the project's own changes: docs/adopting.md.
"""

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from new import copier, origin

ANSWERS_FILE = ".copier-answers.yml"


class RefusedError(Exception):
    """The repository can't adopt the template as it is; the message says why and what to do. Nothing was written."""


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder and return what it prints.

    Raises CalledProcessError: git was not content.
    """
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True).stdout


def inspect(folder: Path) -> frozenset[str]:
    """Return the paths of all files that git has of a repository.

    Raises RefusedError: it is no repository's top folder, has no commit, is not clean, or has adopted already.
    """
    if not folder.is_dir():
        raise RefusedError(f"{folder} is no folder. For a new project use `make new`.")
    try:
        top = Path(git(folder, "rev-parse", "--show-toplevel").strip())
    except subprocess.CalledProcessError:
        raise RefusedError(f"{folder} is not a git repository: run `git init` and commit what there is.") from None
    if not top.samefile(folder):
        raise RefusedError(f"{folder} is a part of the repository {top}: name that folder.")
    if os.path.lexists(folder / ANSWERS_FILE):
        raise RefusedError(f"{ANSWERS_FILE} is there already: update with `copier update`, or remove it first.")
    try:
        git(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    except subprocess.CalledProcessError:
        raise RefusedError(
            "The repository has no commit yet: commit what there is, so that it can't be lost."
        ) from None
    if git(folder, "status", "--porcelain"):
        raise RefusedError(
            "The work tree is not clean: commit your work (or stash it, untracked files included) first."
        )
    return frozenset(filter(None, git(folder, "ls-files", "-z").split("\0")))


def render(template: str, destination: Path, options: Sequence[str]) -> None:
    """Write a fresh copy of the template.

    Raises RefusedError: Copier was not content; it has said why.
    """
    python = sys.executable if importlib.util.find_spec("copier") else str(copier())
    command = [python, "-m", "copier", "copy", "--quiet", *options, template, str(destination)]
    if subprocess.run(command, check=False).returncode:
        raise RefusedError("The template could not be rendered; Copier says why above.")


@dataclass
class Comparison:
    """What a fresh copy of the template has, by how the repository has it; paths with forward slashes, sorted."""

    new: list[str] = field(default_factory=list)
    equal: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    # Something else stands in the way: a folder, a link, a file that is spelled in other letters' cases.
    blocked: list[str] = field(default_factory=list)
    # New ones that the repository's own .gitignore would hide.
    ignored: list[str] = field(default_factory=list)


def compare(fresh: Path, folder: Path) -> Comparison:
    """Compare a fresh copy with a repository, byte for byte."""
    found = Comparison()
    spelled = {path.casefold(): path for path in _paths(folder)}
    for name in _files(fresh):
        here = folder / name
        parts = [name, *map(str, PurePosixPath(name).parents)][:-1]
        if _in_the_way(folder, name) or any(spelled.get(part.casefold(), part) != part for part in parts):
            found.blocked.append(name)
        elif not here.exists():
            found.new.append(name)
        elif here.read_bytes() == (fresh / name).read_bytes():
            found.equal.append(name)
        else:
            found.different.append(name)
    found.ignored = _ignored(folder, found.new)
    return found


def _files(folder: Path) -> list[str]:
    return sorted(name for name in _paths(folder) if (folder / name).is_file())


def _paths(folder: Path) -> Iterator[str]:
    """Yield the paths of all files and folders; links are not followed, and git's own folder is left out."""
    for parent, folders, files in os.walk(folder):
        if ".git" in folders:
            folders.remove(".git")
        for name in (*folders, *files):
            yield (Path(parent, name)).relative_to(folder).as_posix()


def _in_the_way(folder: Path, name: str) -> bool:
    parents = [folder / parent for parent in PurePosixPath(name).parents][:-1]
    if any(parent.is_symlink() or (parent.exists() and not parent.is_dir()) for parent in parents):
        return True
    here = folder / name
    return here.is_symlink() or here.is_dir()


def _ignored(folder: Path, names: list[str]) -> list[str]:
    command = ["git", "-C", str(folder), "check-ignore", "--stdin", "-z", "--no-index"]
    result = subprocess.run(command, input="\0".join(names).encode(), capture_output=True, check=False)
    return sorted(filter(None, result.stdout.decode().split("\0")))


def agreed(found: Comparison, tracked: frozenset[str], without: Sequence[str], replace: Sequence[str]) -> list[str]:
    """Return the paths to write: what is new but for `without`, and what is different and named by `replace`.

    Raises RefusedError: a pattern fits nothing, or a file to be replaced is one that git could not give back.
    """
    for pattern in without:
        if not any(fnmatchcase(name, pattern) for name in found.new):
            raise RefusedError(f"--without {pattern!r} fits no file that is new; the list without --write shows them.")
    for pattern in replace:
        if not any(fnmatchcase(name, pattern) for name in found.different):
            raise RefusedError(f"--replace {pattern!r} fits no file that is different; the list shows them.")
    replaced = [name for name in found.different if _fits(name, replace)]
    lost = [name for name in replaced if name not in tracked]
    if lost:
        raise RefusedError(
            f"git does not have {', '.join(lost)}, and could not give it back: keep it, or commit it first."
        )
    # Without the answers file nothing would be adopted.
    return [name for name in found.new if name == ANSWERS_FILE or not _fits(name, without)] + replaced


def _fits(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def report(found: Comparison) -> Iterator[str]:
    """Yield the lines of the list."""
    kinds = {
        "new": "would be added",
        "equal": "are there, byte for byte",
        "different": "are there and differ: yours stay, unless --replace names them",
        "blocked": "can't be added: something else has their place; yours stays",
        "ignored": "of the new ones are hidden by your .gitignore: change it first, or updates would overwrite them",
    }
    for kind, meaning in kinds.items():
        names: list[str] = getattr(found, kind)
        if names:
            yield f"{len(names)} {kind}: {meaning}"
            yield from (f"  {name}" for name in names)


def main() -> int:
    """Run the command line; 2 where the repository was refused, and then nothing was written."""
    parser = argparse.ArgumentParser(description="Let an existing repository adopt this template.")
    parser.add_argument("folder", type=Path, help="top folder of the repository")
    parser.add_argument("--write", action="store_true", help="write what is new; without it, only list")
    parser.add_argument("--without", action="append", default=[], metavar="PATTERN", help="don't add these new files")
    parser.add_argument(
        "--replace", action="append", default=[], metavar="PATTERN", help="take these from the template"
    )
    parser.add_argument("--template", default=None, help="its address (default: where this clone comes from)")
    parser.add_argument("--vcs-ref", metavar="TAG", help="version of the template (default: the newest)")
    parser.add_argument("--data", action="append", default=[], metavar="ANSWER=VALUE")
    parser.add_argument("--data-file", metavar="FILE", help="answers as YAML; all others get their default")
    given = parser.parse_args()
    options = ["--defaults", *(f"--data={answer}" for answer in given.data)]
    options += [
        f"--{name}={value}" for name in ("vcs-ref", "data-file") if (value := vars(given)[name.replace("-", "_")])
    ]
    try:
        tracked = inspect(given.folder)
        with tempfile.TemporaryDirectory() as temporary:
            fresh = Path(temporary, "project")
            render(given.template or origin(), fresh, options)
            found = compare(fresh, given.folder)
            names = agreed(found, tracked, given.without, given.replace)
            print("\n".join(report(found)))
            if not given.write:
                print("\nNothing was written. --write adds what is new.")
                return 0
            for name in names:
                (given.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(fresh / name, given.folder / name)
    except RefusedError as refusal:
        print(refusal, file=sys.stderr)
        return 2
    print(f"\n{len(names)} files were written. Read them (git status, git diff), and commit.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
