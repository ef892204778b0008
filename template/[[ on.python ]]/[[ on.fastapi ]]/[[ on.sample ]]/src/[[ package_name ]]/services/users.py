"""What the service does with users."""

from dataclasses import dataclass
from uuid import UUID

from ..domain.errors import NotFoundError
from ..domain.users import User, UserRepository


@dataclass(frozen=True, slots=True)
class UserPage:
    """Some users, and the cursor to ask for the next ones with, if there are more."""

    items: list[User]
    next_cursor: UUID | None


class UserService:
    """The use cases about users."""

    def __init__(self, users: UserRepository) -> None:
        self._users = users

    async def create(self, name: str, email: str) -> User:
        """Create a user. Raises InvalidError, and ConflictError if the address is taken."""
        user = User.create(name, email)
        await self._users.add(user)
        return user

    async def get(self, user_id: UUID) -> User:
        """Find a user. Raises NotFoundError."""
        user = await self._users.get(user_id)
        if user is None:
            raise NotFoundError("There is no such user.")
        return user

    async def list(self, cursor: UUID | None, limit: int) -> UserPage:
        """One page of users, the oldest first."""
        users = await self._users.list_after(cursor, limit + 1)
        items = users[:limit]
        return UserPage(items, next_cursor=items[-1].id if len(users) > limit else None)

    async def change(
        self, user_id: UUID, name: str | None = None, email: str | None = None
    ) -> User:
        """Change a user's name or address. Raises as create() and get() do."""
        user = (await self.get(user_id)).change(name, email)
        await self._users.update(user)
        return user

    async def remove(self, user_id: UUID) -> None:
        """Remove a user. Raises NotFoundError."""
        if not await self._users.remove(user_id):
            raise NotFoundError("There is no such user.")
