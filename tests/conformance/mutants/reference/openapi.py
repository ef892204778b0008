"""The OpenAPI document of the reference."""

from __future__ import annotations

from typing import Any

from .mutant import mutant
from .users import EMAIL, NAME_LENGTH

Schema = dict[str, Any]

USER_ID = {"name": "user_id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
LIMIT = {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}}
CURSOR = {"name": "cursor", "in": "query", "schema": {"type": "string", "format": "uuid"}}
PAGE = {
    "items": {"type": "array", "items": {"$ref": "#/components/schemas/User"}},
    "next_cursor": {"type": ["string", "null"]},
}
FIELDS = {
    "name": {"type": "string", "minLength": 1, "maxLength": NAME_LENGTH, "pattern": r"\S"},
    "email": {"type": "string", "pattern": EMAIL},
}


def document() -> Schema:
    """Return the document."""
    user, body = {"$ref": "#/components/schemas/User"}, {"$ref": "#/components/schemas/NewUser"}
    change = {"$ref": "#/components/schemas/UserChange"}
    page = {"$ref": "#/components/schemas/Page"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "reference", "version": "2" if mutant("openapi-drifted") else "1"},
        "paths": {
            "/health": {"get": _operation(200, {"type": "object"})},
            "/ready": {"get": _operation(200, {"type": "object"})},
            "/openapi.json": {"get": _operation(200, {"type": "object"})},
            "/api/v1/users": {
                "get": _protected(200, page, parameters=[LIMIT, CURSOR]),
                "post": _protected(202 if mutant("status-undocumented") else 201, user, body=body),
            },
            "/api/v1/users/{user_id}": {
                "parameters": [USER_ID],
                "get": _protected(200, user),
                "patch": _protected(200, user, body=change),
                "delete": _protected(204),
            },
        },
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _operation(status: int, schema: Schema | None = None, *, body: Schema | None = None, **others: Any) -> Schema:
    success: Schema = {"description": "Done."}
    if schema is not None:
        success["content"] = {"application/json": {"schema": schema}}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    operation: Schema = {
        "responses": {str(status): success, "default": {"description": "A problem.", "content": problem}}
    }
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation | others


def _protected(status: int, schema: Schema | None = None, **others: Any) -> Schema:
    if mutant("security-undocumented"):
        return _operation(status, schema, **others)
    operation = _operation(status, schema, security=[{"token": []}], **others)
    responses = operation["responses"]
    responses |= {"401": responses["default"], "403": responses["default"]}
    return operation


def _schemas() -> Schema:
    text = {"type": "string"}
    stamp = {"type": "string", "format": "date-time"}
    identifier = {"type": "string", "format": "uuid"}
    return {
        "NewUser": _object(FIELDS, list(FIELDS)),
        "UserChange": _object(FIELDS, []),
        "User": _object({"id": identifier, "name": text, "email": text, "created_at": stamp}),
        "Page": _object(PAGE),
        "Problem": {
            "type": "object",
            "required": ["type", "title", "status", "detail", "instance", "request_id"],
            "properties": {"type": text, "title": text, "status": {"type": "integer"}, "detail": text},
        },
    }


def _object(properties: Schema, required: list[str] | None = None) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
        "additionalProperties": False,
    }
