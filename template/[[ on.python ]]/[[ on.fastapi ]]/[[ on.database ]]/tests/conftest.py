"""What the tests share."""

from collections.abc import Iterator

import pytest

from .database import temporary_database
from .schema import migrate


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """A database that has all migrations and no data, and is gone after the tests."""
    with temporary_database() as url:
        migrate(url, "upgrade heads")
        yield url


@pytest.fixture(scope="session")
def environment(database_url: str) -> dict[str, str]:
    """The variables of a service under test that differ from .env.example."""
    return {"DATABASE_URL": database_url}


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as the service does."""
    return "asyncio"
