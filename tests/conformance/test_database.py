"""Point 10: the pool is bounded, waits so long and no longer, and outlives the server; migrations go up, and down."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from . import promises
from .contract import USERS
from .database import Backend, PostgresDatabase, migrate
from .fleet import Fleet
from .load import Load
from .replies import JSON, created, new_user
from .service import Service
from .target import Target
from .waiting import wait_until

POSTGRES = pytest.mark.needs(database=["postgresql"], sample=True)
ANY = pytest.mark.needs(database=["sqlite", "postgresql"])


def postgres_of(service: Service) -> PostgresDatabase:
    """Return the database of a service that is ready."""
    database = service.wait_ready().database
    assert isinstance(database, PostgresDatabase)
    return database


@POSTGRES
def test_the_pool_is_bounded_under_load(fleet: Fleet) -> None:
    size = 3
    with fleet.start(DATABASE_POOL_SIZE=str(size), DATABASE_POOL_TIMEOUT_SECONDS="30") as service:
        database = postgres_of(service)
        counted = []
        with Load(service.port, lambda: service.head("GET", USERS), clients=16) as load:
            end = time.monotonic() + 3
            while time.monotonic() < end:
                counted.append(database.sessions())
        assert load.statuses() == {200}
        assert max(counted) <= size, f"more than {size} sessions: {sorted(set(counted))}"
        assert max(counted) > 1, "the load never made the pool grow, so this proves nothing"


@POSTGRES
def test_a_request_waits_for_a_connection_so_long_and_no_longer(fleet: Fleet) -> None:
    """The only connection hangs on a lock: the next request gets a 503, and the first its result in the end."""
    with (
        fleet.start(DATABASE_POOL_SIZE="1", DATABASE_POOL_TIMEOUT_SECONDS="1") as service,
        ThreadPoolExecutor() as threads,
    ):
        database = postgres_of(service)
        with database.locked():
            first = threads.submit(created, service)
            wait_until(lambda: _waiting_for_locks(database) == 1, "the first request waits for the lock")
            begin = time.monotonic()
            refused = service.http.get(USERS)
            waited = time.monotonic() - begin
        assert first.result().status_code == 201
        promises.problem(refused, 503)
        promises.security_headers(refused)
        assert waited >= 0.9
        assert service.http.get(USERS).status_code == 200


@POSTGRES
def test_a_request_that_is_given_up_gives_its_connection_back(fleet: Fleet) -> None:
    """Else as many slow requests as the pool is large stop the service for good."""
    with fleet.start(DATABASE_POOL_SIZE="2", REQUEST_TIMEOUT_SECONDS="0.5") as service:
        database = postgres_of(service)
        with database.locked(), ThreadPoolExecutor() as threads:
            answers = [threads.submit(created, service) for _ in range(2)]
            for answer in answers:
                promises.problem(answer.result(), 504)
        wait_until(lambda: service.http.get(USERS).status_code == 200, "requests are answered again")
        assert _concurrently(service, 2) == {200}


@POSTGRES
def test_a_restart_of_the_server_is_survived(fleet: Fleet) -> None:
    """Every pooled connection is dead after it: not one request may fail by that once the server is back."""
    with fleet.start(DATABASE_POOL_SIZE="4") as service:
        database = postgres_of(service)
        assert _concurrently(service, 8) == {200}
        database.cluster.restart()
        assert [service.http.get(USERS).status_code for _ in range(12)] == [200] * 12


def _concurrently(service: Service, requests: int) -> set[int]:
    def get(_: int) -> httpx2.Response:
        return service.http.get(USERS)

    with ThreadPoolExecutor(requests) as threads:
        return {response.status_code for response in threads.map(get, range(requests))}


def _waiting_for_locks(database: PostgresDatabase) -> int:
    with database.cluster.connect() as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'", (database.name,)
        ).fetchone()
    assert row is not None
    return int(row[0])


@ANY
@pytest.mark.needs(sample=True)
def test_two_at_once_make_one_user(service: Service) -> None:
    """Uniqueness is the database's business: a look before the insert can't promise it."""
    body = json.dumps(new_user()).encode()
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: service.http.post(USERS, headers=JSON, content=body), range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    for answer in answers:
        if answer.status_code != 201:
            promises.problem(answer, 409)


@ANY
@pytest.mark.needs(sample=True)
def test_migrations_make_the_schema_and_a_repetition_changes_nothing(fleet: Fleet, target: Target) -> None:
    """Every deployment runs them, beside the service that is still running."""
    service = fleet.shared()
    assert service.database is not None
    schema = service.database.schema()
    assert schema
    location = created(service).headers["location"]
    migrate(target, service.database)
    assert service.database.schema() == schema
    assert service.http.get(location).status_code == 200


@ANY
def test_migrations_go_down_to_nothing_and_up_again(backend: Backend, target: Target) -> None:
    if target.migrate is None or target.migrate.down is None:
        pytest.skip(f"the migration tool of {target.name} has no way down")
    database = backend.migrated()
    schema = database.schema()
    migrate(target, database, "down")
    assert database.schema() == []
    migrate(target, database)
    assert database.schema() == schema
