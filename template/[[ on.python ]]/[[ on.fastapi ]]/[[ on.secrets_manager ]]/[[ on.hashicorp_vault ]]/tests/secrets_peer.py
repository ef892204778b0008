"""A Vault on this machine: as much of its HTTP API as the service uses, answering as Vault does."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self

from .support import free_port

TOKEN = "a-token-of-the-tests"  # noqa: S105
ROLE = {"role_id": "a-role-of-the-tests", "secret_id": "its-secret-id"}
APPROLE = {"VAULT_ROLE_ID": ROLE["role_id"], "VAULT_SECRET_ID": ROLE["secret_id"]}
PATH = "secret/data/app"


@dataclass(frozen=True)
class Fault:
    """What is wrong with the environment or the peer, and what must be said of it."""

    variable: str
    says: str
    variables: Mapping[str, str] = field(default_factory=dict)
    peer: Mapping[str, object] = field(default_factory=dict)


class SecretsPeer:
    """Holds `secret` at PATH, for those who have TOKEN or ROLE; `reads` counts how often.

    While it is `sealed` it says so; `namespaces` are those that it was asked in.
    """

    def __init__(self, secret: object) -> None:
        self.secret = secret
        self.sealed = False
        self.reads = 0
        self.namespaces: set[str | None] = set()
        self.keys = [TOKEN, ROLE["secret_id"]]
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.variables = {
            "VAULT_ADDR": f"http://127.0.0.1:{self._server.server_port}",
            "VAULT_SECRET_PATH": PATH,
            "VAULT_TOKEN": TOKEN,
        }

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, token: str | None, body: Any) -> tuple[int, dict[str, object]]:
        """Status and body of Vault's answer."""
        if self.sealed:
            return 503, {"errors": ["Vault is sealed"]}
        if path == "/v1/auth/approle/login":
            if body != ROLE:
                return 400, {"errors": ["invalid role or secret ID"]}
            return 200, {"auth": {"client_token": TOKEN, "lease_duration": 3600}}
        if token != TOKEN:
            return 403, {"errors": ["permission denied"]}
        self.reads += 1
        if path == f"/v1/{PATH}":
            return 200, {"data": {"data": self.secret, "metadata": {"version": 1}}}
        return 404, {"errors": []}

    def _handler(peer) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - `self` is the handler's
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(None)

            def do_POST(self) -> None:
                self._answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

            def _answer(self, asked: Any) -> None:
                peer.namespaces.add(self.headers["x-vault-namespace"])
                status, answer = peer.answer(self.path, self.headers["x-vault-token"], asked)
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing: what the tests need they count."""

        return Handler


FAULTS = {
    "unreachable": Fault(
        "VAULT_ADDR", "does not answer", variables={"VAULT_ADDR": f"http://127.0.0.1:{free_port()}"}
    ),
    "no URL": Fault("VAULT_ADDR", "must be a URL", variables={"VAULT_ADDR": "vault:8200"}),
    "sealed": Fault("VAULT_ADDR", "sealed", peer={"sealed": True}),
    "no path": Fault("VAULT_SECRET_PATH", "is required", variables={"VAULT_SECRET_PATH": ""}),
    "nothing there": Fault(
        "VAULT_SECRET_PATH", "names nothing", variables={"VAULT_SECRET_PATH": "secret/data/other"}
    ),
    "no object": Fault("VAULT_SECRET_PATH", "not the path", peer={"secret": "text"}),
    "no key": Fault("VAULT_TOKEN", "is required", variables={"VAULT_TOKEN": ""}),
    "denied": Fault(
        "VAULT_SECRET_PATH", "may not be read", variables={"VAULT_TOKEN": "another-token"}
    ),
    "no such AppRole": Fault(
        "VAULT_ROLE_ID",
        "opens no AppRole",
        variables=APPROLE | {"VAULT_TOKEN": "", "VAULT_SECRET_ID": "another-secret-id"},
    ),
}
"""What can go wrong, by name."""
