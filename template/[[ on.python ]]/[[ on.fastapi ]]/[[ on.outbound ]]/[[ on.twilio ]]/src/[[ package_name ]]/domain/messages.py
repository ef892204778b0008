"""Text messages to phones."""

import re
from dataclasses import dataclass
from typing import Protocol

from .errors import InvalidError

TEXT_LENGTH = 1600


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A text for a phone; `to` is its number as ITU-T E.164 writes it: +4930123456."""

    to: str
    text: str

    def __post_init__(self) -> None:
        """Raises InvalidError."""
        reasons = {}
        if not re.fullmatch(r"\+[1-9][0-9]{6,14}", self.to):
            reasons["to"] = "must be a phone number such as +4930123456"
        if not 1 <= len(self.text) <= TEXT_LENGTH:
            reasons["text"] = f"must have 1 to {TEXT_LENGTH} characters"
        if reasons:
            raise InvalidError(reasons)


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """What became of a message: its id as send() gave it, and its status now."""

    message_id: str
    status: str


class Messages(Protocol):
    """Who delivers text messages."""

    async def send(self, message: TextMessage) -> str:
        """The id of the message, which is now on its way. Raises ProviderError."""
