"""Waiting for what a service must do in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable

# Seconds after which what has to happen counts as never happening. It is generous, because how fast
# a service is on a busy machine is not what this suite judges.
PATIENCE = 15.0


def happens(condition: Callable[[], bool], within: float | None = None) -> bool:
    """Poll a condition, and return whether it comes to hold within that many seconds (PATIENCE by default)."""
    end = time.monotonic() + (PATIENCE if within is None else within)
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def wait_until(condition: Callable[[], bool], what: str, within: float | None = None) -> None:
    """Poll a condition until it holds.

    Args:
        what: is waited for, as the error says it.
        within: seconds; PATIENCE by default.

    Raises:
        AssertionError: it does not hold in time.
    """
    if not happens(condition, within):
        raise AssertionError(f"never: {what}")
