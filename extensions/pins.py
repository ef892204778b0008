"""Read versions from the manifests in `extensions/catalog/pins/`.

They are real manifests, so that any update bot raises them with no configuration. Each reader below
returns what a template writes: a whole requirement, a whole `uses:` value, an image reference.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from extensions.errors import CatalogError


def _python(folder: Path) -> dict[str, str]:
    """Read requirements by canonical name, from all groups of pyproject.toml: `fastapi` → `fastapi>=1,<2`."""
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))
    groups = [project["project"].get("dependencies", []), *project.get("dependency-groups", {}).values()]
    pins: dict[str, str] = {}
    for line in (line for group in groups for line in group):
        try:
            name = canonicalize_name(Requirement(line).name)
        except InvalidRequirement as error:
            raise CatalogError(f"{folder.name}/pyproject.toml: {line!r} is no requirement: {error}") from None
        if name in pins:
            raise CatalogError(f"{folder.name}/pyproject.toml: {name} is pinned twice")
        pins[name] = line
    return pins


_USES = re.compile(r"uses:\s*(?P<action>[\w./-]+)@(?P<sha>[0-9a-f]{40}) # (?P<version>v?[0-9][\w.]*)\s*$", re.MULTILINE)


def _actions(folder: Path) -> dict[str, str]:
    """Read values of `uses:` with the version as comment, by action."""
    text = (folder / "action.yml").read_text("utf-8")
    pins = {match["action"]: f"{match['action']}@{match['sha']} # {match['version']}" for match in _USES.finditer(text)}
    if len(pins) != text.count("uses:"):
        raise CatalogError(
            f"{folder.name}/action.yml: every `uses:` must be `owner/name@<commit SHA> # <version>`, each action once"
        )
    return pins


def _images(folder: Path) -> dict[str, str]:
    """Read image references by the stage name that the Dockerfile gives them: `python` → `python:3.14-slim`."""
    text = (folder / "Dockerfile").read_text("utf-8")
    pins: dict[str, str] = {}
    for match in re.finditer(r"^FROM (\S+) AS (\S+)$", text, re.MULTILINE):
        name = match[2].replace("-", "_")
        if name in pins:
            raise CatalogError(f"{folder.name}/Dockerfile: {match[2]} is pinned twice")
        pins[name] = match[1]
    return pins


def _hooks(folder: Path) -> dict[str, str]:
    """Read tags of hook repositories, by address."""
    config = yaml.safe_load((folder / ".pre-commit-config.yaml").read_text("utf-8"))
    return {entry["repo"]: entry["rev"] for entry in config["repos"]}


def _go(folder: Path) -> dict[str, str]:
    """Read versions of Go programs, by module path."""
    text = (folder / "go.mod").read_text("utf-8")
    return {
        match[1]: match[2] for match in re.finditer(r"^\s*(?:require )?([\w.-]+\.[\w./-]+) (v\S+)", text, re.MULTILINE)
    }


def _node(folder: Path) -> dict[str, str]:
    """Read version ranges of npm packages, by name."""
    manifest = json.loads((folder / "package.json").read_text("utf-8"))
    return {**manifest.get("dependencies", {}), **manifest.get("devDependencies", {})}


_READERS = {
    "pyproject.toml": _python,
    "action.yml": _actions,
    "Dockerfile": _images,
    ".pre-commit-config.yaml": _hooks,
    "go.mod": _go,
    "package.json": _node,
}


def read_pins(folder: Path) -> dict[str, Any]:
    """Read every manifest below `folder`, one subfolder each.

    Returns: versions by subfolder and name, sorted.
    Raises CatalogError: for a manifest that breaks the rules above.
    """
    pins: dict[str, Any] = {}
    for subfolder in sorted(path for path in folder.iterdir() if path.is_dir()):
        for manifest, reader in _READERS.items():
            if (subfolder / manifest).exists():
                pins[subfolder.name] = dict(sorted(reader(subfolder).items()))
    return pins
