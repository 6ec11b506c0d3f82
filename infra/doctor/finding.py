"""Define a check's finding: a line for a person, an object for a program."""

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

import msgspec

Environ = Mapping[str, str]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one finding: what was checked (``name``), the result, and the remedy (``do``).

    ``said`` never holds a secret. ``skipped``: it could not be checked before something else is
    mended. ``warning``: it works, but will cause trouble one day.
    """

    name: str
    state: Literal["ok", "wrong", "skipped", "warning"]
    said: str
    do: str = ""

    def line(self) -> str:
        """Format the finding as a line for a person."""
        return f"{self.state:8}{self.name}: {self.said}" + (f" -> {self.do}" if self.do else "")


Check = Callable[[Environ], Iterator[Finding]]


def ok(name: str, said: str) -> Finding:
    """Report that something is as it should be."""
    return Finding(name=name, state="ok", said=said)


def wrong(name: str, said: str, do: str) -> Finding:
    """Report that something is not as it should be; ``do`` is the remedy."""
    return Finding(name=name, state="wrong", said=said, do=do)


def skipped(name: str, said: str, do: str = "") -> Finding:
    """Report that something could not be checked."""
    return Finding(name=name, state="skipped", said=said, do=do)


def warning(name: str, said: str, do: str) -> Finding:
    """Report that something works, but should not stay so."""
    return Finding(name=name, state="warning", said=said, do=do)
