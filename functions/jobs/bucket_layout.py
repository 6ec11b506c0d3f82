"""Name every prefix and key in the bucket, and the names below ``steps/``.

    requests/<job>.json              the open queue
    steps/<job>/<name>.json          finished steps, notes beside them, leases
    uploads/ photos/ results/<job>/  files: as sent, staged, and what was made of them
    done/<job>.json                  how it ended
    tombstones/<job>/<why>.json      to be cancelled, or deleted
    tombstones/slack/...             the app was uninstalled, or a channel archived
    callbacks/<when>-<job>           callbacks that are still to be delivered
    people/<team>/<user>/<newest first>-<job>   a person's jobs
    threads/<channel>/<ts>.json      the newest picture there
    unmarked/<job>[-<zip>].json      who got a picture without a visible mark
    webhooks/                        what a webhook-id was used for; batches
    scenes/people/<team>/<user>/<name>.json     and scenes/channels/<channel>/, scenes/workspace/
    logos/<sha256>.png               pictures that scenes put in place of the mark
    settings/ quota/ days/ summaries/ state/

The lifecycle rules (``infra.deploy.bucket``) read the prefixes, and a test holds the roles'
policies against them. Other versions write and read the same names: none of them may change.
"""

import base64
import binascii

from functions.jobs.job_ids import is_job_id

REQUESTS, DONE, TOMBSTONES, CALLBACKS = "requests/", "done/", "tombstones/", "callbacks/"
STEPS, UPLOADS, PHOTOS, RESULTS = "steps/", "uploads/", "photos/", "results/"
PEOPLE, THREADS, WEBHOOKS, SETTINGS = "people/", "threads/", "webhooks/", "settings/"
QUOTA, DAYS, SUMMARIES, STATE = "quota/", "days/", "summaries/", "state/"
SCENES, LOGOS = "scenes/", "logos/"
UNMARKED = "unmarked/"  # outlives the pictures: docs/labels.md
DOCTOR = "doctor/"  # where infra.doctor and the self-checks try calls
PREFIXES = (
    *(REQUESTS, DONE, TOMBSTONES, CALLBACKS, STEPS, UPLOADS, PHOTOS, RESULTS, PEOPLE, THREADS),
    *(WEBHOOKS, SETTINGS, QUOTA, DAYS, SUMMARIES, STATE, SCENES, LOGOS, UNMARKED, DOCTOR),
)

WORKER_ALIVE, WORKER_SILENT = f"{STATE}worker.json", f"{STATE}worker-silent.json"
ERASED = f"{STATE}erased.json"  # who was erased, as keyed hashes
ACCOUNT, SPEND_CAP, PACE = f"{STATE}account.json", f"{STATE}spend-cap.json", f"{STATE}pace.json"
CLOCK = f"{STATE}clock.json"
WORKSPACE_SCENES = f"{SCENES}workspace/"  # an installation serves one workspace
# What Slack has told of the workspace. It lies where the bot's role may write anyway.
WORKSPACE = f"{TOMBSTONES}slack/"
UNINSTALLED = f"{WORKSPACE}uninstalled.json"

# Below steps/: finished steps, each created once.
STAGED, GENERATED, STORED, FAILED = "staged", "generated", "stored", "failed"
POSTED, WORKFLOW_COMPLETED = "posted", "workflow-completed"
FIRST_TOLD = "first-told"  # of an upload: which job's message mentions the asker
# Notes, overwritten; those of an upload stand below its own id. There is a ``called`` per call.
BUTTONS, CHOSEN, COUNTED, CALLED, CALLBACK = "buttons", "chosen", "counted", "called", "callback"
PROGRESS, PICTURE_UPLOADS = "progress", "picture-uploads"
PARTS = "parts"  # one for each attempt to pack: the upload that it has begun
UNREADABLE = "unreadable"  # since when a request cannot be read, and whether it was told
# Leases, one for each attempt: ``calling-1``.
STAGING, CALLING, CUTTING, POSTING, SHOWING = "staging", "calling", "cutting", "posting", "showing"
COUNTING, PACKING = "counting", "packing"

SHEET = "sheet-"
NO_TEAM = "-"  # some events name none
NEWEST_FIRST_MS = 10**13  # a history's keys count down from here: LIST gives the newest first


def request_key(job_id: str) -> str:
    """Give the key of an open job's record."""
    return f"{REQUESTS}{job_id}.json"


def job_of_request_key(key: str) -> str | None:
    """Take the job id out of a key below ``requests/``; None for anything else."""
    job_id = key.removeprefix(REQUESTS).removesuffix(".json")
    return job_id if key == request_key(job_id) and is_job_id(job_id) else None


def done_key(job_id: str) -> str:
    """Give the key of a job's outcome."""
    return f"{DONE}{job_id}.json"


def steps_prefix(job_id: str) -> str:
    """Give the prefix of a job's or an upload's steps, notes and leases."""
    return f"{STEPS}{job_id}/"


def step_key(job_id: str, name: str) -> str:
    """Give the key of a finished step, a note or a lease."""
    return f"{steps_prefix(job_id)}{name}.json"


def attempt_name(name: str, attempt: int) -> str:
    """Name one attempt's lease or note: ``calling-1``."""
    return f"{name}-{attempt}"


def packed_name(job_id: str) -> str:
    """Name the note that a picture is in a zip; ``job_id`` is the zip's job."""
    return f"packed-{job_id}"


def packed_into(name: str) -> str:
    """Take the zip's job id out of a name of ``packed_name``; empty for other names."""
    job_id = name.removeprefix(packed_name(""))
    return job_id if name == packed_name(job_id) and is_job_id(job_id) else ""


def whispered_name(what: str, wording: str) -> str:
    """Name the lease for telling a message's author ``what``, once for each of its wordings."""
    return f"whispered-{what}-{wording}"


