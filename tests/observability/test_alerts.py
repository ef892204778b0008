"""The alert rules, judged by Prometheus' own tool: that they are valid, and when they wake somebody."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.programs import program
from tests.support.projects import Project, Projects

JOB = "my-project"
COUNT = "http_server_request_duration_seconds_count"


def _project(projects: Projects, availability: str, **answers: str) -> Project:
    return projects.render({"telemetry": ["prometheus"], "availability": availability, **answers})


def _promtool(*arguments: str | Path, folder: Path) -> None:
    command = [program("promtool"), *map(str, arguments)]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("availability", ["", "99.9%", "99.95 %", "90%", "50%", "100%", "0%"])
@pytest.mark.parametrize("database", ["sqlite", "none"])
def test_rules_are_valid(projects: Projects, availability: str, database: str) -> None:
    project = _project(projects, availability, database=database)
    _promtool("check", "rules", "infra/prometheus/rules/service.yml", folder=project.path)
    _promtool("check", "config", "infra/prometheus/prometheus.yml", folder=project.path)


def test_each_alert_says_whom_it_wakes_and_what_to_do(projects: Projects) -> None:
    for availability in ("", "99.9%"):
        project = _project(projects, availability)
        rules = yaml.safe_load(project.text("infra/prometheus/rules/service.yml"))
        alerts = [rule for group in rules["groups"] for rule in group["rules"] if "alert" in rule]
        assert {alert["labels"]["severity"] for alert in alerts} == {"page", "ticket"}
        assert all((project.path / alert["annotations"]["runbook_url"]).is_file() for alert in alerts)


# What fails of ten thousand requests in two minutes, for three days, and which alerts are on at the end.
CASES = [
    ("99.9%", 5, set()),
    ("99.9%", 20, {"ErrorBudgetBurnsSlowly"}),
    ("99.9%", 70, {"ErrorBudgetBurnsFast", "ErrorBudgetBurnsSlowly"}),
    ("99%", 70, set()),
    ("99%", 200, {"ErrorBudgetBurnsSlowly"}),
    ("99%", 700, {"ErrorBudgetBurnsFast", "ErrorBudgetBurnsSlowly"}),
    ("80%", 9500, {"ErrorBudgetBurnsFast", "ErrorBudgetBurnsSlowly"}),
    ("", 50, set()),
    ("", 200, {"SomeRequestsFail"}),
    ("", 600, {"RequestsFail", "SomeRequestsFail"}),
]


@pytest.mark.parametrize(("availability", "failing", "expected"), CASES)
def test_alerts_follow_from_the_availability(
    projects: Projects, tmp_path: Path, availability: str, failing: int, expected: set[str]
) -> None:
    project = _project(projects, availability)
    samples = 3 * 24 * 30  # one every two minutes
    series = [
        {"series": f'up{{job="{JOB}",instance="a"}}', "values": f"1x{samples}"},
        {
            "series": f'{COUNT}{{job="{JOB}",http_response_status_code="200"}}',
            "values": f"0+{10000 - failing}x{samples}",
        },
        {"series": f'{COUNT}{{job="{JOB}",http_response_status_code="500"}}', "values": f"0+{failing}x{samples}"},
    ]
    assert _firing(project, tmp_path, series, 2 * samples) == expected


def test_service_that_is_down_wakes_somebody(projects: Projects, tmp_path: Path) -> None:
    series = [{"series": f'up{{job="{JOB}",instance="a"}}', "values": "1x5 0x10"}]

    assert _firing(_project(projects, ""), tmp_path, series, 14) == {"ServiceDown"}
    assert _firing(_project(projects, ""), tmp_path, series, 25) == {"ServiceDown", "InstanceDown"}


def _firing(project: Project, folder: Path, series: list[dict[str, str]], minute: int) -> set[str]:
    """The alerts that are on after so many minutes of these series."""
    test = {
        "rule_files": [str(project.path / "infra/prometheus/rules/service.yml")],
        "evaluation_interval": "2m" if minute < 60 else "4m",  # What is older than five minutes is gone.
        "tests": [
            {
                "interval": "2m",
                "input_series": series,
                "promql_expr_test": [
                    # Always wrong, so that the tool says what it found.
                    {
                        "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                        "eval_time": f"{minute}m",
                        "exp_samples": [{"labels": "nothing", "value": -1}],
                    }
                ],
            }
        ],
    }
    file = folder / "test.yml"
    file.write_text(yaml.safe_dump(test), encoding="utf-8")
    result = subprocess.run(
        [program("promtool"), "test", "rules", str(file)], capture_output=True, text=True, check=False
    )
    got = result.stdout + result.stderr
    assert "got:" in got, got
    return set(re.findall(r'alertname="(\w+)"', got.partition("got:")[2]))
