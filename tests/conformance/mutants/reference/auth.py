"""Tokens of an OpenID Connect issuer, and what the roles in them permit."""

from __future__ import annotations

import asyncio
import base64
import json
import time
import urllib.request
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, Key, KeySet, OctKey, import_key
from joserfc.jws import JWSRegistry
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry

from .log import Log
from .message import ProblemError, Request
from .mutant import mutant
from .settings import Settings

PERMISSIONS = {"admin": {"users:read", "users:write"}, "reader": {"users:read"}}
MOST_CHARACTERS = 16_384
LEEWAY = 10
PAUSE = 10
ALGORITHMS = ("RS256", "ES256")


class UnknownKeyError(Exception):
    """A token names a key that is not known."""


class Auth:
    """Says who may do what."""

    def __init__(self, settings: Settings, log: Log) -> None:
        self._settings = settings
        self._log = log
        self._keys: dict[str, Key] = {}
        self._looked = 0.0

    async def permit(self, request: Request, permission: str) -> None:
        """Return if the caller may; 401 without a valid token, 403 without the role, 503 without keys.

        Raises:
            ProblemError: the caller may not.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _refused(401, "The request has no token.", "Bearer")
        if mutant("token-logged"):
            self._log("info", "token", request_id=request.request_id, token=token)
        try:
            claims = await self._verified(token)
        except (JoseError, ValueError, TypeError, UnknownKeyError):
            raise _refused(401, "The token is not valid.", 'Bearer error="invalid_token"') from None
        roles: Any = claims
        for part in self._settings.auth_roles_claim.split("."):
            roles = roles.get(part, {})
        permitted = {may for role in roles for may in PERMISSIONS.get(role, set())}
        if mutant("any-role-writes") and permitted:
            permitted.add("users:write")
        if permission not in permitted and not mutant("roles-unchecked"):
            raise _refused(403, f"The caller lacks {permission}.", 'Bearer error="insufficient_scope"')

    async def _verified(self, token: str) -> dict[str, Any]:
        if len(token) > MOST_CHARACTERS and not mutant("huge-token-read"):
            raise ValueError("too long")
        if not self._keys or mutant("keys-fetched-each-time") or mutant("issuer-asked-each-time"):
            await self._fetch()
        try:
            return self._decoded(token)
        except UnknownKeyError:
            if mutant("rotation-unseen"):
                raise
        if time.monotonic() - self._looked > PAUSE or mutant("unknown-keys-flood"):
            await self._fetch()
            self._looked = time.monotonic()
        return self._decoded(token)

    def _decoded(self, token: str) -> dict[str, Any]:
        algorithms = [
            *ALGORITHMS,
            *(["none"] if mutant("none-accepted") else []),
            *(["HS256"] if mutant("public-key-as-secret") else []),
        ]
        registry = JWSRegistry(algorithms=algorithms, strict_check_header=False)
        registry.max_header_length = MOST_CHARACTERS  # a key that is sent along fits in
        if mutant("critical-header-ignored"):
            head, payload, _ = token.split(".")
            if b"crit" in _decoded_part(head):
                return dict(json.loads(_decoded_part(payload)))
        try:
            claims = jwt.decode(token, self._key, registry=registry).claims
        except JoseError:
            if not mutant("signature-unchecked"):
                raise
            claims = json.loads(_decoded_part(token.split(".")[1]))
        self._rules(claims).validate(claims)
        return claims

    def _key(self, token: GuestProtocol) -> Key:
        header = token.headers()
        if mutant("key-sent-along-trusted") and "jwk" in header:
            return import_key(header["jwk"])
        kid = header.get("kid")
        if kid is None:
            if mutant("key-id-optional"):
                return next(iter(self._keys.values()))
            raise ValueError("names no key")
        if kid not in self._keys:
            raise UnknownKeyError
        key = self._keys[kid]
        if header["alg"] == "HS256":
            return _SecretKey(key.as_pem(private=False))  # type: ignore[union-attr]
        return key

    def _rules(self, claims: dict[str, Any]) -> JWTClaimsRegistry:
        required: ClaimsOption = {"essential": True}
        options: dict[str, ClaimsOption] = {"sub": required}
        if not mutant("expiry-optional"):
            options["exp"] = required
        if not mutant("issuer-unchecked"):
            options["iss"] = {"essential": True, "value": self._settings.auth_issuer}
        if not mutant("audience-unchecked"):
            options["aud"] = {"essential": True, "value": self._settings.auth_audience}
        if mutant("expiry-unchecked"):
            claims["exp"] = time.time() + 60
        if mutant("not-before-unchecked"):
            claims.pop("nbf", None)
        return JWTClaimsRegistry(None, 0 if mutant("no-leeway") else LEEWAY, **options)

    async def _fetch(self) -> None:
        try:
            keys = await asyncio.to_thread(self._read)
        except (OSError, ValueError):
            if mutant("issuer-down-is-401"):
                raise ValueError("no keys") from None
            raise ProblemError(503, "The issuer does not answer.", {"retry-after": "1"}) from None
        kept = self._keys if mutant("withdrawn-key-kept") else {}
        self._keys = kept | {key.kid: key for key in keys if key.kid is not None}

    def _read(self) -> KeySet:
        url = self._settings.auth_jwks_url
        if not url:
            url = _json(f"{self._settings.auth_issuer}/.well-known/openid-configuration")["jwks_uri"]
        return KeySet.import_key_set(_json(url))


class _SecretKey(OctKey):
    """A key of any bytes: the library's own refuses what looks like a public key, which a mutant needs."""

    def __init__(self, secret: bytes) -> None:
        super().__init__(secret, secret)


def _decoded_part(part: str) -> bytes:
    """Return the bytes of a part of a token."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _json(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310  the settings let https through only
        return json.load(response)


def _refused(status: int, detail: str, challenge: str) -> ProblemError:
    return ProblemError(status, detail, {} if mutant("challenge-missing") else {"www-authenticate": challenge})
