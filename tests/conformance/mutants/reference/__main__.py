"""The reference service: keeps the whole contract, except for the promise that MUTANT names.

Usage: python -m tests.conformance.mutants.reference [migrate up|down] [openapi]
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys

from .api import Api
from .auth import Auth
from .log import Log
from .mutant import mutant
from .openapi import document
from .server import Service
from .settings import InvalidError, Settings, load
from .users import Store

EX_CONFIG = 78


async def serve(settings: Settings) -> None:
    """Serve until a signal, and then end in order, or hard with exit code 1."""
    log = Log(settings.log_level)
    api = Api(Store(settings.database_url), Auth(settings, log))
    service = Service(settings, api, log)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal() -> None:
        if stopping.is_set() and not mutant("second-signal-ignored"):
            os._exit(1)
        api.terminating = True
        stopping.set()
        if not mutant("grace-without-end"):
            delay = settings.shutdown_delay_seconds if mutant("grace-after-delay") else 0
            loop.call_later(delay + settings.shutdown_grace_seconds, os._exit, 1)

    if not mutant("signals-unhandled"):
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: loop.call_soon_threadsafe(on_signal))
    listener = await asyncio.start_server(service.connected, settings.host, settings.port, limit=65_536)
    service.metrics.serve(settings.metrics_port)
    log("info", "started")
    await stopping.wait()
    log("info", "ending")
    if not mutant("no-delay"):
        await asyncio.sleep(settings.shutdown_delay_seconds)
    await service.drain(listener)
    log("info", "ended")


def main(arguments: list[str]) -> int:
    """Do what the arguments say, and return the exit code."""
    if arguments == ["openapi"]:
        print(json.dumps(document(), indent=2, sort_keys=True))
        return 0
    try:
        settings = load(os.environ)
    except InvalidError as error:
        problems = [{"name": name, "problem": problem} for name, problem in error.problems.items()]
        Log(stream=sys.stderr)("error", "configuration invalid", variables=problems)
        return 1 if mutant("wrong-exit-code") else EX_CONFIG
    if arguments[:1] == ["migrate"]:
        Store(settings.database_url).migrate(arguments[1])
        return 0
    try:
        # The same loop everywhere: the one that Windows would take prints what it thinks of clients that go away.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(serve(settings))
    except OSError as error:
        Log()("critical", "cannot listen", problem=error.strerror)
        return 1
    return 1 if mutant("ends-with-1") else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
