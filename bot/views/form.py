"""Draw the form in which everything that makes up a wish can be filled in."""

from collections.abc import Mapping, Sequence

import msgspec

from bot.texts import Language, shop_name, text
from bot.views import Block, note, option, plain, section
from bot.views.buttons import (
    DELETE_CALLBACK,
    LOGO_CALLBACK,
    SCENE_CALLBACK,
    SIZES,
    delete_state,
    logo_state,
    named_size,
    scene_state,
    size_label,
)
from functions.jobs.model import SlackFile
from functions.jobs.records import Record, prepared
from functions.jobs.shops import SHOPS, Shop
from functions.jobs.wish import TEMPLATES, Packshot, Resolution

CALLBACK = "wish"
FIELD = "field"  # the action_id in every input block; the block_id names the field
MAX_PHOTOS = 10  # Slack's limit for a file_input
MAX_NAME_CHARS = 60  # of a photo's name in private_metadata, which holds 3,000 characters
NO_TEMPLATE = "none"
PACKSHOT, PACKSHOT_SHADOW = "packshot", "packshot-shadow"  # in the menu of templates
PACKSHOTS = {PACKSHOT: Packshot(), PACKSHOT_SHADOW: Packshot(shadow=True)}
NO_SCENE = "-"  # no scene can have this name
WATERMARK = "on"
HINTS = {
    "photos": "form.photos_hint",
    "words": "form.words_hint",
    "product": "form.product_hint",
    "avoid": "form.avoid_hint",
    "own_size": "form.own_size_hint",
    "shops": "form.shops_hint",
    "mask": "form.mask_hint",
    "scene": "form.scene_hint",
}


class FormState(Record, frozen=True, kw_only=True):
    """Hold what an open form remembers in its ``private_metadata``.

    The jobs' ids are made from ``nonce``, so a form sent twice makes the same jobs. Without
    ``channel`` the pictures go to the asker alone. ``photos`` are those of the message from which
    the form was opened, ``photo_url`` was typed; ``parent`` is the id of the job whose photo is
    used again, ``token`` that of the button which opened the form.
    """

    nonce: str
    channel: str = ""
    thread_ts: str = ""
    photos: tuple[SlackFile, ...] = ()
    photo_url: str = ""
    parent: str = ""
    token: str = ""

    def to_metadata(self) -> str:
        """Encode the state as JSON, with the photos' names shortened."""
        short = [
            msgspec.structs.replace(photo, name=_shortened(photo.name)) for photo in self.photos
        ]
        # By way of a list: msgspec omits a default only if it is the shared empty tuple, and Python
        # 3.10 makes another one from an empty generator.
        return msgspec.json.encode(msgspec.structs.replace(self, photos=tuple(short))).decode()


def from_metadata(private_metadata: str) -> FormState:
    """Decode a form's state. Raises ``msgspec.DecodeError`` for what we never encoded."""
    return msgspec.json.decode(private_metadata, type=prepared(FormState))


STATES = {
    CALLBACK: from_metadata,
    DELETE_CALLBACK: delete_state,
    SCENE_CALLBACK: scene_state,
    LOGO_CALLBACK: logo_state,
}  # the reader of a form's private_metadata, by the form's callback_id


class FormValues(msgspec.Struct, frozen=True):
    """Hold the fields' initial values.

    ``resolution`` None is the default one; ``own_size`` is an unreadable size as it was typed.
    ``template`` may also be one of ``PACKSHOTS``.
    """

    prompt: str = ""
    template: str = ""
    product: str = ""
    avoid: str = ""
    resolution: Resolution | None = None
    own_size: str = ""
    watermark: bool = True
    scene: str = ""


class FormOptions(msgspec.Struct, frozen=True):
    """Say how the form looks, and what can be chosen in it.

    ``thumbnails`` are the ids of files shown as pictures; ``picture`` is the source of an earlier
    photo's picture. ``focus`` is the block_id of the field with the cursor. ``unseen``: Slack
    refused the thumbnails, perhaps because we may not see the files. ``left_out`` counts the
    message's photos beyond ``MAX_PHOTOS``. ``scenes`` are the names in the menu, by place.
    """

    language: Language
    thumbnails: frozenset[str] = frozenset()
    picture: Block = {}
    focus: str = ""
    unseen: bool = False
    left_out: int = 0
    watermark_optional: bool = False
    scenes: Mapping[str, Sequence[str]] = {}


def form(memory: FormState, draft: FormValues, looks: FormOptions) -> Block:
    """Draw the modal with the initial values of ``draft``."""
    language = looks.language
    fields = [
        *_scene(draft, looks),
        _words(draft, language),
        _template(draft, language),
        _line("product", draft.product, language),
        _line("avoid", draft.avoid, language),
        *_sizes(draft, language),
        _files("mask", language, most=1, optional=True),
    ]
    if looks.watermark_optional:
        fields.append(_watermark(draft, language))
    for field in fields:
        if field["block_id"] == looks.focus:
            field["element"]["focus_on_load"] = True
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": memory.to_metadata(),
        "title": plain(text(language, "form.title")),
        "submit": plain(text(language, "form.submit")),
        "close": plain(text(language, "form.close")),
        "blocks": [*_photos(memory, looks), *fields],
    }


# --- fields


