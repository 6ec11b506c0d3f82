"""What the worker does with a job's message: made, and handed to ``ThreadClient``."""

from bot.job_messages import JobMessage, Progress, message, progress_message
from bot.slack_api.threads import Files, PostedMessage, ThreadClient
from functions.jobs.model import Job


def post(view: ThreadClient, job: Job, told: JobMessage, *, files: Files = None) -> PostedMessage:
    """Where it was asked for."""
    return view.post(job.place, message(job, told, view.language(job.asker)), files=files)


def post_direct(
    view: ThreadClient, job: Job, told: JobMessage, *, files: Files = None
) -> PostedMessage:
    """To the asker alone."""
    content = message(job, told, view.language(job.asker), direct=True)
    return view.post_direct(job.asker, content, files=files)


def update(
    view: ThreadClient,
    job: Job,
    told: JobMessage,
    shown: PostedMessage,
    *,
    files: Files = None,
) -> PostedMessage:
    """The message that stands there."""
    return view.update(shown, message(job, told, view.language(job.asker)), files=files)


def show_progress(
    view: ThreadClient, job: Job, progress: Progress, *, shown: PostedMessage | None = None
) -> PostedMessage:
    """How the job's upload is getting on."""
    content = progress_message(job, progress, view.language(job.asker))
    posted = view.show_progress(job.place, content, shown=shown)
    assert posted is not None
    return posted
