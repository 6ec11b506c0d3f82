"""Draw an upload's progress message, the summary of a batch, and the costs of several sizes."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from bot.texts import Language, shop_name, text
from bot.views import Block, link, named, note, plain, rich_text, section, words
from bot.views.buttons import zip_button
from bot.views.failure import photo_label
from bot.views.result import wanted
from functions.jobs.file_names import photo_name
from functions.jobs.links import Links
from functions.jobs.model import Job, Upload
from functions.jobs.report import Ending, JobReport

MAX_CANCEL_JOBS = 90  # whose ids fit into a button's value of 2,000 characters
MAX_LINES = 40  # photos listed in a message; the rest is counted
BETWEEN = " · "
# Why nothing is painted for now: the spend cap is reached, or aiart cannot be used; "": it is.
Kept = Literal["", "spent", "unusable"]
NOT_MADE = {"failed": "batch.one_failed", "cancelled": "batch.one_cancelled"}


class PhotoEnded(msgspec.Struct, frozen=True):
    """Describe how a photo of a batch ended: its number from 1, its name, its picture's link."""

    number: int
    name: str
    ended: Ending
    url: str = ""
    shop: str = ""  # the key of the shop whose size the picture has

    @classmethod
    def of(cls, report: JobReport, links: Links | None) -> "PhotoEnded":
        """Make it from the report of the photo's job."""
        job = report.job
        url = links.picture(job.id, report.pictures[0].name) if links and report.pictures else ""
        number = job.upload.number(job.id)
        return cls(number, photo_name(job), report.ending, url, job.wish.shop)


class Progress(msgspec.Struct, frozen=True):
    """Hold how far an upload is: ``done`` of its ``total`` jobs have ended.

    ``painting``: aiart is at work on one. ``ahead`` counts other jobs before the next one.
    ``kept`` says why nothing is painted for now. ``estimate_s`` is the time until all have ended,
    judged by the latest jobs; None if there were none. ``photos`` are those of a batch that have
    ended; ``sheet_url`` is a picture of the variations made by now.
    """

    total: int
    done: int = 0
    painting: bool = False
    ahead: int = 0
    kept: Kept = ""
    estimate_s: int | None = None
    photos: tuple[PhotoEnded, ...] = ()
    sheet_url: str = ""

    @property
    def can_be_cancelled(self) -> bool:
        """Say whether a job is left for which aiart has not been called."""
        return self.total - self.done > (1 if self.painting else 0)


def sizes_blocks(jobs: Sequence[Job], language: Language) -> list[Block]:
    """Say how many aiart calls jobs in several shops' sizes cost; empty for other jobs."""
    shops = list(dict.fromkeys(job.wish.shop for job in jobs))
    if len(shops) < 2:
        return []
    comma = "、" if language == "zh" else ", "
    names = comma.join(shop_name(shop, language) for shop in shops)
    calls = sum(job.is_painted for job in jobs)
    lines = [text(language, "sizes.calls", count=len(jobs), names=names, calls=calls)]
    fitted = sum(job.gesture == "fit" for job in jobs)
    if fitted:
        lines.append(text(language, "sizes.fitted", fitted=fitted))
    return [section(" ".join(lines) if language == "en" else "".join(lines))]


def progress_line(progress: Progress, language: Language) -> str:
    """Write in one line what is ready, what the rest waits for, and how long all will take."""
    parts = []
    if progress.total > 1:
        parts.append(_ready(progress, language))
    if progress.done < progress.total or progress.total == 1:
        now = _now(progress, language)
        parts += [now] if now else []
        if progress.estimate_s is not None and not progress.kept:
            parts.append(duration(progress.estimate_s, language))
    return BETWEEN.join(parts)


def _ready(progress: Progress, language: Language) -> str:
    counts = _counts(progress.photos)
    ready = progress.done - counts["failed"] - counts["cancelled"]
    said = text(language, "progress.several", done=ready, total=progress.total)
    others = [
        text(language, f"batch.{ended}", count=counts[ended])
        for ended in ("failed", "cancelled")
        if counts[ended]
    ]
    return text(language, "batch.comma").join([said, *others])


def _now(progress: Progress, language: Language) -> str:
    if progress.kept:
        return text(language, f"progress.{progress.kept}")
    if progress.painting:
        return text(language, "progress.painting") if progress.total == 1 else ""
    if progress.ahead:
        return text(language, "progress.queued", ahead=progress.ahead)
    is_begun = progress.total > 1 and progress.done
    return "" if is_begun else text(language, "progress.next")


