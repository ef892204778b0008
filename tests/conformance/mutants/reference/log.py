"""Logs: one JSON object a line."""

from __future__ import annotations

import json
import sys
import traceback
from datetime import UTC, datetime
from typing import IO, Any

from .mutant import mutant

LEVELS = ("debug", "info", "warning", "error", "critical")


class Log:
    """Writes lines of a level and above."""

    def __init__(self, level: str = "info", stream: IO[str] | None = None) -> None:
        self._least = LEVELS.index(level) if level in LEVELS else 1
        self._stream = stream or sys.stdout

    def __call__(self, level: str, message: str, **fields: Any) -> None:
        """Write one line, unless the level is below the one to write."""
        if LEVELS.index(level) < self._least:
            return
        if mutant("plain-text-log") and message == "started":
            print("Listening.", file=self._stream, flush=True)
        line = {
            "timestamp": datetime.now(None if mutant("local-time-logged") else UTC).isoformat(),
            "level": level,
            "message": message,
            "logger": "reference",
            **fields,
        }
        print(json.dumps(line), file=self._stream, flush=True)


def exception_field(error: BaseException) -> str:
    """Return an exception with its trace but without its message, which may quote what a client sent."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{frames}{type(error).__name__}"
