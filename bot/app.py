"""Build the bot's ASGI app: Slack's events in, accepted jobs out. ``routes`` is its table."""

import os
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from slack_bolt import Ack, App, BoltContext, BoltResponse
from slack_bolt.authorization import AuthorizeResult

from bot.bolt_logging import leave_out_token_warnings
from bot.endpoint import web_app
from bot.listeners import (
    agreement,
    cancel,
    check,
    choose_variation,
    command,
    delete,
    fix,
    form,
    home,
    photo_messages,
    result_buttons,
    scene,
    scene_logo,
    unknown_action,
    workflow,
    workspace,
    zip_pictures,
)
from bot.request_context import AcceptedMessages, RequestContext
from bot.slack_api.client import BoundedClient, web_client
from bot.slack_api.content import harmless
from bot.slack_api.messages import home_team, sender_team
from bot.slack_api.users import UserDirectory
from bot.views.buttons import DELETE_CALLBACK, LOGO_CALLBACK, SCENE_CALLBACK
from functions.config import BotConfig, bot_config, log_level
from functions.jobs.bucket import Bucket, Keys
from functions.jobs.ledger import Ledger
from functions.jobs.recent_reads import RecentReads
from functions.log import log_crash, start_logging
from functions.web.asgi import WebApp

SLACK_TIMEOUT_S = 1.5
WRITERS = 32

COMMAND = "/backdrop"

SlackResponseBody = dict[str, Any]


def routes(app: App) -> None:
    """Register a listener for each event, command, shortcut, press and form.

    ``infra/slack/manifest.yml`` has to name the same events, command and shortcuts.
    """
    # Messages with photos
    app.event("app_mention")(_event_listener(photo_messages.on_app_mention))
    app.event("message", matchers=[photo_messages.is_edit])(_event_listener(photo_messages.on_edit))
    app.event("message", matchers=[photo_messages.is_direct])(
        _event_listener(photo_messages.on_direct_message)
    )
    app.event({"type": "message", "subtype": "file_share"})(
        _event_listener(photo_messages.on_file_share)
    )
    app.event("message", matchers=[photo_messages.forwards_a_photo])(
        _event_listener(photo_messages.on_file_share)
    )
    # The command, the shortcuts, and the form that they and a refusal's button open
    app.command(COMMAND)(_acknowledged_listener(command.on_command))
    app.shortcut({"type": "shortcut", "callback_id": "new_picture"})(
        _acknowledged_listener(form.new_picture)
    )
    app.shortcut({"type": "message_action", "callback_id": "use_photos"})(
        _acknowledged_listener(form.use_photos)
    )
    app.shortcut({"type": "message_action", "callback_id": "check_pictures"})(
        _acknowledged_listener(check.shortcut)
    )
    app.action("fix")(_press_listener(fix.fix))
    app.view(form.CALLBACK)(_acknowledged_listener(form.on_form_submitted))
    # Under a result
    app.action("again")(_press_listener(result_buttons.again))
    app.action("change")(_press_listener(result_buttons.change))
    app.action("variations")(_press_listener(result_buttons.variations))
    app.action("size")(_press_listener(result_buttons.size))
    app.action("cutout")(_press_listener(result_buttons.cutout))
    app.action("packshot")(_press_listener(result_buttons.packshot))
    app.action("scene")(_press_listener(scene.ask))
    app.view(LOGO_CALLBACK)(_acknowledged_listener(scene_logo.on_logo_submitted))
    app.view(SCENE_CALLBACK)(_acknowledged_listener(scene.on_scene_submitted))
    app.action("more")(_press_listener(result_buttons.more))
    app.action("delete")(_press_listener(delete.delete))
    app.view(DELETE_CALLBACK)(_acknowledged_listener(delete.on_delete_confirmed))
    app.action(re.compile(r"^use_this(_\d)?$"))(_press_listener(choose_variation.use_this))
    app.action("show_all")(_press_listener(choose_variation.show_all))
    # Pictures in one file
    app.action("zip")(_press_listener(zip_pictures.of_upload))
    # On the progress message
    app.action("cancel")(_press_listener(cancel.cancel))
    # The agreement to pictures without the mark: on Home, under a refusal, in a command's answer
    app.action("agree_unmarked")(_press_listener(agreement.agree))
    # The step of a workflow
    app.function(workflow.CALLBACK)(_event_listener(workflow.on_function_executed))
    # App Home
    app.event("app_home_opened")(_event_listener(home.on_home_opened))
    app.action("home_new")(_press_listener(home.new))
    app.action("home_help")(_press_listener(home.how))
    app.action(re.compile("^home_(older|newer)$"))(_press_listener(home.turn))
    app.action(re.compile("^home_(size|language|watermark)$"))(_acknowledged_listener(home.choose))
    # News of the workspace
    app.event("app_uninstalled")(_event_listener(workspace.on_app_uninstalled))
    app.event("tokens_revoked")(_event_listener(workspace.on_tokens_revoked))
    app.event("channel_archive")(_event_listener(workspace.on_channel_archived))
    app.event("group_archive")(_event_listener(workspace.on_channel_archived))
    # Everything else is answered too: Slack would send it again, or show the person an error
    app.event(re.compile(""))(_ignore)
    app.action(re.compile(""))(_acknowledged_listener(unknown_action.on_unknown_action))


