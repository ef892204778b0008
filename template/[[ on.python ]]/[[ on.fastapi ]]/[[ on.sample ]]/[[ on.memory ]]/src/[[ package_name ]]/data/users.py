"""Users in memory: gone when the process ends."""

from uuid import UUID

from ..domain.errors import ConflictError, NotFoundError
from ..domain.users import User


class InMemoryUserRepository:
    """Keeps users in a dictionary."""

    def __init__(self) -> None:
        self._users: dict[UUID, User] = {}

    async def add(self, user: User) -> None:
        self._check_address(user)
        self._users[user.id] = user

    async def get(self, user_id: UUID) -> User | None:
        return self._users.get(user_id)

    async def list_after(self, cursor: UUID | None, limit: int) -> list[User]:
        ids = sorted(i for i in self._users if cursor is None or i > cursor)
        return [self._users[i] for i in ids[:limit]]

    async def update(self, user: User) -> None:
        if user.id not in self._users:
            raise NotFoundError("There is no such user.")
        self._check_address(user)
        self._users[user.id] = user

    async def remove(self, user_id: UUID) -> bool:
        return self._users.pop(user_id, None) is not None

    def _check_address(self, user: User) -> None:
        if any(u.email == user.email and u.id != user.id for u in self._users.values()):
            raise ConflictError("The e-mail address is taken.")
