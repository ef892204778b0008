#!/usr/bin/env python3
"""Set up this repository on GitHub: protection, labels, environments, security.

    python scripts/setup_github.py [--dry-run | --yes]

What is wanted stands in .github/repository.json. It is compared with what GitHub has, the
differences are shown, and nothing is changed before you agree. A second run finds nothing to do.
It needs Python 3.11 or later and GitHub's own program `gh`, signed in as an administrator of the
repository.

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

SETTINGS = Path(__file__).resolve().parent.parent / ".github" / "repository.json"
REPOSITORY = "repos/{owner}/{repo}"  # `gh` puts in the names, from the remote of this clone
ADMIN_ROLE = 5  # GitHub's number of the role "Repository admin"

Settings = dict[str, Any]


class GitHubError(Exception):
    """GitHub or `gh` refused; `status` is the HTTP status, or 0 where there was none."""

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
    """Send one request through `gh`.

    Returns: the answer from JSON; None if it is empty.
    Raises GitHubError: if `gh` is missing, not signed in, or GitHub refuses.
    """
    program = shutil.which("gh")
    if program is None:
        raise GitHubError("GitHub's program `gh` is missing; see https://cli.github.com")
    command = [program, "api", "--method", method, f"{REPOSITORY}{path}"]
    if body is not None:
        command += ["--input", "-"]
    result = subprocess.run(  # noqa: S603 - `gh` with arguments that stand in this file
        command,
        input=None if body is None else json.dumps(body),
        stdin=subprocess.DEVNULL if body is None else None,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if result.returncode != 0:
        status = re.search(r"HTTP (\d{3})", result.stderr)
        raise GitHubError(result.stderr.strip(), int(status[1]) if status else 0)
    return json.loads(result.stdout) if result.stdout.strip() else None


def read(path: str) -> Any:
    """Get what GitHub has at `path`; None if there is nothing or the plan does not offer it."""
    try:
        return request("GET", path)
    except GitHubError as error:
        if error.status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
            return None
        raise


def holds(actual: object, wanted: object) -> bool:
    """Say whether `actual` has all that is `wanted`; GitHub adds fields and orders lists anew."""
    if isinstance(wanted, dict):
        if not isinstance(actual, dict):
            return False
        return all(holds(actual.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list):
        if not isinstance(actual, list) or len(actual) != len(wanted):
            return False
        return all(any(holds(each, value) for each in actual) for value in wanted)
    return actual == wanted


def merging(repository: Settings) -> Iterator[Change]:
    """Merge by squashing, so that the pull request's title becomes the one commit's message."""
    wanted: Settings = {
        "allow_auto_merge": True,
        "allow_merge_commit": False,
        "allow_rebase_merge": False,
        "allow_squash_merge": True,
        "delete_branch_on_merge": True,
        "squash_merge_commit_message": "PR_BODY",
        "squash_merge_commit_title": "PR_TITLE",
    }
    different = {key: value for key, value in wanted.items() if repository.get(key) != value}
    if different:
        yield Change(f"Merging: {', '.join(different)}", "PATCH", "", different)


def security(repository: Settings) -> Iterator[Change]:
    """Turn on what looks for weaknesses, and take rights from the workflows' token."""
    offered = repository.get("security_and_analysis") or {}
    names = ("secret_scanning", "secret_scanning_push_protection")
    off = [name for name in names if offered.get(name, {}).get("status") == "disabled"]
    if off:
        body = {"security_and_analysis": {name: {"status": "enabled"} for name in off}}
        yield Change(f"Security: {', '.join(off)}", "PATCH", "", body)
    try:
        request("GET", "/vulnerability-alerts")
    except GitHubError as error:
        if error.status != HTTPStatus.NOT_FOUND:  # that is how GitHub says "off"
            raise
        yield Change("Security: alerts for dependencies", "PUT", "/vulnerability-alerts")
    reporting = read("/private-vulnerability-reporting")
    if reporting is not None and not reporting["enabled"]:
        text = "Security: private reports of vulnerabilities"
        yield Change(text, "PUT", "/private-vulnerability-reporting")
    token = {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": False}
    if not holds(read("/actions/permissions/workflow"), token):
        text = "Workflows: a token that may read, and approve nothing"
        yield Change(text, "PUT", "/actions/permissions/workflow", token)


def rulesets(settings: Settings) -> Iterator[Settings]:
    """Build the rules for the main branch and for the tags of releases."""
    admins = {"actor_id": ADMIN_ROLE, "actor_type": "RepositoryRole", "bypass_mode": "pull_request"}
    review = {
        "allowed_merge_methods": ["squash"],
        "dismiss_stale_reviews_on_push": True,
        "require_code_owner_review": settings["approvals"] > 0,
        "require_last_push_approval": False,
        "required_approving_review_count": settings["approvals"],
        "required_review_thread_resolution": True,
    }
    checks = {
        "required_status_checks": [{"context": name} for name in settings["required_checks"]],
        "strict_required_status_checks_policy": False,
    }
    yield {
        "name": "main branch",
        "target": "branch",
        "enforcement": "active",
        "bypass_actors": [admins],
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": [
            {"type": "deletion"},
            {"type": "non_fast_forward"},
            {"type": "required_linear_history"},
            {"type": "pull_request", "parameters": review},
            {"type": "required_status_checks", "parameters": checks},
        ],
    }
    yield {
        "name": "release tags",
        "target": "tag",
        "enforcement": "active",
        "bypass_actors": [],
        "conditions": {"ref_name": {"include": ["refs/tags/v*"], "exclude": []}},
        "rules": [{"type": "deletion"}, {"type": "non_fast_forward"}, {"type": "update"}],
    }