def duration(seconds: int, language: Language) -> str:
    """Write a duration, rounded as an estimate: to 5 s from 20 s on, to half or whole minutes."""
    if seconds < 100:
        rounded = max(1, seconds if seconds < 20 else round(seconds / 5) * 5)
        return text(language, "progress.seconds", seconds=rounded)
    halves = round(seconds / 30) if seconds < 300 else round(seconds / 60) * 2
    return text(language, "progress.minutes", minutes=f"{halves / 2:g}")


def progress_blocks(
    progress: Progress,
    language: Language,
    *,
    upload: Upload | None = None,
    parent_of: Job | None = None,
) -> list[Block]:
    """Draw the progress message; with an ``upload`` it has Cancel as long as a job waits.

    ``parent_of`` is a job whose upload's results are posted in the thread below this message: then
    it also says what was asked for, and lists no photos.
    """
    blocks = [_parent(parent_of, progress.total, language)] if parent_of else []
    blocks.append(note(progress_line(progress, language)))
    if not parent_of:
        blocks += _photo_lines(progress.photos, progress.total, language)
    if progress.sheet_url:
        alt = progress_line(progress, language)
        blocks.append({"type": "image", "image_url": progress.sheet_url, "alt_text": alt})
    if upload and progress.can_be_cancelled:
        blocks.append(_cancel(upload, language, rest=progress.painting or progress.done > 0))
    return blocks


def _parent(job: Job, total: int, language: Language) -> Block:
    """Say what was asked for, without naming the asker, who has just sent the form."""
    heading = words(text(language, "batch.parent", count=total), bold=True)
    return rich_text(heading, words("\n"), words(wanted(job, language), italic=True))


def _photo_lines(photos: Sequence[PhotoEnded], total: int, language: Language) -> list[Block]:
    """Draw a line for each photo that has ended, with a link to its picture."""
    if not photos:
        return []
    names = [photo.name + photo.shop for photo in photos]
    is_unique = "" not in names and len(set(names)) == len(names)
    lines = [
        _photo_line(photo, total, language, is_unique=is_unique) for photo in photos[:MAX_LINES]
    ]
    if len(photos) > MAX_LINES:
        more = text(language, "batch.more", count=len(photos) - MAX_LINES)
        lines.append({"type": "rich_text_section", "elements": [words(more)]})
    bullets = {"type": "rich_text_list", "style": "bullet", "elements": lines}
    return [{"type": "rich_text", "elements": [bullets]}]


def _photo_line(photo: PhotoEnded, total: int, language: Language, *, is_unique: bool) -> Block:
    label = BETWEEN.join(filter(None, (photo.name, shop_name(photo.shop, language))))
    if not is_unique:
        label = photo_label(label, photo.number, total, language)
    elements = [link(photo.url, label) if photo.url else words(label)]
    if photo.ended != "made":
        elements.append(words(BETWEEN + text(language, NOT_MADE[photo.ended])))
    return {"type": "rich_text_section", "elements": elements}


def summary_line(photos: Sequence[PhotoEnded], language: Language) -> str:
    """Write how all photos of a batch have ended, such as ``7 made, 8 cancelled``."""
    counts = _counts(photos)
    if counts["made"] == len(photos) > 1:
        return text(language, "batch.all_made", count=len(photos))
    parts = [
        text(language, f"batch.{ended}", count=count) for ended, count in counts.items() if count
    ]
    return text(language, "batch.comma").join(parts)


def summary_blocks(job: Job, photos: Sequence[PhotoEnded], language: Language) -> list[Block]:
    """Draw the last message about a batch, with the asker's name; ``job`` is any of its jobs."""
    line = summary_line(photos, language)
    return [
        rich_text(named(job), words(f" {line}")),
        *_photo_lines(photos, len(job.upload.jobs), language),
        *_download_all(job.upload, photos, language),
    ]


def _download_all(upload: Upload, photos: Sequence[PhotoEnded], language: Language) -> list[Block]:
    """Draw the button Download all; nothing for fewer than two pictures."""
    made = [upload.jobs[photo.number - 1] for photo in photos if photo.ended == "made"]
    if len(made) < 2:
        return []
    button = zip_button(made[0], language)
    return [{"type": "actions", "block_id": f"batch-{upload.id}", "elements": [button]}]


def _counts(photos: Sequence[PhotoEnded]) -> dict[str, int]:
    """Count photos by how they ended, in the order in which the counts are written."""
    ended = [photo.ended for photo in photos]
    return {one: ended.count(one) for one in ("made", "failed", "cancelled")}


def _cancel(upload: Upload, language: Language, *, rest: bool) -> Block:
    return {
        "type": "actions",
        "block_id": f"progress-{upload.id}",
        "elements": [
            {
                "type": "button",
                "action_id": "cancel",
                "text": plain(text(language, "button.cancel_rest" if rest else "button.cancel")),
                "value": f"{upload.id}:{','.join(upload.jobs[:MAX_CANCEL_JOBS])}",
            }
        ],
    }
