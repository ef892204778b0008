"""The HTTP server of the reference: h11 for the protocol, asyncio for the connections."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any

import h11

from . import gate as gates
from .log import Log, exception_field
from .message import Answer, Headers, ProblemError, Request, as_problem
from .metrics import Metrics
from .mutant import mutant

if TYPE_CHECKING:
    from .api import Api
    from .settings import Settings

IDLE_SECONDS = 60


class GoneError(Exception):
    """The client closed the connection."""


def _check_version(version: bytes) -> None:
    if version not in {b"1.0", b"1.1"}:
        raise ProblemError(505, "The service speaks HTTP/1.1.")


class Connection:
    """One connection and the requests on it, one after the other.

    Attributes:
        busy: whether a request has come in that isn't answered yet.
    """

    def __init__(self, service: Service, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.busy = False
        self._service = service
        self._reader = reader
        self._writer = writer
        self._peer: str = writer.get_extra_info("peername")[0]
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=65_536)

    async def run(self) -> None:
        """Answer requests until either side has enough."""
        try:
            while self._http.states == {h11.CLIENT: h11.IDLE, h11.SERVER: h11.IDLE}:
                await self._one_request()
                if self._http.states == {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE}:
                    self._http.start_next_cycle()
        except (GoneError, ConnectionError, TimeoutError, asyncio.CancelledError):
            pass
        finally:
            self._writer.close()

    async def _one_request(self) -> None:
        begin = time.monotonic()
        request = Request("", "", "", {}, b"", gates.request_id({}), None, self._peer)
        try:
            async with asyncio.timeout(self._head_seconds()):
                head = await self._event()
            assert isinstance(head, h11.Request)
        except h11.RemoteProtocolError as error:
            answer = as_problem(ProblemError(error.error_status_hint, "That is not HTTP/1.1."), request.request_id, "")
            if mutant("server-errors-plain"):
                answer = Answer(400, b"Invalid HTTP request", {"content-type": "text/plain"})
            await self._respond(request, answer, {}, begin)
            return
        self.busy = True
        request.method = head.method.decode()
        request.path, _, request.query = head.target.decode("latin-1").partition("?")
        for name, value in head.headers:
            key = name.decode()
            request.headers[key] = ", ".join(filter(None, [request.headers.get(key), value.decode("latin-1")]))
        request.request_id = gates.request_id(request.headers)
        request.trace_id = gates.trace_id(request.headers)
        answer, added = await self._answer(request, head.http_version)
        await self._respond(request, answer, added, begin)
        self.busy = False

    def _head_seconds(self) -> float:
        """Return how long to wait for a head: for its first byte as long as connections are kept alive."""
        return IDLE_SECONDS if mutant("endless-head") else self._service.settings.request_timeout_seconds

    async def _answer(self, request: Request, version: bytes) -> tuple[Answer, Headers]:
        gate = self._service.gate
        added: Headers = {}
        try:
            _check_version(version)
            request.client = gate.client(self._peer, request.headers)
            added |= gate.cors(request.headers)
            gate.check_host(request.path, request.headers)
            answer = gate.preflight(request.method, request.headers)
            if answer is None:
                added |= gate.count(request.path, request.client)
                limit = None if mutant("no-time-limit") else self._service.settings.request_timeout_seconds
                async with asyncio.timeout(limit):
                    await self._read_body(request)
                    answer = await self._service.api.answer(request)
        except ProblemError as error:
            answer = as_problem(error, request.request_id, request.path)
        except h11.RemoteProtocolError:
            answer = as_problem(ProblemError(400, "The body is not framed well."), request.request_id, request.path)
        except TimeoutError:
            answer = as_problem(ProblemError(504, "It took too long."), request.request_id, request.path)
        except (GoneError, ConnectionError):
            raise
        except Exception as error:  # noqa: BLE001  what nobody foresaw is a 500
            trace = exception_field(error)
            self._service.log("error", "request failed", request_id=request.request_id, exception=trace)
            detail = trace if mutant("stack-trace-in-500") else "Something went wrong inside."
            answer = as_problem(ProblemError(500, detail), request.request_id, request.path)
        return answer, added

    async def _read_body(self, request: Request) -> None:
        most = self._service.settings.request_max_bytes
        announced = request.headers.get("content-length", "0")
        if int(announced) > most and not mutant("length-unchecked"):
            raise ProblemError(413, "The body is too large.")
        while isinstance(event := await self._event(), h11.Data):
            request.body += event.data
            if len(request.body) > most and not mutant("chunks-unbounded"):
                raise ProblemError(413, "The body is too large.")

    async def _event(self) -> Any:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            data = await self._reader.read(65_536)
            if not data and mutant("client-gone-is-an-error"):
                self._service.log("error", "client gone")
            self._http.receive_data(data)
            if not data:
                raise GoneError
        if isinstance(event, h11.ConnectionClosed):
            raise GoneError
        return event

    async def _respond(self, request: Request, answer: Answer, added: Headers, begin: float) -> None:
        self._service.gate.finish(answer, request.request_id, added)
        self._log(request, answer, begin)
        if answer.status != 204:
            answer.headers["content-length"] = str(len(answer.body))
        both = {"content-length", "transfer-encoding"} <= request.headers.keys() and not mutant("smuggling-possible")
        whole = self._http.their_state is h11.DONE
        if not whole or both or (self._service.draining and not mutant("kept-alive-while-draining")):
            answer.headers["connection"] = "close"
        out = self._http.send(h11.Response(status_code=answer.status, headers=list(answer.headers.items()))) or b""
        if request.method != "HEAD" or mutant("body-to-head"):
            out += self._http.send(h11.Data(data=answer.body)) or b""
        out += self._http.send(h11.EndOfMessage()) or b""
        self._writer.write(out)
        await self._writer.drain()
        if not whole:
            await self._drop_rest()

    async def _drop_rest(self) -> None:
        """Read on for a moment: closing with bytes unread would reset the connection and lose the answer."""
        if self._writer.can_write_eof():
            self._writer.write_eof()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                while await self._reader.read(65_536):
                    pass

    def _log(self, request: Request, answer: Answer, begin: float) -> None:
        fields = {
            "request_id": request.request_id,
            "trace_id": request.trace_id,
            "method": request.method,
            "route": request.route,
            "status": answer.status,
            "duration_ms": round((time.monotonic() - begin) * 1000, 3),
            "client": request.client,
        }
        if mutant("query-logged"):
            fields["query"] = request.query
        if mutant("authorization-logged"):
            fields["authorization"] = request.headers.get("authorization")
        if mutant("body-logged"):
            fields["body"] = request.body.decode("latin-1")
        if request.path not in gates.PROBES:
            seconds = time.monotonic() - begin
            self._service.metrics.observe(request.method, request.path, request.route, answer.status, seconds)
        quiet = request.path in gates.PROBES and not mutant("probes-logged")
        self._service.log("debug" if quiet else "info", "request", **fields)


class Service:
    """What the connections share, and how it all ends.

    Attributes:
        draining: whether the listener is closed and connections end with their next answer.
        connections: those that are open, with the task that serves each.
    """

    def __init__(self, settings: Settings, api: Api, log: Log) -> None:
        self.settings = settings
        self.metrics = Metrics(settings)
        self.api = api
        self.log = log
        self.gate = gates.Gate(settings)
        self.draining = False
        self.connections: dict[Connection, asyncio.Task[None]] = {}

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a new connection."""
        connection = Connection(self, reader, writer)
        task = asyncio.current_task()
        assert task is not None
        self.connections[connection] = task
        try:
            await connection.run()
        finally:
            del self.connections[connection]

    async def drain(self, listener: asyncio.Server) -> None:
        """Stop accepting, let requests in flight finish and close what is idle."""
        listener.close()
        self.draining = True
        for connection, task in list(self.connections.items()):
            waits = not connection.busy and not mutant("idle-holds-the-end")
            if waits or mutant("in-flight-dropped"):
                task.cancel()
        while self.connections:
            await asyncio.wait(self.connections.values())
