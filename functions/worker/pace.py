"""How fast aiart has painted lately, and so how long a job will take: an estimate, never a promise.

Kept in the bucket between runs. It is overwritten without care: a lost sample costs nothing.
"""

import statistics
import threading

import msgspec

from functions.jobs.bucket import Bucket, BucketTrouble, Missing
from functions.jobs.model import Record
from functions.log import log

KEY = "state/pace.json"
SAMPLES = 20


class Samples(Record, frozen=True, kw_only=True):
    """Seconds from asking aiart to its answer, the latest last."""

    seconds: tuple[float, ...] = ()


class Pace:
    """Threads may share it. Read from the bucket when it is first needed."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._lock = threading.Lock()
        self._samples: tuple[float, ...] | None = None

    def load(self) -> None:
        """Read it now, so that nobody has to wait for it later."""
        with self._lock:
            self._read()

    def add(self, seconds: float) -> None:
        """One more picture was painted in that time."""
        with self._lock:
            self._samples = (*self._read(), seconds)[-SAMPLES:]
            data = msgspec.json.encode(Samples(seconds=self._samples))
        try:
            self._bucket.put(KEY, data, content_type="application/json")
        except BucketTrouble as error:
            log("the pace was not kept", error=str(error))

    def estimate_s(self, ahead: int, *, at_once: int) -> int | None:
        """How long a job with ``ahead`` others before it will take; None when nobody can say.

        ``at_once`` jobs are painted side by side. The mean, because times add up along the line.
        """
        with self._lock:
            samples = self._read()
        if not samples:
            return None
        return round(statistics.fmean(samples) * (ahead // at_once + 1))

    def _read(self) -> tuple[float, ...]:
        if self._samples is None:
            try:
                found = msgspec.json.decode(self._bucket.get(KEY), type=Samples)
                self._samples = found.seconds
            except Missing:
                self._samples = ()
            except (BucketTrouble, msgspec.MsgspecError) as error:
                log("the pace is not known", error=type(error).__name__)
                self._samples = ()
        return self._samples
