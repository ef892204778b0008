"""Compile the catalog's YAML, and the list of the template's files, into the JSON that Copier reads.

Run `python -m extensions.compile` after a change below `extensions/catalog/`, or when a file comes or goes below
`template/`; with `--check` it only says whether `catalog.json` and `files.json` are current, and exits 1 where not.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry, Resource

from extensions.errors import CatalogError
from extensions.files import compile_files
from extensions.jinja_json import serialize
from extensions.pins import read_pins

HERE = Path(__file__).resolve().parent
CATALOG = HERE / "catalog"
COMPILED = HERE / "catalog.json"
FILES = HERE / "files.json"
QUESTIONS = HERE.parent / "questions"

# Names that Windows does not accept for a folder, whatever their case or ending.
WINDOWS_NAMES = ["aux", "con", "nul", "prn", *(f"{device}{n}" for device in ("com", "lpt") for n in range(1, 10))]

# In `packages` it stands beside the stacks: a front end has a manifest of its own, whatever runs behind it.
FRONT_END = "web"

Entry = dict[str, Any]


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML in which a key that is given twice is an error instead of the last one winning."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise CatalogError(f"line {key_node.start_mark.line + 1}: the key {key!r} is given twice")
            seen.add(key)
        return super().construct_mapping(node, deep)


def _load(path: Path) -> Entry:
    try:
        entry = yaml.load(path.read_text("utf-8"), Loader=_UniqueKeyLoader)  # noqa: S506 - it is a SafeLoader
    except CatalogError as error:
        raise CatalogError(f"{_name(path)}: {error}") from None
    except yaml.YAMLError as error:
        raise CatalogError(f"{_name(path)}: not valid YAML: {error}") from None
    if not isinstance(entry, dict):
        raise CatalogError(f"{_name(path)}: must be a mapping")
    return entry


def _name(path: Path) -> str:
    return path.relative_to(CATALOG).as_posix() if path.is_relative_to(CATALOG) else path.as_posix()


def _validator(schema_name: str) -> Draft202012Validator:
    return _with_common(json.loads((CATALOG / f"schemas/{schema_name}.schema.json").read_text("utf-8")))


def _with_common(schema: Entry) -> Draft202012Validator:
    common = json.loads((CATALOG / "schemas/common.schema.json").read_text("utf-8"))
    registry: Registry[Any] = Registry().with_resource("common.schema.json", Resource.from_contents(common))
    return Draft202012Validator(schema, registry=registry)


def _read_group(folder: Path, schema_name: str) -> dict[str, Entry]:
    """Read every file of one folder, checked against its schema, in the order of `rank` and then name."""
    entries = {path.stem: _read_one(path, schema_name) for path in sorted(folder.glob("*.yml"))}
    return dict(sorted(entries.items(), key=lambda item: (item[1].get("rank", 50), item[0])))


def _read_one(path: Path, schema_name: str) -> Entry:
    """Read one file, checked against its schema."""
    entry = _load(path)
    error = best_match(_validator(schema_name).iter_errors(entry))
    if error is not None:
        where = ".".join(str(part) for part in error.absolute_path) or "the file"
        raise CatalogError(f"{_name(path)}: {where}: {error.message}")
    return entry


def _decisions(catalog: Entry) -> Iterator[tuple[str, Entry]]:
    for name, stack in catalog["stacks"].items():
        yield from ((f"stacks/{name}.yml", decision) for decision in stack["decisions"])
    for name, capability in catalog["capabilities"].items():
        seen: list[Entry] = []
        for decision in decided(capability).values():
            if not any(decision is other for other in seen):
                seen.append(decision)
                yield f"capabilities/{name}.yml", decision


def decided(capability: Entry) -> dict[str, Entry]:
    """Return what a capability decides, by stack; a stack for which it decides nothing is left out."""
    by_stack = {stack: capability["by_stack"].get(stack, capability) for stack in capability["stacks"]}
    decisions = {stack: entry.get("decision", capability["decision"]) for stack, entry in by_stack.items()}
    return {stack: decision for stack, decision in decisions.items() if decision}


def _check_references(catalog: Entry) -> None:
    """Find what a schema can't: names that point nowhere, and facts that are given twice."""
    references = (
        ("stacks", "project_types", "project_types"),
        ("capabilities", "stacks", "stacks"),
        ("capabilities", "project_types", "project_types"),
        ("capabilities", "requires", "capabilities"),
        ("capabilities", "excludes", "capabilities"),
    )
    for group, key, target in references:
        for name, entry in catalog[group].items():
            for value in entry[key]:
                if value not in catalog[target]:
                    known = ", ".join(catalog[target])
                    raise CatalogError(f"{group}/{name}.yml: {key}: there is no {value!r}; known: {known}")
    _check_stacks(catalog)
    _check_decisions(catalog)
    _check_answers(catalog)
    _check_packages(catalog)
    _check_front_ends(catalog)
    _check_images(catalog)
    _check_environment(catalog)


