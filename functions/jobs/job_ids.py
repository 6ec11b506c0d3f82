"""Make a job's id: a hash of what was asked, with no time in it.

A redelivery gives the same job, a new wish a new one. Values that change on every attempt (an event
id, a webhook's timestamp, an action's ts) or may be absent (the team) are not part of the hash.
"""

import base64
import hashlib
import json
import re
from collections.abc import Sequence

JOB_ID = re.compile(r"[a-z2-7]{20}")


def _identity(kind: str, *parts: str) -> str:
    """Hash into 20 base32 characters (100 bits of SHA-256). JSON keeps the parts apart."""
    digest = hashlib.sha256(json.dumps([kind, *parts]).encode()).digest()
    return base64.b32encode(digest).decode().lower()[:20]


def id_of_message(channel: str, ts: str, file_id: str) -> str:
    """Name the job for one photo of one message."""
    return _identity("message", channel, ts, file_id)


def id_of_upload(channel: str, ts: str) -> str:
    """Name the upload of all photos of one message."""
    return _identity("upload", channel, ts)


def id_of_form(nonce: str, values: str, file_id: str, variation: int = 0) -> str:
    """Name the job for one photo of a submitted form. ``values``: what the form held, as text."""
    return _identity(
        "form", nonce, hashlib.sha256(values.encode()).hexdigest(), file_id, str(variation)
    )


def id_of_button(job_id: str, gesture: str, token: str, variation: int = 0) -> str:
    """Name the job that a button starts: ten presses are one job, a later press is a new one."""
    return _identity("button", job_id, gesture, token, str(variation))


def token_after(job_id: str) -> str:
    """Make the token that a button has once the job that it started is over."""
    return job_id[:8]


def id_of_slash(trigger_id: str, photo: str) -> str:
    """Name the job that a slash command starts."""
    return _identity("slash", trigger_id, photo)


def id_of_workflow(execution_id: str) -> str:
    """Name the job of one run of the workflow step."""
    return _identity("workflow", execution_id)


def id_of_webhook(client: str, webhook_id: str, item: int = 0) -> str:
    """Name the job of one item of a signed webhook."""
    return _identity("webhook", client, webhook_id, str(item))


def of_batch(client: str, webhook_id: str) -> str:
    """Name the batch of jobs that came in one signed webhook."""
    return _identity("batch", client, webhook_id)


def id_of_jobs(jobs: Sequence[str]) -> str:
    """Name the upload of jobs that were asked for together without a message."""
    return _identity("together", *jobs)


def is_job_id(text: str) -> bool:
    """Say whether ``text`` can be a job's id: safe to put into a key."""
    return JOB_ID.fullmatch(text) is not None
