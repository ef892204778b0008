"""Users in a SQLite file, and the migrations that make their table."""

from __future__ import annotations

import json
import re
import sqlite3
import uuid
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from .message import ProblemError
from .mutant import mutant

COLUMNS = ("id", "name", "email", "created_at")
EMAIL = r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$"
NAME_LENGTH = 80
User = dict[str, str]


class Store:
    """The users of one file; its methods block, so they are for threads."""

    def __init__(self, url: str) -> None:
        self._file = url.removeprefix("sqlite:///")

    def check(self) -> None:
        """Raise sqlite3.Error if the database doesn't answer."""
        self._run("SELECT 1")

    def add(self, fields: User) -> User:
        """Add a user and return it; 409 if the address is taken."""
        user = {"id": str(uuid.uuid4()), **fields, "created_at": datetime.now(UTC).isoformat()}
        self._change(
            "INSERT INTO users (id, name, email, created_at) VALUES (?, ?, ?, ?)", [user[name] for name in COLUMNS]
        )
        return user

    def get(self, user_id: str) -> User:
        """Return a user; 404 if it isn't there."""
        rows = self._run("SELECT id, name, email, created_at FROM users WHERE id = ?", [user_id])
        if not rows:
            raise ProblemError(404, "There is no such user.")
        return dict(zip(COLUMNS, rows[0], strict=True))

    def page(self, limit: int, after: str) -> dict[str, Any]:
        """Return the users that come after an id."""
        rows = self._run(
            "SELECT id, name, email, created_at FROM users WHERE id > ? ORDER BY id LIMIT ?", [after, limit + 1]
        )
        items = [dict(zip(COLUMNS, row, strict=True)) for row in rows[:limit]]
        return {"items": items, "next_cursor": items[-1]["id"] if len(rows) > limit else None}

    def change(self, user_id: str, fields: User) -> User:
        """Change a user and return it; 404 if it isn't there, 409 if the address is taken."""
        changed = self.get(user_id) | fields
        self._change("UPDATE users SET name = ?, email = ? WHERE id = ?", [changed["name"], changed["email"], user_id])
        return changed

    def delete(self, user_id: str) -> None:
        """Delete a user; 404 if it isn't there."""
        self.get(user_id)
        self._run("DELETE FROM users WHERE id = ?", [user_id])

    def migrate(self, direction: str) -> None:
        """Make the table, or take it away."""
        if direction == "down":
            if not mutant("down-leaves-the-table"):
                self._run("DROP TABLE IF EXISTS users")
            return
        if mutant("migration-starts-anew"):
            self._run("DROP TABLE IF EXISTS users")
        exists = "" if mutant("migration-not-repeatable") else "IF NOT EXISTS"
        unique = "" if mutant("email-not-unique") else "UNIQUE"
        self._run(
            f"CREATE TABLE {exists} users"
            f" (id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL {unique}, created_at TEXT NOT NULL)"
        )

    def _change(self, statement: str, values: list[str]) -> None:
        try:
            self._run(statement, values)
        except sqlite3.IntegrityError:
            raise ProblemError(409, "The email address belongs to another user.") from None

    def _run(self, statement: str, values: list[Any] | None = None) -> list[tuple[str, ...]]:
        with closing(sqlite3.connect(self._file, timeout=10)) as connection, connection:
            return connection.execute(statement, values or []).fetchall()


def read_user(body: bytes, *, partial: bool = False) -> User:
    """Return the fields of a user in a body of JSON.

    Args:
        partial: whether fields may be missing, as in a change.

    Raises:
        ProblemError: 400 for what is no JSON, 422 for what is no user.
    """
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse)
        if mutant("crash-on-odd-input"):
            value["name"].strip()
    except (ValueError, RecursionError):
        raise ProblemError(400, "The body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise ProblemError(422, "The body is no user.", errors=[{"pointer": "", "detail": "must be an object"}])
    errors = [
        {"pointer": f"/{name}", "detail": "is not a field of a user"} for name in value if name not in {"name", "email"}
    ]
    fields = {}
    for name, read in (("name", _name), ("email", _email)):
        if name not in value:
            if not partial:
                errors.append({"pointer": f"/{name}", "detail": "is required"})
            continue
        try:
            fields[name] = read(value[name])
        except (TypeError, ValueError) as error:
            errors.append({"pointer": f"/{name}", "detail": str(error)})
    if errors:
        raise ProblemError(422, "The body is no user.", errors=errors)
    return fields


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _name(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= NAME_LENGTH:
        raise ValueError(f"must be 1 to {NAME_LENGTH} characters")
    if re.search(r"[\x00\ud800-\udfff]", value):
        raise ValueError("must be characters that can be written")
    return value.strip()


def _email(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(EMAIL, value):
        raise ValueError("must be an email address")
    return value.lower()
