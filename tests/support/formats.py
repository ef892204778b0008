"""Parsers of the kinds of file that a project holds, strict where the usual ones are lenient."""

from __future__ import annotations

import ast
import configparser
import json
import re
import tomllib
import warnings
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any
from xml.etree import ElementTree as ET

import hcl2
import yaml


class _UniqueKeys(yaml.CSafeLoader):
    """YAML that refuses a key given twice, and lets GitLab's `!reference` through."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        for key in keys:
            if keys.count(key) > 1:
                raise ValueError(f"the key {key!r} is given twice, {node.start_mark}")
        return super().construct_mapping(node, deep)


def _sequence(loader: _UniqueKeys, node: yaml.Node) -> list[Any]:
    assert isinstance(node, yaml.SequenceNode)
    return loader.construct_sequence(node)


yaml.add_constructor("!reference", _sequence, _UniqueKeys)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"the key {name!r} is given twice")
    return dict(pairs)


def parse_yaml(text: str) -> list[Any]:
    """Return the documents of a YAML stream."""
    return list(yaml.load_all(text, Loader=_UniqueKeys))


def parse_json(text: str) -> Any:
    """Return a JSON value; a key given twice is an error."""
    return json.loads(text, object_pairs_hook=_unique)


def parse_env(text: str) -> dict[str, str]:
    """Return the variables of a `.env` file, those that are commented out included."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if match := re.fullmatch(r"(?:# ?)?([A-Z][A-Z0-9_]*)=(.*)", line):
            if match[1] in found:
                raise ValueError(f"line {number}: {match[1]} is given twice")
            found[match[1]] = match[2]
        elif line and not line.startswith("#"):
            raise ValueError(f"line {number}: neither NAME=value nor a comment: {line!r}")
    return found


def _ini(text: str) -> dict[str, dict[str, str]]:
    # EditorConfig allows `root = true` before the first section.
    parser = configparser.ConfigParser(strict=True, interpolation=None)
    parser.read_string(text if text.lstrip("#\n ;").startswith("[") else "[preamble]\n" + text)
    return {name: dict(section) for name, section in parser.items()}


def _python(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ast.parse(text)


def _markdown(text: str) -> list[Any]:
    """Read the front matter, where there is one; every other text is valid Markdown."""
    if not text.startswith("---\n"):
        return []
    header, separator, _ = text[4:].partition("\n---\n")
    if not separator:
        raise ValueError("the front matter has no end")
    return parse_yaml(header)


def _nothing(_: str) -> None:
    """Accept a kind of file whose only judge is the program that reads it, which a linter test runs."""


_BY_SUFFIX: dict[str, Callable[[str], Any]] = {
    ".cfg": _ini,
    ".css": _nothing,
    ".env": parse_env,
    ".html": _nothing,
    ".ini": _ini,
    ".json": parse_json,
    ".md": _markdown,
    ".mako": _nothing,
    ".py": _python,
    ".sh": _nothing,
    ".svg": ET.fromstring,
    ".tf": hcl2.loads,
    ".toml": tomllib.loads,
    ".ts": _nothing,
    ".tsx": _nothing,
    ".typed": _nothing,
    ".xml": ET.fromstring,
    ".yaml": parse_yaml,
    ".yml": parse_yaml,
}
_BY_NAME: dict[str, Callable[[str], Any]] = {
    ".dockerignore": _nothing,
    ".editorconfig": _ini,
    ".env.example": parse_env,
    ".gitattributes": _nothing,
    ".gitignore": _nothing,
    ".gitkeep": _nothing,
    ".python-version": _nothing,
    ".talismanrc": parse_yaml,
    "CODEOWNERS": _nothing,
    "Dockerfile": _nothing,
    "LICENSE": _nothing,
    "Makefile": _nothing,
    "nginx.conf.template": _nothing,
    "py.typed": _nothing,
}


def parse(name: str, text: str) -> Any:
    """Parse a file by its name.

    Returns: the parsed data, where the kind of file has any.
    Raises ValueError (and its kin): the file is not what its name says, or the kind is not known here.
    """
    path = PurePosixPath(name)
    parser = _BY_NAME.get(path.name) or _BY_SUFFIX.get(path.suffix)
    if parser is None and not path.suffix and text.startswith("#!"):
        return None
    if parser is None:
        raise ValueError("no parser for this kind of file; name one in tests/support/formats.py")
    return parser(text)
