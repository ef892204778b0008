"""Ports on the loopback interface for processes that tests start."""

from __future__ import annotations

import random
import socket

LOOPBACK = "127.0.0.1"
# Below the range from which Linux, macOS and Windows take the local ports of outgoing
# connections, so that no client's socket takes the port before the process binds it.
_CANDIDATES = range(20_000, 32_000)


def free_port() -> int:
    """Return a TCP port on 127.0.0.1 on which nothing listens now.

    Raises:
        OSError: a hundred candidates in a row were taken.
    """
    for port in random.sample(_CANDIDATES, 100):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    message = "found no free port on 127.0.0.1 among 100 candidates"
    raise OSError(message)
