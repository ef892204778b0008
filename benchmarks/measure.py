"""Time commands as whole processes, in turn, so that a drift of the machine's speed hits all of them alike."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """Wall times of one command in seconds, in the order of the runs."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Median of the runs, in seconds."""
        return statistics.median(self.seconds)

    def ratio(self, other: "Figure") -> float:
        """Return the median of the ratios to `other`, run by run."""
        return statistics.median(a / b for a, b in zip(self.seconds, other.seconds, strict=True))


def run(command: list[str], folder: Path | None = None, env: Mapping[str, str] | None = None) -> float:
    """Run a command to its end and return the seconds that it took.

    Raises RuntimeError: with what the command printed, when it fails.
    """
    start = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} exited {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return seconds


def in_turn(cases: Mapping[str, Callable[[], float]], runs: int) -> dict[str, Figure]:
    """Call each case once a round, for `runs` rounds after one that does not count.

    A case returns seconds.
    """
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for round_number in range(-1, runs):
        for name, case in cases.items():
            taken = case()
            if round_number >= 0:
                seconds[name].append(taken)
    return {name: Figure(tuple(values)) for name, values in seconds.items()}
