"""The routes of the reference."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import uuid
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

from .auth import Auth
from .message import Answer, ProblemError, Request, as_json
from .mutant import mutant
from .openapi import document
from .users import Store, read_user

Handler = Callable[[Request, str], Awaitable[Answer]]
USERS = "/api/v1/users"
USER = "/api/v1/users/{user_id}"
MOST = 100


class Api:
    """Answers requests.

    Attributes:
        terminating: whether the process has been told to end, so that it isn't ready any more.
    """

    def __init__(self, store: Store, auth: Auth) -> None:
        self._store = store
        self._auth = auth
        self.terminating = False
        self._routes: dict[str, dict[str, Handler]] = {
            "/health": {"GET": self._health},
            "/ready": {"GET": self._ready},
            "/openapi.json": {"GET": self._openapi},
            USERS: {"GET": self._list, "POST": self._create},
            USER: {"GET": self._get, "PATCH": self._change, "DELETE": self._delete},
        }

    async def answer(self, request: Request) -> Answer:
        """Find the route of a request and do what it asks.

        Raises:
            ProblemError: an error that the client is told about.
        """
        one = re.fullmatch(rf"{USERS}/([^/]+)", request.path)
        route = USER if one else request.path
        methods = self._routes.get(route)
        if methods is None:
            raise ProblemError(404, "There is nothing here.")
        request.route = request.path if mutant("path-logged-as-route") else route
        handler = methods.get(request.method)
        if handler is None:
            allow = {} if mutant("allow-missing") else {"allow": ", ".join(methods)}
            raise ProblemError(405, "The method is not allowed here.", allow)
        if route in {USERS, USER} or mutant("probes-need-a-token"):
            await self._auth.permit(request, "users:read" if request.method == "GET" else "users:write")
        try:
            return await handler(request, _uuid(one[1], "user_id") if one else "")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise ProblemError(503, "The database is busy.") from None
            raise

    async def _health(self, _request: Request, _id: str) -> Answer:
        return as_json(200, {"status": "ok"})

    async def _ready(self, _request: Request, _id: str) -> Answer:
        if self.terminating and not mutant("ready-until-the-end"):
            raise ProblemError(503, "The service is ending.", checks={"database": "unknown"})
        await asyncio.to_thread(self._store.check)
        return as_json(
            200, {"status": "ready"} if mutant("checks-missing") else {"status": "ready", "checks": {"database": "ok"}}
        )

    async def _openapi(self, _request: Request, _id: str) -> Answer:
        return as_json(200, document())

    async def _list(self, request: Request, _id: str) -> Answer:
        query = parse_qs(request.query, keep_blank_values=True)
        limit = query.get("limit", ["20"])[-1]
        if not re.fullmatch(r"[0-9]{1,4}", limit) or not 1 <= int(limit) <= MOST:
            errors = [{"parameter": "limit", "detail": f"must be 1 to {MOST}"}]
            raise ProblemError(422, "The query is wrong.", errors=errors)
        cursor = query["cursor"][-1] if "cursor" in query else None
        after = "" if cursor is None else _uuid(cursor, "cursor")
        return as_json(200, await asyncio.to_thread(self._store.page, int(limit), after))

    async def _create(self, request: Request, _id: str) -> Answer:
        user = await asyncio.to_thread(self._store.add, read_user(request.body))
        return as_json(201, user, location=f"{USERS}/{user['id']}")

    async def _get(self, _request: Request, user_id: str) -> Answer:
        return as_json(200, await asyncio.to_thread(self._store.get, user_id))

    async def _change(self, request: Request, user_id: str) -> Answer:
        fields = read_user(request.body, partial=True)
        return as_json(200, await asyncio.to_thread(self._store.change, user_id, fields))

    async def _delete(self, _request: Request, user_id: str) -> Answer:
        await asyncio.to_thread(self._store.delete, user_id)
        return Answer(204)


def _uuid(text: str, parameter: str) -> str:
    if not re.fullmatch(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", text):
        raise ProblemError(422, "It is no UUID.", errors=[{"parameter": parameter, "detail": "must be a UUID"}])
    return str(uuid.UUID(text))
