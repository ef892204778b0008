"""Configuration from the environment, refused as a whole with everything that is wrong with it."""

from __future__ import annotations

import ipaddress
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from .mutant import mutant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class InvalidError(ValueError):
    """A configuration that can't be used.

    Attributes:
        problems: what is wrong, by the name of the variable.
    """

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(", ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Settings:
    """The contract's variables, read."""

    environment: str
    host: str
    port: int
    log_level: str
    allowed_hosts: list[str]
    cors_origins: list[str]
    trusted_proxies: list[Network]
    rate_limit_per_minute: int
    request_timeout_seconds: float
    request_max_bytes: int
    shutdown_delay_seconds: float
    shutdown_grace_seconds: float
    database_url: str
    database_pool_size: int
    database_pool_timeout_seconds: float
    auth_issuer: str
    auth_audience: str
    auth_jwks_url: str
    auth_roles_claim: str
    metrics_port: int


def load(variables: Mapping[str, str]) -> Settings:
    """Read the settings.

    Raises:
        InvalidError: a variable is missing or wrong.
    """
    problems: dict[str, str] = {}
    values: dict[str, Any] = {}

    def take(name: str, read: Callable[[str], T], default: str | None = None) -> T | None:
        text = variables.get(name, default)
        if text is None:
            problems[name] = "is required"
            return None
        try:
            value = read(text)
        except ValueError as error:
            problems[name] = str(error)
            return None
        values[name.lower()] = value
        return value

    environments = ("development", "test", "staging", "uat", "production")
    default_environment = "production" if mutant("missing-variable-accepted") else None
    environment = take("ENVIRONMENT", _one_of(*environments), default_environment)
    take("HOST", str, "127.0.0.1")
    take("PORT", _integer(1, 65535), "8000")
    take("LOG_LEVEL", str if mutant("bad-variable-accepted") else _one_of("debug", "info", "warning", "error"), "info")
    take("ALLOWED_HOSTS", _hosts(environment), "localhost,127.0.0.1,[::1]")
    take("CORS_ORIGINS", _origins, "")
    take("TRUSTED_PROXIES", lambda text: [ipaddress.ip_network(part) for part in _items(text)], "")
    take("RATE_LIMIT_PER_MINUTE", _integer(1, 1_000_000), "600")
    take("REQUEST_TIMEOUT_SECONDS", _number(above=0), "30")
    take("REQUEST_MAX_BYTES", _integer(0, 2**40), "1048576")
    take("SHUTDOWN_DELAY_SECONDS", _number(), "5")
    take("SHUTDOWN_GRACE_SECONDS", _number(), "25")
    take("DATABASE_URL", _sqlite_url)
    take("DATABASE_POOL_SIZE", _integer(1, 500), "10")
    take("DATABASE_POOL_TIMEOUT_SECONDS", _number(), "5")
    take("AUTH_ISSUER", _secure_url(environment))
    take("AUTH_AUDIENCE", _text)
    take("AUTH_JWKS_URL", lambda text: text and _secure_url(environment)(text), "")
    take("AUTH_ROLES_CLAIM", _text, "roles")
    take("METRICS_PORT", _integer(1, 65535), "9464")
    if problems:
        raise InvalidError(dict(list(problems.items())[:1]) if mutant("first-bad-variable-only") else problems)
    return Settings(**values)


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return text

    return read


def _integer(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"-?\d{1,18}", text) or not least <= int(text) <= most:
            raise ValueError(f"must be an integer from {least} to {most}")
        return int(text)

    return read


def _number(above: float = -1) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not max(above, 0) <= value < math.inf or value == above:
            raise ValueError("must be a positive number of seconds")
        return value

    return read


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _hosts(environment: str | None) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        if "*" in _items(text) and environment in {None, "production"}:
            raise ValueError("must name hosts in production, not *")
        return [host.lower() for host in _items(text)]

    return read


def _origins(text: str) -> list[str]:
    for origin in _items(text):
        if origin == "*" and mutant("cors-wildcard-accepted"):
            continue
        if not re.fullmatch(r"https?://[^/*]+", origin):
            raise ValueError("must be origins such as https://app.example.com, and never *")
    return _items(text)


def _text(text: str) -> str:
    if not text:
        raise ValueError("must not be empty")
    return text


def _secure_url(environment: str | None) -> Callable[[str], str]:
    def read(text: str) -> str:
        plain = environment in {"development", "test"} or mutant("imitable-issuer-accepted")
        if not re.match(r"https?://\w" if plain else r"https://\w", text):
            raise ValueError("must be an https URL")
        return text

    return read


def _sqlite_url(text: str) -> str:
    if not text.startswith("sqlite:///"):
        raise ValueError(f"cannot use {text}" if mutant("secret-printed") else "must begin with sqlite:///")
    return text
