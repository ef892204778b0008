"""The configurations of the collector, run by the real one: what it takes from Docker's files, and what arrives."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.ports import LOOPBACK, free_port
from tests.support.programs import Peer, Request, listening_peer, program, running, wait_for
from tests.support.projects import Project, Projects

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
SPAN_ID = "b7ad6b7169203331"
LINE = {
    "method": "GET",
    "route": "/api/v1/users/{user_id}",
    "status": 200,
    "duration_ms": 1.5,
    "request_id": "request-1",
    "trace_id": TRACE_ID,
    "span_id": SPAN_ID,
    "level": "warning",
    "logger": "app",
    "timestamp": "2026-11-22T22:40:09.974714Z",
    "message": "request",
}
LONG = LINE | {"message": "long", "exception": "x" * 40_000}
# Python tells microseconds, Node.js milliseconds.
SHORT = LINE | {"timestamp": "2026-11-22T22:40:09.974Z"}
NO_TRACE = {"level": "info", "timestamp": "2026-11-22T22:40:10.000001Z", "message": "started", "trace_id": None}
PLAIN = "Fatal Python error"


def _docker(text: str, tag: str = "my-project") -> Iterator[str]:
    """A line as Docker keeps it: cut into pieces of 16 KiB, of which the last one ends the line."""
    text += "\n"
    for start in range(0, len(text), 16384):
        piece = {
            "log": text[start : start + 16384],
            "stream": "stdout",
            "attrs": {"tag": tag},
            "time": "2026-11-22T22:40:11Z",
        }
        yield json.dumps(piece) + "\n"


@contextmanager
def _collecting(project: Project, folder: Path, **variables: str) -> Iterator[None]:
    """Run the collector over the log files in `folder`, and write them once it is ready."""
    logs = folder / "containers" / "abc"
    logs.mkdir(parents=True)
    config = project.text("infra/collector/collector.yaml")
    health, otlp = free_port(), free_port()
    # Its ports are those of its container, and here the machine's.
    config = config.replace("0.0.0.0:13133", f"{LOOPBACK}:{health}").replace("0.0.0.0:4318", f"{LOOPBACK}:{otlp}")
    # The first look at the folder may come after the file, whose lines would then count as old.
    config = config.replace("start_at: end", "start_at: beginning")
    # As text, which is read here without the protocol's own library.
    config = config.replace("  otlp_http/axiom:\n", "  otlp_http/axiom:\n    encoding: json\n")
    file = folder / "collector.yaml"
    file.write_text(config + "  telemetry: { metrics: { level: none } }\n", encoding="utf-8")
    environment = {
        "PATH": os.environ["PATH"],
        "ENVIRONMENT": "staging",
        "LOG_FILES": str(folder / "containers/*/*-json.log"),
        **variables,
    }
    with running([program("otelcol"), f"--config={file}"], folder / "collector.log", environment):
        wait_for(lambda: "Everything is ready" in (folder / "collector.log").read_text("utf-8"))
        other = _docker(json.dumps(LINE | {"message": "another container"}), tag="another")
        lines = [
            *_docker(json.dumps(LINE)),
            *other,
            *_docker(json.dumps(LONG)),
            *_docker(json.dumps(NO_TRACE)),
            *_docker(PLAIN),
            *_docker(json.dumps(SHORT)),
        ]
        (logs / "abc-json.log").write_text("".join(lines), encoding="utf-8")
        yield


def test_lines_arrive_in_axiom(projects: Projects, tmp_path: Path) -> None:
    project = projects.render({"log_sink": "axiom"})
    with (
        listening_peer(lambda _: b"{}", {"content-type": "application/json"}) as peer,
        _collecting(project, tmp_path, AXIOM_URL=peer.url, AXIOM_TOKEN="xaat-test", AXIOM_DATASET="logs"),
    ):
        wait_for(lambda: len(_records(peer)) == 5)

    assert {request.headers["authorization"] for request in peer.requests} == {"Bearer xaat-test"}
    assert {request.headers["x-axiom-dataset"] for request in peer.requests} == {"logs"}
    resource = json.loads(peer.requests[0].body)["resourceLogs"][0]["resource"]
    assert _values(resource["attributes"]) == {"service.name": "my-project", "deployment.environment.name": "staging"}
    line, long, no_trace, plain, short = _records(peer)
    assert line["body"] == {"stringValue": "request"}
    assert (line["traceId"], line["spanId"]) == (TRACE_ID, SPAN_ID)
    assert (line["severityText"], line["timeUnixNano"]) == ("warning", "1795387209974714000")
    told = _values(line["attributes"])
    assert (told["route"], told["status"], told["request_id"]) == (LINE["route"], 200, "request-1")
    assert _values(long["attributes"])["exception"] == LONG["exception"]
    assert no_trace["body"] == {"stringValue": "started"}
    assert not no_trace.get("traceId")
    assert plain["body"] == {"stringValue": PLAIN + "\n"}
    assert short["timeUnixNano"] == "1795387209974000000"


def test_lines_arrive_in_elasticsearch(projects: Projects, tmp_path: Path) -> None:
    project = projects.render({"log_sink": "elk"})

    def answer(request: Request) -> bytes:
        if request.path != "/_bulk":
            return json.dumps(
                {"version": {"number": "9.2.0", "build_flavor": "default"}, "tagline": "You Know, for Search"}
            ).encode()
        items = [{"create": {"status": 201}} for _ in request.body.splitlines()[1::2]]
        return json.dumps({"errors": False, "items": items}).encode()

    headers = {"content-type": "application/json", "x-elastic-product": "Elasticsearch"}
    with (
        listening_peer(answer, headers) as peer,
        _collecting(project, tmp_path, ELASTICSEARCH_URL=peer.url, ELASTICSEARCH_API_KEY="a2V5"),
    ):
        wait_for(lambda: len(_documents(peer)) == 5)

    assert {request.headers["authorization"].lower() for request in peer.posted("/_bulk")} == {"apikey a2v5"}
    line, long, no_trace, plain, _ = _documents(peer)
    assert line["body"] == {"text": "request"}
    assert (line["trace_id"], line["span_id"], line["severity_text"]) == (TRACE_ID, SPAN_ID, "warning")
    assert line["attributes"]["route"] == LINE["route"]
    assert line["resource"]["attributes"]["service.name"] == "my-project"
    assert long["attributes"]["exception"] == LONG["exception"]
    assert no_trace["body"] == {"text": "started"}
    assert plain["body"] == {"text": PLAIN + "\n"}


@pytest.mark.parametrize("log_sink", ["stdout", "elk", "axiom"])
@pytest.mark.parametrize("telemetry", [["opentelemetry"], ["prometheus", "opentelemetry"]])
def test_configuration_is_valid(projects: Projects, log_sink: str, telemetry: list[str]) -> None:
    project = projects.render({"log_sink": log_sink, "telemetry": telemetry})
    names = ("ENVIRONMENT", "AXIOM_TOKEN", "AXIOM_DATASET")
    urls = ("ELASTICSEARCH_URL", "OTLP_BACKEND_URL")
    variables = dict.fromkeys(names, "test") | dict.fromkeys(urls, "http://localhost:1")
    command = [program("otelcol"), "validate", "--config=infra/collector/collector.yaml"]
    result = subprocess.run(
        command, cwd=project.path, env=os.environ | variables, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def _records(peer: Peer) -> list[dict[str, Any]]:
    return [
        record
        for request in peer.posted("/v1/logs")
        for resource in json.loads(request.body)["resourceLogs"]
        for scope in resource["scopeLogs"]
        for record in scope["logRecords"]
    ]


def _documents(peer: Peer) -> list[dict[str, Any]]:
    return [json.loads(line) for request in peer.posted("/_bulk") for line in request.body.splitlines()[1::2]]


def _values(attributes: list[dict[str, dict[str, Any]]]) -> dict[str, Any]:
    return {str(pair["key"]): next(iter(pair["value"].values())) for pair in attributes}
