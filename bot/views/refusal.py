"""Draw refusals, which the asker alone sees: why something cannot become a job, or be done."""

import re
from collections.abc import Sequence

from bot.texts import Language, error_text, text
from bot.views import Block, error_parts, person, plain, rich_text, section, words
from bot.views.agreement import agreement_blocks
from functions.jobs.errors import ErrorCode, Problem
from functions.jobs.model import Asker, Thread

TOLD_MOST = 20  # problems in one message, which may have 50 blocks
SHOW_AN_EXAMPLE = {ErrorCode.PHOTO_MISSING, ErrorCode.WORDS_MISSING}
NOT_THE_MESSAGES_FAULT = {  # other words or another photo would be refused as well
    ErrorCode.PERSON_EXTERNAL,
    ErrorCode.PERSON_GUEST,
    ErrorCode.PERSON_UNKNOWN,
    ErrorCode.CHANNEL_NOT_MEMBER,
    ErrorCode.CHANNEL_GONE,
    ErrorCode.CHANNEL_NOT_ALLOWED,
    ErrorCode.DIRECT_NOT_OPENED,
    ErrorCode.AUTO_FOR_ADMINS,
    ErrorCode.QUOTA_PERSON,
    ErrorCode.QUOTA_TEAM,
}
COMMAND, VALUE_CHARS = "/", 2000  # how a command's fix value begins; Slack's limit for a value
_FIX_VALUE = re.compile(r"([A-Z0-9]{1,40}):([0-9.]{1,41}):([0-9.]{1,41})")


def refusal_blocks(
    problems: Sequence[Problem], language: Language, *, fix: str = ""
) -> list[Block]:
    """Draw each problem in a line of its own, with an example if a photo or words are missing.

    ``fix`` is the value of the button that opens the form with what was refused. The button is
    drawn if other words or another photo would help.
    """
    lines: list[str] = []
    is_direct = any(problem.facts.get("rule") == "direct" for problem in problems)
    if any(problem.code in SHOW_AN_EXAMPLE for problem in problems):
        lines.append(text(language, "refusal.example_direct" if is_direct else "refusal.example"))
    is_mendable = bool(fix) and not any(one.code in NOT_THE_MESSAGES_FAULT for one in problems)
    if is_mendable:  # no file can be added to a message that is sent
        by_editing = "refusal.retype" if fix.startswith(COMMAND) else "refusal.mend"
        is_by_editing = all(map(is_about_words, problems))
        lines.append(text(language, by_editing if is_by_editing else "refusal.add_photo"))
    return [
        *(_problem(one, language) for one in problems[:TOLD_MOST]),
        *(section(line) for line in lines),
        *_allowed_channels(problems, language),
        *(agreement_blocks(language, agreed=False) if _lacks_agreement(problems) else []),
        *([_fix_button(fix, language)] if is_mendable else []),
    ]


def _problem(problem: Problem, language: Language) -> Block:
    if "resets_at" in problem.facts:
        return rich_text(*error_parts(language, problem.code, problem.facts))
    return section(error_text(language, problem.code, problem.facts))


def _lacks_agreement(problems: Sequence[Problem]) -> bool:
    return any(one.code is ErrorCode.WATERMARK_NOT_AGREED for one in problems)


def is_about_words(problem: Problem) -> bool:
    """Say whether a change of the text, not of files, person or place, would mend the problem."""
    return problem.code not in NOT_THE_MESSAGES_FAULT and problem.field not in {"photo", "mask"}


def fix_value(channel: str, ts: str, thread_ts: str) -> str:
    """Make the value of Fix… for a refused message."""
    return f"{channel}:{ts}:{thread_ts}"


def fix_command_value(said: str) -> str:
    """Make the value of Fix… for a refused command: its whole text; empty if that is too long."""
    return COMMAND + said if len(said) < VALUE_CHARS else ""


def parse_fix_value(value: str) -> tuple[Thread, str] | None:
    """Read a message's value of Fix…: its thread and its ts; None for what we never made."""
    found = _FIX_VALUE.fullmatch(value)
    return (Thread(channel=found[1], thread_ts=found[3]), found[2]) if found else None


def _fix_button(fix: str, language: Language) -> Block:
    button = {
        "type": "button",
        "action_id": "fix",
        "text": plain(text(language, "button.fix")),
        "value": fix,
    }
    return {"type": "actions", "elements": [button]}


def _allowed_channels(problems: Sequence[Problem], language: Language) -> list[Block]:
    for problem in problems:
        channels = str(problem.facts.get("channels") or "").split(",")
        if problem.code is ErrorCode.CHANNEL_NOT_ALLOWED and channels[0]:
            names: list[Block] = []
            for channel in channels[:TOLD_MOST]:
                names += [{"type": "channel", "channel_id": channel}, words(" ")]
            return [rich_text(words(text(language, "refusal.channels") + " "), *names)]
    return []


def edited_blocks(
    language: Language, *, is_failed: bool = False, is_check: bool = False
) -> list[Block]:
    """Say that a message was edited after its job was accepted, or after it failed."""
    if is_check:
        return [section(text(language, "refusal.edited_check"))]
    return [section(text(language, "refusal.edited_failed" if is_failed else "refusal.edited"))]


def not_yours_blocks(asker: Asker, language: Language) -> list[Block]:
    """Say who may do what was refused: the asker of the job, and administrators."""
    if not asker.user_id:
        return [section(text(language, "press.admins_only"))]
    only, others = text(language, "press.only"), text(language, "press.only_and")
    return [rich_text(words(only), person(asker.user_id), words(others))]
