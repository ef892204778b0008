"""Users, and the rules about them."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from secrets import randbits
from time import time_ns
from typing import Protocol, Self
from uuid import UUID

from .errors import InvalidError

NAME_PATTERN = r"^\s*[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]{0,78}[^\s\x00-\x1f\x7f])?\s*$"
"""1 to 80 characters, none a control character; space around them is cut off."""

EMAIL_PATTERN = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$"
EMAIL_LENGTH = 254


def new_id() -> UUID:
    """A UUID version 7, so that ids sort by age; to a quarter of a microsecond (RFC 9562, 6.2)."""
    milliseconds, rest = divmod(time_ns(), 1_000_000)
    fraction = rest * 4096 // 1_000_000
    return UUID(int=milliseconds << 80 | 7 << 76 | fraction << 64 | 0b10 << 62 | randbits(62))


@dataclass(frozen=True, slots=True)
class User:
    """A person who uses the service. An e-mail address belongs to one user."""

    id: UUID
    name: str
    email: str
    created_at: datetime

    @classmethod
    def create(cls, name: str, email: str) -> Self:
        """A new user. Raises InvalidError."""
        return cls(new_id(), *_checked(name, email), datetime.now(UTC))

    def change(self, name: str | None = None, email: str | None = None) -> Self:
        """The same user with another name or address. Raises InvalidError."""
        name, email = _checked(
            self.name if name is None else name, self.email if email is None else email
        )
        return replace(self, name=name, email=email)


def _checked(name: str, email: str) -> tuple[str, str]:
    reasons = {}
    if not re.search(NAME_PATTERN, name):
        reasons["name"] = "must have 1 to 80 characters, none of them a control character"
    if len(email) > EMAIL_LENGTH or not re.search(EMAIL_PATTERN, email):
        reasons["email"] = "must be an e-mail address"
    if reasons:
        raise InvalidError(reasons)
    return name.strip(), email.lower()


class UserRepository(Protocol):
    """Where users are kept."""

    async def add(self, user: User) -> None:
        """Keep a new user. Raises ConflictError if the address is taken."""

    async def get(self, user_id: UUID) -> User | None:
        """The user with that id."""

    async def list_after(self, cursor: UUID | None, limit: int) -> list[User]:
        """Up to `limit` users in the order of their ids, from the first after `cursor`."""

    async def update(self, user: User) -> None:
        """Keep a changed user. Raises NotFoundError, and ConflictError if the address is taken."""

    async def remove(self, user_id: UUID) -> bool:
        """Forget the user; False if there was none."""
