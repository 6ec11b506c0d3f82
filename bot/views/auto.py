"""Draw the state of a channel's automatic mode, and who switched it when."""

from bot.texts import Language, template_name, text
from bot.views import Block, date, person, rich_text, with_code, words
from functions.jobs.settings import ChannelSettings


def auto_blocks(settings: ChannelSettings, language: Language) -> list[Block]:
    """Draw the state as one paragraph, with the channel's scene if the mode is on."""
    state = text(language, "auto.on" if settings.auto else "auto.off")
    elements = [words(state)]
    if settings.by:
        elements += [
            words(" " + text(language, "auto.by")),
            person(settings.by),
            words(" · "),
            date(settings.at),
        ]
    if settings.auto:
        told = "auto.scene_always" if settings.always else "auto.scene"
        typed = template_name(settings.template, language) or settings.words
        if settings.packshot:
            typed = text(language, "button.packshot")
        named = text(language, "auto.named", name=settings.scene) if settings.scene else ""
        scene = " · ".join(filter(None, (named, typed)))
        if scene:
            elements.append(words("\n" + text(language, told)))
            elements.append(words(scene, italic=True))
        else:
            elements += with_code("\n" + text(language, "auto.no_scene"))
    return [rich_text(*elements)]
