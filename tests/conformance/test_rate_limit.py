"""Point 7: requests are limited by client, and the client's address is taken from proxies that are trusted only."""

from __future__ import annotations

import re
import time

import httpx2
import pytest

from . import promises
from .contract import NOWHERE
from .fleet import LIMIT, TIGHT, TRUSTING, WARY, Fleet, Settings
from .service import Service

POLICY = re.compile(r'"default";q=(\d+);w=60')
STATE = re.compile(r'"default";r=(\d+);t=(\d+)')


def ask(service: Service, forwarded_for: str | None = None) -> httpx2.Response:
    """Send a request that counts."""
    headers = {} if forwarded_for is None else {"X-Forwarded-For": forwarded_for}
    return service.http.get("/openapi.json", headers=headers)


def state(response: httpx2.Response) -> tuple[int, int]:
    """Assert that an answer has the rate limit's headers, and return what remains and the seconds to the reset."""
    policy = POLICY.fullmatch(response.headers["ratelimit-policy"])
    assert policy, response.headers["ratelimit-policy"]
    remaining = STATE.fullmatch(response.headers["ratelimit"])
    assert remaining, response.headers["ratelimit"]
    assert int(remaining[1]) < int(policy[1])
    assert 0 <= int(remaining[2]) <= 60
    return int(remaining[1]), int(remaining[2])


def use_up(service: Service, forwarded_for: str | None = None) -> httpx2.Response:
    """Send requests until one is refused, and return that answer.

    Where a window is about to end, wait for the next, so that what a test does then falls into one.
    """
    _, reset = state(ask(service, forwarded_for))
    if reset < 5:
        time.sleep(reset + 0.1)
    for _ in range(2 * LIMIT + 1):
        response = ask(service, forwarded_for)
        if response.status_code == 429:
            return response
        assert response.status_code == 200
    raise AssertionError(f"{2 * LIMIT + 1} requests in a row pass a limit of {LIMIT}")


def test_the_limit_is_announced_counted_and_kept(fleet: Fleet) -> None:
    service, client = fleet.shared(TRUSTING), "198.51.100.1"
    first, second = ask(service, client), ask(service, client)
    assert first.headers["ratelimit-policy"] == f'"default";q={LIMIT};w=60'
    assert [state(first)[0], state(second)[0]] == [LIMIT - 1, LIMIT - 2]
    refused = use_up(service, client)
    promises.problem(refused, 429)
    assert state(refused)[0] == 0
    assert 1 <= int(refused.headers["retry-after"]) <= 60


def test_an_unknown_path_counts(fleet: Fleet) -> None:
    """It is what a scanner asks for."""
    service = fleet.shared(WARY)
    use_up(service)
    promises.problem(service.http.get(NOWHERE), 429)


def test_the_default_limit_is_600(fleet: Fleet) -> None:
    assert ask(fleet.shared(TIGHT)).headers["ratelimit-policy"] == '"default";q=600;w=60'


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_probes_are_exempt(fleet: Fleet, path: str) -> None:
    service = fleet.shared(WARY)
    use_up(service)
    probe = service.http.get(path)
    assert probe.status_code == 200
    assert "ratelimit" not in probe.headers


def test_a_claimed_address_counts_for_nothing_from_a_stranger(fleet: Fleet) -> None:
    service = fleet.shared(WARY)
    use_up(service)
    for claimed in ("198.51.100.7", "127.0.0.1", "198.51.100.7, 198.51.100.8"):
        promises.problem(ask(service, claimed), 429)
    headers = {"X-Real-IP": "198.51.100.9", "Forwarded": "for=198.51.100.9", "True-Client-IP": "198.51.100.9"}
    promises.problem(service.http.get("/openapi.json", headers=headers), 429)


def test_behind_a_trusted_proxy_each_client_has_its_own_limit(fleet: Fleet) -> None:
    service = fleet.shared(TRUSTING)
    use_up(service, "198.51.100.10")
    assert ask(service, "198.51.100.11").status_code == 200
    assert ask(service, "2001:db8::1").status_code == 200
    promises.problem(ask(service, "198.51.100.10"), 429)


def test_behind_a_trusted_proxy_a_client_cannot_invent_addresses(fleet: Fleet) -> None:
    """A proxy appends what it saw: only the last address that isn't a trusted proxy's is known to be true."""
    service = fleet.shared(TRUSTING)
    use_up(service, "198.51.100.20")
    for chain in ("203.0.113.1, 198.51.100.20", "203.0.113.2,198.51.100.20", "203.0.113.3, 198.51.100.20, 127.0.0.9"):
        promises.problem(ask(service, chain), 429)


def test_a_second_header_line_is_part_of_the_chain(fleet: Fleet) -> None:
    """A client sends a line of its own, and the proxy adds another: the first must not be taken for the whole."""
    service = fleet.shared(TRUSTING)
    use_up(service, "198.51.100.25")
    headers = [("X-Forwarded-For", "203.0.113.5"), ("X-Forwarded-For", "198.51.100.25")]
    promises.problem(service.http.get("/openapi.json", headers=headers), 429)


def test_an_address_has_one_limit_in_every_spelling(fleet: Fleet) -> None:
    service = fleet.shared(TRUSTING)
    use_up(service, "2001:db8::20")
    promises.problem(ask(service, "2001:0DB8:0:0:0:0:0:20"), 429)


@pytest.mark.parametrize("claimed", ["unknown", "", ",", "999.1.1.1", "x" * 4000, "198.51.100.30, <script>"])
def test_nonsense_from_a_trusted_proxy_does_no_harm(fleet: Fleet, claimed: str) -> None:
    service = fleet.shared(TRUSTING)
    assert ask(service, claimed).status_code in {200, 400, 429}


@pytest.mark.parametrize(("settings", "client"), [(TRUSTING, "198.51.100.40"), (WARY, "127.0.0.1")])
def test_the_log_has_the_address_that_counts(fleet: Fleet, settings: Settings, client: str) -> None:
    service = fleet.shared(settings)
    wanted = promises.request_id(ask(service, "203.0.113.4, 198.51.100.40"))
    line = service.wait_log(lambda line: line.get("request_id") == wanted and "status" in line, f"request {wanted}")
    assert line["client"] == client
