"""Make jobs from a message: one for each photo and named shop, with the photo's mask if any."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePath

import msgspec

from bot.requests.new_job import Asked, PhotoAndMask, fitted_from, job_name, jobs_in_sizes
from bot.requests.prompt_parser import (
    ParsedPrompt,
    Scenes,
    build_wishes,
    no_scenes,
    parse_switch,
    typed_prompt,
    unescape,
)
from bot.slack_api.messages import UserMessage
from functions.jobs.characters import same_name
from functions.jobs.errors import ErrorCode, Problem, Refused
from functions.jobs.job_ids import id_of_message, id_of_upload
from functions.jobs.model import (
    Asker,
    EarlierJob,
    Gesture,
    Job,
    Parent,
    SlackFile,
    Source,
    Thread,
)
from functions.jobs.report import JobReport
from functions.jobs.wish import Wish

_WORD = "(?:mask|蒙版|蒙板|遮罩)"
# Endings that browsers and systems add to a taken file name: "mask (1)", "mask copy 2", "mask-2".
_RENAMED = (
    r"(?:\s*[(（]\d{1,3}[)）]|[-_]\d{1,2}"
    r"|(?:\s*-)?\s+(?:copy|kopie|copie|copia|cópia|コピー|복사본)(?:\s+\d{1,3})?"
    r"|(?:\s*-)?\s*的?(?:副本|拷贝)(?:\s*\d{1,3})?)*"
)
_COPY_OF = r"(?:copy of\s+)?"
_SURE_MASK = re.compile(rf"{_COPY_OF}(?:(?P<photo>.*)\.)?{_WORD}(?P<renamed>{_RENAMED})", re.DOTALL)
# These could also be the name of a product: "face mask.png".
_MASK = re.compile(
    rf"{_COPY_OF}(?P<photo>.+?)(?:[-_ ]{_WORD}|的?(?:蒙版|蒙板|遮罩))(?P<renamed>{_RENAMED})",
    re.DOTALL,
)
_RENAMED_PHOTO = re.compile(f"{_RENAMED}$")
_LOSSLESS = {".png", ".webp", ".tif", ".tiff", ".bmp", ".gif"}


class ParseOptions(msgspec.Struct, frozen=True):
    """Say how a message is to be read.

    ``defaults`` are a wish's fields where the message says nothing; ``scene`` is the background
    where the message has options, but no words. Where no photo is attached, ``parent`` is the job
    whose photo is meant, or ``photos`` are those meant; ``missing`` are the problems if that cannot
    be told. ``unmarked`` are the problems of a picture without the mark, for this person.
    ``scenes`` looks up a scene by its name. ``watermark_optional``: whether ``--watermark`` is an
    option here.
    """

    gesture: Gesture = "mention"
    defaults: Mapping[str, object] = {}
    scene: Mapping[str, object] = {}
    parent: JobReport | None = None
    photos: Sequence[SlackFile] = ()
    missing: Sequence[Problem] = ()
    unmarked: Sequence[Problem] = ()
    scenes: Scenes = no_scenes
    watermark_optional: bool = True


DEFAULT_OPTIONS = ParseOptions()
# Slack repeats an event at once, then after a minute: an older message is no longer in order.
ON_ITS_WAY_S = 60.0


def jobs_from_message(
    message: UserMessage,
    *,
    asker: Asker,
    bot_user_id: str,
    now: float,
    options: ParseOptions = DEFAULT_OPTIONS,
) -> list[Job]:
    """Make a message's jobs: one for each photo, and each named shop, in the message's order.

    ``now`` is in Unix seconds. Raises ``Refused`` with every problem.
    """
    parent = None if message.files else options.parent
    pairs, wishes = _understood(message, bot_user_id, options, parent)
    ids = [
        id_of_message(message.channel, message.ts, job_name(_name(photo), wish, wishes))
        for photo, _ in pairs
        for wish in wishes
    ]
    asked = Asked(
        gesture=options.gesture,
        at=_asked_at(message, now),
        wish=wishes[0],
        asker=asker,
        thread=Thread(channel=message.channel, thread_ts=message.thread_ts),
        parent=Parent(job_id=parent.job.id) if parent else None,
    )
    upload_id = id_of_upload(message.channel, message.ts)
    jobs = jobs_in_sizes(asked, ids, pairs, wishes, upload_id=upload_id)
    return fitted_from(parent, jobs) if parent else jobs


def _asked_at(message: UserMessage, now: float) -> float:
    """Give the time when the message was written, so that jobs keep the messages' order.

    Gives ``now`` if that is more than ``ON_ITS_WAY_S`` ago, or ahead because clocks differ.
    """
    written = float(message.ts)
    return written if 0 <= now - written <= ON_ITS_WAY_S else now


def _understood(
    message: UserMessage, bot_user_id: str, reading: ParseOptions, parent: JobReport | None
) -> tuple[list[PhotoAndMask], list[Wish]]:
    """Read the photos with their masks, and the wish for each: one, or one for each named shop.

    Raises ``Refused`` with every problem of both.
    """
    problems: list[Problem] = []
    pairs: list[PhotoAndMask] = []
    try:
        pairs = [(parent.photo, parent.mask)] if parent else [*_attached(message, reading)]
    except Refused as refused:
        problems.extend(refused.problems)
    said = unescape(message.text, bot_user_id=bot_user_id)
    typed = typed_prompt(said, watermark_optional=reading.watermark_optional)
    scene = reading.scene if typed.options else {}
    try:
        wishes = build_wishes(typed, {**scene, **reading.defaults}, reading.scenes)
    except Refused as refused:
        problems.extend(_without_words(one, message) for one in refused.problems)
    if problems:
        raise Refused(*problems, *_mark_problems(typed, reading))
    return pairs, wishes


def _without_words(problem: Problem, message: UserMessage) -> Problem:
    """Adapt the problem of missing words to a photo in a direct message, where they may follow."""
    is_direct = message.channel.startswith("D") and bool(message.files)
    if not is_direct or problem != Problem(ErrorCode.WORDS_MISSING, "prompt"):
        return problem
    return Problem(problem.code, problem.field, {"rule": "direct"})


def _mark_problems(typed: ParsedPrompt, reading: ParseOptions) -> Sequence[Problem]:
    """Give the problems of leaving the mark out, if the message asks for that."""
    try:
        is_off = not parse_switch(typed.options.get("watermark", "on"))
    except Refused:
        return ()
    return reading.unmarked if is_off else ()


def _attached(
    message: UserMessage, reading: ParseOptions
) -> list[tuple[SlackFile, SlackFile | None]]:
    """Pair the message's own photos, or else those that it means, with their masks.

    Raises ``Refused``.
    """
    if not message.files and message.forwards:
        raise Refused(Problem(ErrorCode.PHOTO_MISSING, "photo", {"rule": "forwarded"}))
    if not message.files and reading.missing:
        raise Refused(*reading.missing)
    if not message.files and not reading.photos and message.channel.startswith("D"):
        raise Refused(Problem(ErrorCode.PHOTO_MISSING, "photo", {"rule": "direct"}))
    return pair_with_masks(message.files or reading.photos)


def _name(photo: Source) -> str:
    """Name a photo among those of its message, for the job's id."""
    match photo:
        case SlackFile(file_id=file_id):
            return file_id
        case EarlierJob(job_id=job_id):
            return job_id
    raise ValueError(f"no message brings a {type(photo).__name__}")


