"""Masks values in the log by the names of their fields, however deep."""

from collections.abc import Collection, Mapping
from dataclasses import is_dataclass
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_jsonable_python
from structlog.typing import EventDict, Processor, WrappedLogger

MASK = "[masked]"


def masking(names: Collection[str]) -> Processor:
    """A processor that masks the fields of these names, in any case; the others stay."""
    masked = {name.lower() for name in names}

    def process(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {key: field(key, value) for key, value in event.items()}

    def field(key: object, value: Any) -> Any:
        return MASK if str(key).lower() in masked and value is not None else inside(value)

    def inside(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: field(key, content) for key, content in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [inside(item) for item in value]
        if isinstance(value, BaseModel) or (is_dataclass(value) and not isinstance(value, type)):
            return inside(to_jsonable_python(value, serialize_unknown=True))
        return value

    return process
