"""Keep what Tencent keeps for one account: its limits, its single slot, what it was billed for."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

import anyio.to_thread
import msgspec
from msgspec import Meta

from infra.local.aiart.generate import Made, Ways, generate
from infra.local.aiart.limits import Wish
from infra.local.vendor_error import Refused

DENIED_WORDS = ("色情", "裸体", "血腥", "毒品", "porn", "nude", "gore", "cocaine")

Special = Annotated[
    str,
    Meta(pattern=r"^(normal|empty|dead-link|broken-image|wrong-size|charset-error|[A-Z][\w.]+)$"),
]
"""How to answer a task that was generated and billed; with a capital, a Tencent error code."""


class Settings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Hold what ``PUT /_control/settings`` can change. ``next_results`` is used up, one per task.

    ``mask_frame``, ``product_stays`` (with ``paint`` off only) and ``implicit_label`` are what
    aiart's documents leave open and ``infra.doctor --live`` measures: whose size the mask has,
    whether the product stands where it stands in the photo, and whether the file's metadata says
    that it was generated.
    """

    duration_s: Annotated[float, Meta(ge=0)] = 3.0  # the least time that a task takes
    paint: bool = True
    concurrency: Annotated[int, Meta(ge=0)] = 1  # tasks at once, of all keys together
    slot_lag_s: Annotated[float, Meta(ge=0)] = 0.0  # how long a generated task keeps its slot
    url_lifetime_s: Annotated[int, Meta(ge=0)] = 3600
    requests_per_s: Annotated[int, Meta(ge=0)] = 0  # 0: no limit
    denied_words: tuple[str, ...] = DENIED_WORDS
    next_results: tuple[Special, ...] = ()
    mask_frame: Literal["photo", "result"] = "photo"
    product_stays: bool = False
    implicit_label: bool = False


class Task(msgspec.Struct, kw_only=True):
    """Record a task that had a slot. Times in Unix seconds; ``billed``: a picture was generated."""

    n: int
    started: float
    ended: float = 0.0
    billed: bool = False
    error: str = ""  # the code that ended it
    prompt: str
    product: str
    template: str
    resolution: str
    logo_add: int
    caller: str  # the secret id
    request_id: str


class Account:
    """Keep the one account that all keys belong to. Use it from one event loop only."""

    def __init__(self, settings: Settings) -> None:
        self._initial = settings
        self.settings = settings
        self.finished: list[Task] = []
        self._count = 0
        self._busy = 0
        self._free_again: deque[float] = deque()  # when finished tasks' slots are, monotonic s
        self._asked_at: deque[float] = deque()

    def reset(self) -> None:
        """Restore the first settings and drop the history.

        Running tasks go on and keep their slot.
        """
        self.settings = self._initial
        self.finished.clear()
        self._free_again.clear()
        self._asked_at.clear()

    def keep(self) -> Callable[[], None]:
        """Return a function that restores the present settings; it restores no tasks or results."""
        kept = self.settings

        def bring_back() -> None:
            self.settings = kept

        return bring_back

    def change(self, some: dict[str, Any]) -> None:
        """Change the settings that ``some`` names. Raises ``msgspec.ValidationError``."""
        self.settings = msgspec.convert(msgspec.to_builtins(self.settings) | some, Settings)

    def admit(self, now: float) -> None:
        """Count a request against the limit per second; ``now`` is monotonic seconds.

        Raises ``Refused``.
        """
        while self._asked_at and now - self._asked_at[0] >= 1:
            self._asked_at.popleft()
        if 0 < self.settings.requests_per_s <= len(self._asked_at):
            limit = self.settings.requests_per_s
            raise Refused(
                "RequestLimitExceeded",
                f"您当前每秒请求 `{limit + 1}` 次，超过了每秒频率上限 `{limit}`，请稍后重试。",
            )
        self._asked_at.append(now)

    async def run(self, wish: Wish, *, caller: str, request_id: str) -> tuple[Task, Made]:
        """Run one task, from slot to picture. Raises ``Refused``, at once when no slot is free.

        The slot is held until the picture is ready, even if the client has hung up: the vendor
        goes on painting.
        """
        with self._slot(wish, caller, request_id) as task:
            settings = self.settings
            asked = (wish.prompt, wish.template)
            before = sum((one.prompt, one.template) == asked for one in self.finished if one.billed)
            ways = Ways(
                paint=settings.paint,
                mask_frame=settings.mask_frame,
                product_stays=settings.product_stays,
                implicit_label=settings.implicit_label,
            )
            made = await anyio.to_thread.run_sync(
                lambda: generate(wish, ways, variation=before),
                abandon_on_cancel=False,
            )
            await anyio.sleep(max(0, task.started + settings.duration_s - time.time()))
            task.billed = True
        return task, made

    def next_special(self) -> str:
        """Take the next of ``next_results``, which says how to answer this task, else "normal"."""
        if not self.settings.next_results:
            return "normal"
        first, *rest = self.settings.next_results
        self.settings = msgspec.structs.replace(self.settings, next_results=tuple(rest))
        return first

    @contextmanager
    def _slot(self, wish: Wish, caller: str, request_id: str) -> Iterator[Task]:
        if self._taken() >= self.settings.concurrency:
            raise Refused(
                "RequestLimitExceeded.JobNumExceed",
                f"当前已达到{self.settings.concurrency}个任务上限，请稍后重试",
            )
        self._count += 1
        task = Task(
            n=self._count,
            started=time.time(),
            prompt=wish.prompt,
            product=wish.product,
            template=wish.template,
            resolution=wish.resolution,
            logo_add=int(wish.add_mark),
            caller=caller,
            request_id=request_id,
        )
        self._busy += 1
        try:
            yield task
        except Refused as refused:
            task.error = refused.code
            raise
        finally:
            self._busy -= 1
            if task.billed and self.settings.slot_lag_s:
                self._free_again.append(time.monotonic() + self.settings.slot_lag_s)
            task.ended = time.time()
            self.finished.append(task)

    def _taken(self) -> int:
        """Count the slots of running tasks, and of tasks that are done but still hold theirs."""
        now = time.monotonic()
        self._free_again = deque(at for at in self._free_again if at > now)
        return self._busy + len(self._free_again)
