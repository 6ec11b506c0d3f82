"""Delete: the picture, its link and its message go. For its asker and for administrators."""

from collections.abc import Mapping
from typing import Any

from bot.children import parent_of
from bot.desk import Desk
from bot.pressing import Press, press_of
from bot.several import show_several
from bot.slack import SLACK_TROUBLE, call
from bot.views.result import shown_job
from functions.jobs.chosen import choose
from functions.jobs.model import Job
from functions.log import log


def delete(body: Mapping[str, Any], desk: Desk) -> None:
    """The button under a result; Slack has asked whether they are sure."""
    press = press_of(body)
    found = parent_of(press, desk)
    if found is None:
        return
    job = found[0].job
    if job.asker.user_id != press.user_id and not desk.people.is_admin(press.user_id):
        desk.whisper_line(press.user_id, press.aside, "press.not_yours")
        return
    desk.ledger.bury(job.id, why="delete", by=press.user_id)
    others_stay = _others_stay(job, press, desk)
    if not others_stay:
        _remove(press, desk)
    _remove_files(press, job.id, desk)
    done = "delete.one_done" if others_stay else "delete.done"
    desk.whisper_line(press.user_id, press.aside, done)


def _others_stay(job: Job, press: Press, desk: Desk) -> bool:
    """Of several pictures in one message the others are shown again.

    A message that Slack would not change just now stays as it is, for the worker to draw anew:
    it may hold pictures that nobody wants to lose.
    """
    if not job.upload.together:
        return False
    choose(desk.ledger, job.upload.id, "")
    return show_several(job, press, desk) != "nothing-left"


def _remove(press: Press, desk: Desk) -> None:
    """Take the message away. What is not there any more is as good as gone."""
    try:
        call(desk.slack.chat_delete, channel=press.channel, ts=press.message_ts)
    except SLACK_TROUBLE as error:
        log("a message was left behind", error=str(error), channel=press.channel)


def _remove_files(press: Press, job_id: str, desk: Desk) -> None:
    """What was uploaded to Slack because it could not read the picture's address."""
    for block in press.blocks:
        file_id = (block.get("slack_file") or {}).get("id")
        if file_id and shown_job(block) == job_id:
            try:
                call(desk.slack.files_delete, file=file_id)
            except SLACK_TROUBLE as error:
                log("a file was left behind", error=str(error), job=job_id)
