"""List the template's files by layer: what `files.json` holds, and includes/vocabulary/written.jinja chooses from.

Copier would render every part of every path below `template/`, in layers that are off too; from this list it renders
one name for each file that is written.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath
from typing import NotRequired, TypedDict

from extensions.errors import CatalogError

ROOT = Path(__file__).resolve().parent.parent
SUFFIX = ".jinja"

# What stands in a path for a text that is known when a project is written, and filled in then.
NAMES = ("decision.file", "environment", "package_name")

# What Jinja takes for a tag.
DELIMITERS = ("[[", "]]", "[%", "%]", "[#", "#]")
_OPENING = ("[[", "[%", "[#")

_SWITCH = re.compile(r"\[\[ on\.([a-z][a-z0-9_]*) \]\]")
_NAME = re.compile(r"\[\[ ([a-z_][a-z0-9_.]*) \]\]")


class Layer(TypedDict):
    """One layer: the switches that must all be on, and its files, `[[ name ]]` of their paths written as `{name}`."""

    switches: list[str]
    files: list[str]
    programs: list[str]
    # In a release: the file that holds them all.
    packed: NotRequired[str]


def compile_files(switches: Collection[str], root: Path = ROOT) -> list[Layer]:
    """List the files below `template/` in `root`, which is a git repository, by layer.

    `switches` are all that the catalog knows.

    Returns: the layers in order; `programs` are the files that begin with `#!`, which are written as executable.
    Raises CatalogError: a path that is not understood, or a file that Jinja would read without being told to.
    """
    layers: dict[tuple[str, ...], Layer] = {}
    for path in sorted(set(_listed(root))):
        names, rest = _split(path, switches)
        layer = layers.setdefault(names, {"switches": list(names), "files": [], "programs": []})
        text = (root / "template" / path).read_bytes()
        if not path.name.endswith(SUFFIX):
            _check_plain(path, text)
        layer["programs" if text.startswith(b"#!") else "files"].append(rest)
    return [layers[names] for names in sorted(layers)]


def _listed(root: Path) -> Iterator[PurePosixPath]:
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "template"]
    names = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    for name in filter(None, names.split("\0")):
        if (root / name).is_file():
            yield PurePosixPath(name).relative_to("template")


def _split(path: PurePosixPath, switches: Collection[str]) -> tuple[tuple[str, ...], str]:
    """Take the switches at the head of a path off; returns them and the rest."""
    parts = list(path.parts)
    names: list[str] = []
    while parts and (match := _SWITCH.fullmatch(parts[0])):
        names.append(match[1])
        parts.pop(0)
        if match[1] not in switches:
            raise CatalogError(f"template/{path}: there is no switch {match[1]!r}")
    rest = "/".join(parts)
    if not names:
        raise CatalogError(f"template/{path}: stands in no layer; what every project has belongs to [[ on.base ]]")
    if _SWITCH.search(rest):
        raise CatalogError(f"template/{path}: a switch stands below another folder; layers come first")
    if unknown := [name for name in _NAME.findall(rest) if name not in NAMES]:
        raise CatalogError(f"template/{path}: {unknown[0]!r} is no name of a path; known: {', '.join(NAMES)}")
    if any(sign in _NAME.sub("", rest) for sign in (*DELIMITERS, "{", "}")):
        raise CatalogError(f"template/{path}: neither a switch, `[[ on.name ]]`, nor a name, nor plain text")
    return tuple(names), _NAME.sub(r"{\1}", rest)


def _check_plain(path: PurePosixPath, text: bytes) -> None:
    for number, line in enumerate(text.decode("utf-8").splitlines(), 1):
        for delimiter in _OPENING:
            if delimiter in line:
                raise CatalogError(
                    f"template/{path}:{number}: holds {delimiter!r}, which Jinja would read; "
                    f"end its name in {SUFFIX} and put the text between [% raw %] and [% endraw %]"
                )
