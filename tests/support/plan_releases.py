"""What a release does to the text of a plan, and what people write into one: both as edits that can be repeated."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable

# What a field's value ends before: the next field, heading, item or comment that stands on a line of its own.
_BLOCK_ENDS = r"(?=^(?:\*\*|#|<!--|- )|\Z)"

Step = dict[str, str]


def release(text: str, steps: Iterable[Step]) -> str:
    """Change a plan as a release of the template would; each step names what it does by its first key."""
    for step in steps:
        kind = next(iter(step))
        text = _STEPS[kind](text, step)
    return text


def keys(text: str) -> list[str]:
    """Return the keys of the open fields, in order."""
    return re.findall(r"^TODO\(([a-z.-]+)\)$", text, re.MULTILINE)


def fill(text: str, answered: Collection[str], ticked: Collection[str]) -> str:
    """Fill a plan in as people do: these fields get two paragraphs, these items a tick, each list an entry."""
    for key in answered:
        text = text.replace(f"\nTODO({key})\n", f"\nWhat we say on {key}.\n\n- And why\n", 1)
    for item in ticked:
        text = text.replace(f"\n- [ ] **{item}** ", f"\n- [x] **{item}** ", 1)
    return re.sub(r"\n(<!-- /yours:([a-z]+) -->)\n", _entry, text)


def items(text: str) -> list[str]:
    """Return the ids of the items with an open box, in order."""
    return re.findall(r"^- \[ \] \*\*(P\d+-\w+)\*\*", text, re.MULTILINE)


def _entry(match: re.Match[str]) -> str:
    return f"\n- **{match[2].upper()}-700** Ours\n  - One more line\n\n{match[1]}\n"


def _once(text: str, before: str, after: str) -> str:
    assert text.count(before) == 1, f"{before!r} stands in the plan {text.count(before)} times"
    return text.replace(before, after)


def _block(text: str, key: str) -> str:
    """Return a field from its label to the end of its value."""
    pattern = rf"^\*\*[^\n]*<!-- @{re.escape(key)}(?: [^\n]*)? -->\n.*?{_BLOCK_ENDS}"
    found = re.findall(pattern, text, re.MULTILINE | re.DOTALL)
    assert len(found) == 1, f"field {key} stands in the plan {len(found)} times"
    return str(found[0])


def _field(key: str) -> str:
    return f"**Label of {key}** — a hint <!-- @{key} by=P9 -->\n\nTODO({key})\n\n"


def _item(item: str) -> str:
    return f"<!-- {item} -->\n\n- [ ] **{item}** Something to do\n\n"


def _add_field(text: str, step: Step) -> str:
    if "after" in step:
        neighbour = _block(text, step["after"])
        return _once(text, neighbour, neighbour + _field(step["add_field"]))
    neighbour = _block(text, step["before"])
    return _once(text, neighbour, _field(step["add_field"]) + neighbour)


def _remove_field(text: str, step: Step) -> str:
    return _once(text, _block(text, step["remove_field"]), "")


def _add_section(text: str, step: Step) -> str:
    section = f"### {step['add_section']}\n\n{_field(step['field'])}"
    return _once(text, f"\n{step['before']}\n", f"\n{section}{step['before']}\n")


def _add_item(text: str, step: Step) -> str:
    anchor = f"\n<!-- {step['before']} -->\n"
    return _once(text, anchor, f"\n{_item(step['add_item'])}{anchor[1:]}")


def _remove_item(text: str, step: Step) -> str:
    pattern = rf"^<!-- {step['remove_item']} -->\n\n- [^\n]*\n\n"
    text, count = re.subn(pattern, "", text, flags=re.MULTILINE)
    assert count == 1
    return text


def _replace(text: str, step: Step) -> str:
    return _once(text, step["replace"], step["by"])


_STEPS: dict[str, Callable[[str, Step], str]] = {
    "add_field": _add_field,
    "add_item": _add_item,
    "add_section": _add_section,
    "remove_field": _remove_field,
    "remove_item": _remove_item,
    "replace": _replace,
}
