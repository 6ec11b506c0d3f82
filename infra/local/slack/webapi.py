"""Answer ``/api/<method>``: check the caller and the scopes, run the method, record the call."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from infra.local.control import Call, Fault
from infra.local.slack import arguments as reading
from infra.local.slack import scopes
from infra.local.slack.answers import Refused, json_answer
from infra.local.slack.arguments import JSON, Arguments
from infra.local.slack.methods import METHODS, Method
from infra.local.slack.model import Json
from infra.local.slack.state import new_id
from infra.local.slack.workspace import Workspace

TEXT_NOTED_CHARACTERS = 80
NOTED = ("channel", "channel_id", "ts", "timestamp", "thread_ts", "user", "name", "file")
RETRY_AFTER_S = 1
TOKEN_ERRORS = {"revoked": "token_revoked", "inactive": "account_inactive"}


class WebApi:
    """Answer the Web API of one workspace."""

    def __init__(self, slack: Workspace) -> None:
        self.slack = slack

    async def answer(self, request: Request) -> Response:
        """Answer one call of a method and record it. A fault that was set for it takes effect."""
        name = request.path_params["method"]
        refusal: Refused | None = None
        arguments = Arguments({})
        try:
            arguments = await reading.read(request)
        except Refused as refused:
            refusal = refused
        method = METHODS.get(name)
        if method and method.form_only and _is_json(request):
            arguments = Arguments(dict(request.query_params), token=arguments.token)
        call = self.slack.control.note(name, arguments.target)
        call.request_id = new_id("").lower()
        call.detail = noted(arguments)

        async def act() -> Response:
            await asyncio.sleep(self.slack.settings.latency_s)
            try:
                if refusal:
                    raise refusal
                body = await self._run(name, method, arguments, call)
            except Refused as refused:
                return self._refused(refused, method, call)
            return self._said(_with_warning({"ok": True} | body, arguments), method, call)

        return await self.slack.control.around(
            call, act, as_error=lambda fault: self._fault(fault, method, call)
        )

    async def _run(
        self, name: str, method: Method | None, arguments: Arguments, call: Call
    ) -> Json:
        if method is None:
            raise Refused("unknown_method", req_method=name)
        call.caller = self._caller(arguments.token)
        scopes.check(self.slack, method.needs, arguments)
        return await method.run(self.slack, arguments)

    def _caller(self, token: str) -> str:
        """Find a token's owner: ``bot``, or the id of a workflow step's run. Raises ``Refused``."""
        if not token:
            raise Refused("not_authed")
        runs = {one.token: one.id for one in self.slack.state.executions.values()}
        callers = {self.slack.bot_token: "bot"} | runs
        if token not in callers:
            raise Refused("invalid_auth")
        if self.slack.settings.token_state in TOKEN_ERRORS:
            raise Refused(TOKEN_ERRORS[self.slack.settings.token_state])
        return callers[token]

    def _fault(self, fault: Fault, method: Method | None, call: Call) -> Response:
        refused = Refused(fault.error or "internal_error")
        if fault.error == "missing_scope" and method:
            provided = ",".join(self.slack.settings.scopes)
            refused.more = {"needed": scopes.named(method.needs), "provided": provided}
        answer = self._refused(refused, method, call, retry_after_s=fault.retry_after_s)
        if fault.status:
            answer.status_code = fault.status
        return answer

    def _refused(
        self, refused: Refused, method: Method | None, call: Call, *, retry_after_s: int = 0
    ) -> Response:
        """Answer a refused call with HTTP 200, or with 429 for ``ratelimited``.

        ``retry_after_s`` goes into the header of a 429, or into the body for ``rate_limited``. 0
        stands for one second; with a negative number a 429 comes without the header.
        """
        call.error = refused.error
        if refused.error == "rate_limited":
            refused.more["retry_after"] = retry_after_s or RETRY_AFTER_S
        answer = self._said(refused.body(), method, call)
        if refused.error == "ratelimited":
            answer.status_code = 429
            if retry_after_s >= 0:
                answer.headers["retry-after"] = str(retry_after_s or RETRY_AFTER_S)
        return answer

    def _said(self, body: Json, method: Method | None, call: Call) -> Response:
        headers = {
            "x-oauth-scopes": ",".join(self.slack.settings.scopes),
            "x-slack-req-id": call.request_id,
        }
        if method and method.needs:
            headers["x-accepted-oauth-scopes"] = scopes.named(method.needs)
        return json_answer(body, headers=headers)


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith(JSON)


def _with_warning(body: Json, arguments: Arguments) -> Json:
    if not arguments.warning:
        return body
    metadata: dict[str, Any] = dict(body.get("response_metadata", {}))
    warnings = [*metadata.get("warnings", []), arguments.warning]
    return body | {
        "warning": ",".join(warnings),
        "response_metadata": metadata | {"warnings": warnings},
    }


def noted(arguments: Arguments) -> Json:
    """Pick what the call log keeps of a call: ids, the start of its text, its blocks' types."""
    detail: Json = {n: arguments.text(n) for n in NOTED if arguments.values.get(n)}
    if arguments.text("text"):
        detail["text"] = arguments.text("text")[:TEXT_NOTED_CHARACTERS]
    try:
        blocks = arguments.structure("blocks", "invalid_blocks_format")
        view = arguments.structure("view", "invalid_arguments")
    except Refused:
        return detail
    if isinstance(view, dict):
        detail["callback_id"] = view.get("callback_id", "")
        blocks = view.get("blocks")
    if isinstance(blocks, list):
        detail["blocks"] = [one.get("type", "") for one in blocks if isinstance(one, dict)]
    return detail