def _check_stacks(catalog: Entry) -> None:
    for name, capability in catalog["capabilities"].items():
        for stack in capability["by_stack"]:
            if stack not in capability["stacks"]:
                raise CatalogError(f"capabilities/{name}.yml: by_stack: {stack!r} is none of its stacks")


def _check_decisions(catalog: Entry) -> None:
    complete = _with_common({"$ref": "common.schema.json#/$defs/decision"})
    taken: dict[int, str] = {}
    for where, decision in _decisions(catalog):
        if (error := best_match(complete.iter_errors(decision))) is not None:
            raise CatalogError(f"{where}: decision: {error.message}")
        number = decision["number"]
        # What stacks decide in their own words, in one capability, is one decision.
        if number in taken and (taken[number] != where or where.startswith("stacks/")):
            raise CatalogError(f"{where}: decision.number: {number} is already taken by {taken[number]}")
        taken[number] = where


def _check_conditions(catalog: Entry) -> None:
    for where, decision in _decisions(catalog):
        if "when" in decision and decision["when"] not in catalog["switches"]:
            raise CatalogError(f"{where}: decision.when: there is no switch {decision['when']!r}")


def _check_packages(catalog: Entry) -> None:
    for where, groups in (
        *((f"stacks/{name}.yml", entry["packages"]) for name, entry in catalog["stacks"].items()),
        *((f"capabilities/{name}.yml", entry["packages"]) for name, entry in catalog["capabilities"].items()),
    ):
        for stack, by_group in groups.items():
            if stack not in {*catalog["stacks"], FRONT_END}:
                raise CatalogError(f"{where}: packages: there is no stack {stack!r}")
            language = stack if stack == FRONT_END else catalog["stacks"][stack]["language"].lower()
            pinned = catalog["pins"].get(language, {})
            for package in (package for names in by_group.values() for package in names):
                if package not in pinned:
                    raise CatalogError(f"{where}: packages.{stack}: {package!r} has no version in pins/{language}/")


def _check_front_ends(catalog: Entry) -> None:
    """Demand the command that starts a stack's service for the tests in a browser."""
    for name, stack in catalog["stacks"].items():
        pages = any("ui" in catalog["project_types"][kind]["switches"] for kind in stack["project_types"])
        if pages and "serve-tests" not in stack["commands"]:
            raise CatalogError(f"stacks/{name}.yml: commands: a front end's tests need `serve-tests`")


def _check_answers(catalog: Entry) -> None:
    """Nothing can turn on a capability whose answer nobody is asked for."""
    questions = {name for path in QUESTIONS.glob("*.yml") for name in _load(path)}
    for name, capability in catalog["capabilities"].items():
        answer = capability["answer"]["name"]
        if answer not in questions:
            raise CatalogError(f"capabilities/{name}.yml: answer.name: there is no question {answer!r} in questions/")


def _check_images(catalog: Entry) -> None:
    images = catalog["pins"].get("images", {})
    for name, capability in catalog["capabilities"].items():
        for service, facts in capability["services"].items():
            if facts["image"] not in images:
                raise CatalogError(
                    f"capabilities/{name}.yml: services.{service}.image: "
                    f"{facts['image']!r} is no stage of pins/images/Dockerfile"
                )


def _check_environment(catalog: Entry) -> None:
    """One name has one meaning: two entries may share a variable only if they say the same of it."""
    known: dict[str, tuple[str, Entry]] = {}
    for group in ("stacks", "capabilities"):
        for name, entry in catalog[group].items():
            for variable in entry["env"]:
                where, first = known.setdefault(variable["name"], (f"{group}/{name}.yml", variable))
                same = {key: value for key, value in first.items() if key in _MEANING}
                if {key: value for key, value in variable.items() if key in _MEANING} != same:
                    raise CatalogError(f"{group}/{name}.yml: env: {variable['name']} means something else in {where}")


