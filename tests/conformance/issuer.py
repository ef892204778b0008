"""An issuer of tokens with real keys, served over TLS with a certificate of the suite's own."""

from __future__ import annotations

import ipaddress
import json
import ssl
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from tests.support.ports import LOOPBACK

from .identity import LAYOUTS, Provider

SigningKey = RSAKey | ECKey


def new_key(algorithm: Literal["RS256", "ES256"] = "RS256") -> SigningKey:
    """Return a key pair with an id of its own."""
    kid = uuid.uuid4().hex
    if algorithm == "ES256":
        return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": algorithm})
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": algorithm})


@cache
def stranger() -> SigningKey:
    """Return a key pair that no issuer publishes; one for the run, because making one takes a while."""
    return new_key()


class Issuer:
    """Signs tokens with the first of `keys` and serves the public part of all.

    Args:
        folder: where the certificate is written.

    Attributes:
        down: whether every request is answered 503.
        fetches: how often the keys were asked for while it was up.
        variables: what a service needs in order to trust it.
    """

    def __init__(self, provider: Provider, folder: Path) -> None:
        self.layout = LAYOUTS[provider]
        self.keys = [new_key()]
        self.down = False
        self.fetches = 0
        certificate = _certificate(folder)
        self._server = ThreadingHTTPServer((LOOPBACK, 0), _handler(self))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://{LOOPBACK}:{self._server.server_port}"
        # What OpenSSL, Go, and native certificates in Rust read; Node has a variable of its own.
        trust = {"SSL_CERT_FILE": str(certificate), "NODE_EXTRA_CA_CERTS": str(certificate)}
        self.variables = self.layout.variables(self.url) | trust

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def claims(self, *roles: str) -> dict[str, Any]:
        """Return what it claims of a caller with these roles, for the next hour."""
        now = int(time.time())
        return {"sub": "caller-1", "iat": now, "exp": now + 3600} | self.layout.claims(self.url, roles)

    def token(
        self,
        *roles: str,
        key: SigningKey | None = None,
        header: Mapping[str, Any] | None = None,
        claims: Mapping[str, Any] | None = None,
    ) -> str:
        """Return a token of a caller with these roles.

        Args:
            key: signs in place of the issuer's.
            header: members that are replaced, or left out where they are None.
            claims: the same for the claims.
        """
        key = key or self.keys[0]
        members = {"alg": key.get("alg"), "kid": key.kid} | dict(header or {})
        said = self.claims(*roles) | dict(claims or {})
        return jwt.encode(_without_none(members), _without_none(said), key, algorithms=["RS256", "ES256"])

    def document(self, path: str) -> Mapping[str, Any]:
        """Return what it publishes at a path."""
        if path.endswith("/openid-configuration"):
            return {"issuer": self.claims()["iss"], "jwks_uri": f"{self.url}/jwks.json"}
        self.fetches += 1
        return {"keys": [key.as_dict(private=False) for key in self.keys]}


def authorization(token: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _handler(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"{}" if issuer.down else json.dumps(issuer.document(self.path)).encode()
            self.send_response(503 if issuer.down else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Sequence[object]) -> None:
            """Say nothing."""

    return Handler


def _certificate(folder: Path) -> Path:
    """Write a key with its own certificate for the loopback address, good for a day, and return the file."""
    file = folder / "issuer.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "issuer of the conformance suite")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(LOOPBACK))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return file
