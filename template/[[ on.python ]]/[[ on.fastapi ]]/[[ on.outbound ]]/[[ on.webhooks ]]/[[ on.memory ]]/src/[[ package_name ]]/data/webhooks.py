"""Received events in memory: those of this process, and gone when it ends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

LIMIT = 10_000


class EventMemory:
    """Remembers the latest `limit` events."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._events: dict[tuple[str, str], None] = {}

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator["MemoryReceivedEvents"]:
        """Events that are forgotten again if the block raises."""
        added: list[tuple[str, str]] = []
        try:
            yield MemoryReceivedEvents(self, added)
        except BaseException:
            for event in added:
                self._events.pop(event, None)
            raise

    def add(self, event: tuple[str, str]) -> bool:
        """Remember an event; False if it was there."""
        if event in self._events:
            return False
        self._events[event] = None
        if len(self._events) > self._limit:
            self._events.pop(next(iter(self._events)))
        return True


class MemoryReceivedEvents:
    """The events of one unit of work."""

    def __init__(self, memory: EventMemory, added: list[tuple[str, str]]) -> None:
        self._memory = memory
        self._added = added

    async def add(self, source: str, event_id: str) -> bool:
        new = self._memory.add((source, event_id))
        if new:
            self._added.append((source, event_id))
        return new
