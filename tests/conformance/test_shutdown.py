"""Point 5: SIGTERM ends the service in order and loses nothing; a second, or the end of the period, ends it hard."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import httpx2
import pytest

from . import promises
from .contract import NOWHERE, USERS
from .fleet import Fleet
from .load import Load, lost
from .replies import JSON, new_user
from .service import Service
from .target import Target
from .waiting import wait_until
from .wire import Wire, connects, head

pytestmark = pytest.mark.needs(signal="SIGTERM")


class SlowRequest:
    """A request that the service has begun to work on and can't finish, because its body isn't there yet."""

    def __init__(self, service: Service, wire: Wire) -> None:
        self.wire = wire
        self._body = json.dumps(new_user()).encode()
        wire.send(service.head("POST", USERS, JSON | {"Content-Length": str(len(self._body))}), self._body[:10])
        # Let it be read: what still lies in the kernel's buffer isn't in flight.
        time.sleep(0.3)

    def finish(self) -> httpx2.Response:
        """Send the rest and return the answer."""
        self.wire.send(self._body[10:])
        return self.wire.response()


@contextmanager
def slow_request(service: Service) -> Iterator[SlowRequest]:
    """Hold a request in flight."""
    with service.wait_ready().wire() as wire:
        yield SlowRequest(service, wire)


@contextmanager
def idle_connection(service: Service) -> Iterator[Wire]:
    """Keep a connection alive that has been used once."""
    with service.wire() as wire:
        wire.send(head("GET", "/health"))
        assert wire.response().status_code == 200
        yield wire


def test_ready_turns_503_while_the_listener_stays_open(fleet: Fleet) -> None:
    """A load balancer needs that time to notice."""
    with fleet.start(SHUTDOWN_DELAY_SECONDS="3") as service:
        service.wait_ready()
        begin = time.monotonic()
        service.signal()
        wait_until(lambda: httpx2.get(f"{service.url}/ready", trust_env=False).status_code == 503, "503", 2)
        unready = httpx2.get(f"{service.url}/ready", trust_env=False)
        promises.problem(unready, 503)
        promises.security_headers(unready)
        assert httpx2.get(f"{service.url}/health", trust_env=False).status_code == 200
        promises.problem(httpx2.get(f"{service.url}{NOWHERE}", trust_env=False), 404)
        assert service.wait_exit() == 0
        assert time.monotonic() - begin >= 3


@pytest.mark.needs(sample=True)
def test_requests_in_flight_are_finished(fleet: Fleet) -> None:
    """Whether they wait for the rest of their body or for the database."""
    with fleet.start() as service, slow_request(service) as slow, service.wire() as waiting:
        with service.database.locked() if service.database else nullcontext():
            waiting.send(_create_user(service))
            time.sleep(0.3)
            service.signal()
            wait_until(lambda: not connects(service.port), "the listener closes")
            assert service.exit_code is None
        for wire, response in ((slow.wire, slow.finish()), (waiting, waiting.response())):
            assert response.status_code == 201
            assert wire.closed()
        assert service.wait_exit() == 0


def test_an_idle_service_ends_with_0(fleet: Fleet) -> None:
    """Though connections are open: kept alive, silent since they were made, or in the middle of a request's head."""
    with fleet.start(SHUTDOWN_GRACE_SECONDS="60") as service:
        service.wait_ready()
        with idle_connection(service) as kept_alive, service.wire() as silent, service.wire() as half:
            half.send(b"GET /health HTTP/1.1\r\nHost: ")
            time.sleep(0.3)
            service.signal()
            assert service.wait_exit() == 0
            assert kept_alive.closed()
            assert silent.closed()
        assert not service.left_behind(), "a process that the service started is still there"
        assert service.stderr.so_far() == []
        promises.no_stack_trace(service.output())


@pytest.mark.parametrize("name", ["SIGTERM", pytest.param("SIGINT", marks=pytest.mark.needs(signal="SIGINT"))])
def test_no_request_is_lost_under_load(fleet: Fleet, target: Target, name: str) -> None:
    """Only connections that come after the delay may be refused, and each answer from then on ends its connection."""
    delay = 1.0
    with fleet.start(SHUTDOWN_DELAY_SECONDS=str(delay)) as service:
        service.wait_ready()
        status = 201 if target.sample else 404
        with Load(service.port, lambda: _create_user(service) if target.sample else head("GET", NOWHERE)) as load:
            wait_until(lambda: len(load.so_far()) > 50, "the load runs")
            closing = time.monotonic() + delay
            service.signal(name)
            wait_until(lambda: any(request.end == "refused" for request in load.so_far()), "the listener closes")
            assert service.wait_exit() == 0
        assert [str(request) for request in lost(load.so_far(), closing)] == []
        assert load.statuses() == {status}
        assert sum(request.end == "answered" and request.sent > closing - delay for request in load.so_far()) > 10
        promises.no_stack_trace(service.output())


def _create_user(service: Service) -> bytes:
    body = json.dumps(new_user()).encode()
    return service.head("POST", USERS, JSON | {"Content-Length": str(len(body))}) + body


@pytest.mark.needs(sample=True)
def test_a_second_signal_ends_it_hard(fleet: Fleet) -> None:
    with fleet.start(SHUTDOWN_GRACE_SECONDS="60") as service, slow_request(service) as slow:
        service.signal()
        wait_until(lambda: not connects(service.port), "the listener closes")
        assert service.exit_code is None
        service.signal()
        assert service.wait_exit() == 1
        assert slow.wire.closed()
        promises.no_stack_trace(service.output())


@pytest.mark.needs(sample=True)
def test_the_end_of_the_grace_period_ends_it_hard(fleet: Fleet) -> None:
    """The delay is part of the period, as it is for the platform that kills at its end."""
    settings = {"SHUTDOWN_DELAY_SECONDS": "4", "SHUTDOWN_GRACE_SECONDS": "5"}
    with fleet.start(**settings) as service, slow_request(service) as slow:
        begin = time.monotonic()
        service.signal()
        assert service.wait_exit(within=8) == 1
        assert time.monotonic() - begin >= 5
        assert slow.wire.closed()
        promises.no_stack_trace(service.output())


def test_a_port_that_is_taken_is_a_clear_end(fleet: Fleet, service: Service) -> None:
    """No half-started process: it ends with an error of its own, as a log line."""
    with fleet.start(PORT=str(service.port)) as second:
        assert second.wait_exit() != 0
        promises.no_stack_trace("\n".join(second.stderr.so_far()))
