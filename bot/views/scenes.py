"""Draw the answers about scenes, their list, and the forms for a scene and its logo."""

from collections.abc import Mapping, Sequence
from typing import get_args

import msgspec

from bot.texts import Language, template_name, text
from bot.views import Block, date, option, person, plain, rich_text, section, with_code, words
from bot.views.buttons import LOGO_CALLBACK, SCENE_CALLBACK, LogoState, SceneState
from bot.views.form import FIELD
from functions.jobs.scenes import NAME_CHARS, Scene
from functions.jobs.wish import LOGO_SHARES, Corner, Logo

WORDS_SHOWN = 80  # characters of a scene's words in a list, which has up to 90 scenes


def saved_blocks(scene: Scene, place: str, language: Language, *, is_new: bool) -> list[Block]:
    """Say that a scene was saved or changed, what it says, and how to use it."""
    told = text(language, "scene.saved" if is_new else "scene.changed", name=scene.name)
    use = text(language, "scene.use", name=scene.name)
    return [
        rich_text(
            words(f"{told}{text(language, f'scene.{place}')}\n"),
            words(scene_line(scene, language), italic=True),
        ),
        rich_text(*with_code(use)),
    ]


def renamed_blocks(scene: Scene, new: str, place: str, language: Language) -> list[Block]:
    """Say that a scene was renamed, and its ``new`` name."""
    told = text(language, "scene.renamed", name=scene.name, new=new)
    return [section(f"{told}{text(language, f'scene.{place}')}")]


def deleted_blocks(scene: Scene, place: str, language: Language) -> list[Block]:
    """Say that a scene was deleted, and what that leaves as it is."""
    told = text(language, f"deleted.{place}", name=scene.name)
    return [section(f"{told}{text(language, 'scene.deleted_stays')}")]


def scenes_blocks(scenes: Mapping[str, Sequence[Scene]], language: Language) -> list[Block]:
    """List scenes by place, each with what it says, its author and date."""
    shown = [
        block
        for place, found in scenes.items()
        if found
        for block in (section(text(language, f"listed.{place}")), _listed(found, language))
    ]
    return [
        *(shown or [section(text(language, "scene.none"))]),
        rich_text(*with_code(text(language, "scene.how"))),
    ]


def scene_form(state: SceneState, scene: Scene, places: Sequence[str], language: Language) -> Block:
    """Draw the form that asks for the name and the place of a scene made from a picture."""
    options = [option(text(language, f"listed.{place}"), place) for place in places]
    menu = {"type": "static_select", "options": options, "initial_option": options[0]}
    name = {"type": "plain_text_input", "max_length": NAME_CHARS, "focus_on_load": True}
    blocks = [
        rich_text(words(scene_line(scene, language), italic=True)),
        _input("name", name, language),
        _input("place", menu, language),
    ]
    return _form(SCENE_CALLBACK, state, "scene.title", blocks, language)


def logo_form(state: LogoState, scene: Scene, language: Language) -> Block:
    """Draw the form that asks for a scene's logo, its corner and its size."""
    corners = [option(text(language, f"corner.{one}"), one) for one in get_args(Corner)]
    shares = [option(f"{one} %", str(one)) for one in LOGO_SHARES]
    chosen = scene.logo or Logo(url="")
    blocks = [
        section(text(language, "scene.logo_line", name=scene.name)),
        _input("logo", {"type": "file_input", "max_files": 1}, language),
        _input("corner", _menu(corners, chosen.corner), language),
        _input("share", _menu(shares, str(chosen.share)), language),
    ]
    return _form(LOGO_CALLBACK, state, "scene.logo", blocks, language)


def _form(
    callback: str,
    state: SceneState | LogoState,
    title: str,
    blocks: list[Block],
    language: Language,
) -> Block:
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": msgspec.json.encode(state).decode(),
        "title": plain(text(language, title)),
        "submit": plain(text(language, "scene.submit")),
        "close": plain(text(language, "form.close")),
        "blocks": blocks,
    }


def _menu(options: list[Block], chosen: str) -> Block:
    first = next((one for one in options if one["value"] == chosen), options[0])
    return {"type": "static_select", "options": options, "initial_option": first}


def _input(name: str, element: Block, language: Language) -> Block:
    return {
        "type": "input",
        "block_id": name,
        "label": plain(text(language, f"scene.{name}")),
        "element": {**element, "action_id": FIELD},
    }


def scene_line(scene: Scene, language: Language) -> str:
    """Write in one line what a scene says: background, avoid, size and logo."""
    said = template_name(scene.template, language) or _shortened(scene.prompt)
    size = scene.resolution
    parts = [
        said,
        text(language, "scene.avoid", words=_shortened(scene.avoid)) if scene.avoid else "",
        text(language, "variations.size", width=size.width, height=size.height) if size else "",
        text(language, "scene.has_logo") if scene.logo else "",
    ]
    return " · ".join(filter(None, parts))


def _listed(scenes: Sequence[Scene], language: Language) -> Block:
    items = [
        {
            "type": "rich_text_section",
            "elements": [
                words(scene.name, bold=True),
                words(f" {scene_line(scene, language)} · "),
                *([person(scene.by), words(" · ")] if scene.by else []),
                date(scene.at),
            ],
        }
        for scene in scenes
    ]
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_list", "style": "bullet", "elements": items}],
    }


def _shortened(said: str) -> str:
    return said if len(said) <= WORDS_SHOWN else f"{said[: WORDS_SHOWN - 1]}…"
