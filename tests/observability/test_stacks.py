"""What watches a service does not depend on what it is written in: what the other tests find holds for every stack."""

from __future__ import annotations

import pytest

from tests.support.answers import described
from tests.support.projects import Projects

WATCHERS = [
    {"telemetry": ["prometheus"], "dashboards": "grafana", "availability": "99.9%"},
    {"telemetry": ["prometheus"], "dashboards": "grafana", "database": "none"},
    {"telemetry": ["prometheus", "opentelemetry"], "log_sink": "elk"},
    {"telemetry": ["opentelemetry"], "log_sink": "axiom"},
    {"telemetry": ["prometheus", "opentelemetry"], "dashboards": "datadog"},
]


@pytest.mark.parametrize("answers", WATCHERS, ids=str)
def test_every_stack_is_watched_in_the_same_way(projects: Projects, answers: dict[str, object]) -> None:
    found = []
    for stack in described()["choices"]["stack"]:
        project = projects.render({"stack": stack, **answers})
        found.append({name: project.text(name) for name in project.files if name.startswith("infra/")})

    assert found[0]
    assert all(files == found[0] for files in found)
