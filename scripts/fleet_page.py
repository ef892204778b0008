"""How the report of scripts/fleet_report.py is shown: a table for a terminal, and a page that needs nothing else."""

import html
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

# What needs somebody comes first.
STATES = ("error", "conflict", "flipped", "removed", "behind", "clean", "current")
_COLUMNS = ("name", "version", "target", "since", "phase", "state", "capabilities", "details")
_STYLE = """
  :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
  body { margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; }
  th, td { border-bottom: 1px solid #8884; padding: .4rem .6rem; text-align: left; vertical-align: top; }
  .error, .conflict, .flipped, .removed { font-weight: 700; }
"""


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _ordered(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(rows, key=lambda row: (STATES.index(row["state"]), row["name"]))


def summary(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return one line: how many repositories there are in each state."""
    counts = Counter(row["state"] for row in rows)
    parts = [f"{counts[state]} {state}" for state in STATES if counts[state]]
    return f"{len(rows)} repositories: {', '.join(parts)}" if parts else "No repository has adopted the template."


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the rows as aligned text, capabilities left out, with the summary at the end."""
    columns = [column for column in _COLUMNS if column != "capabilities"]
    cells = [columns, *([_text(row[column]) for column in columns] for row in _ordered(rows))]
    widths = [max(len(line[number]) for line in cells) for number in range(len(columns))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in cells]
    return "\n".join([*lines, "", summary(rows)])


def page(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the rows as an HTML page without scripts or addresses; every text is escaped."""
    head = "".join(f'<th scope="col">{column}</th>' for column in _COLUMNS)
    body = ""
    for row in _ordered(rows):
        cells = "".join(f"<td>{html.escape(_text(row[column]))}</td>" for column in _COLUMNS)
        body += f'    <tr class="{row["state"]}">{cells}</tr>\n'
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Fleet</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>Fleet</h1>\n<p>{summary(rows)}</p>\n"
        f"<table>\n  <thead><tr>{head}</tr></thead>\n  <tbody>\n{body}  </tbody>\n</table>\n</body>\n</html>\n"
    )
