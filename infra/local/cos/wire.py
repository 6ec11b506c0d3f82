"""Write header names as COS does.

The Python SDK hands an answer's headers over in a plain dict, where ``ETag`` and ``etag`` are two
different keys, so code that was written for the wrong capitals would fail in the cloud.
"""

from starlette.types import Message, Send


class _Name(bytes):
    """Keep a name's capitals: uvicorn writes ``name.lower()`` and compares with that."""

    __slots__ = ()

    def lower(self) -> bytes:
        return self

    def __eq__(self, other: object) -> bool:
        return bytes(self).lower() == other

    __hash__ = bytes.__hash__


def with_capitals(send: Send) -> Send:
    """Wrap ``send`` so that standard headers get COS's capitals; ``x-…`` ones stay as they are."""

    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            named = [(_Name(capitals(name)), value) for name, value in message["headers"]]
            message = {**message, "headers": named}
        await send(message)

    return send_on


def capitals(name: bytes) -> bytes:
    """Write a header's name as COS does."""
    if name.startswith(b"x-"):
        return name
    return b"ETag" if name == b"etag" else name.title()
