"""Point 2: /health says that the process lives, /ready that what it depends on answers."""

from __future__ import annotations

import pytest

from . import promises
from .contract import USERS
from .database import PostgresDatabase
from .fleet import Fleet
from .load import Load
from .replies import new_user
from .service import Service
from .target import Target
from .waiting import wait_until


def test_health(service: Service) -> None:
    response = service.http.get("/health")
    assert response.status_code == 200
    assert promises.media_type(response) == "application/json"
    assert response.json() == {"status": "ok"}


def test_ready_names_what_it_checked(service: Service, target: Target) -> None:
    response = service.http.get("/ready")
    assert response.status_code == 200
    assert promises.media_type(response) == "application/json"
    assert response.json() == {"status": "ready", "checks": {} if target.database == "none" else {"database": "ok"}}


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_a_probe_needs_no_known_host(service: Service, path: str) -> None:
    """A kubelet or load balancer asks by address."""
    assert service.http.get(path, headers={"Host": "10.1.2.3:8000"}).status_code == 200


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_probes_are_not_in_the_log(service: Service, path: str) -> None:
    probe = service.http.get(path, headers={"X-Request-ID": "probe-not-logged"})
    assert probe.status_code == 200
    marker = service.http.get("/openapi.json").headers["x-request-id"]
    service.wait_log(lambda line: line.get("request_id") == marker, "the log line of the request after the probe")
    assert "probe-not-logged" not in service.output()


@pytest.mark.needs(database=["postgresql"])
def test_ready_follows_the_database_and_health_does_not(fleet: Fleet) -> None:
    with fleet.start() as service:
        service.wait_ready()
        assert isinstance(service.database, PostgresDatabase)
        cluster = service.database.cluster
        cluster.stop()
        try:
            wait_until(lambda: service.http.get("/ready").status_code == 503, "/ready answers 503")
            unready = service.http.get("/ready")
            assert promises.problem(unready, 503)["checks"]["database"] != "ok"
            promises.security_headers(unready)
            assert service.http.get("/health").status_code == 200
        finally:
            cluster.start()
        wait_until(lambda: service.http.get("/ready").status_code == 200, "/ready answers 200 again")
        assert service.exit_code is None


@pytest.mark.needs(database=["postgresql"], sample=True)
def test_the_database_stops_and_starts_under_load(fleet: Fleet) -> None:
    """Meanwhile every request is answered: with its result, or with a 503 problem and never a trace."""
    with fleet.start(DATABASE_POOL_SIZE="4", DATABASE_POOL_TIMEOUT_SECONDS="1") as service:
        service.wait_ready()
        assert isinstance(service.database, PostgresDatabase)
        cluster = service.database.cluster
        with Load(service.port, lambda: service.head("GET", USERS)) as load:
            wait_until(lambda: len(load.so_far()) > 50, "the load runs")
            cluster.stop()
            try:
                wait_until(lambda: 503 in load.statuses(), "a request is answered 503")
            finally:
                cluster.start()
            wait_until(lambda: service.http.get("/ready").status_code == 200, "/ready answers 200 again")
            wait_until(lambda: service.http.get(USERS).status_code == 200, "requests are answered 200 again")
        assert service.http.post(USERS, json=new_user()).status_code == 201
        assert service.exit_code is None
        assert load.statuses() == {200, 503}
        for request in load.so_far():
            assert request.response is not None, str(request)
            if request.response.status_code != 200:
                promises.problem(request.response, 503)
        promises.no_stack_trace("\n".join(service.stderr.so_far()))
