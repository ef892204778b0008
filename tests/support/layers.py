"""Which of the template's files can be written together, computed from their paths and the catalog's switches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, product
from pathlib import PurePosixPath
from typing import Any

from extensions.compile import decided

_SWITCH = re.compile(r"\[\[ on\.([a-z][a-z0-9_]*) \]\]")
_NAME = re.compile(r"\[\[ [a-z_][a-z0-9_.]* \]\]")
# Names that stand for several files, and what there is one for each of.
_EACH = {"[[ decision.file ]]": "decisions", "[[ environment ]]": "environments"}

# Values that one answer holds at the same time, by the answer's name.
Assignment = Mapping[str, frozenset[str]]

# Answers and their values that are given together.
Given = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Written:
    """A file of the template: where it is written, and the switches that must all be on."""

    source: str
    target: str
    switches: frozenset[str]


def written(source: str) -> Written:
    """Read a path below template/.

    Raises ValueError: a part of the path is more than a switch or a name.
    """
    switches: set[str] = set()
    parts: list[str] = []
    for part in source.split("/"):
        if match := _SWITCH.fullmatch(part):
            switches.add(match[1])
            continue
        rest = _NAME.sub("", part)
        if any(sign in rest for sign in ("[[", "]]", "[%", "%]")):
            raise ValueError(f"{source}: {part!r} is neither a switch, `[[ on.name ]]`, nor a plain name")
        parts.append(part)
    target = "/".join(parts).removesuffix(".jinja")
    return Written(source, target, frozenset(switches))


def expanded(source: str, catalog: Mapping[str, Any]) -> Iterator[Written]:
    """Read a path below template/, once for each file that it stands for.

    Raises ValueError: a part of the path is not understood.
    """
    each = next((name for name in _EACH if name in source), None)
    if each is None:
        yield written(source)
        return
    for name, switches in _several_files(_EACH[each], catalog):
        file = written(source.replace(each, name))
        yield Written(f"{source} ({name})", file.target, file.switches | switches)


def _several_files(items: str, catalog: Mapping[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the name and the switches of each file that a loop in a path writes."""
    capabilities = catalog["capabilities"]
    if items == "decisions":
        own = {name: stack["switches"][-1] for name, stack in catalog["stacks"].items()}
        for name, stack in catalog["stacks"].items():
            for decision in stack["decisions"]:
                yield decision["file"], frozenset({own[name], decision.get("when", own[name])})
        for name, entry in capabilities.items():
            for stack, decision in decided(entry).items():
                yield decision["file"], frozenset({own[stack], name})
    elif items in catalog["answers"]:
        names = catalog["answers"][items]
        yield from ((value, frozenset({name})) for name in names for value in capabilities[name]["answer"]["values"])
    else:
        raise ValueError(f"a path loops over {items!r}, of which the tests know nothing")


def _conditions(catalog: Mapping[str, Any]) -> dict[str, list[Given]]:
    """Return, by switch, the answers of which one set is enough to turn it on; none for what is always on."""
    found: dict[str, list[Given]] = {"base": []}
    for group, answer in (("project_types", "project_type"), ("stacks", "stack")):
        for name, entry in catalog[group].items():
            for switch in entry["switches"]:
                found.setdefault(switch, []).append(frozenset({(answer, name)}))
    for name, entry in catalog["capabilities"].items():
        for switch in entry["switches"]:
            found.setdefault(switch, []).extend(_ways(name, catalog["capabilities"]))
    return found


def _ways(name: str, capabilities: Mapping[str, Any]) -> list[Given]:
    """Return the answers that turn a capability on: a value of its own, and what those that it requires need."""
    answer = capabilities[name]["answer"]
    own = [frozenset({(answer["name"], str(value))}) for value in answer["values"]]
    required = [_ways(other, capabilities) for other in capabilities[name].get("requires", ())]
    return [frozenset().union(*way) for way in product(own, *required)]


def together(switches: frozenset[str], catalog: Mapping[str, Any], several: Sequence[str]) -> Assignment | None:
    """Find answers that turn all these switches on at once.

    Args:
        switches: the switches, all of which must be on.
        catalog: the compiled catalog.
        several: names of the answers that take more than one value.

    Returns: the answers, or None where there are none: an answer that takes one value can't turn on two of them,
    and a capability is off where one that it excludes is on, and with a stack that it does not serve.
    Raises KeyError: a switch that the catalog does not know.
    """
    conditions = _conditions(catalog)
    if any(set(catalog["capabilities"].get(switch, {}).get("excludes", ())) & switches for switch in switches):
        return None
    wanted = [conditions[switch] for switch in sorted(switches) if conditions[switch]]
    for switch in sorted(switches & set(catalog["capabilities"])):
        stacks = catalog["capabilities"][switch].get("stacks", catalog["stacks"])
        if len(stacks) < len(catalog["stacks"]):
            wanted.append([frozenset({("stack", stack)}) for stack in stacks])
    for choice in product(*wanted):
        values: dict[str, set[str]] = {}
        for answer, value in chain.from_iterable(choice):
            values.setdefault(answer, set()).add(value)
        if all(len(chosen) == 1 or answer in several for answer, chosen in values.items()):
            return {answer: frozenset(chosen) for answer, chosen in values.items()}
    return None


def collisions(sources: Sequence[str], catalog: Mapping[str, Any], several: Sequence[str]) -> Iterator[str]:
    """Yield each pair of files that some answers write to one path, or one as a file where the other needs a folder."""
    files = [file for source in sources for file in expanded(source, catalog)]
    by_target: dict[str, list[Written]] = {}
    for file in files:
        # Windows and macOS take names that differ in case only for one.
        by_target.setdefault(file.target.casefold(), []).append(file)
    pairs = [pair for group in by_target.values() for pair in combinations(group, 2)]
    for file in files:
        for parent in PurePosixPath(file.target.casefold()).parents:
            pairs += [(other, file) for other in by_target.get(parent.as_posix(), [])]
    for one, other in pairs:
        answers = together(one.switches | other.switches, catalog, several)
        if answers is not None:
            given = ", ".join(f"{name}={'+'.join(sorted(values))}" for name, values in sorted(answers.items()))
            yield f"{one.source} and {other.source} are both written with {given or 'any answers'}"