def job_of_result_key(key: str) -> str:
    """Take the job's id out of the key of a result file."""
    return key.removeprefix(RESULTS).partition("/")[0]


def tombstone_key(job_id: str, why: str) -> str:
    """Give the key of a request to cancel or delete a job."""
    return f"{TOMBSTONES}{job_id}/{why}.json"


def archived_key(channel: str) -> str:
    """Give the key of the note that a channel was archived."""
    return f"{WORKSPACE}archived-{channel}.json"


def archived_channel(key: str) -> str:
    """Take the channel out of a key of ``archived_key``; empty for other keys."""
    channel = key.removeprefix(f"{WORKSPACE}archived-").removesuffix(".json")
    return channel if key == archived_key(channel) else ""


def upload_key(job_id: str, name: str) -> str:
    """Give the key of a file that came with a request: ``photo`` or ``mask``."""
    return f"{UPLOADS}{job_id}/{name}"


def photo_key(job_id: str, name: str) -> str:
    """Give the key of a staged file: ``product.<ending>`` or ``mask.png``."""
    return f"{PHOTOS}{job_id}/{name}"


def result_key(job_id: str, name: str) -> str:
    """Give the key of a file of the result."""
    return f"{RESULTS}{job_id}/{name}"


def sheet_name(states: str) -> str:
    """Name the picture of an upload's variations side by side: ``sheet-12_.jpg``.

    ``states`` has a character for each: its number, ``_`` while it is awaited, ``x`` if there is
    none. Each state has a name of its own, because Slack caches pictures by their address.
    """
    return f"{SHEET}{states}.jpg"


def is_sheet_name(name: str) -> bool:
    """Say whether a file's name in links is one of ``sheet_name``."""
    states = name.removeprefix(SHEET).removesuffix(".jpg")
    return name == sheet_name(states) and bool(states) and set(states) <= set("123456789_x")


def history_prefix(team_id: str, user_id: str) -> str:
    """Give the prefix of a person's history."""
    return f"{PEOPLE}{team_id or NO_TEAM}/{user_id}/"


def history_key(team_id: str, user_id: str, job_id: str, *, at: float) -> str:
    """Give the key of a job in a person's history, asked for ``at`` (Unix seconds)."""
    newest_first = NEWEST_FIRST_MS - int(at * 1000)
    return f"{history_prefix(team_id, user_id)}{newest_first:014d}-{job_id}"


def past_job(key: str) -> tuple[str, float] | None:
    """Read job id and time of asking (Unix seconds) from a history key; None for other keys."""
    newest_first, _, job_id = key.rpartition("/")[2].partition("-")
    if not newest_first.isdecimal() or not is_job_id(job_id):
        return None
    return job_id, (NEWEST_FIRST_MS - int(newest_first)) / 1000


def thread_key(channel: str, thread_ts: str) -> str:
    """Give the key of a thread's newest picture."""
    return f"{THREADS}{channel}/{thread_ts}.json"


def unmarked_key(job_id: str, got_by: str) -> str:
    """Give the key of the record of who got a job's picture without a visible mark.

    ``got_by`` is the id of the job that gave it to them: the same one, or a zip's.
    """
    return f"{UNMARKED}{job_id if got_by == job_id else f'{job_id}-{got_by}'}.json"


def webhook_key(client: str, hashed_id: str) -> str:
    """Give the key of the record of what a webhook-id was used for."""
    return f"{WEBHOOKS}{client}/{hashed_id}.json"


def batch_key(batch_id: str) -> str:
    """Give the key of a batch's record."""
    return f"{WEBHOOKS}batches/{batch_id}.json"


def person_settings_key(team_id: str, user_id: str) -> str:
    """Give the key of a person's own defaults."""
    return f"{SETTINGS}people/{team_id or NO_TEAM}/{user_id}.json"


def welcomed_key(team_id: str, user_id: str) -> str:
    """Give the key of the note that a person was welcomed."""
    return f"{SETTINGS}people/{team_id or NO_TEAM}/{user_id}/welcomed.json"


def channel_settings_key(channel: str) -> str:
    """Give the key of a channel's settings."""
    return f"{SETTINGS}channels/{channel}.json"


def person_scenes(team_id: str, user_id: str) -> str:
    """Give the prefix of a person's scenes."""
    return f"{SCENES}{PEOPLE}{team_id or NO_TEAM}/{user_id}/"


def channel_scenes(channel: str) -> str:
    """Give the prefix of a channel's scenes."""
    return f"{SCENES}channels/{channel}/"


def scene_key(place: str, name: str) -> str:
    """Give the key of a scene below ``place``: its name in base32, whatever language it is in."""
    encoded = base64.b32encode(name.encode()).decode().rstrip("=").lower()
    return f"{place}{encoded}.json"


def scene_of_key(key: str) -> str:
    """Take the scene's name out of its key; empty for anything else."""
    encoded = key.rpartition("/")[2].removesuffix(".json").upper()
    try:
        return base64.b32decode(encoded + "=" * (-len(encoded) % 8)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def logo_key(sha256: str, ending: str) -> str:
    """Give the key of a logo, by its content, so that it is stored once and never changes."""
    return f"{LOGOS}{sha256}{ending}"


def quota_prefix(day: str, whose: str) -> str:
    """Give the prefix of the taken places of a quota (``Quota.whose``) on a UTC day."""
    return f"{QUOTA}{day}/{whose}/"


def day_prefix(day: str) -> str:
    """Give the prefix of the notes of how a UTC day's jobs ended."""
    return f"{DAYS}{day}/"


def summary_key(day: str) -> str:
    """Give the key of the note that a UTC day's summary is in the log."""
    return f"{SUMMARIES}{day}"
