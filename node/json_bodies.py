"""JSON in and out of a node's own web servers: parsed once, refused with a sentence."""

from typing import Any, TypeVar

import msgspec
from aiohttp import web

from sync.encoding import canonical

T = TypeVar("T")


def json_response(value: Any) -> web.Response:
    """A value as JSON."""
    return web.Response(body=canonical(value), content_type="application/json")


async def body_of(request: web.Request, kind: type[T]) -> T:
    """The request's body as `kind`; 400 with a sentence if it does not fit."""
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise web.HTTPBadRequest(text=f"This request cannot be read: {error}.") from None
