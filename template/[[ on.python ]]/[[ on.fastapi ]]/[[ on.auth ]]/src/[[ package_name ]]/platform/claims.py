"""What a token claims, and what that grants."""

from typing import Any, NamedTuple

from joserfc.jwt import ClaimsOption

Claims = dict[str, Any]

LEEWAY_SECONDS = 10
"""How far the issuer's clock and ours may be apart."""

REQUIRED: ClaimsOption = {"essential": True}


class Grants(NamedTuple):
    """What the issuer says of the caller: names of roles, and permissions given without one."""

    roles: frozenset[str]
    permissions: frozenset[str] = frozenset()


def names_at(claims: Claims, path: str) -> frozenset[str]:
    """The names in a claim, be it one or a list of them.

    `path` is a claim's whole name (https://example.com/roles) or leads into objects
    (realm_access.roles); what is not there, or is no name, grants nothing.
    """
    found: Any = claims
    if path in claims:
        found = claims[path]
    else:
        for part in path.split("."):
            found = found.get(part) if isinstance(found, dict) else None
    names = found if isinstance(found, list) else [found]
    return frozenset(name for name in names if isinstance(name, str))
