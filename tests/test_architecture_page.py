"""docs/architecture.md names files that exist, and leaves out no gesture and no step."""

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from bot.app import routes
from functions.jobs.model import Gesture
from functions.worker.run.lifecycle import LIFE

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
CHINESE = (ROOT / "docs" / "architecture.zh-CN.md").read_text("utf-8")
FOLDERS = ("bot", "functions", "infra", "tests", "docs")
NAMED = sorted({name for name in re.findall(r"`([^`\s]+)`", PAGE) if name.startswith(FOLDERS)})
ROOT_FILES = re.findall(r"`([\w-]+\.(?:toml|yml|txt|md))`", PAGE)
STEPS = sorted((ROOT / "functions" / "worker" / "steps").glob("[!_]*.py"))
CATCH_ALL = re.compile("")


class Routes:
    """Stands for Bolt's ``App`` and notes what is routed to which listener."""

    def __init__(self) -> None:
        self.found: list[tuple[Any, Callable[..., Any]]] = []

    def __getattr__(self, _kind: str) -> Callable[..., Callable[[Callable[..., Any]], None]]:
        def route(wanted: object, **_: object) -> Callable[[Callable[..., Any]], None]:
            return lambda wrapped: self.found.append((wanted, _listener(wrapped)))

        return route


def _listener(wrapped: Callable[..., Any]) -> Callable[..., Any]:
    found: Callable[..., Any] = inspect.getclosurevars(wrapped).nonlocals.get("listener", wrapped)
    return found


def routed() -> list[tuple[Any, Callable[..., Any]]]:
    table = Routes()
    routes(table)  # type: ignore[arg-type]  # all that it asks of an App
    return table.found


ROUTED = [
    pytest.param(wanted, f"{one.__module__.replace('.', '/')}.py", id=f"{one.__name__}: {wanted}")
    for wanted, one in routed()
    if one.__module__ != "bot.app"
]


def rows() -> list[list[str]]:
    """The cells of all tables."""
    lines = [line for line in PAGE.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def words(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def is_about(cell: str, wanted: Any) -> bool:
    """Whether a row's first cell names what Slack sends: a word, or all that a pattern allows."""
    if isinstance(wanted, dict):
        wanted = wanted.get("callback_id") or wanted["subtype"]
    if wanted == CATCH_ALL:
        return cell.startswith("any other")
    if isinstance(wanted, re.Pattern):
        alternatives = re.findall(r"\w+", wanted.pattern.partition("(")[2])
        return all(any(word.endswith(one) for word in words(cell)) for one in alternatives)
    return wanted in words(cell)


def test_it_names_many_files() -> None:
    assert len(NAMED) > 50
    assert set(ROOT_FILES) >= {"settings.toml", "serverless.yml"}


def test_what_it_names_exists() -> None:
    assert [name for name in (*NAMED, *ROOT_FILES) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(("wanted", "file"), ROUTED)
def test_each_gesture_of_the_routing_table_has_its_row(wanted: object, file: str) -> None:
    found = [row for row in rows() if is_about(row[0], wanted) and file in words(row[-1])]
    assert found, f"{wanted} is answered by {file}"


def test_each_gesture_that_makes_a_job_is_named() -> None:
    section = PAGE.partition("## Gestures")[2].partition("\n## ")[0]
    assert [one for one in get_args(Gesture) if f"`{one}`" not in section] == []


def test_its_steps_are_those_of_the_life_of_a_job_in_their_order() -> None:
    steps = dict.fromkeys(step for step, _ in LIFE.values() if step)
    of_the_page = [row[0].strip("`") for row in rows() if len(row) == 4 and row[0][0] == "`"]
    assert of_the_page == list(steps)


def test_each_module_of_the_steps_is_named() -> None:
    assert STEPS
    assert {str(module.relative_to(ROOT)) for module in STEPS} <= set(NAMED)


def test_each_word_is_explained_once() -> None:
    section = PAGE.partition("## Words")[2].partition("\n## ")[0]
    explained = re.findall(r"^\| ([a-z -]+) \|", section, re.MULTILINE)[1:]
    assert len(explained) > 20
    assert len(explained) == len(set(explained))


def sections(page: str) -> list[tuple[list[str], int]]:
    """Of each section what it names, and how many rows its tables have."""
    return [
        (sorted(words(re.sub(r"```.*?```", "", part, flags=re.DOTALL))), part.count("\n| "))
        for part in page.split("\n## ")
    ]


def test_the_chinese_page_names_all_that_the_english_one_does() -> None:
    for english, chinese in zip(sections(PAGE), sections(CHINESE), strict=True):
        assert chinese == english


def test_both_pages_explain_the_same_words() -> None:
    english, chinese = (
        re.findall(r"^\| ([a-z][a-z -]*[a-z])\b", page, re.MULTILINE) for page in (PAGE, CHINESE)
    )
    explained = english[english.index("job") : english.index("stand-in") + 1]
    assert [word for word in chinese if word in explained] == explained
