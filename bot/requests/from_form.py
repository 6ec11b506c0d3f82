"""Make jobs from a submitted form, and show its problems under the fields that have them."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bot.requests.from_message import pair_with_masks
from bot.requests.new_job import Asked, PhotoAndMask, fitted_from, job_name, jobs_in_sizes
from bot.requests.prompt_parser import Scenes, build_wishes, no_scenes, typed_prompt
from bot.slack_api.messages import files_of, no_pictures_of
from bot.texts import Language, error_text
from bot.views.form import (
    FIELD,
    MAX_PHOTOS,
    NO_SCENE,
    NO_TEMPLATE,
    PACKSHOTS,
    FormState,
    from_metadata,
    input_ids,
)
from functions.jobs.errors import ErrorCode, Problem, Refused
from functions.jobs.job_ids import id_of_form
from functions.jobs.model import Asker, Job, Parent, PhotoUrl, SlackFile, Source, Thread
from functions.jobs.report import JobReport
from functions.jobs.wish import BACKGROUNDS, Logo, Wish

BLOCKS = {
    "packshot": "template",
    "prompt": "words",
    "resolution": "size",
    "photo": "photos",
}  # a field's block_id by a problem's ``field``, where the two differ


class SubmittedForm(msgspec.Struct, frozen=True):
    """Hold what a submitted form contains. ``photos`` and ``mask`` were uploaded in it.

    ``fields`` are the block ids of all its inputs, ``untouched`` those whose value is the one the
    form was opened with. ``no_pictures`` are, by field, the names of uploaded files that are no
    pictures. ``logo`` is the earlier picture's, if this person may use it again.
    """

    state: FormState
    fields: set[str]
    untouched: frozenset[str] = frozenset()
    photos: Sequence[SlackFile] = ()
    mask: SlackFile | None = None
    values: Mapping[str, str] = {}
    watermark: bool = True
    no_pictures: Mapping[str, Sequence[str]] = {}
    scenes: Scenes = no_scenes
    logo: Logo | None = None


def parse_submission(view: Mapping[str, Any]) -> SubmittedForm:
    """Read a ``view_submission``'s view. Raises ``msgspec.DecodeError`` for foreign metadata."""
    state = {name: block.get(FIELD) or {} for name, block in view["state"]["values"].items()}
    masks = files_of(state.get("mask", {}))
    return SubmittedForm(
        state=from_metadata(str(view.get("private_metadata") or "")),
        fields=input_ids(view["blocks"]),
        untouched=frozenset(
            block["block_id"]
            for block in view["blocks"]
            if block["type"] == "input" and _is_untouched(block, state)
        ),
        photos=files_of(state.get("photos", {})),
        mask=masks[0] if masks else None,
        values={name: _value(entry) for name, entry in state.items()},
        no_pictures={
            name: no_pictures_of(state[name]) for name in ("photos", "mask") if name in state
        },
        watermark="watermark" not in state or bool(state["watermark"].get("selected_options")),
    )


def jobs_from_form(
    filled: SubmittedForm,
    *,
    asker: Asker,
    place: Thread,
    parent: JobReport | None,
    now: float,
) -> list[Job]:
    """Make a form's jobs: one for each photo and named shop. Raises ``Refused`` with every problem.

    ``parent`` is the earlier job that is changed, ``now`` is in Unix seconds.
    """
    problems = _of_no_pictures(filled)
    pairs: list[PhotoAndMask] = []
    try:
        pairs = _pairs(filled, parent)
    except Refused as refused:
        problems.extend(refused.problems)
    try:
        wishes = _wishes(filled)
    except Refused as refused:
        problems.extend(refused.problems)
    if problems:
        raise Refused(*problems)
    told = _told(wishes, filled.mask)
    ids = [
        id_of_form(filled.state.nonce, told, job_name(_name(photo), wish, wishes))
        for photo, _ in pairs
        for wish in wishes
    ]
    asked = Asked(
        gesture="change" if parent else "form",
        at=now,
        wish=wishes[0],
        asker=asker,
        thread=place,
        parent=Parent(job_id=parent.job.id, token=filled.state.token) if parent else None,
    )
    jobs = jobs_in_sizes(asked, ids, pairs, wishes)
    return fitted_from(parent, jobs) if parent else jobs


def _of_no_pictures(filled: SubmittedForm) -> list[Problem]:
    """Make the problems of uploaded files that are no pictures, such as a PDF."""
    problems = []
    for name in filled.no_pictures.get("photos", ()):
        facts: dict[str, str | int] = {"rule": "named", "name": name}
        problems.append(Problem(ErrorCode.PHOTO_NOT_AN_IMAGE, "photo", facts))
    if filled.no_pictures.get("mask"):
        problems.append(Problem(ErrorCode.MASK_NOT_AN_IMAGE, "mask"))
    return problems


