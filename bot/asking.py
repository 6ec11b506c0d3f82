"""From a message with photos to jobs: one job per photo, each with its mask if there is one."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

import msgspec

from bot import words
from bot.earlier import Earlier
from functions.jobs import identity
from functions.jobs.errors import ErrorCode, Problem, Refused
from functions.jobs.model import (
    Asker,
    EarlierJob,
    Gesture,
    Job,
    Parent,
    SlackFile,
    Source,
    Thread,
    Upload,
    Wish,
)

SURE_MARK = ".mask"
MARKS = ("-mask", "_mask", " mask")  # these could also be the name of a product


class Message(msgspec.Struct, frozen=True):
    """A message of a person, as Slack's events have it. ``text`` is still escaped."""

    channel: str
    user_id: str
    ts: str
    thread_ts: str
    text: str
    files: Sequence[SlackFile]
    edited: bool = False

    @property
    def wording(self) -> str:
        """Tells one version of an edited message from the next, as 16 hexadecimal digits."""
        said = json.dumps([self.text, [file.file_id for file in self.files]])
        return hashlib.sha256(said.encode()).hexdigest()[:16]


class Reading(msgspec.Struct, frozen=True):
    """How a message is to be understood.

    ``defaults`` are a wish's fields where the message says nothing, and ``parent`` the job whose
    photo is meant when none is attached.
    """

    gesture: Gesture = "mention"
    defaults: Mapping[str, object] = {}
    parent: Earlier | None = None


AS_TYPED = Reading()
ON_ITS_WAY_S = 60.0  # Slack's first repetition of an event comes at once, its second after a minute


def message_of(event: Mapping[str, Any]) -> Message:
    """Reads an ``app_mention`` or ``message`` event.

    Its ``team`` is not read: it is absent where files hang on the message, and in a shared channel
    the sender's own.
    """
    ts = str(event["ts"])
    return Message(
        channel=str(event["channel"]),
        user_id=str(event["user"]),
        ts=ts,
        thread_ts=str(event.get("thread_ts") or ts),
        text=str(event.get("text") or ""),
        files=files_of(event),
        edited="edited" in event,
    )


def files_of(message: Mapping[str, Any]) -> list[SlackFile]:
    """The files that hang on a message."""
    files = message.get("files") or []
    return [
        SlackFile(file_id=str(file["id"]), name=str(file.get("name") or file.get("title") or ""))
        for file in files
        if isinstance(file, Mapping) and file.get("id")
    ]


def foreign_team(body: Mapping[str, Any], team_id: str) -> str:
    """The workspace of whoever wrote or pressed, where Slack says that it is not ``team_id``."""
    event, user = body.get("event") or {}, body.get("user")
    own = user.get("team_id") if isinstance(user, Mapping) else None
    own = own or event.get("user_team") or event.get("team")
    if not own:  # a message with files says it of these
        files = [file for file in event.get("files") or [] if isinstance(file, Mapping)]
        own = next((file["user_team"] for file in files if file.get("user_team")), "")
    return str(own) if own and own != team_id else ""


def jobs_for(
    message: Message, *, asker: Asker, bot_user_id: str, now: float, reading: Reading = AS_TYPED
) -> list[Job]:
    """One job per photo, in the message's order. Raises ``Refused`` with every problem."""
    parent = None if message.files else reading.parent
    pairs, wish = _understood(message, bot_user_id, reading.defaults, parent)
    ids = [identity.of_message(message.channel, message.ts, _name(photo)) for photo, _ in pairs]
    upload = Upload(id=identity.of_upload(message.channel, message.ts), jobs=tuple(ids))
    return [
        Job(
            id=job_id,
            gesture=reading.gesture,
            created_at=_asked_at(message, now),
            wish=wish,
            photo=photo,
            mask=mask,
            asker=asker,
            thread=Thread(channel=message.channel, thread_ts=message.thread_ts),
            upload=upload,
            parent=Parent(job_id=parent.job.id) if parent else None,
        )
        for job_id, (photo, mask) in zip(ids, pairs, strict=True)
    ]


def _asked_at(message: Message, now: float) -> float:
    """When it was written, so that messages wait in their order, in whichever they reach us.

    Unless that is long ago, or by a clock that goes otherwise than ours.
    """
    written = float(message.ts)
    return written if 0 <= now - written <= ON_ITS_WAY_S else now


def _understood(
    message: Message, bot_user_id: str, defaults: Mapping[str, object], parent: Earlier | None
) -> tuple[list[tuple[Source, Source | None]], Wish]:
    """The photos with their masks, and what is wished for them."""
    problems: list[Problem] = []
    pairs: list[tuple[Source, Source | None]] = []
    try:
        pairs = [(parent.photo, parent.mask)] if parent else [*pair_with_masks(message.files)]
    except Refused as refused:
        problems.extend(refused.problems)
    try:
        typed = words.read(words.decode(message.text, bot_user_id=bot_user_id))
        wish = words.wish(typed, defaults)
    except Refused as refused:
        problems.extend(refused.problems)
    if problems:
        raise Refused(*problems)
    return pairs, wish


def _name(photo: Source) -> str:
    """What tells a photo of a message from the others."""
    match photo:
        case SlackFile(file_id=file_id):
            return file_id
        case EarlierJob(job_id=job_id):
            return job_id
    raise ValueError(f"no message brings a {type(photo).__name__}")


def pair_with_masks(files: Sequence[SlackFile]) -> list[tuple[SlackFile, SlackFile | None]]:
    """Photos with their masks: ``cup.mask.png`` goes with ``cup.jpg``.

    One mask and one photo belong together whatever their names. A mask that could belong to none
    or to several is refused rather than guessed. Raises ``Refused``.
    """
    named = [(file, _masked_name(file.name)) for file in files]
    photos = [file for file, masked in named if masked is None]
    if not photos:  # then masks are what is sold: "face mask.png"
        named = [(file, masked if _is_surely_a_mask(file.name) else None) for file, masked in named]
        photos = [file for file, masked in named if masked is None]
    if not photos:
        raise Refused(Problem(ErrorCode.PHOTO_MISSING, "photo"))
    masks = [(file, masked) for file, masked in named if masked is not None]
    if len(photos) == len(masks) == 1:
        return [(photos[0], masks[0][0])]
    stems = Counter(_stem(photo.name) for photo in photos)
    wanted = Counter(masked for _, masked in masks)
    strays = [file for file, masked in masks if not stems[masked] == wanted[masked] == 1]
    if strays:
        raise Refused(
            *(Problem(ErrorCode.MASK_WITHOUT_PHOTO, "mask", {"name": f.name[:80]}) for f in strays)
        )
    by_stem = {masked: file for file, masked in masks}
    return [(photo, by_stem.get(_stem(photo.name))) for photo in photos]


def _masked_name(name: str) -> str | None:
    """The name of the photo that this mask is for; None for what is no mask."""
    stem = _stem(name)
    if _is_surely_a_mask(name):
        return stem.removesuffix(SURE_MARK)
    if PurePath(name.lower()).suffix != ".png":
        return None
    mark = next((mark for mark in MARKS if stem.endswith(mark)), None)
    return stem.removesuffix(mark) if mark else None


def _is_surely_a_mask(name: str) -> bool:
    return name.lower() == "mask.png" or _stem(name).endswith(SURE_MARK)


def _stem(name: str) -> str:
    return PurePath(name.lower()).stem