def create_app() -> WebApp:
    """Start logging and make the ASGI app from the environment. Raises ``ConfigError``."""
    start_logging(log_level(os.environ))
    config = bot_config(os.environ)
    return web_app(bolt_app(config), config)


def bolt_app(config: BotConfig) -> App:
    """Build the Bolt app with our middleware and routes. Makes no call."""
    client = web_client(config.slack, timeout_s=SLACK_TIMEOUT_S)
    leave_out_token_warnings()
    app = App(
        name="bolt",  # names Bolt's loggers; named as ours is, it would set ours to WARNING
        client=client,
        authorize=_authorize(config.slack.bot_token),
        process_before_response=True,  # a cloud function is frozen after its answer
        request_verification_enabled=False,  # ``endpoint`` has done it, before anything is parsed
        ssl_check_enabled=False,
        token_verification_enabled=False,
    )
    app.use(_add_request_context(config, client, UserDirectory(client)))
    app.error(_on_error)
    routes(app)
    return app


def _authorize(bot_token: str) -> Callable[..., AuthorizeResult]:
    """Make Bolt's ``authorize``: one token serves all, and the event names our bot user."""

    def authorize(
        context: BoltContext, enterprise_id: str | None, team_id: str | None
    ) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_token=bot_token,
            bot_user_id=context.get("our_user_id"),
        )

    return authorize


def _add_request_context(
    config: BotConfig, client: BoundedClient, people: UserDirectory
) -> Callable[..., BoltResponse]:
    """Make the middleware that puts a ``RequestContext`` with the request's own COS keys into
    Bolt's context. What it shares between requests is made here, once per process.
    """
    writers = ThreadPoolExecutor(WRITERS, "accept")
    accepted, recent = AcceptedMessages(), RecentReads()

    def bring(
        body: dict[str, Any],
        context: BoltContext,
        next: Callable[[], BoltResponse],  # noqa: A002  # Bolt's name
    ) -> BoltResponse:
        keys: Keys = context["keys"]
        context["request_context"] = RequestContext(
            config=config,
            ledger=Ledger(Bucket(config.bucket, keys)),
            slack=client,
            people=people,
            writers=writers,
            accepted=accepted,
            recent=recent,
            team_id=home_team(body, context.team_id or ""),
            enterprise_id=context.enterprise_id or "",
            bot_user_id=context.get("our_user_id") or "",
            app_id=str(body.get("api_app_id") or ""),
            sender_team=sender_team(body),
            is_shared=body.get("is_ext_shared_channel") is not False,
            event_id=_event_id(body),
        )
        return next()

    return bring


def _event_id(body: Mapping[str, Any]) -> str:
    """Give Slack's id of an event or press: in the log it leads from Slack's side to the job."""
    return str(body.get("event_id") or body.get("trigger_id") or "")


def _event_listener(
    listener: Callable[[Mapping[str, Any], RequestContext], None],
) -> Callable[..., None]:
    """Wrap a listener of an event, to which Slack wants no answer but a 200."""

    def listen(event: dict[str, Any], context: BoltContext) -> None:
        listener(event, context["request_context"])

    return listen


def _acknowledged_listener(
    listener: Callable[[Mapping[str, Any], RequestContext], SlackResponseBody | None],
) -> Callable[..., None]:
    """Wrap a listener of a command, a shortcut, a press or a form; it returns the answer's body."""

    def listen(body: dict[str, Any], context: BoltContext, ack: Ack) -> None:
        ack(**harmless(listener(body, context["request_context"]) or {}))

    return listen


def _press_listener(
    listener: Callable[[Mapping[str, Any], RequestContext], None],
) -> Callable[..., None]:
    """Wrap a listener of a press; under a message that is not ours the press counts as unknown.

    A button names a job: another app's message could name one that its reader may not touch.
    """

    def press(body: Mapping[str, Any], context: RequestContext) -> None:
        message = body.get("message")
        is_known = message is None or context.is_ours(message)
        (listener if is_known else unknown_action.on_unknown_action)(body, context)

    return _acknowledged_listener(press)


def _ignore() -> None:
    pass


def _on_error(error: Exception, body: dict[str, Any], context: BoltContext) -> BoltResponse:
    """Log an unexpected error and answer 500, on which Slack sends an event again.

    A job that was accepted before the error is not accepted twice. The error is kept in
    ``context["failure"]`` for ``endpoint``.
    """
    log_crash("not answered", error, event=_event_id(body))
    context["failure"].append(error)
    return BoltResponse(status=500, body="")
