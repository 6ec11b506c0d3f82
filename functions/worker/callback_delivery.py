"""Call clients back when their jobs have ended: at least once, with retries for up to a day.

Callbacks run beside the jobs. A host that does not answer must neither delay painting nor another
client's callbacks: ``callback_turns`` decides which callback is tried next, and a run that has
worked does not wait for a host whose last try was not answered.
"""

import threading
import time
from collections.abc import Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from functools import partial

import msgspec

from functions.jobs.bucket import BucketUnavailable, KeysExpired
from functions.jobs.callback_queue import (
    DueCallback,
    PendingCallback,
    due_callback,
    due_keys,
    enqueue_callback,
    enqueued_callback,
)
from functions.jobs.characters import escape_direction
from functions.jobs.model import Callback, Job
from functions.jobs.status import CallbackBody, ended_status
from functions.jobs.steps import Outcome
from functions.log import log, log_crash
from functions.worker.callback_tries import TRY_LIMIT_S, CallbackSender
from functions.worker.callback_turns import (
    CallbackTurns,
    Host,
    HostHealth,
    Standing,
    Waiting,
)
from functions.worker.context import WorkerContext
from functions.worker.safe_http import Deadline

LOOK_EVERY_S = 2.0
READERS = 8
READ_AT_ONCE = 40  # per look: half the oldest, half the newest, so that new clients get a turn
END_WITHIN_S = 1.0  # of the run's end
SAVED_WITHIN_S = 2.0  # for the tries cut short at that end to save their results
TRY_ANY_WITHIN_S = 5.0  # after the run became idle: until then unproven hosts are tried, too
AWAITED_S = TRY_ANY_WITHIN_S + TRY_LIMIT_S
PASSED_OVER_S = 60.0  # how long a callback is left alone after an error of our own
ASKED_WITHIN_S = 3.0  # how long an ``idle_s`` given to ``is_awaited`` counts


def enqueue(context: WorkerContext, job: Job, callback: Callback, outcome: Outcome) -> None:
    """Queue the callback that tells the job's client the outcome. Call it before closing the job.

    It becomes due at once.
    """
    body = CallbackBody(
        type=f"job.{outcome.state}",
        timestamp=datetime.fromtimestamp(outcome.finished_at, timezone.utc),
        data=ended_status(outcome, context.links, job.id),
    )
    pending = PendingCallback(
        job_id=job.id,
        client=job.asker.client,
        url=callback.url,
        body=escape_direction(msgspec.json.encode(body).decode()),
        asked_at=outcome.finished_at,
        next_at=outcome.finished_at,
    )
    enqueue_callback(context.ledger.bucket, pending)


