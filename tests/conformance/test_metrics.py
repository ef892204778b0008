"""Point 11: metrics on a port of their own, by OpenTelemetry's names, labelled by route and not by path."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.support.ports import LOOPBACK, free_port
from tests.support.programs import program, running

from . import promises
from .service import Service
from .waiting import wait_until

pytestmark = pytest.mark.needs(metrics=True)

DURATION = "http_server_request_duration_seconds"


@dataclass(frozen=True)
class Sample:
    """One line of Prometheus' text format."""

    name: str
    labels: dict[str, str]
    value: float


def scrape(service: Service) -> list[Sample]:
    """Ask as Prometheus does."""
    response = service.http.get(service.metrics_url)
    assert response.status_code == 200
    assert promises.media_type(response) in {"text/plain", "application/openmetrics-text"}
    samples = []
    for line in response.text.splitlines():
        if line and not line.startswith("#"):
            parts = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)(?: .*)?", line)
            assert parts, f"no sample: {line}"
            labels = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', parts[2] or "")
            samples.append(Sample(parts[1], dict(labels), float(parts[3])))
    return samples


def values(service: Service, name: str, **labels: str) -> list[Sample]:
    """The samples of a name that have these labels."""
    return [sample for sample in scrape(service) if sample.name == name and labels.items() <= sample.labels.items()]


def count(service: Service, route: str, status: int) -> float:
    """How many requests of a route ended with a status."""
    labels = {"http_request_method": "GET", "http_route": route, "http_response_status_code": str(status)}
    return sum(sample.value for sample in values(service, f"{DURATION}_count", **labels))


def test_requests_are_counted(service: Service) -> None:
    before = count(service, "/openapi.json", 200)
    for _ in range(3):
        service.http.get("/openapi.json")
    # A request counts once it is answered, which may be a moment after the client has the answer.
    wait_until(lambda: count(service, "/openapi.json", 200) >= before + 3, "three requests are counted")


def test_errors_are_counted(service: Service) -> None:
    before = count(service, "", 404)
    service.http.get("/nowhere")
    wait_until(lambda: count(service, "", 404) > before, "an unknown path is counted")


def test_durations_are_a_histogram(service: Service) -> None:
    service.http.get("/openapi.json")
    labels = {"http_route": "/openapi.json", "http_response_status_code": "200"}
    wait_until(lambda: bool(values(service, f"{DURATION}_count", **labels)), "the request is counted")
    buckets = values(service, f"{DURATION}_bucket", **labels)
    bounds = [float(bucket.labels["le"]) for bucket in buckets]
    assert bounds == sorted(bounds)
    assert bounds[-1] == float("inf")
    assert min(bounds) <= 0.01, "no bucket for a fast answer"
    amounts = [bucket.value for bucket in buckets]
    assert amounts == sorted(amounts), "buckets are not cumulative"
    (total,) = values(service, f"{DURATION}_sum", **labels)
    assert total.value > 0


def test_the_route_is_a_label_and_the_path_is_not(service: Service) -> None:
    before = count(service, "", 404)
    paths = ["/api/v1/users/no-label-1", "/no-label-2", "/openapi.json?no-label-3"]
    for path in paths:
        service.http.get(path)
    wait_until(lambda: count(service, "", 404) > before, "an unknown path is counted")
    assert not [sample for sample in scrape(service) if "no-label" in str(sample.labels)]


def test_prometheus_scrapes_them(service: Service, tmp_path: Path) -> None:
    """The real one, which refuses what a reader of lines lets pass."""
    config, port = tmp_path / "prometheus.yml", free_port()
    job = {"job_name": "service", "static_configs": [{"targets": [urlsplit(service.metrics_url).netloc]}]}
    config.write_text(json.dumps({"global": {"scrape_interval": "1s"}, "scrape_configs": [job]}), "utf-8")
    options = [f"--config.file={config}", f"--storage.tsdb.path={tmp_path / 'data'}"]
    command = [program("prometheus"), *options, f"--web.listen-address={LOOPBACK}:{port}"]

    def first(query: str) -> float:
        try:
            answer = httpx2.get(f"http://{LOOPBACK}:{port}/api/v1/query", params={"query": query}, trust_env=False)
        except httpx2.TransportError:
            return 0
        result = answer.json()["data"]["result"] if answer.is_success else []
        return float(result[0]["value"][1]) if result else 0

    service.http.get("/openapi.json")
    with running(command, tmp_path / "log"):
        wait_until(lambda: first('up{job="service"}') == 1, "Prometheus takes the page of metrics")
        wait_until(lambda: first(f'sum({DURATION}_count{{http_route="/openapi.json"}})') >= 1, "it knows the requests")


def test_requests_in_flight_are_shown(service: Service) -> None:
    wait_until(
        lambda: sum(sample.value for sample in values(service, "http_server_active_requests")) == 0,
        "nothing is in flight",
    )
    assert values(service, "http_server_active_requests")


@pytest.mark.needs(database=["sqlite", "postgresql"])
def test_the_pool_is_shown(service: Service) -> None:
    states = {sample.labels["db_client_connection_state"] for sample in values(service, "db_client_connection_count")}
    assert states == {"used", "idle"}
    (most,) = values(service, "db_client_connection_max")
    assert most.value == 10


def test_the_build_is_shown(service: Service) -> None:
    (info,) = values(service, "target_info")
    assert info.value == 1
    assert info.labels["service_name"]
    assert info.labels["service_version"] == service.http.get("/openapi.json").json()["info"]["version"]
    assert info.labels["deployment_environment_name"] == "production"


def test_metrics_are_not_public(service: Service) -> None:
    promises.problem(service.http.get("/metrics"), 404)
