"""Whom the pages may take for Firebase."""

import pytest
from pydantic import ValidationError

from .. import identity
from ..support import settings


def _values(emulator: str, environment: str) -> dict[str, str]:
    trusted = {n.lower(): v for n, v in identity.variables("https://keys.example.com").items()}
    return trusted | {
        "environment": environment,
        "allowed_hosts": "api.example.com",
        "firebase_emulator_url": emulator,
    }


@pytest.mark.parametrize("environment", ["staging", "uat", "production"])
@pytest.mark.parametrize("emulator", ["http://127.0.0.1:9099", "https://emulator.example.com"])
def test_nothing_stands_in_for_firebase_where_people_log_in(
    environment: str, emulator: str
) -> None:
    with pytest.raises(ValidationError, match="firebase_emulator_url"):
        settings(**_values(emulator, environment))


@pytest.mark.parametrize("environment", ["development", "test"])
def test_emulator_is_for_development_and_test(environment: str) -> None:
    assert settings(**_values("http://127.0.0.1:9099", environment))
