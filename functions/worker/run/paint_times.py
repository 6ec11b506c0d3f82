"""How fast aiart has painted lately, and so how long a job will take: an estimate, never a promise.

Kept in the bucket between runs. It is overwritten without care: a lost sample costs nothing.
"""

import statistics
import threading
import time

import msgspec
from msgspec.structs import replace

from functions.jobs.bucket import Bucket, BucketUnavailable, KeyMissing
from functions.jobs.bucket_layout import PACE
from functions.jobs.records import Record
from functions.log import log

SAMPLES = 20


class Samples(Record, frozen=True, kw_only=True):
    """Seconds from asking aiart to its answer, the latest last.

    ``waits`` are those that a job in line had to wait for the slot of the one before it, which may
    stay taken after its picture is done.
    """

    seconds: tuple[float, ...] = ()
    waits: tuple[float, ...] = ()


class GenerationTimes:
    """Threads may share it. Read from the bucket when it is first needed."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._lock = threading.Lock()
        self._samples: Samples | None = None
        self._painted_at: float | None = None  # monotonic

    def load(self) -> None:
        """Read it now, so that nobody has to wait for it later."""
        with self._lock:
            self._read()

    def add(self, seconds: float) -> None:
        """One more picture was painted in that time."""
        with self._lock:
            before = self._read()
            latest = (*before.seconds, seconds)[-SAMPLES:]
            self._samples = replace(before, seconds=latest)
            data = msgspec.json.encode(self._samples)
        try:
            self._bucket.put(PACE, data, content_type="application/json")
        except BucketUnavailable as error:
            log("the pace was not kept", error=str(error))

    def waited(self, seconds: float | None) -> None:
        """A picture is done. It had waited for the slot in line for so long, or (None) in none.

        Kept with the next sample.
        """
        with self._lock:
            self._painted_at = time.monotonic()
            if seconds is not None:
                before = self._read()
                self._samples = replace(before, waits=(*before.waits, seconds)[-SAMPLES:])

    def estimate_s(self, ahead: int, *, at_once: int) -> int | None:
        """How long a job with ``ahead`` others before it will take; None when nobody can say.

        ``at_once`` jobs are painted side by side. The mean, because times add up along the line.
        """
        with self._lock:
            samples, painted_at = self._read(), self._painted_at
        if not samples.seconds:
            return None
        painting_s = statistics.fmean(samples.seconds)
        wait_s = statistics.fmean(samples.waits) if samples.waits else 0.0
        before = ahead // at_once
        # Not how much of it is left: a message would change with every question to aiart.
        waits_now = painted_at is not None and time.monotonic() < painted_at + wait_s
        return round((before + 1) * painting_s + (before + waits_now) * wait_s)

    def _read(self) -> Samples:
        if self._samples is None:
            try:
                self._samples = msgspec.json.decode(self._bucket.get(PACE), type=Samples)
            except KeyMissing:
                self._samples = Samples()
            except (BucketUnavailable, msgspec.MsgspecError) as error:
                log("the pace is not known", error=type(error).__name__)
                self._samples = Samples()
        return self._samples
