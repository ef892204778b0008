"""What the tests share."""

import pytest


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """The variables of a service under test that differ from .env.example."""
    return {}


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as the service does."""
    return "asyncio"