class _Mask(msgspec.Struct, frozen=True):
    """Hold a mask file: its photo's stem by the mask's name, and the ending added to that name."""

    file: SlackFile
    photo: str
    renamed: str

    def among(self, stems: Mapping[str, int]) -> str:
        """Find its photo's stem among all photos': of ``cup-mask (1)``, ``cup (1)`` or ``cup``."""
        same = self.photo + self.renamed
        if same in stems or self.photo in stems:
            return same if same in stems else self.photo
        renamed = [stem for stem in stems if _RENAMED_PHOTO.sub("", stem) == self.photo]
        return renamed[0] if len(renamed) == 1 else self.photo


def pair_with_masks(files: Sequence[SlackFile]) -> list[tuple[SlackFile, SlackFile | None]]:
    """Pair photos with their masks: ``cup.mask.png`` goes with ``cup.jpg``.

    One mask and one photo belong together whatever their names. A photo without a mask gets None.
    Raises ``Refused`` for a mask that belongs to no photo or could belong to several.
    """
    found = [(file, _mask(file, _SURE_MASK) or _mask(file, _MASK)) for file in files]
    photos = [file for file, mask in found if mask is None]
    if not photos:  # then the product is a mask: "face mask.png"
        found = [(file, _mask(file, _SURE_MASK)) for file in files]
        photos = [file for file, mask in found if mask is None]
    if not photos:
        raise Refused(Problem(ErrorCode.PHOTO_MISSING, "photo"))
    masks = [mask for _, mask in found if mask is not None]
    if len(photos) == len(masks) == 1:
        return [(photos[0], masks[0].file)]
    stems = Counter(_stem(photo.name) for photo in photos)
    wanted = Counter(mask.among(stems) for mask in masks)
    strays = [
        mask for mask in masks if not stems[mask.among(stems)] == wanted[mask.among(stems)] == 1
    ]
    if strays:
        raise Refused(
            *(
                Problem(ErrorCode.MASK_WITHOUT_PHOTO, "mask", {"name": mask.file.name[:80]})
                for mask in strays
            )
        )
    by_stem = {mask.among(stems): mask.file for mask in masks}
    return [(photo, by_stem.get(_stem(photo.name))) for photo in photos]


def _mask(file: SlackFile, named: "re.Pattern[str]") -> _Mask | None:
    """Read a file as a mask by its name; None if its name is a photo's.

    ``cup.mask`` is a mask in any format; ``mask`` and ``cup-mask`` only in a lossless one, because
    a JPEG of that name shows a mask that is sold.
    """
    stem = _stem(file.name)
    found = named.fullmatch(stem)
    is_lossless = PurePath(same_name(file.name)).suffix in _LOSSLESS
    if not found or not (is_lossless or (named is _SURE_MASK and found["photo"] is not None)):
        return None
    return _Mask(file, found["photo"] or stem, found["renamed"])


def _stem(name: str) -> str:
    return PurePath(same_name(" ".join(name.split()))).stem