_MEANING = {"type", "required", "secret"}


def _complete(catalog: Entry) -> None:
    """Write out what may be left out, so that no template has to ask whether a key is there."""
    for stack in catalog["stacks"].values():
        for key, empty in (
            ("env", []),
            ("packages", {}),
            ("plan", {}),
            ("decisions", []),
            ("facts", {}),
            ("ignore", []),
            ("hooks", []),
        ):
            stack.setdefault(key, empty)
    for name, capability in catalog["capabilities"].items():
        capability.setdefault("label", capability["title"])
        # Whether the title gives the value away, as "SOC 2" does `soc2`.
        capability["telling"] = _letters(capability["title"]) == _letters(capability["answer"]["values"][0])
        capability.setdefault("stacks", list(catalog["stacks"]))
        capability.setdefault("project_types", list(catalog["project_types"]))
        capability.setdefault("excludes_because", "")
        capability["switches"] = [name, *capability.get("switches", [])]
        for key in ("requires", "excludes", "env", "folders", "ignore", "hooks", "risks", "data"):
            capability.setdefault(key, [])
        for key in ("commands", "packages", "services", "plan", "facts", "decision", "by_stack"):
            capability.setdefault(key, {})
        capability["by_stack"] = {
            stack: {key: _merged(capability[key], value) for key, value in parts.items()}
            for stack, parts in capability["by_stack"].items()
        }
    for project_type in catalog["project_types"].values():
        project_type.setdefault("plan", {})
    catalog["base"].setdefault("plan", {})
    for entry in (*catalog["stacks"].values(), *catalog["capabilities"].values()):
        for variable in entry["env"]:
            variable.setdefault("required", False)
            variable.setdefault("secret", False)
            variable.setdefault("section", "General")


def _merged(common: object, own: object) -> object:
    return {**common, **own} if isinstance(common, dict) and isinstance(own, dict) else own


def _letters(text: object) -> str:
    return re.sub("[^a-z0-9]", "", str(text).lower())


def _switches(catalog: Entry) -> list[str]:
    groups = ("project_types", "stacks", "capabilities")
    return sorted(
        {"base", *(switch for group in groups for entry in catalog[group].values() for switch in entry["switches"])}
    )


def compile_catalog(folder: Path = CATALOG) -> Entry:
    """Read and check the catalog in `folder`.

    Returns: the object that becomes `catalog.json`; its keys are described in docs/machine.md.
    Raises CatalogError: for the first mistake found, with file, key and reason.
    """
    catalog: Entry = {
        "base": _read_one(folder / "base.yml", "base"),
        "project_types": _read_group(folder / "project_types", "project_type"),
        "stacks": _read_group(folder / "stacks", "stack"),
        "capabilities": _read_group(folder / "capabilities", "capability"),
        "pins": read_pins(folder / "pins"),
        "reserved": {"slugs": WINDOWS_NAMES},
    }
    _complete(catalog)
    _check_references(catalog)
    for _, decision in _decisions(catalog):
        decision["file"] = f"{decision['number']:04d}-{decision['slug']}"
    catalog["switches"] = _switches(catalog)
    _check_conditions(catalog)
    answers: dict[str, list[str]] = {}
    for name, capability in catalog["capabilities"].items():
        answers.setdefault(capability["answer"]["name"], []).append(name)
    catalog["answers"] = answers
    return catalog


def main(arguments: list[str] | None = None) -> int:
    """Command line of the compiler; returns the exit code: 0 written or current, 1 stale or wrong."""
    parser = argparse.ArgumentParser(description="Compile extensions/catalog/ and the list of the template's files.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if something is not current")
    options = parser.parse_args(arguments)
    try:
        catalog = compile_catalog()
        texts = {
            COMPILED: serialize(catalog),
            FILES: serialize(compile_files(catalog["switches"]), FILES.name),
        }
    except CatalogError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        if options.check:
            print(f"error: extensions/{path.name} is not current; run `make catalog`", file=sys.stderr)
        else:
            path.write_text(texts[path], "utf-8", newline="\n")
            print(f"wrote {path.name}")
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
