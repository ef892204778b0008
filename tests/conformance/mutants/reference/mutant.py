"""The switch that breaks one promise: environment variable MUTANT."""

from __future__ import annotations

import os

_ON = os.environ.get("MUTANT")


def mutant(name: str) -> bool:
    """Return whether the reference is to break the promise of that name."""
    return name == _ON
