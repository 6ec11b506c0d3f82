"""Write how many pictures a person and the team have had."""

import msgspec

from bot.texts import Language, text


class Used(msgspec.Struct, frozen=True):
    """Hold a number of pictures. ``limit`` 0: no limit. ``is_more``: counting stopped early."""

    count: int
    limit: int = 0
    is_more: bool = False


class Usage(msgspec.Struct, frozen=True):
    """Hold a person's pictures today and this month (UTC), and the team's today if limited."""

    today: Used
    month: Used
    team_today: Used | None = None


def usage_lines(usage: Usage, language: Language) -> list[str]:
    """Write a sentence for today, one for this month, and one for the team today if limited."""
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
