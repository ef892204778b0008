"""What settings and tokens look like with Clerk."""

from collections.abc import Mapping, Sequence
from typing import Any

WRONG_CLAIMS: list[dict[str, Any]] = [
    {"azp": "https://evil.example.com"},
    {"sid": None},
    {"sts": "pending"},
    {"v": 1},
    {"v": None},
]


def variables(url: str) -> dict[str, str]:
    """The variables that let the service trust an instance at `url`."""
    return {"AUTH_ISSUER": url}


def claims(variables: Mapping[str, str], roles: Sequence[str]) -> dict[str, object]:
    """What Clerk claims for the service with these variables about a caller with `roles`.

    A session has one organization, and a caller one role in it.
    """
    return {
        "iss": variables["AUTH_ISSUER"],
        "azp": variables["AUTH_AUTHORIZED_PARTIES"].split(",")[0],
        "sid": "sess_1",
        "v": 2,
        "o": {"id": "org_1", "slg": "example", "rol": "".join(roles[:1])},
    }