def protection(settings: Settings) -> Iterator[Change]:
    """Protect the main branch and the tags of releases."""
    numbers = {each["name"]: each["id"] for each in read("/rulesets?includes_parents=false") or []}
    for ruleset in rulesets(settings):
        number = numbers.get(ruleset["name"])
        if number is None:
            yield Change(f"Protection: add “{ruleset['name']}”", "POST", "/rulesets", ruleset)
        elif not holds(read(f"/rulesets/{number}"), ruleset):
            path = f"/rulesets/{number}"
            yield Change(f"Protection: renew “{ruleset['name']}”", "PUT", path, ruleset)


def labels(settings: Settings) -> Iterator[Change]:
    """Add the labels that are missing and mend those that differ; others stay."""
    existing = {label["name"].lower(): label for label in read("/labels?per_page=100") or []}
    for label in settings["labels"]:
        actual = existing.get(label["name"].lower())
        if actual is None:
            yield Change(f"Label: add {label['name']}", "POST", "/labels", label)
        elif not holds(actual, label):
            name = actual["name"].replace(" ", "%20")
            yield Change(f"Label: renew {label['name']}", "PATCH", f"/labels/{name}", label)


def environments(settings: Settings) -> Iterator[Change]:
    """Add the environments that are missing; those that are there keep their reviewers."""
    existing = (read("/environments?per_page=100") or {}).get("environments", [])
    names = {environment["name"] for environment in existing}
    for name in settings["environments"]:
        if name not in names:
            yield Change(f"Environment: add {name}", "PUT", f"/environments/{name}")


def differences(settings: Settings) -> list[Change]:
    """Compare GitHub with `settings`, and return what has to be changed."""
    repository = request("GET", "")
    return [
        *merging(repository),
        *security(repository),
        *protection(settings),
        *labels(settings),
        *environments(settings),
    ]


def say(text: str) -> None:
    """Write one line for the person who runs this."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def apply(changes: Sequence[Change]) -> int:
    """Make the changes, each for itself, and return how many GitHub refused."""
    refused = 0
    for change in changes:
        try:
            request(change.method, change.path, change.body)
            say(f"  done     {change.text}")
        except GitHubError as error:
            refused += 1
            say(f"  refused  {change.text}\n           {error}")
    return refused


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Set up this repository on GitHub.")
    parser.add_argument("--dry-run", action="store_true", help="show what would change, and stop")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    options = parser.parse_args(arguments)
    try:
        changes = differences(json.loads(SETTINGS.read_text("utf-8")))
    except (GitHubError, OSError, ValueError) as error:
        sys.stderr.write(f"Can't compare with GitHub: {error}\n")
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
