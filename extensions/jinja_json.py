"""Write JSON that Jinja reads as text, in a template that includes it."""

import json

from extensions.errors import CatalogError
from extensions.files import DELIMITERS


def _written(value: object, lines: int = 0) -> str:
    """Write JSON without blanks, which Jinja would read one by one; the upper `lines` levels have a line an entry."""
    gap = "\n" if lines and value else ""
    if isinstance(value, dict):
        entries = (f"{json.dumps(key)}:{_written(inner, max(lines - 1, 0))}" for key, inner in value.items())
        return f"{{{gap}{f',{gap}'.join(entries)}{gap}}}"
    if isinstance(value, list):
        # A list in a list must not look like a tag.
        space = gap or (" " if value and isinstance(value[0], list) else "")
        end = gap or (" " if value and isinstance(value[-1], list) else "")
        return f"[{space}{f',{gap}'.join(_written(inner, max(lines - 1, 0)) for inner in value)}{end}]"
    return json.dumps(value, ensure_ascii=False)


def serialize(compiled: object, name: str = "catalog.json") -> str:
    """Write what was compiled as JSON in which Jinja finds no tag.

    Raises CatalogError: if a text holds a delimiter of the templates.
    """
    text = _written(compiled, lines=2) + "\n"
    for number, line in enumerate(text.splitlines(), 1):
        for delimiter in DELIMITERS:
            # Jinja would evaluate it when Copier includes the file.
            if delimiter in line:
                raise CatalogError(
                    f"{name}:{number}: {line.strip()!r} holds {delimiter!r}, which a template would evaluate; reword it"
                )
    return text
