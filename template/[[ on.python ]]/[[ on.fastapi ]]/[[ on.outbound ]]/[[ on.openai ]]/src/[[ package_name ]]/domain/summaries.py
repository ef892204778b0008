"""Summaries of texts."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Summary:
    """What a text says, in short."""

    title: str
    points: tuple[str, ...]


class Summarizer(Protocol):
    """Who sums texts up."""

    async def summarize(self, text: str) -> Summary:
        """The summary of a text, in its language. Raises ProviderError."""