class CallbackThread:
    """Deliver callbacks from a thread of its own while a run works on the jobs.

    Each try has its own thread, because a silent host keeps it busy for ``TRY_LIMIT_S``. ``hosts``
    is how hosts have answered before, as a warm instance remembers it. The thread first looks at
    the queue after ``LOOK_EVERY_S``, or as soon as the run is idle, so that a run that ends at once
    does not begin a try only to cut it short.
    """

    def __init__(self, sender: CallbackSender, hosts: MutableMapping[Host, HostHealth]) -> None:
        self._sender = sender
        self._changed = threading.Condition()  # guards all that follows
        self._turns = CallbackTurns(hosts)
        self._deadlines: dict[str, Deadline] = {}  # by job, of the tries under way
        self._named: list[str] = []  # jobs whose callbacks this run has put into the queue
        self._passed_over: dict[str, float] = {}  # keys, and until when (monotonic)
        self._is_new = True  # something has changed since the thread has last looked
        self._next_look = time.monotonic() + LOOK_EVERY_S
        self._has_looked = self._is_reading = False
        self._putting_off = 0  # threads that write down which callbacks wait with a silent host
        self._over_at = 0.0
        self._has_stopped = not sender.clients
        self._asked = (0.0, 0.0)  # of the last ``is_awaited``: when (monotonic), its ``idle_s``
        self._thread = threading.Thread(target=self._work, name="callbacks", daemon=True)

    def __enter__(self) -> "CallbackThread":
        if not self._has_stopped:
            self._thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        with self._changed:
            self._over_at = time.monotonic()
            self._notify()
        if self._thread.ident is not None:
            self._thread.join(END_WITHIN_S + SAVED_WITHIN_S)

    def queued(self, job_id: str) -> None:
        """Note that this job's callback is in the queue, where LIST may not show it yet."""
        with self._changed:
            self._named.append(job_id)
            self._asked = (0.0, 0.0)  # the run has worked since
            self._notify()

    def is_awaited(self, idle_s: float, *, has_worked: bool) -> bool:
        """Say whether a run that has been idle for ``idle_s`` shall go on, for callbacks' sake.

        Callbacks to a host whose last try was not answered count only if the run had no jobs
        (``has_worked`` is false).
        """
        with self._changed:
            self._asked = time.monotonic(), idle_s
            if self._has_stopped or idle_s > AWAITED_S or not self._sender.may_begin:
                return False
            if not self._has_looked:
                self._has_looked, self._is_reading, self._next_look = True, True, 0.0
                self._notify()
            if self._named or self._is_reading or self._putting_off:
                return True
            up_to = Standing.UNKNOWN if has_worked else Standing.SILENT
            return self._turns.has_more(up_to, with_waiting=idle_s < TRY_ANY_WITHIN_S)

    # --- the thread

    def _work(self) -> None:
        while not self._is_done():
            try:
                self._read()
                self._begin()
            except KeysExpired:
                break
            except Exception as error:  # noqa: BLE001  # the jobs must go on
                _log(error)
            with self._changed:
                self._is_reading = False
                self._changed.wait_for(lambda: self._is_new, timeout=self._nap_s())
                self._is_new = False
        with self._changed:
            self._has_stopped = True
            for deadline in self._deadlines.values():
                deadline.cut()
            self._changed.wait_for(lambda: not self._deadlines, timeout=SAVED_WITHIN_S)

    def _is_done(self) -> bool:
        with self._changed:
            if not self._over_at or self._has_stopped:
                return self._has_stopped
            if time.monotonic() >= self._over_at + END_WITHIN_S:
                return True
            return not self._turns.has_more(Standing.UNKNOWN, with_waiting=False)

    def _nap_s(self) -> float:
        now = time.monotonic()
        ends = [self._next_look, *([self._over_at + END_WITHIN_S] if self._over_at else [])]
        return max(0.0, min(ends) - now)

    def _read(self) -> None:
        """Read the callbacks that are due: those that this run has queued, and those LIST shows."""
        bucket, now = self._sender.bucket, self._sender.clock()
        with self._changed:
            named, self._named = self._named, []
            is_time = time.monotonic() >= self._next_look
            self._is_reading = bool(named) or is_time
            if is_time:
                self._has_looked = True
                self._next_look = time.monotonic() + LOOK_EVERY_S
        self._add(found for job_id in named if (found := enqueued_callback(bucket, job_id)))
        if not is_time:
            return
        due = due_keys(bucket, now)
        unread = [(key, job_id) for key, job_id in due if self._is_new_to_us(key, job_id)]
        if len(unread) > READ_AT_ONCE:
            unread = unread[: READ_AT_ONCE // 2] + unread[-READ_AT_ONCE // 2 :]
            self._next_look = time.monotonic()
        if unread:
            with ThreadPoolExecutor(READERS, "callback") as readers:
                read = readers.map(lambda row: due_callback(bucket, *row), unread)
                self._add(found for found in read if found)
        for key, job_id in unread:
            if self._is_new_to_us(key, job_id):  # unreadable, which a person has to see, or settled
                self._pass_over(key)

    def _is_new_to_us(self, key: str, job_id: str) -> bool:
        with self._changed:
            is_passed = self._passed_over.get(key, 0.0) > time.monotonic()
            return not is_passed and job_id not in self._turns

    def _pass_over(self, key: str) -> None:
        with self._changed:
            self._passed_over[key] = time.monotonic() + PASSED_OVER_S

    def _add(self, found: Iterable[DueCallback]) -> None:
        for due in found:
            with self._changed:
                self._turns.add(Waiting(due, self._sender.host_of(due.callback)))

    def _begin(self) -> None:
        """Begin as many tries as the limits allow, and put off callbacks whose host rests."""
        with self._changed:
            now, worst = self._sender.clock(), self._worst_tried()
            if self._over_at or self._has_stopped or not self._sender.may_begin:
                return
            resting = self._turns.resting(now)
            while one := self._turns.begin(now, up_to=worst):
                deadline = self._deadlines[one.job_id] = self._sender.deadline()
                _aside(partial(self._try, one, deadline))
            if resting:
                self._putting_off += 1
                _aside(partial(self._put_off, resting))

    def _worst_tried(self) -> Standing:
        """Say which hosts may be tried: all, but only proven ones once the run is long idle."""
        asked_at, idle_s = self._asked
        is_idle = time.monotonic() < asked_at + ASKED_WITHIN_S
        return Standing.PROVEN if is_idle and idle_s >= TRY_ANY_WITHIN_S else Standing.SILENT

    # --- the tries' threads

    def _try(self, one: Waiting, deadline: Deadline) -> None:
        has_answered = True  # an error of our own does not count against the host
        try:
            has_answered = self._sender.deliver(one.due, deadline)
        except KeysExpired:
            self._stop()
        except Exception as error:  # noqa: BLE001  # a later run tries it again
            self._pass_over(one.due.key)
            _log(error)
        with self._changed:
            now = self._sender.clock()
            resting = self._turns.ended(one.job_id, has_answered=has_answered, now=now)
            del self._deadlines[one.job_id]
            self._putting_off += 1
            self._notify()
        self._put_off(resting)

    def _put_off(self, resting: Iterable[Waiting]) -> None:
        """Move these callbacks' due times to the end of their host's rest.

        The caller has counted this in ``_putting_off``. One that is not moved, because the run
        ends or fails, is due again in the next run.
        """
        try:
            for one in resting:
                if self._over_at or self._has_stopped:
                    break
                self._sender.postpone(one.due, self._turns.rests_until(one.host) + 1)
        except KeysExpired:
            self._stop()
        except Exception as error:  # noqa: BLE001  # they are only due a little sooner
            _log(error)
        finally:
            with self._changed:
                self._putting_off -= 1

    def _stop(self) -> None:
        with self._changed:
            self._has_stopped = True
            self._notify()

    def _notify(self) -> None:
        self._is_new = True
        self._changed.notify_all()


def _aside(task: Callable[[], None]) -> None:
    threading.Thread(target=task, name="callback", daemon=True).start()


def _log(error: Exception) -> None:
    if isinstance(error, BucketUnavailable):
        log("callbacks have to wait", error=str(error))
    else:
        log_crash("callbacks have to wait", error)