def _photos(memory: FormState, looks: FormOptions) -> list[Block]:
    language = looks.language
    if memory.parent:
        return [_with_picture(section(text(language, "form.same_photo")), looks.picture, language)]
    remembered = [_remembered(photo, looks) for photo in memory.photos]
    if memory.photo_url:
        shown = _shortened(memory.photo_url.partition("://")[2].partition("?")[0])
        return [section(text(language, "form.photo_url", address=shown))]
    if remembered:
        remembered.insert(0, note(text(language, "form.remembered", count=len(remembered))))
        if looks.left_out:
            last = text(language, "form.left_out", most=MAX_PHOTOS, count=looks.left_out)
            remembered.append(note(last))
        if looks.unseen:
            remembered.append(note(text(language, "form.unseen")))
    return [
        *remembered,
        _files("photos", language, most=MAX_PHOTOS, optional=bool(memory.photos)),
    ]


def _remembered(photo: SlackFile, looks: FormOptions) -> Block:
    name = _shortened(photo.name) or text(looks.language, "form.unnamed")
    is_shown = photo.file_id in looks.thumbnails
    picture = {"slack_file": {"id": photo.file_id}} if is_shown else {}
    return _with_picture(section(name), picture, looks.language, alt=name)


def _with_picture(block: Block, picture: Block, language: Language, *, alt: str = "") -> Block:
    if not picture:
        return block
    alt = alt or text(language, "form.unnamed")
    return {**block, "accessory": {"type": "image", **picture, "alt_text": alt}}


def _scene(draft: FormValues, looks: FormOptions) -> list[Block]:
    """Draw the menu of scenes; nothing if there are none."""
    language = looks.language
    none = option(text(language, "form.no_scene"), NO_SCENE)
    groups: list[Block] = [{"label": plain(text(language, "form.scene")), "options": [none]}]
    chosen = none
    for place, names in looks.scenes.items():
        options = [option(name, name) for name in names]
        if options:
            groups.append({"label": plain(text(language, f"listed.{place}")), "options": options})
        chosen = next((one for one in options if one["value"] == draft.scene), chosen)
    if len(groups) == 1:
        return []
    element = {"type": "static_select", "option_groups": groups, "initial_option": chosen}
    return [_input("scene", element, language)]


def _words(draft: FormValues, language: Language) -> Block:
    element: Block = {"type": "plain_text_input", "multiline": True}
    if draft.prompt:
        element["initial_value"] = draft.prompt
    element["placeholder"] = plain(text(language, "form.words_example"))
    return _input("words", element, language)


def _template(draft: FormValues, language: Language) -> Block:
    none = option(text(language, "form.no_template"), NO_TEMPLATE)
    shots = [option(text(language, f"form.{name}"), name) for name in PACKSHOTS]
    groups = [
        {"label": plain(text(language, "form.own_words")), "options": [none]},
        {"label": plain(text(language, "form.alone")), "options": shots},
    ]
    chosen = next((one for one in shots if one["value"] == draft.template), none)
    for group in dict.fromkeys(template.group for template in TEMPLATES):
        options = [
            option(template.name if language == "zh" else template.en, template.name)
            for template in TEMPLATES
            if template.group == group
        ]
        groups.append({"label": plain(text(language, f"template.{group}")), "options": options})
        chosen = next((one for one in options if one["value"] == draft.template), chosen)
    element = {"type": "static_select", "option_groups": groups, "initial_option": chosen}
    return _input("template", element, language)


def _line(name: str, value: str, language: Language) -> Block:
    element: Block = {"type": "plain_text_input"}
    if value:
        element["initial_value"] = value
    return _input(name, element, language)


def _sizes(draft: FormValues, language: Language) -> list[Block]:
    options = [option(size_label(size), size) for size in SIZES]
    named = named_size(draft.resolution or Resolution())
    menu = {
        "type": "static_select",
        "options": options,
        "initial_option": next((one for one in options if one["value"] == named), options[0]),
    }
    own: Block = {
        "type": "plain_text_input",
        "placeholder": plain(text(language, "form.own_size_example")),
    }
    if draft.own_size or not named:
        own["initial_value"] = draft.own_size or str(draft.resolution)
    shops = {
        "type": "multi_static_select",
        "options": [option(shop_label(shop, language), shop.key) for shop in SHOPS],
        "placeholder": plain(text(language, "form.shops_choose")),
    }
    fields = {"size": menu, "own_size": own, "shops": shops}
    return [_input(name, element, language) for name, element in fields.items()]


def shop_label(shop: Shop, language: Language) -> str:
    """Write a shop's name with its pictures' size, such as ``Amazon · 2000 × 2000``."""
    return f"{shop_name(shop.key, language)} · {shop.width} × {shop.height}"


def _watermark(draft: FormValues, language: Language) -> Block:
    shown = option(text(language, "form.watermark_on"), WATERMARK)
    element: Block = {"type": "checkboxes", "options": [shown]}
    if draft.watermark:
        element["initial_options"] = [shown]
    return _input("watermark", element, language)


def _files(name: str, language: Language, *, most: int, optional: bool) -> Block:
    # No filetypes: Slack's names lack some that work (heic, avif), and it checks endings only.
    element = {"type": "file_input", "max_files": most}
    return _input(name, element, language, optional=optional)


def _input(name: str, element: Block, language: Language, *, optional: bool = True) -> Block:
    block = {
        "type": "input",
        "block_id": name,
        "label": plain(text(language, f"form.{name}")),
        "element": {**element, "action_id": FIELD},
        "optional": optional,
    }
    if name in HINTS:
        block["hint"] = plain(text(language, HINTS[name]))
    return block


def input_ids(blocks: Sequence[Block]) -> set[str]:
    """Give the block ids of a form's inputs: only they can show an error."""
    return {block["block_id"] for block in blocks if block["type"] == "input"}


def _shortened(name: str) -> str:
    name = "".join(character for character in name if character.isprintable())
    return name if len(name) <= MAX_NAME_CHARS else f"{name[: MAX_NAME_CHARS - 1]}…"
