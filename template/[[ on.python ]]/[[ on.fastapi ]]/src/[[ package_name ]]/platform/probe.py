"""The container's health check: ends with 0 if the service in this container is healthy."""

import os
import sys
from http.client import HTTPConnection, HTTPException


def main() -> int:
    """Ask /health, as any client would; returns the exit code."""
    connection = HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=2)
    try:
        connection.request("GET", "/health")
        healthy = connection.getresponse().status == 200  # noqa: PLR2004
    except (OSError, HTTPException):
        return 1
    return 0 if healthy else 1


if __name__ == "__main__":
    sys.exit(main())