def field_errors(
    problems: Sequence[Problem], filled: SubmittedForm, language: Language
) -> dict[str, str]:
    """Give the problems' sentences by the ``block_id`` of the field that has the problem.

    A problem of no field in this form stands under the words.
    """
    errors: dict[str, str] = {}
    for problem in problems:
        name = BLOCKS.get(problem.field, problem.field)
        if name == "size" and _own_size(filled):
            name = "own_size"
        name = name if name in filled.fields else "words"
        facts = problem.facts
        if problem.code is ErrorCode.WORDS_MISSING and problem.field == "prompt":
            facts = {**facts, "rule": "form"}  # in the form a template can be chosen instead
        sentence = error_text(language, problem.code, facts)
        errors[name] = f"{errors[name]} {sentence}" if name in errors else sentence
    return errors


def _value(entry: Mapping[str, Any]) -> str:
    chosen = entry.get("selected_option") or {}
    several = ",".join(str(one.get("value")) for one in entry.get("selected_options") or [])
    return str(entry.get("value") or chosen.get("value") or several).strip()


def _is_untouched(block: Mapping[str, Any], state: Mapping[str, Mapping[str, Any]]) -> bool:
    """Say whether a field still has the value that the form was opened with."""
    element = block.get("element") or {}
    first = {
        "value": element.get("initial_value"),
        "selected_option": element.get("initial_option"),
    }
    return _value(first) == _value(state.get(block["block_id"], {}))


def _pairs(filled: SubmittedForm, parent: JobReport | None) -> list[PhotoAndMask]:
    if parent:
        photo, mask = parent.photo, parent.mask
        return [(photo, filled.mask or mask)]
    if filled.state.photo_url:
        return [(PhotoUrl(url=filled.state.photo_url), filled.mask)]
    photos = [*filled.state.photos, *filled.photos]
    if len(photos) > MAX_PHOTOS:
        facts: dict[str, str | int] = {"count": len(photos), "most": MAX_PHOTOS}
        raise Refused(Problem(ErrorCode.PHOTOS_TOO_MANY, "photo", facts))
    pairs = pair_with_masks(photos)
    if not filled.mask:
        return [*pairs]
    if len(pairs) > 1:
        raise Refused(Problem(ErrorCode.MASK_FOR_ONE_PHOTO, "mask"))
    return [(pairs[0][0], filled.mask)]


def _wishes(filled: SubmittedForm) -> list[Wish]:
    """Build the wishes from the fields; options typed among the words override other fields.

    A named scene overrides the fields that were left untouched. Raises ``Refused``.
    """
    values = filled.values
    typed = typed_prompt(values.get("words", ""), watermark_optional="watermark" in filled.fields)
    options = {name: values[name] for name in ("avoid", "product") if values.get(name)}
    if typed.options.keys().isdisjoint({"size", "for"}):  # one of them typed overrides both fields
        if values.get("shops"):
            options["for"] = values["shops"]
        else:
            options["size"] = _own_size(filled) or values.get("size") or "1:1"
    chosen = values.get("template", NO_TEMPLATE)
    if chosen in PACKSHOTS:
        options |= {"packshot": "on"}
        options |= {"shadow": "on"} if PACKSHOTS[chosen].shadow else {}
    elif chosen != NO_TEMPLATE:
        options["template"] = chosen
    if values.get("scene", NO_SCENE) != NO_SCENE:
        options["scene"] = values["scene"]
    options = {name: " ".join(value.split()) for name, value in options.items()}
    both = msgspec.structs.replace(typed, options={**options, **typed.options})
    defaults = {"watermark": filled.watermark, "logo": filled.logo}
    if "scene" not in both.options:
        return build_wishes(both, defaults)
    scene: Mapping[str, object] = {}
    try:
        scene = filled.scenes(both.options["scene"])
    except Refused:
        return build_wishes(both, defaults, filled.scenes)  # raises this with all other problems
    left = _left_to(scene, filled) - typed.options.keys()
    words = "" if "words" in left else both.words
    kept = {name: value for name, value in both.options.items() if name not in left}
    return build_wishes(
        msgspec.structs.replace(both, words=words, options=kept), defaults, lambda _: scene
    )


def _own_size(filled: SubmittedForm) -> str:
    """Give the size as it was typed; empty if another was chosen in the menu and this one was left
    as the form was opened with it.
    """
    is_left = "own_size" in filled.untouched and "size" not in filled.untouched
    return "" if is_left else filled.values.get("own_size", "")


def _left_to(scene: Mapping[str, object], filled: SubmittedForm) -> set[str]:
    """Give the inputs that a scene fills: those it has something for, and nobody has touched."""
    fields = {"avoid": ("avoid",), "resolution": ("size", "own_size")}
    if not BACKGROUNDS.isdisjoint(scene):
        fields["background"] = ("words", "template")
    said = {*scene, "background"}
    return {
        name
        for field, names in fields.items()
        if field in said and filled.untouched.issuperset(names)
        for name in names
    }


def _told(wishes: Sequence[Wish], mask: SlackFile | None) -> str:
    """Encode the wishes and the mask as text for the jobs' ids: equal values give equal ids."""
    asked = wishes if len(wishes) > 1 else wishes[0]
    return msgspec.json.encode([asked, mask.file_id if mask else ""]).decode()


def _name(photo: Source) -> str:
    """Name a photo among those of its form, for the job's id; empty for an earlier job's photo."""
    match photo:
        case SlackFile(file_id=file_id):
            return file_id
        case PhotoUrl(url=url):
            return url
    return ""
