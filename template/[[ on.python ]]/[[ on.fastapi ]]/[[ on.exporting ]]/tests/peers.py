"""Local peers of the service: HTTP servers that keep what they receive."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from gzip import decompress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep


@dataclass
class Peer:
    """Where it listens, and the bodies that were posted to it: (path, body) pairs."""

    url: str
    received: list[tuple[str, bytes]] = field(default_factory=list)

    def wait_for(self, path: str, arrived: Callable[[list[bytes]], bool] = bool) -> list[bytes]:
        """The bodies posted to `path`, once they are as `arrived` asks; fails after 30 s."""
        for _ in range(300):
            bodies = [body for where, body in list(self.received) if where == path]
            if arrived(bodies):
                return bodies
            sleep(0.1)
        raise AssertionError(f"not received: {path}; received: {[p for p, _ in self.received]}")


@contextmanager
def listening_peer() -> Iterator[Peer]:
    """A server on a free port that answers 200 to every POST."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers["content-encoding"] == "gzip":
                body = decompress(body)
            peer.received.append((self.path, body))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        peer = Peer(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield peer
        finally:
            server.shutdown()
            thread.join()
