"""What settings and tokens look like with an OpenID Connect issuer."""

from collections.abc import Mapping, Sequence
from typing import Any

WRONG_CLAIMS: list[dict[str, Any]] = [
    {"aud": "other"},
    {"aud": ["other", "another"]},
    {"aud": None},
]


def variables(url: str) -> dict[str, str]:
    """The variables that let the service trust an issuer at `url`."""
    return {"AUTH_ISSUER": url}


def claims(variables: Mapping[str, str], roles: Sequence[str]) -> dict[str, object]:
    """What the issuer claims for the service with these variables about a caller with `roles`."""
    return {
        "iss": variables["AUTH_ISSUER"],
        "aud": variables["AUTH_AUDIENCE"],
        variables["AUTH_ROLES_CLAIM"]: list(roles),
    }
