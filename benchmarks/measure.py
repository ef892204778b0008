"""Time commands as whole processes, in turn, so that a drift of the machine's speed hits all of them alike."""

import os
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Took:
    """What one run of a command took, in seconds: on the clock, and of the processor, its own processes included."""

    wall: float
    processor: float


@dataclass(frozen=True)
class Figure:
    """What one command took, in the order of the runs."""

    runs: tuple[Took, ...]

    @property
    def wall(self) -> float:
        """Median on the clock, in seconds."""
        return statistics.median(took.wall for took in self.runs)

    @property
    def processor(self) -> float:
        """Median of the processor's time, in seconds."""
        return statistics.median(took.processor for took in self.runs)

    def ratio(self, other: "Figure") -> float:
        """Return the median of the ratios of the processor's time to `other`, run by run."""
        pairs = zip(self.runs, other.runs, strict=True)
        return statistics.median(ours.processor / theirs.processor for ours, theirs in pairs)


def run(command: list[str], folder: Path | None = None, env: Mapping[str, str] | None = None) -> Took:
    """Run a command to its end and return what it took.

    Raises RuntimeError: with what the command printed, when it fails.
    """
    start, before = time.perf_counter(), _processor()
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    took = Took(time.perf_counter() - start, _processor() - before)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} exited {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return took


def _processor() -> float:
    """Seconds of the processor that the commands so far have taken."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def in_turn(cases: Mapping[str, Callable[[], Took]], runs: int) -> dict[str, Figure]:
    """Call each case once a round, for `runs` rounds after one that does not count."""
    figures: dict[str, list[Took]] = {name: [] for name in cases}
    for round_number in range(-1, runs):
        for name, case in cases.items():
            taken = case()
            if round_number >= 0:
                figures[name].append(taken)
    return {name: Figure(tuple(values)) for name, values in figures.items()}
