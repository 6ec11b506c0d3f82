"""Handle the workflow step "Replace background": each run of it is a job.

Slack repeats a run's event that is not answered; the job's id, made from the run's, makes it one
job. A run that is refused is ended here, as failed; the worker ends all others.
"""

import re
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from msgspec.structs import replace

from bot.request_context import RequestContext
from bot.requests.new_job import Asked, new_job
from bot.requests.photo_urls import photo_from_url, typed_address
from bot.requests.policy import channel_problems, watermark_problems
from bot.requests.prompt_parser import build_wish, typed_prompt
from bot.requests.scenes import scene_fields
from bot.slack_api.client import ChannelClosed, SlackRefused, call
from bot.slack_api.files import NO_ACCESS, FileUnfinished, is_shared_in, not_shared_there
from bot.slack_api.workflow_steps import fail
from bot.texts import Language, error_text
from functions.jobs.errors import ErrorCode, Problem, Refused
from functions.jobs.job_ids import id_of_workflow
from functions.jobs.model import (
    CHANNEL_ID,
    Asker,
    Job,
    SlackFile,
    Source,
    Thread,
    WorkflowRun,
)
from functions.jobs.wish import Wish

CALLBACK = "replace_background"
WORKFLOW = "Workflow"  # the asker's client; names of webhook clients have no capital letters
FILE_ID = re.compile(r"(?:^|/files/[UW][A-Z0-9]+/)(F[A-Z0-9]{6,})(?:$|/)")


def on_function_executed(event: Mapping[str, Any], context: RequestContext) -> None:
    """Handle ``function_executed``: accept the run's job, or end the run with what was refused."""
    run = WorkflowRun(
        execution_id=str(event["function_execution_id"]), token=str(event["bot_access_token"])
    )
    inputs = _inputs(event)
    language = _language(inputs)
    try:
        job = _job(run, inputs, language, context)
    except Refused as refused:
        sentences = [error_text(language, each.code, each.facts) for each in refused.problems]
        fail(context.slack, run, " ".join(sentences))
        return
    context.accept([job])


def _inputs(event: Mapping[str, Any]) -> dict[str, str]:
    """Read the step's inputs as text, by name, without the empty ones."""
    given = event.get("inputs") or {}
    return {name: str(value).strip() for name, value in given.items() if str(value or "").strip()}


def _language(inputs: Mapping[str, str]) -> Language:
    """Guess the language from the inputs: a run has no person with a setting of their own."""
    return "zh" if re.search("[\u4e00-\u9fff]", " ".join(inputs.values())) else "en"


def _job(
    run: WorkflowRun, inputs: Mapping[str, str], language: Language, context: RequestContext
) -> Job:
    """Make the run's job. Raises ``Refused``."""
    channel = inputs.get("channel", "")
    wish = _wish(inputs, context)
    problems = watermark_problems(wish, "", context) + _channel_problems(channel, context)
    if problems:
        raise Refused(*problems)
    asked = Asked(
        gesture="workflow",
        at=time.time(),
        wish=wish,
        asker=Asker(team_id=context.team_id, client=WORKFLOW, language=language),
        thread=Thread(channel=channel) if channel else None,
        workflow=run,
    )
    photo = _photo(inputs.get("photo", ""), channel, context)
    return new_job(asked, id_of_workflow(run.execution_id), photo)


def _channel_problems(channel: str, context: RequestContext) -> list[Problem]:
    """Check that the operator allows the channel and that we are in it, before anything is spent.

    Without a channel a run is refused if the operator has named the allowed ones. Raises
    ``RateLimited`` or ``OutcomeUnknown``: Slack then sends the run again.
    """
    limits = context.config.limits
    if not channel:
        if not limits.allowed_channels:
            return []
        return [Problem(ErrorCode.CHANNEL_NOT_ALLOWED, "", {"rule": "no_channel"})]
    if not re.fullmatch(CHANNEL_ID, channel):  # a person's id would open a conversation with them
        return [Problem(ErrorCode.CHANNEL_NOT_MEMBER)]
    return channel_problems(channel, limits) or _membership_problems(channel, context)


def _membership_problems(channel: str, context: RequestContext) -> list[Problem]:
    """Ask Slack whether we are in the channel and it is not archived. Raises as above."""
    try:
        found = call(context.slack.conversations_info, channel=channel)["channel"]
    except (SlackRefused, ChannelClosed):
        found = {}
    if found.get("is_archived"):
        return [Problem(ErrorCode.CHANNEL_GONE)]
    return [] if found.get("is_member") else [Problem(ErrorCode.CHANNEL_NOT_MEMBER)]


def _wish(inputs: Mapping[str, str], context: RequestContext) -> Wish:
    """Build the wish; an option typed among the words overrides an input. Raises ``Refused``.

    A scene can only be the channel's or the workspace's: a run has no person with own scenes.
    """
    optional = context.config.limits.watermark_optional
    typed = typed_prompt(inputs.get("words", ""), watermark_optional=optional)
    names = ("template", "product", "size", "scene")
    filled = {name: inputs[name] for name in names if name in inputs}
    if "for" in typed.options:  # a shop has its own size
        filled.pop("size", None)
    scenes = partial(scene_fields, context, "", inputs.get("channel", ""))
    return build_wish(replace(typed, options={**filled, **typed.options}), scenes=scenes)


def _photo(typed: str, channel: str, context: RequestContext) -> Source:
    """Read the photo input: a Slack file's id or link, or another address. Raises ``Refused``."""
    found = FILE_ID.search(typed)
    if found:
        return _shared_file(found[1], channel, context)
    if not typed:
        raise Refused(Problem(ErrorCode.PHOTO_MISSING, "photo"))
    address = typed_address(typed)
    return photo_from_url(address.url if address else typed, context)


def _shared_file(file_id: str, channel: str, context: RequestContext) -> SlackFile:
    """Check that a file is shared in the run's channel: its id alone must not give access to it.

    Slack does not say where an unfinished upload is shared: then the worker checks it, by
    ``shared_in``. Raises ``Refused``.
    """
    if not channel:
        raise not_shared_there()
    try:
        file = call(context.slack.files_info, file=file_id)["file"]
        if not is_shared_in(file, channel):
            raise not_shared_there()
    except FileUnfinished:
        return SlackFile(file_id=file_id, shared_in=channel)
    except (SlackRefused, ChannelClosed) as error:
        is_hidden = isinstance(error, SlackRefused) and error.error in NO_ACCESS
        code = ErrorCode.PHOTO_NO_ACCESS if is_hidden else ErrorCode.PHOTO_GONE
        raise Refused(Problem(code, "photo")) from error
    return SlackFile(file_id=file_id)
