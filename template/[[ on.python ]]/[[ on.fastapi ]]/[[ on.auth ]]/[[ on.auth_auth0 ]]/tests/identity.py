"""What settings and tokens look like with Auth0."""

from collections.abc import Mapping, Sequence
from typing import Any

WRONG_CLAIMS: list[dict[str, Any]] = [
    {"aud": "other"},
    {"aud": ["other", "another"]},
    {"aud": None},
]


def variables(url: str) -> dict[str, str]:
    """The variables that let the service trust a tenant at `url`."""
    return {"AUTH_ISSUER": f"{url}/"}


def claims(variables: Mapping[str, str], roles: Sequence[str]) -> dict[str, object]:
    """What Auth0 claims for the service with these variables about a caller with `roles`."""
    return {
        "iss": variables["AUTH_ISSUER"],
        "aud": variables["AUTH_AUDIENCE"],
        variables["AUTH_ROLES_CLAIM"]: list(roles),
    }
