"""What settings and tokens look like with Firebase Authentication."""

from collections.abc import Mapping, Sequence
from time import time
from typing import Any

WRONG_CLAIMS: list[dict[str, Any]] = [
    {"aud": "other"},
    {"aud": None},
    {"iss": "https://securetoken.google.com/other"},
    {"auth_time": None},
]


def variables(url: str) -> dict[str, str]:
    """The variables that let the service take its keys from `url`."""
    return {"AUTH_JWKS_URL": f"{url}/jwks.json"}


def claims(variables: Mapping[str, str], roles: Sequence[str]) -> dict[str, object]:
    """What Firebase claims for the service with these variables about a caller with `roles`."""
    project = variables["FIREBASE_PROJECT_ID"]
    return {
        "iss": f"https://securetoken.google.com/{project}",
        "aud": project,
        "auth_time": int(time()),
        "firebase": {"sign_in_provider": "password"},
        variables["AUTH_ROLES_CLAIM"]: list(roles),
    }
