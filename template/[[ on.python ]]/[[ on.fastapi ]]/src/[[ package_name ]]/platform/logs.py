"""Structured logs: one JSON object a line, from our loggers and from the libraries' alike."""

import json
import logging
import sys
from typing import TextIO

import structlog
from pydantic_core import PydanticSerializationError, to_json
from structlog.stdlib import ProcessorFormatter, add_logger_name
from structlog.typing import EventDict, Processor, WrappedLogger

_PROCESSORS: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    structlog.processors.EventRenamer("message"),
]


def _json_bytes(_logger: WrappedLogger, _method: str, event: EventDict) -> bytes:
    try:
        return to_json(event, serialize_unknown=True)
    except PydanticSerializationError:  # Half of a surrogate pair, which UTF-8 can't hold.
        return json.dumps(event, default=repr).encode()


def _json_text(logger: WrappedLogger, method: str, event: EventDict) -> str:
    return _json_bytes(logger, method, event).decode()


def configure_logging(level: str, stream: TextIO | None = None) -> None:
    """Write the logs of the whole process to `stream` (stdout unless given).

    `level` is the least severe one that is written: debug, info, warning or error.
    """
    stream = stream or sys.stdout
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*_PROCESSORS, _json_bytes],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.BytesLoggerFactory(stream.buffer),
        cache_logger_on_first_use=True,
    )
    libraries = logging.StreamHandler(stream)
    libraries.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=_PROCESSORS,
            processors=[ProcessorFormatter.remove_processors_meta, _json_text],
        )
    )
    # Their debug messages hold what must not be logged, such as the values in a query.
    logging.basicConfig(handlers=[libraries], level=max(threshold, logging.INFO), force=True)
    logging.captureWarnings(True)
