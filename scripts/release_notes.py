"""Print the part of CHANGELOG.md that tells of one version: the text of its release."""

import re
import sys
from pathlib import Path

CHANGELOG = Path(__file__).resolve().parent.parent / "CHANGELOG.md"


def notes(changelog: str, version: str) -> str:
    """Return what stands under the heading of `version` (without a leading `v`).

    Raises LookupError: when the changelog has no such heading, or nothing under it.
    """
    found = re.search(rf"^## \[?{re.escape(version)}\]?.*\n(?P<text>(?:(?!## ).*\n)*)", changelog, re.MULTILINE)
    if found is None or not found["text"].strip():
        raise LookupError(f"CHANGELOG.md says nothing of {version}; write what a project's owner must know")
    return found["text"].strip() + "\n"


if __name__ == "__main__":
    try:
        print(notes(CHANGELOG.read_text("utf-8"), sys.argv[1].removeprefix("v")), end="")
    except LookupError as error:
        sys.exit(str(error))
