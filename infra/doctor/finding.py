"""What a check found: one line for a person, one object for a program."""

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

import msgspec

Environ = Mapping[str, str]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """``said``: what is right or wrong, never with a secret in it. ``do``: what to do about it.

    ``skipped``: could not be looked at before something else is mended. ``warning``: it works, and
    will cost somebody something one day.
    """

    name: str
    state: Literal["ok", "wrong", "skipped", "warning"]
    said: str
    do: str = ""

    def line(self) -> str:
        """As a person reads it."""
        return f"{self.state:8}{self.name}: {self.said}" + (f" -> {self.do}" if self.do else "")


Check = Callable[[Environ], Iterator[Finding]]


def ok(name: str, said: str) -> Finding:
    """It is as it should be."""
    return Finding(name=name, state="ok", said=said)


def wrong(name: str, said: str, do: str) -> Finding:
    """It is not."""
    return Finding(name=name, state="wrong", said=said, do=do)


def skipped(name: str, said: str, do: str = "") -> Finding:
    """It could not be looked at."""
    return Finding(name=name, state="skipped", said=said, do=do)


def warning(name: str, said: str, do: str) -> Finding:
    """It works, but should not stay so."""
    return Finding(name=name, state="warning", said=said, do=do)
