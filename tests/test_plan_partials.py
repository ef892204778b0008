"""implementation.md as the partials write it: untouched it passes its checker, and the catalog's texts have a place."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from extensions.compile import compile_catalog
from tests.support.answers import Answers
from tests.support.projects import Projects, render
from tests.support.template import ROOT, snapshot

PARTIALS = "".join(path.read_text("utf-8") for path in sorted((ROOT / "includes" / "plan").glob("*.jinja")))

MOST: Answers = {
    "plan_depth": "full",
    "database": "postgresql",
    "cloud": "aws",
    "registry": "ghcr",
    "deploy_strategy": "canary",
    "environments": ["staging", "uat", "production"],
    "compliance": ["gdpr", "hipaa", "soc2"],
    "license": "apache-2.0",
    "cla": True,
    "chat": "slack",
    "auth": "oidc",
    "queue": "celery",
    "integrations": ["stripe", "openai", "twilio"],
    "telemetry": ["prometheus", "opentelemetry"],
    "error_tracker": "sentry",
    "log_sink": "elk",
    "dashboards": "grafana",
    "secrets_manager": "aws",
    "vault": "1password",
    "problem": "FR-001 <!-- /yours:fr --> TODO(x) **x**",
    "users": "- [ ] **P1-01** | `shop` managers",
    "technical_lead": "@octocat",
    "rto": "4h",
}
LEAST: Answers = {
    "plan_depth": "lite",
    "database": "none",
    "sample": False,
    "environments": [],
    "forge": "gitlab",
    "secret_scanner": "talisman",
    "license": "proprietary",
    "deploy_strategy": "blue-green",
    "project_name": 'API-1 "Desk": # 1. <b>',
}


def annoying(project: Path) -> list[str]:
    """Return what the project's own checker finds, beside notes, where nobody has touched anything."""
    command = [sys.executable, "scripts/plan.py", "check", "--json"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode in (0, 1), done.stderr
    found = json.loads(done.stdout)["findings"]
    return [f"{one['rule']}: {one['message']}" for one in found if one["blocks"] or one["level"] != "info"]


@pytest.mark.parametrize("strictness", ["guard", "enforce"])
@pytest.mark.parametrize("answers", [{}, MOST, LEAST], ids=["defaults", "most", "least"])
def test_an_untouched_plan_is_in_order(projects: Projects, answers: Answers, strictness: str) -> None:
    project = projects.render(answers | {"plan_strictness": strictness})
    assert not annoying(project.path)


def test_a_user_interface_brings_its_section_and_its_phase(tmp_path: Path) -> None:
    project = render(snapshot(tmp_path / "template"), {"project_type": "web"}, tmp_path / "project")
    headings = re.findall(r"^#+ (.*)$", (project.path / "implementation.md").read_text("utf-8"), re.MULTILINE)
    for heading in ("5. UI/UX Design", "5.3 Design Rules", "Usability", "Frontend"):
        assert heading in headings
    assert any(heading.startswith("Phase 7 ") for heading in headings)
    sections = [int(heading.split(".")[0]) for heading in headings if re.match(r"\d+\. ", heading)]
    assert sections == list(range(1, 16))
    assert not annoying(project.path)


def test_every_text_of_the_catalog_has_a_place_in_the_plan() -> None:
    catalog = compile_catalog()
    entries = [catalog["base"]]
    for group in ("project_types", "stacks", "capabilities"):
        entries += catalog[group].values()
    entries += [parts for entry in catalog["capabilities"].values() for parts in entry["by_stack"].values()]
    places = set(re.findall(r"(?:<!-- @|known\['|filled\.get\(')([\w.-]+)", PARTIALS))
    assert {key for entry in entries for key in entry.get("plan", ())} <= places


def test_keys_and_ids_of_the_plan_are_given_once() -> None:
    for pattern in (r"<!-- @([\w.-]+)", r"^- (?:\[ \] )?\*\*([PS]\d+-\w+)\*\*", r"<!-- yours:(\w+) -->"):
        found = re.findall(pattern, PARTIALS, re.MULTILINE)
        assert found
        assert len(found) == len(set(found)), sorted(name for name in found if found.count(name) > 1)
