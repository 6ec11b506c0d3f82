"""Build the app behind the page in these tests: a small real Bolt app with every gesture."""

import threading
from typing import Any

import anyio.to_thread
from slack_bolt import App, BoltRequest
from slack_sdk import WebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.page.payloads import Json, form, form_updated, home, small_form


class Seen:
    """Record the payloads that the app got, by kind."""

    def __init__(self) -> None:
        self.payloads: list[tuple[str, Json]] = []
        self.may_answer = threading.Event()  # a mention
        self.may_answer.set()

    def add(self, kind: str, body: Json) -> None:
        self.payloads.append((kind, body))

    def of(self, kind: str) -> list[Json]:
        return [body for one, body in self.payloads if one == kind]


def build(base_url: str, token: str, secret: str, seen: Seen) -> App:
    app = App(
        client=WebClient(token=token, base_url=base_url, retry_handlers=[]),
        signing_secret=secret,
        token_verification_enabled=False,
        process_before_response=True,
    )
    _listen_to_words(app, seen)
    _listen_to_presses(app, seen)
    _listen_to_forms(app, seen)
    return app


def _listen_to_words(app: App, seen: Seen) -> None:
    @app.event("app_mention")
    def mentioned(event: Json, say: Any, client: WebClient) -> None:
        client.reactions_add(channel=event["channel"], timestamp=event["ts"], name="eyes")
        seen.may_answer.wait(20)
        say(text=f"<@{event['user']}> on it", thread_ts=event["ts"])

    @app.event("file_shared")
    @app.event("message")
    def said(event: Json) -> None:
        seen.add("message", event)

    @app.event("app_home_opened")
    def opened(event: Json, client: WebClient) -> None:
        seen.add("home", event)
        if event["tab"] == "home":
            client.views_publish(user_id=event["user"], view=home(["a cup on a table"]))

    @app.function("paint")
    def paint(inputs: Json, complete: Any) -> None:
        seen.add("function", inputs)
        complete(outputs={"scene": inputs["scene"]})

    @app.command("/backdrop")
    def command(ack: Any, body: Json, client: WebClient) -> None:
        seen.add("command", body)
        if body["text"].strip():
            ack(text=f"you said {body['text']}")
        else:
            client.views_open(trigger_id=body["trigger_id"], view=form())
            ack()


def _listen_to_presses(app: App, seen: Seen) -> None:
    for action_id in ("again", "change", "delete", "size", "more", "side", "radio", "help"):

        @app.action(action_id)
        def pressed(ack: Any, body: Json, respond: Any) -> None:
            ack()
            seen.add("action", body)
            if body["actions"][0]["action_id"] == "again":
                respond(text="once more", replace_original=False)

    @app.action("template")
    def chosen(ack: Any, body: Json, client: WebClient) -> None:
        ack()
        seen.add("action", body)
        client.views_update(view_id=body["view"]["id"], view=form_updated())

    @app.action("push")
    def push(ack: Any, body: Json, client: WebClient) -> None:
        ack()
        seen.add("action", body)
        client.views_push(trigger_id=body["trigger_id"], view=small_form("On top"))

    @app.action("refresh")
    def refresh(ack: Any, body: Json, client: WebClient) -> None:
        ack()
        client.views_publish(user_id=body["user"]["id"], view=home(["a cup", "a lamp"]))

    @app.action("own-size")
    def own_size(ack: Any, body: Json, client: WebClient) -> None:
        ack()
        client.views_publish(user_id=body["user"]["id"], view=home(["the size is kept"], 1))

    @app.shortcut("from_anywhere")
    @app.shortcut("from_message")
    def shortcut(ack: Any, shortcut: Json, client: WebClient) -> None:
        ack()
        seen.add("shortcut", shortcut)
        client.views_open(trigger_id=shortcut["trigger_id"], view=small_form("Short cut"))


def _listen_to_forms(app: App, seen: Seen) -> None:
    @app.view("form")
    def sent(ack: Any, body: Json) -> None:
        seen.add("form", body)
        words = body["view"]["state"]["values"]["scene"]["scene"]["value"]
        if "nude" in words:
            ack(response_action="errors", errors={"scene": "These words are not allowed."})
        else:
            ack()

    @app.view("small")
    def small(ack: Any, body: Json) -> None:
        seen.add("small", body)
        ack()

    @app.view_closed("form")
    def closed(ack: Any, body: Json) -> None:
        seen.add("closed", body)
        ack()


def asgi(app: App) -> Starlette:
    """Serve Bolt as an ASGI app, each request in a thread because Bolt blocks."""

    async def take(request: Request) -> Response:
        bolt_request = BoltRequest(
            body=(await request.body()).decode(),
            headers={name: [value] for name, value in request.headers.items()},
        )
        answer = await anyio.to_thread.run_sync(app.dispatch, bolt_request)
        headers = {name: values[0] for name, values in answer.headers.items()}
        return Response(answer.body, answer.status, headers=headers)

    return Starlette(routes=[Route("/slack/events", take, methods=["POST"])])
