"""How the interface answers to what the domain refuses."""

from fastapi import FastAPI, Request, Response

from ..domain.errors import ConflictError, InvalidError, NotFoundError
from ..platform.errors import problem_response, violation


async def _not_found(request: Request, error: NotFoundError) -> Response:
    return problem_response(request.scope, 404, str(error))


async def _conflict(request: Request, error: ConflictError) -> Response:
    return problem_response(request.scope, 409, str(error))


async def _invalid(request: Request, error: InvalidError) -> Response:
    violations = [violation(("body", field), reason) for field, reason in error.reasons.items()]
    return problem_response(request.scope, 422, "The request is not valid.", errors=violations)


def handle_domain_errors(app: FastAPI) -> None:
    """Let `app` answer the errors of the domain with problem details."""
    app.exception_handler(NotFoundError)(_not_found)
    app.exception_handler(ConflictError)(_conflict)
    app.exception_handler(InvalidError)(_invalid)
