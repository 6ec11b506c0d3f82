"""Log JSON lines, one per event, to standard output, which SCF keeps: no secret, no URL."""

import json
import logging
import re
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

logger = logging.getLogger("backdrop")
# Controls that turn a text's direction would show a reader another line. Repeats the pattern of
# functions.jobs.characters: the log imports nothing of functions.jobs.
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)


class _Line(logging.Formatter):
    """Format a log record as one line of JSON, with the ``fields`` that ``log`` and ``warn`` add.

    URLs in the message are replaced: a library's line may hold one that is signed.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03d}Z",
            "level": record.levelname,
            "what": _URL.sub("<url>", record.getMessage()),
            **({} if record.name == logger.name else {"logger": record.name}),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1]:
            line.update(_where(record.exc_info[1]))
        said = json.dumps(line, ensure_ascii=False, default=str)
        return _DIRECTION.sub(lambda found: f"\\u{ord(found[0]):04x}", said)


def start_logging(level: str) -> None:
    """Send our own lines from ``level`` on to standard output, other libraries' from WARNING on.

    uvicorn's are sent from ERROR on, in our format: its own prints the text of uncaught exceptions.
    """
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Line())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error"):
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = True
        server.setLevel(logging.ERROR)  # anybody can make it warn: by an invalid request
    logger.setLevel(level)


def log(what: str, **fields: Any) -> None:
    """Log one line about something that happened as it should."""
    logger.info(what, extra={"fields": fields})


def warn(what: str, **fields: Any) -> None:
    """Log one line, as a warning, about something that may need a person's attention."""
    logger.warning(what, extra={"fields": fields})


def log_crash(what: str, error: BaseException, **fields: Any) -> None:
    """Log one line about an unexpected exception: its type, its cause's type, where it was raised.

    Its text is left out: a client library's may hold a signed URL.
    """
    logger.error(what, extra={"fields": {**fields, **_where(error)}})


def _where(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)[-12:]
    lines = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    cause = {"cause": type(error.__cause__).__name__} if error.__cause__ else {}
    return {"error": type(error).__name__, **cause, "trace": lines}


@contextmanager
def timed_step(job_id: str, step: str) -> Iterator[dict[str, Any]]:
    """Log one line when the block ends: job, step, duration in ms, and the fields the block adds.

    The ``outcome`` is ``ok`` or the exception's type, unless the block sets it.
    """
    fields: dict[str, Any] = {"job": job_id, "step": step}
    started = time.perf_counter()
    try:
        yield fields
    except BaseException as error:
        fields.setdefault("outcome", type(error).__name__)
        raise
    finally:
        fields.setdefault("outcome", "ok")
        fields["ms"] = round((time.perf_counter() - started) * 1000)
        log("step", **fields)
