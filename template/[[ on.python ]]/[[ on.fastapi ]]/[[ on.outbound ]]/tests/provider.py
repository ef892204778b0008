"""A third party on this machine: an HTTP server that gives prepared answers, one by one."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass(frozen=True)
class Answer:
    """What it answers; with `hangs` it says nothing until the test is over."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False


@dataclass(frozen=True)
class Received:
    """What it was asked; the names of the headers are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: str


@dataclass
class Provider:
    """Where it listens, what it will answer (the last one again and again), what it was asked."""

    url: str
    answers: list[Answer]
    received: list[Received] = field(default_factory=list)


@contextmanager
def provider(*answers: Answer) -> Iterator[Provider]:
    """A provider with these answers, gone at the end."""
    over = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            peer.received.append(Received(self.path, headers, body))
            answer = peer.answers.pop(0) if len(peer.answers) > 1 else peer.answers[0]
            if answer.hangs:
                over.wait()
                return
            content = json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        peer = Provider(f"http://127.0.0.1:{server.server_port}", list(answers))
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield peer
        finally:
            over.set()
            server.shutdown()
            thread.join()
