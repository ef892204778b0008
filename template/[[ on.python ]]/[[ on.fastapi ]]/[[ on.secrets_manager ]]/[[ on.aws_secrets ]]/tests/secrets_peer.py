"""AWS Secrets Manager on this machine: as much of its API as the service uses, answering alike."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Self

from .support import free_port

SECRET_ID = "app"  # noqa: S105
ACCESS_KEY = "testing"


@dataclass(frozen=True)
class Fault:
    """What is wrong with the environment or the peer, and what must be said of it."""

    variable: str
    says: str
    variables: Mapping[str, str] = field(default_factory=dict)
    peer: Mapping[str, object] = field(default_factory=dict)


class SecretsPeer:
    """Holds `secret` as SECRET_ID; `reads` counts how often it was asked for.

    While there is a `refusal` it answers with that error. A `secret` that is text is held as it
    is, bytes as a binary value, everything else as JSON.
    """

    def __init__(self, secret: object) -> None:
        self.secret = secret
        self.refusal = ""
        self.reads = 0
        self.keys = ["a-key-of-the-tests"]
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.variables = {
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": f"http://127.0.0.1:{self._server.server_port}",
            "AWS_REGION": "eu-central-1",
            "AWS_SECRET_ID": SECRET_ID,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": self.keys[0],
        }

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, action: str, asked: Mapping[str, object]) -> tuple[int, dict[str, object]]:
        """Status and body of the answer."""
        self.reads += 1
        if action != "secretsmanager.GetSecretValue":
            return 400, {"__type": "UnknownOperationException"}
        if self.refusal:
            return 400, {"__type": self.refusal, "Message": "Refused."}
        if asked != {"SecretId": SECRET_ID}:
            return 400, {"__type": "ResourceNotFoundException", "Message": "Not found."}
        if isinstance(self.secret, bytes):
            return 200, {"Name": SECRET_ID, "SecretBinary": self.secret.decode()}
        text = self.secret if isinstance(self.secret, str) else json.dumps(self.secret)
        return 200, {"Name": SECRET_ID, "SecretString": text}

    def _handler(peer) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - `self` is the handler's
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                status, answer = peer.answer(self.headers["x-amz-target"], asked)
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-type", "application/x-amz-json-1.1")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing: what the tests need they count."""

        return Handler


FAULTS = {
    "unreachable": Fault(
        "AWS_SECRET_ID",
        "does not answer",
        variables={"AWS_ENDPOINT_URL_SECRETS_MANAGER": f"http://127.0.0.1:{free_port()}"},
    ),
    "no URL": Fault(
        "AWS_SECRET_ID",
        "configuration is bad",
        variables={"AWS_ENDPOINT_URL_SECRETS_MANAGER": "secrets:443"},
    ),
    "denied": Fault("AWS_SECRET_ID", "may not be read", peer={"refusal": "AccessDeniedException"}),
    "expired": Fault(
        "AWS_SECRET_ID", "ExpiredTokenException", peer={"refusal": "ExpiredTokenException"}
    ),
    "nothing there": Fault(
        "AWS_SECRET_ID", "names no secret", variables={"AWS_SECRET_ID": "other"}
    ),
    "no JSON": Fault("AWS_SECRET_ID", "not a JSON object", peer={"secret": "text"}),
    "no object": Fault("AWS_SECRET_ID", "not a JSON object", peer={"secret": ["text"]}),
    "no text": Fault("AWS_SECRET_ID", "not a JSON object", peer={"secret": b"e30="}),
}
"""What can go wrong, by name."""
