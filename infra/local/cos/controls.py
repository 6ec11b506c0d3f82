"""Add COS's own routes under ``/_control``: settings, triggers, objects without a signature."""

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from infra.local.cos import objects, triggers
from infra.local.cos.bucket import StoredObject
from infra.local.cos.errors import Refused
from infra.local.cos.incoming import check_key
from infra.local.cos.standin import Settings, Standin


def mount(standin: Standin) -> Mount:
    """Mount the routes under ``/_control``: those that every stand-in has, and COS's own."""
    routes = _Routes(standin)
    return standin.control.mount(
        Route("/settings", routes.put_settings, methods=["PUT"]),
        Route("/triggers", routes.put_triggers, methods=["PUT"]),
        Route("/objects", routes.list_objects),
        Route("/objects", routes.put_objects, methods=["PUT"]),
        Route("/object", routes.get_object),
        Route("/object", routes.put_object, methods=["PUT"]),
        reset=standin.reset,
        keep=standin.keep,
    )


class _Routes:
    def __init__(self, standin: Standin) -> None:
        self._standin = standin

    async def put_settings(self, request: Request) -> Response:
        """Change the ``Settings`` that the JSON body names; answer with all of them."""
        try:
            patch = msgspec.json.decode(await request.body(), type=dict[str, object])
            merged = msgspec.structs.asdict(self._standin.settings) | patch
            self._standin.settings = msgspec.convert(merged, Settings)
        except msgspec.MsgspecError as error:
            return _error(str(error), 422)
        return JSONResponse(msgspec.structs.asdict(self._standin.settings))

    async def put_triggers(self, request: Request) -> Response:
        """Replace all triggers by those in the body, a JSON list of ``Trigger``.

        Overlapping triggers are refused with 409, as in ``triggers.overlapping``.
        """
        try:
            wanted = msgspec.json.decode(await request.body(), type=list[triggers.Trigger])
        except msgspec.MsgspecError as error:
            return _error(str(error), 422)
        clash = triggers.overlapping(wanted)
        if clash is not None:
            return _error(f"triggers {clash[0]} and {clash[1]} overlap", 409)
        self._standin.triggers = wanted
        return JSONResponse({"triggers": len(wanted)})

    async def list_objects(self, request: Request) -> Response:
        """List the objects under ``prefix``, without any lag."""
        prefix = request.query_params.get("prefix", "")
        kept = self._standin.bucket.objects
        found = sorted(key for key in kept if key.startswith(prefix))
        return JSONResponse([_row(kept[key]) for key in found])

    async def put_objects(self, request: Request) -> Response:
        """Store the body's texts (a JSON object, text by key) as records; fire no trigger."""
        try:
            texts = msgspec.json.decode(await request.body(), type=dict[str, str])
            for key in texts:
                check_key(key)
        except msgspec.MsgspecError as error:
            return _error(str(error), 422)
        except Refused as refused:
            return _error(refused.code, refused.status)
        headers, now = {"content-type": "application/json"}, self._standin.now()
        for key, text in texts.items():
            stored = await objects.stored_object(key, text.encode(), headers=headers, now=now)
            self._standin.bucket.put(stored)
        return JSONResponse({"objects": len(texts)})

    async def get_object(self, request: Request) -> Response:
        """Answer with the bytes of the object ``key``."""
        stored = self._standin.bucket.objects.get(request.query_params.get("key", ""))
        if stored is None:
            return _error("no such key", 404)
        return Response(stored.body, headers={"content-type": stored.headers["content-type"]})

    async def put_object(self, request: Request) -> Response:
        """Store the body as the object ``key``; with ``quiet=1``, fire no trigger.

        ``age_s`` is how many seconds ago the object was modified.
        """
        params = request.query_params
        key = params.get("key", "")
        try:
            check_key(key)
        except Refused as refused:
            return _error(refused.code, refused.status)
        stored = await objects.stored_object(
            key,
            await request.body(),
            headers={"content-type": params.get("content_type", objects.DEFAULT_TYPE)},
            now=self._standin.now() - float(params.get("age_s", "0")),
        )
        self._standin.bucket.put(stored)
        if params.get("quiet") != "1":
            self._standin.fire(triggers.CREATED, stored, cause=None)
        return JSONResponse(_row(stored))


def _row(stored: StoredObject) -> dict[str, str | int | float]:
    return {
        "key": stored.key,
        "size": len(stored.body),
        "content_type": stored.headers["content-type"],
        "last_modified": stored.modified_at,
        "etag": stored.etag,
    }


def _error(text: str, status: int) -> Response:
    return JSONResponse({"error": text}, status)
