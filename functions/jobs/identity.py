"""Who a job is: a hash of what was asked, once, with no time in it.

A redelivery is the same job and a new wish is a new one. What is new on every attempt (an event
id, a webhook's timestamp, an action's ts) or may be absent (the team) is no part of it.
"""

import base64
import hashlib
import json
import re

JOB_ID = re.compile(r"[a-z2-7]{20}")


def _identity(kind: str, *parts: str) -> str:
    """20 base32 characters (100 bits) of SHA-256. JSON keeps the parts apart."""
    digest = hashlib.sha256(json.dumps([kind, *parts]).encode()).digest()
    return base64.b32encode(digest).decode().lower()[:20]


def of_message(channel: str, ts: str, file_id: str) -> str:
    """The job for one photo of one message."""
    return _identity("message", channel, ts, file_id)


def of_upload(channel: str, ts: str) -> str:
    """What the photos of one message have in common."""
    return _identity("upload", channel, ts)


def is_job_id(text: str) -> bool:
    """Whether ``text`` can be a job's id: safe to put into a key."""
    return JOB_ID.fullmatch(text) is not None
