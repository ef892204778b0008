"""The connection to Redis for what is kept beside the queue."""

from functools import cache

from redis import Redis

from .about import NAME
from .settings import load_settings

SOCKET_SECONDS = 2


@cache
def redis_client() -> Redis:
    """The process's client; it connects when it is first used, and again after a fork."""
    return Redis.from_url(
        load_settings().redis_url.get_secret_value(),
        decode_responses=True,
        socket_connect_timeout=SOCKET_SECONDS,
        socket_timeout=SOCKET_SECONDS,
    )


def redis_key(*parts: str) -> str:
    """The name of a key of this service: several may share a server."""
    return ":".join((NAME, *parts))
