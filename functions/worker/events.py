"""What has woken the worker: a COS event names jobs, everything else only says "look".

SCF hands on whatever somebody invokes it with, so nothing is taken for granted; and no event is
ever logged, because COS's hold an Authorization header (583/9707).
"""

from collections.abc import Iterator

from functions.jobs.bucket_layout import job_of_request_key
from functions.log import warn


def is_from_cos(event: object) -> bool:
    """Whether COS tells of new objects; else it is the timer, or somebody at the console."""
    return isinstance(event, dict) and "Records" in event


def named_jobs(event: object, bucket: str) -> list[str]:
    """The jobs that a COS event names, each once. ``bucket`` is ours (NAME-APPID).

    Objects of another bucket are none of ours, whatever they are called.
    """
    if not isinstance(event, dict) or not isinstance(event.get("Records"), list):
        return []
    found = (job_of_request_key(key) for key in _keys(event["Records"], bucket))
    return list(dict.fromkeys(job_id for job_id in found if job_id))


def _keys(records: list[object], bucket: str) -> Iterator[str]:
    for record in records:
        place = _place(record)
        if place is None:
            warn("an event without a key")
        elif place[0] != bucket:
            warn("an event of another bucket")
        else:
            yield place[1]


def _place(record: object) -> tuple[str, str] | None:
    """Bucket and key. They come as one: ``/<appid>/<bucket's name>/<key>``."""
    match record:
        case {"cos": {"cosObject": {"key": str(path)}}}:
            parts = path.split("/", 3)
            if len(parts) == 4 and not parts[0]:
                return f"{parts[2]}-{parts[1]}", parts[3]
    return None
