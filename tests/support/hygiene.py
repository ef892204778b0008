"""What must not be seen in a rendered file: leftovers of the template, leaks of Python, untidy lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import PurePosixPath

# A tag of ours begins with a space after the delimiter, or a dash and a space, and then a name. That tells it from what
# other languages write with the same characters: `[[tool.x]]` in TOML, `[[ -f x ]]` and `[[ $x` in a shell, `[[1, 2]]`
# in JSON, `list[dict[str, int]]` and `[a-z%]` in Python.
_BLOCKS = "block|call|do|elif|else|extends|filter|for|from|if|import|include|macro|raw|set|with|yield"
_LEFTOVERS = (
    re.compile(r"(?<!\\)\[\[[-+]?\s+['\"]?[A-Za-z_(]"),
    re.compile(rf"\[%[-+]?\s*(?:end)?(?:{_BLOCKS})?\b"),
    re.compile(r"\[#[-+]?\s"),
    re.compile(r"\s[-+]?[%#]\]"),
)
_LONE_END = re.compile(r"(?<![\[\]])\s[-+]?\]\]")
_SHELL_TEST = re.compile(r"\[\[ .* \]\]")


def leftovers(text: str) -> Iterator[str]:
    """Yield every line that still holds a tag of the template, or half of one."""
    for number, line in enumerate(text.splitlines(), 1):
        found = any(pattern.search(line) for pattern in _LEFTOVERS)
        if found or (_LONE_END.search(line) and not _SHELL_TEST.search(line)):
            yield f"line {number}: a tag of the template is left over: {line.strip()!r}"


_REPR_OF_PYTHON = re.compile(r"\bUndefined\b|<(?:jinja2|copier)\.|\bobject at 0x|dict_(?:keys|values|items)\(|LazyDict")
_WHOLE_VALUE = re.compile(r"(?:^|[:=|>]\s*|^\s*[-*] )['\"]?(?:None|True|False|\[\]|\{\})['\"]?\s*(?:\||<|$)")
_LIST_OF_PYTHON = re.compile(r"\[(?:'[^']*', )*'[^']*'\]|\{'[^']*': ")
_CODE = frozenset({".py", ".mako", ".ini", ".toml", ".json"})


def leaks(name: str, text: str) -> Iterator[str]:
    """Yield every line that shows a Python value where a text was meant: `None`, `True`, `['a']`."""
    is_code = PurePosixPath(name).suffix in _CODE
    for number, line in enumerate(text.splitlines(), 1):
        if _REPR_OF_PYTHON.search(line):
            yield f"line {number}: a value of Jinja or Python leaked: {line.strip()!r}"
        elif not is_code and _WHOLE_VALUE.search(line) and not line.rstrip().endswith(("[]", "{}")):
            yield f"line {number}: a Python constant as a value: {line.strip()!r}"
        elif name.endswith(".md") and _LIST_OF_PYTHON.search(line):
            yield f"line {number}: a Python list or mapping in a text: {line.strip()!r}"


def untidy(name: str, content: bytes) -> Iterator[str]:
    """Yield what is wrong with the lines of a file: their ends, spaces, blank ones."""
    if not content:
        return
    if content.startswith(b"\xef\xbb\xbf"):
        yield "it begins with a byte order mark"
    if b"\r" in content:
        yield "a line ends in CR"
    if not content.endswith(b"\n") or content.endswith(b"\n\n") or content == b"\n":
        yield "it must end with exactly one line end"
    lines = content.decode("utf-8").split("\n")
    if not lines[0].strip():
        yield "line 1 is blank"
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield f"line {number} ends in white space: {line!r}"
        if "\t" in line and PurePosixPath(name).name not in {"Makefile", ".gitmodules"}:
            yield f"line {number} holds a tab: {line!r}"
    # Python's formatter wants two blank lines between definitions, and is run on its own.
    if not name.endswith((".py", ".mako")):
        for number, pair in enumerate(pairwise(lines[:-1]), 1):
            if not any(pair):
                yield f"lines {number} and {number + 1} are both blank"


_WINDOWS_DEVICES = re.compile(r"(?:aux|con|nul|prn|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)


def bad_path(name: str) -> Iterator[str]:
    """Yield why Windows could not check a path out; 120 characters leave room for the folder around it."""
    if len(name) >= 120:
        yield f"the path has {len(name)} characters"
    for part in name.split("/"):
        if re.search(r'[<>:"|?*\\\x00-\x1f]', part) or not part.isascii():
            yield f"{part!r} holds a character that Windows refuses, or one outside ASCII"
        if part.endswith((".", " ")) or part.startswith(" "):
            yield f"{part!r} begins or ends with a space, or ends with a dot"
        if _WINDOWS_DEVICES.fullmatch(part):
            yield f"{part!r} is a device's name in Windows"
        if part.endswith(".jinja") or any(tag in part for tag in ("[[", "]]", "[%", "%]")):
            yield f"{part!r} was not rendered"


def same_but_for_case(names: tuple[str, ...]) -> Iterator[str]:
    """Yield paths that are one file on Windows and macOS."""
    seen: dict[str, str] = {}
    for name in names:
        for path in (name, *(parent.as_posix() for parent in PurePosixPath(name).parents)):
            if seen.setdefault(path.casefold(), path) != path:
                yield f"{path} and {seen[path.casefold()]} differ in case only"
