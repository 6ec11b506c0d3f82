"""The worker's cold start: what it imports only when there is a picture, or beside other things."""

import subprocess
import sys

import pytest

from functions.worker import photos

HEAVY = {"PIL", "pillow_heif"}
LOADED = "print(*sys.modules)"


def modules_after(statements: str) -> set[str]:
    """What a fresh process has imported."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {statements}; {LOADED}"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return set(done.stdout.split())


def test_the_handler_starts_without_pillow() -> None:
    modules = modules_after("import functions.worker.handler")
    assert "functions.worker.photos" in modules
    assert not modules & HEAVY


def test_what_is_loaded_beforehand_leaves_nothing_of_ours_for_the_first_photo() -> None:
    load = "from functions.worker import photos; photos.load()"
    names = "; ".join(f"photos.{name}" for name in photos.__all__)
    before, after = modules_after(load), modules_after(f"{load}; {names}")
    assert "PIL" in before
    assert before == after


def test_a_misspelt_name_is_said_not_to_be_there() -> None:
    with pytest.raises(AttributeError, match="make_acceptible"):
        getattr(photos, "make_acceptible")  # noqa: B009  # the type checker would say so too
