"""Make a job's message and hand it to ``ThreadClient``, as the worker does."""

from bot.job_messages import JobMessage, Progress, message, progress_message
from bot.slack_api.threads import Files, PostedMessage, ThreadClient
from functions.jobs.model import Job


def post(view: ThreadClient, job: Job, told: JobMessage, *, files: Files = None) -> PostedMessage:
    """Post a job's message where the job was asked for."""
    return view.post(job.place, message(job, told, view.language(job.asker)), files=files)


def post_direct(
    view: ThreadClient, job: Job, told: JobMessage, *, files: Files = None
) -> PostedMessage:
    """Post a job's message to the asker alone."""
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
    """Update a job's message that was posted before."""
    return view.update(shown, message(job, told, view.language(job.asker)), files=files)


def show_progress(
    view: ThreadClient, job: Job, progress: Progress, *, shown: PostedMessage | None = None
) -> PostedMessage:
    """Post or update the progress message of a job's upload."""
    content = progress_message(job, progress, view.language(job.asker))
    posted = view.show_progress(job.place, content, shown=shown)
    assert posted is not None
    return posted
