#!/usr/bin/env python3
"""Set up this repository on GitLab: protection, labels, environments, schedule.

    python scripts/setup_gitlab.py [--dry-run | --yes]

What is wanted stands in .gitlab/repository.json. It is compared with what GitLab has, the
differences are shown, and nothing is changed before you agree. A second run finds nothing to do.
It needs Python 3.11 or later and GitLab's own program `glab`, signed in as a maintainer of the
project.

Exit codes: 0 done, or nothing to do; 1 something could not be changed; 2 it could not begin.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SETTINGS = Path(__file__).resolve().parent.parent / ".gitlab" / "repository.json"
PROJECT = "projects/:fullpath"  # `glab` puts in the path, from the remote of this clone
SCHEDULE = "Weekly check"

# GitLab's numbers of access levels.
NOBODY = 0
MAINTAINER = 40
ACCESS = {"push_access_levels": NOBODY, "merge_access_levels": MAINTAINER}

Settings = dict[str, Any]


class GitLabError(Exception):
    """GitLab or `glab` refused; `status` is the HTTP status, or 0 where there was none."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Change:
    """One thing to change: the sentence to show, and the request that does it."""

    text: str
    method: str
    path: str
    body: Settings | None = None


def request(method: str, path: str, body: Settings | None = None) -> Any:
    """Send one request through `glab`.

    Returns: the answer from JSON; None if it is empty.
    Raises GitLabError: if `glab` is missing, not signed in, or GitLab refuses.
    """
    program = shutil.which("glab")
    if program is None:
        raise GitLabError("GitLab's program `glab` is missing; see https://docs.gitlab.com/cli")
    command = [program, "api", "--method", method, f"{PROJECT}{path}"]
    if body is not None:
        command += ["--header", "Content-Type: application/json", "--input", "-"]
    result = subprocess.run(  # noqa: S603 - `glab` with arguments that stand in this file
        command,
        input=None if body is None else json.dumps(body),
        stdin=subprocess.DEVNULL if body is None else None,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if result.returncode != 0:
        status = re.search(r"\b([45]\d\d)\b", result.stderr)
        raise GitLabError(result.stderr.strip(), int(status[1]) if status else 0)
    return json.loads(result.stdout) if result.stdout.strip() else None


def read(path: str) -> Any:
    """Get what GitLab has at `path`; None if there is nothing or the plan does not offer it."""
    try:
        return request("GET", path)
    except GitLabError as error:
        if error.status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
            return None
        raise


def holds(actual: object, wanted: object) -> bool:
    """Say whether `actual` has all that is `wanted`; GitLab adds fields and orders lists anew."""
    if isinstance(wanted, dict):
        if not isinstance(actual, dict):
            return False
        return all(holds(actual.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        if not isinstance(actual, list) or len(actual) != len(wanted):
            return False
        return all(any(holds(each, value) for each in actual) for value in wanted)
    return actual == wanted


def project(settings: Settings) -> Iterator[Change]:
    """Merge only what passed, by squashing, and clean up after it."""
    wanted: Settings = {
        "default_branch": settings["branch"],
        "only_allow_merge_if_all_discussions_are_resolved": True,
        "only_allow_merge_if_pipeline_succeeds": True,
        "remove_source_branch_after_merge": True,
        "squash_option": "always",
    }
    actual = request("GET", "")
    different = {key: value for key, value in wanted.items() if actual.get(key) != value}
    if different:
        yield Change(f"Merging: {', '.join(different)}", "PUT", "", different)


def protection(settings: Settings) -> Iterator[Change]:
    """Protect the main branch, which takes merge requests alone, and the tags of releases."""
    branch = settings["branch"]
    path = f"/protected_branches/{branch}"
    actual = read(path)
    levels = {name: [{"access_level": level}] for name, level in ACCESS.items()}
    if actual is None or not holds(actual, {"allow_force_push": False, **levels}):
        text = f"Protection: {branch} takes merge requests alone"
        if actual is not None:  # a rule that is there can't be changed, only made anew
            yield Change(f"Protection: drop the old rule for {branch}", "DELETE", path)
        body = {
            "name": branch,
            "allow_force_push": False,
            "push_access_level": NOBODY,
            "merge_access_level": MAINTAINER,
        }
        yield Change(text, "POST", "/protected_branches", body)
    if "v*" not in {tag["name"] for tag in read("/protected_tags?per_page=100") or []}:
        body = {"name": "v*", "create_access_level": MAINTAINER}
        yield Change("Protection: tags of releases", "POST", "/protected_tags", body)


def labels(settings: Settings) -> Iterator[Change]:
    """Add the labels that are missing and mend those that differ; others stay."""
    existing = {label["name"]: label for label in read("/labels?per_page=100") or []}
    for label in settings["labels"]:
        actual = existing.get(label["name"])
        if actual is None:
            yield Change(f"Label: add {label['name']}", "POST", "/labels", label)
        elif not holds(actual, label):
            body = {key: value for key, value in label.items() if key != "name"}
            path = f"/labels/{label['name'].replace(' ', '%20')}"
            yield Change(f"Label: renew {label['name']}", "PUT", path, body)


def environments(settings: Settings) -> Iterator[Change]:
    """Add the environments that are missing."""
    names = {environment["name"] for environment in read("/environments?per_page=100") or []}
    for name in settings["environments"]:
        if name not in names:
            yield Change(f"Environment: add {name}", "POST", "/environments", {"name": name})


def schedule(settings: Settings) -> Iterator[Change]:
    """Run the pipeline each week too: new vulnerabilities come without a commit."""
    existing = read("/pipeline_schedules") or []
    if SCHEDULE not in {each["description"] for each in existing}:
        ref = f"refs/heads/{settings['branch']}"
        body = {"description": SCHEDULE, "ref": ref, "cron": "23 4 * * 1"}
        yield Change("Schedule: the pipeline, each Monday", "POST", "/pipeline_schedules", body)


def differences(settings: Settings) -> list[Change]:
    """Compare GitLab with `settings`, and return what has to be changed."""
    return [
        *project(settings),
        *protection(settings),
        *labels(settings),
        *environments(settings),
        *schedule(settings),
    ]


def say(text: str) -> None:
    """Write one line for the person who runs this."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def apply(changes: Sequence[Change]) -> int:
    """Make the changes, each for itself, and return how many GitLab refused."""
    refused = 0
    for change in changes:
        try:
            request(change.method, change.path, change.body)
            say(f"  done     {change.text}")
        except GitLabError as error:
            refused += 1
            say(f"  refused  {change.text}\n           {error}")
    return refused


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Set up this repository on GitLab.")
    parser.add_argument("--dry-run", action="store_true", help="show what would change, and stop")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    options = parser.parse_args(arguments)
    try:
        changes = differences(json.loads(SETTINGS.read_text("utf-8")))
    except (GitLabError, OSError, ValueError) as error:
        sys.stderr.write(f"Can't compare with GitLab: {error}\n")
        return 2
    if not changes:
        say("Nothing to change.")
        return 0
    say(f"{len(changes)} to change:")
    for change in changes:
        say(f"  {change.text}")
    if options.dry_run:
        return 0
    if not options.yes:
        if not sys.stdin.isatty():
            sys.stderr.write("Nobody is there to agree: run it with --yes or --dry-run.\n")
            return 2
        if input("Go on? [y/N] ").strip().lower() not in {"y", "yes"}:
            return 0
    return 1 if apply(changes) else 0


if __name__ == "__main__":
    raise SystemExit(main())
