"""Describe a difference between how something is and how it should be, and its remedy."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """Hold one thing that is not as it should be. ``now`` and ``wanted`` are texts for people.

    ``make`` changes it. If it is None, a person has to, as ``remedy`` says. ``stops``: nothing else
    should be changed before that.
    """

    what: str
    now: str
    wanted: str
    make: Callable[[], object] | None = None
    remedy: str = ""
    stops: bool = False

    def lines(self) -> list[str]:
        """Format the difference as lines for a person."""
        sign = "~" if self.make else "!"
        lines = [f"{sign} {self.what}", f"    is      {self.now}", f"    should  {self.wanted}"]
        return [*lines, f"    do      {self.remedy}"] if self.remedy else lines


Area = Callable[[], Iterator[Change]]


class CallFailed(Exception):
    """Report a failed call to the cloud: the text says which and why, ``remedy`` what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy
