"""HashiCorp Vault, the secrets manager: one secret of its key-value store, version 2."""

from collections.abc import Mapping
from time import sleep
from typing import Any

import httpx2

from .secret_store import SecretStoreError

KEYS = frozenset({"VAULT_TOKEN", "VAULT_SECRET_ID"})
"""Secret variables that open Vault, and so can't lie in it."""

ATTEMPTS = 3
PAUSE_SECONDS = 0.3
TIMEOUT_SECONDS = 2

_AGAIN = {429, 500, 502, 503, 504}
_NO_SECRET = "is not the path of a key-value secret, version 2, such as secret/data/app"  # noqa: S105


def fetch(environment: Mapping[str, str]) -> Mapping[str, object] | None:
    """The secret of VAULT_SECRET_PATH; None without VAULT_ADDR. Raises SecretStoreError."""
    address = environment.get("VAULT_ADDR")
    if address is None:
        return None
    path = environment.get("VAULT_SECRET_PATH")
    if path is None:
        raise SecretStoreError("VAULT_SECRET_PATH", "is required with VAULT_ADDR")
    headers = {"x-vault-request": "true"}
    if namespace := environment.get("VAULT_NAMESPACE"):
        headers["x-vault-namespace"] = namespace
    try:
        # Redirects: an instance that stands by sends its callers to the active one.
        with httpx2.Client(
            base_url=f"{address.rstrip('/')}/v1/",
            follow_redirects=True,
            headers=headers,
            timeout=TIMEOUT_SECONDS,
        ) as vault:
            vault.headers["x-vault-token"] = environment.get("VAULT_TOKEN") or _login(
                vault, environment
            )
            return _read(vault, path)
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol):
        problem = "must be a URL that begins with https or http:"
        raise SecretStoreError("VAULT_ADDR", problem) from None


def _login(vault: httpx2.Client, environment: Mapping[str, str]) -> str:
    role_id, secret_id = (environment.get(f"VAULT_{name}_ID") for name in ("ROLE", "SECRET"))
    if role_id is None or secret_id is None:
        problem = "is required with VAULT_ADDR, or VAULT_ROLE_ID and VAULT_SECRET_ID are"
        raise SecretStoreError("VAULT_TOKEN", problem)
    credentials = {"role_id": role_id, "secret_id": secret_id}
    response = _ask(vault, "POST", "auth/approle/login", json=credentials)
    if response.is_error:
        problem = f"with VAULT_SECRET_ID opens no AppRole of Vault: status {response.status_code}"
        raise SecretStoreError("VAULT_ROLE_ID", problem)
    token: str = response.json()["auth"]["client_token"]
    return token


def _read(vault: httpx2.Client, path: str) -> Mapping[str, object]:
    response = _ask(vault, "GET", path.strip("/"))
    if response.status_code == httpx2.codes.FORBIDDEN:
        problem = "may not be read with this token or AppRole, or it has expired"
        raise SecretStoreError("VAULT_SECRET_PATH", problem)
    if response.status_code == httpx2.codes.NOT_FOUND:
        problem = "names nothing in Vault; after the mount it has data/, as in secret/data/app"
        raise SecretStoreError("VAULT_SECRET_PATH", problem)
    if response.is_error:
        problem = f"cannot be read: Vault answers with status {response.status_code}"
        raise SecretStoreError("VAULT_SECRET_PATH", problem)
    try:
        secret = response.json()["data"]["data"]
    except (ValueError, KeyError, TypeError):
        raise SecretStoreError("VAULT_SECRET_PATH", _NO_SECRET) from None
    if not isinstance(secret, dict):
        raise SecretStoreError("VAULT_SECRET_PATH", _NO_SECRET)
    return secret


def _ask(vault: httpx2.Client, method: str, path: str, **content: Any) -> httpx2.Response:
    """The answer, asked for again while there is none or it may be another one soon."""
    problem = ""
    for attempt in range(ATTEMPTS):
        sleep(PAUSE_SECONDS * attempt)
        try:
            response = vault.request(method, path, **content)
        except httpx2.UnsupportedProtocol:
            raise
        except httpx2.TransportError as error:
            problem = f"is where Vault does not answer ({type(error).__name__})"
            continue
        if response.status_code not in _AGAIN:
            return response
        sealed = response.status_code == httpx2.codes.SERVICE_UNAVAILABLE
        reason = "sealed or not ready" if sealed else "not well"
        problem = f"is where Vault is {reason} (status {response.status_code})"
    raise SecretStoreError("VAULT_ADDR", problem)
