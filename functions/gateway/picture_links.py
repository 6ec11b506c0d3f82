"""Serve the link to a picture until the picture expires or is deleted."""

from collections.abc import Iterable

from bot.texts import text
from functions.jobs.bucket import KeyMissing
from functions.jobs.bucket_layout import is_sheet_name, result_key
from functions.jobs.file_names import disposition, file_name
from functions.jobs.job_ids import is_job_id
from functions.jobs.ledger import Ledger
from functions.jobs.links import Links
from functions.jobs.report import are_all_kept
from functions.jobs.status import ALIASES
from functions.jobs.steps import Outcome, Picture, Stored
from functions.web.asgi import Response

PRESIGNED_S = 300
PREVIEW = "preview.jpg"
PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def in_both(key: str) -> str:
    """Give a text in both languages, a line each: the reader's language is not known."""
    return f"{text('en', key)}\n{text('zh', key)}\n"


NOT_OURS, DELETED = in_both("link.unknown"), in_both("link.deleted")


def picture(ledger: Ledger, links: Links, job_id: str, signature: str, name: str) -> Response:
    """Answer a link: 302 to the picture, 200 with the preview, 404 if unknown, 410 once gone.

    The preview is streamed because Slack downloads it while a message is posted, and a default
    COS domain would have it saved as a file (Tencent document 436/57456).
    """
    if not is_job_id(job_id) or not links.is_picture(job_id, name, signature):
        return _text(NOT_OURS, 404)
    if ledger.has_tombstone(job_id):
        return _text(DELETED, 410)
    outcome = ledger.outcome(job_id)
    if outcome and outcome.state == "deleted":
        return _text(DELETED, 410)
    found = _picture_of(ledger, job_id, name, outcome)
    if found is None:
        return _text(in_both("link.missing"), 404)
    try:
        return _shown(ledger, found, file_name(outcome.job if outcome else None, found.name))
    except KeyMissing:
        return _text(in_both("link.zip_over" if found.contains else "link.expired"), 410)


def _shown(ledger: Ledger, found: Picture, filename: str) -> Response:
    """Show the preview, or redirect to the picture. Raises ``KeyMissing``.

    A zip counts as missing once one of the pictures in it is.
    """
    bucket = ledger.bucket
    if found.name == PREVIEW or is_sheet_name(found.name):
        headers = {
            "Content-Type": found.content_type,
            "Content-Disposition": disposition("inline", filename),
        }
        return Response(200, bucket.get(found.key), {**PRIVATE, **headers})
    # A person should not end on COS's own error page.
    if not bucket.exists(found.key) or not are_all_kept(ledger, found.contains):
        raise KeyMissing(found.name)
    named = disposition(bucket.presents, filename)
    location = bucket.presigned_get(found.key, expires_s=PRESIGNED_S, disposition=named)
    return Response(302, headers={**PRIVATE, "Location": location})


def _picture_of(ledger: Ledger, job_id: str, name: str, outcome: Outcome | None) -> Picture | None:
    """Find the picture in the job's outcome; before there is one, among what was stored."""
    if is_sheet_name(name):  # no job's record lists it; that the link is ours is enough
        key = result_key(job_id, name)
        return Picture(
            name=name, key=key, content_type="image/jpeg", size_bytes=0, width=0, height=0
        )
    if outcome:
        return _named(outcome.pictures, name)
    stored = ledger.read_step(job_id, Stored)
    return _named(stored.pictures if stored else (), name)


def _named(pictures: Iterable[Picture], name: str) -> Picture | None:
    """Find a picture by its name, or by ``picture``, ``mask``... without the file's ending."""
    for one in pictures:
        if name == one.name or (name in ALIASES and name == one.name.partition(".")[0]):
            return one
    return None


def _text(words: str, status: int) -> Response:
    return Response(status, words, PRIVATE)
