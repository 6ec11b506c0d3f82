"""Do what a person does with a modal: submit it or close it."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.local.slack import choices, interactions, modals
from infra.local.slack.answers import Refused, json_answer
from infra.local.slack.client import Impossible
from infra.local.slack.delivery import Delivery
from infra.local.slack.formstate import problems
from infra.local.slack.model import Json, View
from infra.local.slack.wire import view_json
from infra.local.slack.workspace import Workspace


class Submitted(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Hold a submitted form. ``values`` is nested like ``state``: block_id, action_id, entry."""

    user: str
    view_id: str
    values: dict[str, dict[str, Json]] = {}


class Closed(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Name the person who closes the topmost modal, or with ``all`` every open one."""

    user: str
    all: bool = False


class Forms:
    """Answer the routes for modals."""

    def __init__(self, slack: Workspace) -> None:
        self.slack = slack

    def routes(self) -> list[Route]:
        """List the routes to mount under ``/_client``."""
        return [
            Route("/views/submit", self.submit, methods=["POST"]),
            Route("/views/close", self.close, methods=["POST"]),
        ]

    async def submit(self, request: Request) -> Response:
        """Submit the topmost modal (view_submission) and do what the app's answer asks for.

        ``errors`` in the answer maps block_ids to complaints, either of Slack's own check of the
        form or of the app. Raises ``Impossible``.
        """
        sent = msgspec.json.decode(await request.body(), type=Submitted)
        view = self._top(sent.user)
        if view is None or view.id != sent.view_id:
            raise Impossible("this is not the modal on top")
        if not view.body.get("submit"):
            raise Impossible("this modal cannot be submitted")
        self._enter(view, sent)
        complaints = problems(view.body["blocks"], view.values)
        if complaints:
            return self._shown(sent.user, errors=complaints)
        delivery = await interactions.send(self.slack, interactions.submission(self.slack, view))
        return await self._answered(view, delivery)

    def _enter(self, view: View, sent: Submitted) -> None:
        for block_id, elements in sent.values.items():
            for action_id, given in elements.items():
                _, element = choices.find(
                    view.body["blocks"], block_id=block_id, action_id=action_id
                )
                held = choices.held(self.slack, element, given, user=sent.user)
                view.values[block_id][action_id] = held

    async def _answered(self, view: View, delivery: Delivery) -> Response:
        if not delivery.is_ok:
            return self._shown(view.user, delivery=delivery, error="the app did not answer")
        try:
            answer = msgspec.json.decode(delivery.body, type=Json) if delivery.body else {}
            errors = await self._do(view, answer)
        except (Refused, msgspec.MsgspecError) as wrong:
            places = wrong.places if isinstance(wrong, Refused) else []
            words = f"the app's answer cannot be used: {wrong} {places}"
            return self._shown(view.user, delivery=delivery, error=words)
        return self._shown(view.user, delivery=delivery, errors=errors)

    async def _do(self, view: View, answer: Json) -> dict[str, str]:
        """Close, update or push as the app's answer asks, and give the errors to show."""
        what = answer.get("response_action", "")
        if what == "errors":
            return _checked_errors(view, answer.get("errors"))
        if what == "clear":
            modals.close_top(self.slack, view.user, all_of_them=True)
        elif what == "update":
            body = await modals.checked(self.slack, answer.get("view"), kind="modal")
            modals.replace(self.slack, view, body)
        elif what == "push":
            body = await modals.checked(self.slack, answer.get("view"), kind="modal")
            modals.push(self.slack, view.user, body)
        elif not what:
            modals.close_top(self.slack, view.user)
        else:
            raise Refused("invalid_arguments", places=[f"response_action: {what}"])
        return {}

    async def close(self, request: Request) -> Response:
        """Close one modal or all, and send view_closed for each that has ``notify_on_close``."""
        closed = msgspec.json.decode(await request.body(), type=Closed)
        stack = list(self.slack.state.modals.get(closed.user, []))
        if not stack:
            raise Impossible("there is no open modal")
        going = stack if closed.all or stack[-1].body.get("clear_on_close") else stack[-1:]
        modals.close_top(self.slack, closed.user, all_of_them=len(going) == len(stack))
        delivery = None
        for view in going:
            if view.body.get("notify_on_close"):
                is_cleared = len(going) > 1
                payload = interactions.closing(self.slack, view, is_cleared=is_cleared)
                delivery = await interactions.send(self.slack, payload)
        return self._shown(closed.user, delivery=delivery)

    def _top(self, user: str) -> View | None:
        stack = self.slack.state.modals.get(user, [])
        return stack[-1] if stack else None

    def _shown(
        self,
        user: str,
        *,
        delivery: Delivery | None = None,
        errors: dict[str, str] | None = None,
        error: str = "",
    ) -> Response:
        top = self._top(user)
        return json_answer(
            {
                "ok": not errors and not error,
                "errors": errors or {},
                "error": error,
                "modal": view_json(top) if top else None,
                "delivery": msgspec.to_builtins(delivery),
            }
        )


def _checked_errors(view: View, errors: object) -> dict[str, str]:
    inputs = {one["block_id"] for one in view.body["blocks"] if one["type"] == "input"}
    given = msgspec.convert(errors, dict[str, str])
    if not given or not set(given) <= inputs:
        raise Refused("invalid_arguments", places=["errors must name input blocks by block_id"])
    return given
