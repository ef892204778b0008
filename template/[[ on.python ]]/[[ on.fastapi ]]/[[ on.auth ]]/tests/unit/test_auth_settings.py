"""Whom the service may trust to say who calls."""

import pytest
from pydantic import ValidationError

from .. import identity
from ..support import settings


def _values(url: str, environment: str) -> dict[str, str]:
    trusted = {name.lower(): value for name, value in identity.variables(url).items()}
    return trusted | {"environment": environment, "allowed_hosts": "api.example.com"}


@pytest.mark.parametrize("environment", ["staging", "uat", "production"])
def test_issuer_that_anybody_can_imitate_is_refused(environment: str) -> None:
    with pytest.raises(ValidationError, match="must be an https URL"):
        settings(**_values("http://id.example.com", environment))


def test_issuer_with_a_certificate_is_trusted() -> None:
    assert settings(**_values("https://id.example.com", "staging"))


@pytest.mark.parametrize("url", ["id.example.com", "ftp://id.example.com"])
def test_issuer_must_be_a_url(url: str) -> None:
    with pytest.raises(ValidationError, match="must be a URL that begins with https or http"):
        settings(**_values(url, "development"))
