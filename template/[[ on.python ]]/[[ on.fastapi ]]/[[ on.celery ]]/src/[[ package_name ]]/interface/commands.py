"""What the process can be beside the HTTP service."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from ..platform.dead_letters import DeadLetter, dead_letters, drop, requeue
from ..platform.scheduler import run_scheduler
from ..platform.settings import Settings
from ..platform.tasks import celery, configure_tasks
from ..platform.worker import run_worker
from . import tasks  # noqa: F401 - what the worker knows


def run(arguments: Sequence[str], settings: Settings) -> int:
    """Do what the command line says; returns the exit code."""
    parser = ArgumentParser(prog=f"python -m {__package__.partition('.')[0]}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("worker", help="take tasks from the queue")
    commands.add_parser("scheduler", help="send the tasks whose time has come")
    letters = commands.add_parser("dead-letters", help="tasks that could not be done")
    letters.add_argument("do", choices=["list", "requeue", "drop"], nargs="?", default="list")
    letters.add_argument("id", nargs="*", help="which ones; none: all")
    chosen = parser.parse_args(arguments)

    if chosen.command == "worker":
        return run_worker(settings)
    if chosen.command == "scheduler":
        return run_scheduler(settings)
    configure_tasks(settings)
    return _work_on(chosen.do, dead_letters(), chosen.id)


def _work_on(action: str, letters: list[DeadLetter], ids: list[str]) -> int:
    missing = set(ids) - {letter.id for letter in letters}
    for letter in letters:
        if ids and letter.id not in ids:
            continue
        if action == "requeue":
            requeue(celery, letter)
        elif action == "drop":
            drop(letter.id)
        sys.stdout.write(letter.model_dump_json() + "\n")
    if missing:
        sys.stderr.write(f"There is no dead letter {', '.join(sorted(missing))}.\n")
    return 1 if missing else 0
