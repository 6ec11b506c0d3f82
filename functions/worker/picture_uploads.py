"""Pictures that Slack cannot read at their address: shown as files, or in the end left out.

One thing at a time: while a file is not ready the job goes back, so that nobody else waits for it.
What was done is written down, so that no later turn and no other run uploads it anew.
"""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from bot.messages import PreviewPicture, Told, previews_of
from bot.slack import SLACK_TROUBLE, SlackBusy, SlackClosed, SlackRefused, SlackUnclear
from bot.thread import Files, PicturesRefused, Shown
from functions.jobs.model import Job, Record
from functions.log import log, warn
from functions.worker.workshop import Workshop

NOTED = "picture-uploads"
READY_WITHIN_S = 120.0  # "invalid slack file" was seen for so long on files that are all right
LOST_UPLOADS = 2  # uploads whose answer was lost, before the pictures are left out
NEXT_S, LOST_ANSWER_S, LONGEST_PAUSE_S = 0.5, 3.0, 10.0

Post = Callable[[Files], Shown]


class PictureUploads(Record, frozen=True, kw_only=True):
    """Since when (Unix seconds) a message's pictures are files, and which.

    ``ts`` is there when it was posted with its addresses, and Slack shows a picture as broken.
    ``begun`` counts uploads, ``file_ids`` those that were seen to end.
    """

    since: float
    file_ids: tuple[str, ...] = ()
    begun: int = 0
    channel: str = ""
    ts: str = ""
    thread_ts: str = ""


def tell_with_pictures(shop: Workshop, job: Job, about: str, told: Told, post: Post) -> Shown:
    """Post it, and see to it that its pictures are shown.

    Raises ``SlackBusy`` when it is to be gone on with later: nothing was posted then that is not
    written down.
    """
    uploads = shop.ledger.noted(about, NOTED, PictureUploads)
    if uploads is None:
        return _by_address(shop, about, post)
    send = _renewing(shop, job, told, uploads) if uploads.ts else post
    return _as_files(shop, about, previews_of(told), send, uploads)


def _by_address(shop: Workshop, about: str, post: Post) -> Shown:
    try:
        shown = post(None)
    except PicturesRefused:
        uploads, why = PictureUploads(since=shop.ledger.clock()), "refused"
    else:
        if not shown.is_broken:
            return shown
        uploads, why = _mending(shown, shop.ledger.clock()), "broken"
    log("pictures become files", about=about, because=why)
    shop.ledger.note(about, NOTED, uploads)
    raise SlackBusy(0.0)


def _mending(shown: Shown, now: float) -> PictureUploads:
    return PictureUploads(since=now, channel=shown.channel, ts=shown.ts, thread_ts=shown.thread_ts)


def _as_files(
    shop: Workshop,
    about: str,
    previews: Sequence[PreviewPicture],
    send: Post,
    uploads: PictureUploads,
) -> Shown:
    """As files once they are ready; without pictures when they do not become so."""
    waited_s = shop.ledger.clock() - uploads.since
    lost = uploads.begun - len(uploads.file_ids)
    if waited_s < READY_WITHIN_S and lost < LOST_UPLOADS:
        pause_s = min(LONGEST_PAUSE_S, max(1.0, waited_s / 4))
        try:
            _upload_next(shop, about, previews, uploads)
            _stop_unless_ready(shop, uploads, pause_s)
        except SlackUnclear as unclear:  # nothing has been posted
            raise SlackBusy(LOST_ANSWER_S) from unclear
        except SlackRefused as error:
            warn("pictures cannot be uploaded", about=about, error=str(error))
        else:
            try:
                return send(uploads.file_ids)
            except PicturesRefused as refused:  # it was said to be ready
                raise SlackBusy(pause_s) from refused
    remove_uploads(shop, about)
    return send(())


def _renewing(shop: Workshop, job: Job, told: Told, uploads: PictureUploads) -> Post:
    """Changes the message that stands there; where Slack will not, it stays as it is."""
    before = Shown(uploads.channel, uploads.ts, uploads.thread_ts)

    def renew(files: Files) -> Shown:
        try:
            return shop.thread.renew(job, told, before, files=files)
        except PicturesRefused:
            raise
        except (SlackClosed, SlackRefused) as error:
            log("a broken picture stays", job=job.id, because=str(error))
            return before

    return renew


def _upload_next(
    shop: Workshop, about: str, previews: Sequence[PreviewPicture], uploads: PictureUploads
) -> None:
    """Upload one that is missing, and come back for the others."""
    missing = previews[len(uploads.file_ids) :]
    if not missing:
        return
    begun = replace(uploads, begun=uploads.begun + 1)
    shop.ledger.note(about, NOTED, begun)
    try:
        file_id = shop.thread.upload(missing[0])
    except SlackBusy:
        shop.ledger.note(about, NOTED, uploads)
        raise
    shop.ledger.note(about, NOTED, replace(begun, file_ids=(*uploads.file_ids, file_id)))
    raise SlackBusy(NEXT_S)


def _stop_unless_ready(shop: Workshop, uploads: PictureUploads, pause_s: float) -> None:
    if not all(shop.thread.is_ready(file_id) for file_id in uploads.file_ids):
        raise SlackBusy(pause_s)


def remove_uploads(shop: Workshop, about: str) -> None:
    """Take away the files that were uploaded for a message which does not show them."""
    uploads = shop.ledger.noted(about, NOTED, PictureUploads)
    if uploads is None or not uploads.file_ids:
        return
    for file_id in uploads.file_ids:
        try:
            shop.thread.remove_file(file_id)
        except SLACK_TROUBLE as error:
            log("a file was left behind", about=about, error=str(error))
    shop.ledger.note(about, NOTED, replace(uploads, begun=0, file_ids=()))
