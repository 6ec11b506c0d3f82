"""Estimate how long a job will take, from how fast aiart has painted lately.

The samples are kept in the bucket between runs. Runs may overwrite each other's samples: a lost
one costs nothing.
"""

import math
import statistics
import threading
import time

from msgspec.structs import replace

from functions.jobs.bucket import Bucket, BucketUnavailable
from functions.jobs.bucket_layout import PACE
from functions.jobs.records import Record, Records, Unreadable
from functions.log import log

SAMPLES = 20
FRESH_S = 600.0  # in a warm instance, which has itself written the latest samples
MOST_DONE = 0.75  # of a picture under way: one that takes longer than usual may take a while yet


class Samples(Record, frozen=True, kw_only=True):
    """Hold the seconds from each call to aiart to its answer, the latest last.

    ``waits`` are the seconds from one job's end until a waiting job got the slot, which may stay
    taken for a while after a picture is done.
    """

    seconds: tuple[float, ...] = ()
    waits: tuple[float, ...] = ()


class GenerationTimes:
    """Keep the samples; ``at_once`` jobs are painted side by side. Threads may share it.

    The samples are read from the bucket when they are first needed.
    """

    def __init__(self, bucket: Bucket, *, at_once: int) -> None:
        self._at_once = at_once
        self._records = Records(bucket)
        self._recent = bucket.recent
        self._lock = threading.Lock()
        self._samples: Samples | None = None
        self._painted_at = -math.inf  # monotonic
        self._begun_at: list[float] = []  # monotonic, of the pictures being painted

    def load(self) -> None:
        """Read the samples now, so that nobody has to wait for them later."""
        with self._lock:
            self._read()

    def add(self, seconds: float) -> None:
        """Add a sample: aiart took so many seconds. Trouble in keeping it is only logged."""
        with self._lock:
            before = self._read()
            latest = (*before.seconds, seconds)[-SAMPLES:]
            self._samples = replace(before, seconds=latest)
            samples = self._samples
        self._recent.note(PACE, samples)
        try:
            self._records.write(PACE, samples)
        except BucketUnavailable as error:
            log("the pace was not kept", error=str(error))

    def waited(self, seconds: float | None) -> None:
        """Note that a picture is done, and how many seconds it waited for the slot.

        ``seconds`` is None if it did not follow another job. It is written with the next sample.
        """
        with self._lock:
            self._painted_at = time.monotonic()
            if seconds is not None:
                before = self._read()
                self._samples = replace(before, waits=(*before.waits, seconds)[-SAMPLES:])

    def begun(self) -> None:
        """Note that aiart has begun to paint a picture."""
        with self._lock:
            self._begun_at.append(time.monotonic())

    def ended(self) -> None:
        """Note that the picture that was begun first is painted, or has failed."""
        with self._lock:
            del self._begun_at[:1]

    def estimate_s(self, ahead: int) -> int | None:
        """Estimate the seconds until a job with ``ahead`` others before it is done.

        Means are used because the times of all pictures add up. Returns None without samples.
        """
        with self._lock:
            now, samples, painted_at = time.monotonic(), self._read(), self._painted_at
            painted_for_s = now - self._begun_at[0] if self._begun_at else 0.0
        if not samples.seconds:
            return None
        painting_s = statistics.fmean(samples.seconds)
        wait_s = statistics.fmean(samples.waits) if samples.waits else 0.0
        before = ahead // self._at_once
        done_s = min(painted_for_s, painting_s * MOST_DONE)
        # Not how much of it is left: a message would change with every question to aiart.
        waits_now = now < painted_at + wait_s
        return round((before + 1) * painting_s - done_s + (before + waits_now) * wait_s)

    def _read(self) -> Samples:
        if self._samples is None:
            try:
                self._samples = self._recent.read(
                    PACE, lambda: self._records.read(PACE, Samples) or Samples(), within_s=FRESH_S
                )
            except (BucketUnavailable, Unreadable) as error:
                log("the pace is not known", error=type(error).__name__)
                self._samples = Samples()
        return self._samples
