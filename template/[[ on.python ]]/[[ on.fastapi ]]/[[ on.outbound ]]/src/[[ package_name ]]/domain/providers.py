"""What can go wrong with third parties. The interface decides how to say it."""

from .errors import DomainError


class ProviderError(DomainError):
    """A third party did not do what it was asked."""


class ProviderUnavailableError(ProviderError):
    """It is down, slow or has enough of us for now.

    `retry_after` is when another try makes sense, in seconds, where that is known.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ProviderRefusedError(ProviderError):
    """It said no, and will do so again."""
