"""Whether every photo posted in a channel becomes a job, and who has switched that."""

import time

from bot.texts import Language, template_name, text
from bot.views import Block, person, rich_text, words
from functions.jobs.settings import ChannelSettings


def auto_blocks(settings: ChannelSettings, language: Language) -> list[Block]:
    """One paragraph."""
    state = text(language, "auto.on" if settings.auto else "auto.off")
    elements = [words(state)]
    if settings.by:
        day = time.strftime("%Y-%m-%d", time.gmtime(settings.at))
        elements += [
            words(" " + text(language, "auto.by") + " "),
            person(settings.by),
            words(text(language, "auto.day", day=day)),
        ]
    if settings.auto:
        told = "auto.scene_always" if settings.always else "auto.scene"
        scene = template_name(settings.template, language) or settings.words
        if scene:
            elements.append(words("\n" + text(language, told) + " "))
            elements.append(words(scene, italic=True))
        else:
            elements.append(words("\n" + text(language, "auto.no_scene")))
    return [rich_text(*elements)]
