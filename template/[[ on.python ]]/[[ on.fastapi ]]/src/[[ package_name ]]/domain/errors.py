"""What can go wrong in the domain. The interface decides how to say it."""

from collections.abc import Mapping


class DomainError(Exception):
    """A rule of the domain does not allow what was asked."""


class NotFoundError(DomainError):
    """There is no such thing."""


class ConflictError(DomainError):
    """It clashes with what is there already."""


class InvalidError(DomainError):
    """Values that the domain does not accept: the reason for each, by its field."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field} {reason}" for field, reason in reasons.items()))
        self.reasons = reasons
