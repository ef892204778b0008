"""What every answer of a service must look like, as assertions."""

from __future__ import annotations

import re
from typing import Any

import httpx2

from .contract import REQUEST_ID, SECURITY_HEADERS

# What the runtimes that Groundwork knows print when an exception isn't caught, and paths of source files.
STACK_TRACE = re.compile(
    r"Traceback \(most recent call last\)"
    r'|File "[^"]+", line \d+'
    r"|^\s+at [\w$.<>]+ ?\(.*:\d+"
    r"|goroutine \d+ \["
    r"|panicked at "
    r"|\bfrom [\w/.-]+\.rb:\d+"
    r"|[\w/\\.-]+\.(?:py|ts|js|go|java|rs|rb):\d+",
    re.MULTILINE,
)


def problem(response: httpx2.Response, *statuses: int) -> dict[str, Any]:
    """Assert that an answer is an RFC 9457 problem as the contract has it, and return it.

    Args:
        statuses: those that are right; none given, any 4xx or 5xx.
    """
    body = response.text
    assert response.status_code in (statuses or range(400, 600)), f"{response.status_code}: {body}"
    assert media_type(response) == "application/problem+json", f"{response.headers.get('content-type')}: {body}"
    document = response.json()
    assert isinstance(document, dict), body
    for name in ("type", "title", "detail", "instance", "request_id"):
        assert isinstance(document.get(name), str), f"member {name!r} is missing or no string: {body}"
    assert document["title"], body
    assert document["status"] == response.status_code, body
    assert document["request_id"] == response.headers.get("x-request-id"), (
        f"request_id differs from the header X-Request-ID {response.headers.get('x-request-id')!r}: {body}"
    )
    no_stack_trace(body)
    return document


def invalid_fields(document: dict[str, Any]) -> set[str]:
    """Assert that a 422 problem lists its errors as the contract has it, and return what they point at."""
    errors = document.get("errors")
    assert isinstance(errors, list), f"no list of errors: {document}"
    assert errors, f"an empty list of errors: {document}"
    fields = set()
    for error in errors:
        assert isinstance(error.get("detail"), str), error
        assert ("pointer" in error) != ("parameter" in error), f"needs either pointer or parameter: {error}"
        if "pointer" in error:
            assert re.fullmatch(r"#?(/[^/]*)*", error["pointer"]), f"no JSON pointer: {error}"
        fields.add(error.get("parameter") or error["pointer"].rpartition("/")[2])
    return fields


def no_stack_trace(text: str) -> None:
    """Assert that a text shows nothing of the program's inside."""
    as_written = text.replace('\\"', '"').replace("\\n", "\n")  # what a JSON string in it says
    found = STACK_TRACE.search(as_written)
    assert found is None, f"shows a stack trace or source file ({found and found[0]!r}): {text}"


def security_headers(response: httpx2.Response) -> None:
    """Assert the headers that every answer carries, and that none tells what the server is."""
    sent = {name: response.headers.get(name) for name in SECURITY_HEADERS}
    assert sent == SECURITY_HEADERS
    assert "server" not in response.headers
    assert "x-powered-by" not in response.headers


def request_id(response: httpx2.Response) -> str:
    """Assert that an answer carries one well-formed request id, and return it."""
    values = response.headers.get_list("x-request-id")
    assert len(values) == 1, f"X-Request-ID: {values}"
    assert re.fullmatch(REQUEST_ID, values[0]), f"X-Request-ID: {values}"
    return values[0]


def media_type(response: httpx2.Response) -> str:
    """Return the media type of the body, without parameters."""
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()
