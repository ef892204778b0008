"""What can go wrong in the domain. The interface decides how to say it."""


class DomainError(Exception):
    """A rule of the domain does not allow what was asked."""


class NotFoundError(DomainError):
    """There is no such thing."""


class ConflictError(DomainError):
    """It clashes with what is there already."""


class InvalidError(DomainError):
    """A value that the domain does not accept."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
