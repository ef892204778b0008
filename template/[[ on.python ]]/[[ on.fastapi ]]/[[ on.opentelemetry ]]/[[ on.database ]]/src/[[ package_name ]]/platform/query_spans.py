"""A span for each query that is part of a trace.

Our own, because the instrumentation for SQLAlchemy is a beta that holds the SDK to one version.
Names: https://opentelemetry.io/docs/specs/semconv/database/database-spans/.
"""

from typing import Any

from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine

_tracer = trace.get_tracer(__name__)


def trace_queries(engine: AsyncEngine) -> None:
    """Make a span for every query of `engine` in a trace; the values of its parameters stay out."""
    event.listen(engine.sync_engine, "before_cursor_execute", _start)
    event.listen(engine.sync_engine, "after_cursor_execute", _end)
    event.listen(engine.sync_engine, "handle_error", _fail)


def _start(
    connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool
) -> None:
    if not trace.get_current_span().is_recording():
        return
    operation = statement.split(maxsplit=1)[0].upper()
    context.query_span = _tracer.start_span(
        operation,
        kind=SpanKind.CLIENT,
        attributes={
            "db.system.name": connection.dialect.name,
            "db.operation.name": operation,
            "db.query.text": statement,
        },
    )


def _end(
    _connection: Any, _cursor: Any, _statement: str, _values: Any, context: Any, _many: bool
) -> None:
    if span := getattr(context, "query_span", None):
        span.end()


def _fail(failure: ExceptionContext) -> None:
    if span := getattr(failure.execution_context, "query_span", None):
        span.set_attribute("error.type", type(failure.original_exception).__qualname__)
        span.set_status(StatusCode.ERROR)
        span.end()
