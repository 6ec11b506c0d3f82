"""Say how many pictures were used, in sentences."""

import msgspec

from bot.texts import Language, text


class Used(msgspec.Struct, frozen=True):
    """Hold a number of pictures. ``limit`` 0: none. ``is_more``: counting stopped there."""

    count: int
    limit: int = 0
    is_more: bool = False


class Usage(msgspec.Struct, frozen=True):
    """Hold a person's pictures today and this month (UTC), and the team's of today if limited."""

    today: Used
    month: Used
    team_today: Used | None = None


def usage_lines(usage: Usage, language: Language) -> list[str]:
    """Say today's and this month's number, and the team's of today where that is limited."""
    lines = [
        text(language, "usage.today", used=_number(usage.today)),
        text(language, "usage.month", used=_number(usage.month)),
    ]
    if usage.today.limit:
        lines[0] = text(
            language, "usage.today_of", used=_number(usage.today), limit=usage.today.limit
        )
    if usage.team_today:
        team = usage.team_today
        lines.append(text(language, "usage.team_of", used=_number(team), limit=team.limit))
    return lines


def _number(used: Used) -> str:
    return f"{used.count}+" if used.is_more else str(used.count)
