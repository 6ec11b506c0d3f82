"""Build a small real Bolt app, which the stand-in drives as Slack drives an app."""

from typing import Any

import anyio.to_thread
from slack_bolt import App, BoltRequest
from slack_sdk import WebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.local.slack.block_cases import actions, asked, button, plain, section, words
from tests.local.slack.driver import SECRET, Json

FILES_BLOCK = {
    **asked(
        {"type": "file_input", "action_id": "photos", "max_files": 2, "filetypes": ["png", "jpeg"]}
    ),
    "block_id": "photo",
}
FORM: Json = {
    "type": "modal",
    "callback_id": "form",
    "title": plain("New background"),
    "submit": plain("Paint"),
    "notify_on_close": True,
    "private_metadata": "nonce-1",
    "blocks": [
        asked(words(min_length=3), block_id="scene"),
        {**FILES_BLOCK, "optional": True},
        asked(
            {
                "type": "static_select",
                "action_id": "size",
                "options": [{"text": plain("1K"), "value": "1k"}],
                "initial_option": {"text": plain("1K"), "value": "1k"},
            },
            block_id="size",
        ),
    ],
}


def dialog(text: str) -> Json:
    return {
        "type": "modal",
        "callback_id": "next",
        "title": plain("Next"),
        "submit": plain("Go on"),
        "blocks": [section(text), actions(button())],
    }


def build(base_url: str, token: str, seen: list[Json]) -> App:
    """Build the app with its listeners; ``seen`` gets every payload as Bolt hands it on."""
    app = App(
        client=WebClient(token=token, base_url=base_url, retry_handlers=[]),
        signing_secret=SECRET,
        token_verification_enabled=False,
        process_before_response=True,
    )
    _listen_to_events(app, seen)
    _listen_to_gestures(app, seen)
    _listen_to_forms(app, seen)
    return app


def _listen_to_events(app: App, seen: list[Json]) -> None:
    @app.event("app_mention")
    def mentioned(event: Json, say: Any, client: WebClient) -> None:
        client.reactions_add(channel=event["channel"], timestamp=event["ts"], name="eyes")
        say(text=f"<@{event['user']}> on it", thread_ts=event["ts"])

    @app.event("message")
    def said(event: Json) -> None:
        seen.append(event)

    @app.event("app_home_opened")
    def home(event: Json, client: WebClient) -> None:
        view = {"type": "home", "blocks": [section("Your photos"), actions(button())]}
        client.views_publish(user_id=event["user"], view=view)

    @app.function("paint")
    def paint(inputs: Json, complete: Any, fail: Any) -> None:
        if "photo" in inputs:
            complete(outputs={"link": "https://x.example/1"})
        else:
            fail(error="no photo")


def _listen_to_gestures(app: App, seen: list[Json]) -> None:
    @app.command("/backdrop")
    def command(ack: Any, body: Json, client: WebClient) -> None:
        seen.append(body)
        wish = body["text"]
        if wish == "form":
            client.views_open(trigger_id=body["trigger_id"], view=FORM)
            ack()
        elif wish == "loud":
            ack(text="for all", response_type="in_channel")
        elif wish == "blocks":
            ack(text="x", blocks=[section("*here*")])
        else:
            ack(f"you said {wish}")

    @app.action("again")
    def again(ack: Any, body: Json, respond: Any, client: WebClient) -> None:
        ack()
        seen.append(body)
        if "response_url" in body:
            respond(text="again it is", replace_original=False)
        elif body["view"]["type"] == "modal":
            client.views_push(trigger_id=body["trigger_id"], view=dialog("pushed"))

    @app.action({"type": "block_actions", "action_id": "size"})
    @app.action("menu")
    def chosen(ack: Any, body: Json) -> None:
        ack()
        seen.append(body)

    @app.shortcut("from_message")
    @app.shortcut("from_anywhere")
    def shortcut(ack: Any, shortcut: Json, client: WebClient) -> None:
        ack()
        seen.append(shortcut)
        client.views_open(trigger_id=shortcut["trigger_id"], view=FORM)


def _listen_to_forms(app: App, seen: list[Json]) -> None:
    @app.view("form")
    def form(ack: Any, body: Json) -> None:
        seen.append(body)
        wish = body["view"]["state"]["values"]["scene"]["scene"]["value"]
        answers: dict[str, Json] = {
            "errors": {"response_action": "errors", "errors": {"scene": "too plain"}},
            "wrong": {"response_action": "errors", "errors": {"nowhere": "?"}},
            "update": {"response_action": "update", "view": dialog("updated")},
            "push": {"response_action": "push", "view": dialog("on top")},
            "clear": {"response_action": "clear"},
            "broken": {"response_action": "update", "view": {"type": "modal"}},
        }
        ack(**answers.get(wish, {}))

    @app.view("next")
    def following(ack: Any, body: Json) -> None:
        seen.append(body)
        ack()

    @app.view_closed("form")
    def closed(ack: Any, body: Json) -> None:
        seen.append(body)
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
