"""infra/README in both languages: every setting, a sample that works, steps that are counted."""

import re
from functools import cache
from typing import Any

import msgspec
import pytest
import yaml

from functions.config import Choices, log_level
from functions.environment import ConfigError
from infra.deploy.cloud import KEY_NAMES
from infra.deploy.rollout import SCF_DEPLOY
from infra.dotenv import ROOT, RUNTIMES, SERVERLESS_YML, parse, warnings
from tests.test_config import READERS

NEEDED = {"en": "needed", "zh": "必填"}
COMMANDS = {"en": "commands", "zh": "命令"}
GUIDES = {
    "en": (ROOT / "infra" / "README.md").read_text("utf-8"),
    "zh": (ROOT / "infra" / "README.zh-CN.md").read_text("utf-8"),
}
OF_COMMANDS = {*KEY_NAMES[-1], "RETENTION_DAYS", "PYTHON_RUNTIME", "SCF_DEPLOY_COMMAND"}
ROW = re.compile(r"^\| `(\w+)` \| ([^|]*) \| ([^|]*) \| ([^|]*) \| `([^`]*)` \|$", re.MULTILINE)
HEADINGS = {"en": ("Every setting", "First deployment"), "zh": ("全部设置", "第一次部署")}
NUMBERS = {"en": "**Eleven steps by hand**", "zh": "**手工共十一步**"}
languages = pytest.mark.parametrize("language", GUIDES)


class Row(msgspec.Struct, frozen=True):
    """A row of the table; ``default`` and ``example`` as they are typed."""

    name: str
    read_by: tuple[str, ...]
    default: str
    about: str
    example: str


def section(language: str, number: int) -> str:
    after = GUIDES[language].split(f"## {HEADINGS[language][number]}\n")[1]
    return after.split("\n## ")[0]


def table(language: str) -> dict[str, Row]:
    rows = [
        Row(name, tuple(by.split(", ")), default, about, example)
        for name, by, default, about, example in ROW.findall(section(language, 0))
    ]
    assert len({row.name for row in rows}) == len(rows)
    return {row.name: row for row in rows}


@cache
def deployed() -> dict[str, tuple[str, ...]]:
    """Which functions get a variable, by serverless.yml."""
    found: dict[str, tuple[str, ...]] = {}
    functions = yaml.safe_load(SERVERLESS_YML.read_text("utf-8"))["inputs"]["functions"]
    for key, function in functions.items():
        for one in function["environments"]:
            found[one["key"]] = (*found.get(one["key"], ()), key)
    return found


@languages
def test_the_table_has_every_variable_and_every_choice_and_nothing_else(language: str) -> None:
    choices = set(Choices.__struct_fields__)
    assert set(table(language)) == {*deployed(), *choices, *OF_COMMANDS}
    assert all(row.about for row in table(language).values())


@languages
def test_the_table_says_who_reads_a_variable(language: str) -> None:
    for row in table(language).values():
        of_all = ("bot", "gateway", "worker") if row.name.islower() else (COMMANDS[language],)
        assert row.read_by == deployed().get(row.name, of_all), row.name


def readings(environ: dict[str, str]) -> dict[str, Any]:
    """What each function makes of its needed variables and these."""
    found: dict[str, Any] = {}
    for function, (read, needed) in READERS.items():
        try:
            found[function] = read(needed | environ), log_level(environ)
        except ConfigError as error:
            found[function] = str(error)
    return found


@languages
def test_the_defaults_are_those_of_the_code(language: str) -> None:
    for row in table(language).values():
        if row.name in OF_COMMANDS or row.name == "FRONT":
            continue
        unset = readings({row.name.upper(): ""})
        is_needed = {f for f, made in unset.items() if made == f"{row.name} is missing"}
        assert bool(is_needed) == (row.default == NEEDED[language]), row.name
        if is_needed:
            assert is_needed >= set(row.read_by) - {"bot"}, row.name
        elif row.default.startswith("`"):
            assert readings({row.name.upper(): row.default.strip("`")}) == unset, row.name


@languages
def test_the_examples_are_taken_and_are_no_defaults(language: str) -> None:
    for row in table(language).values():
        if row.name in OF_COMMANDS or row.name == "FRONT":
            continue
        made = readings({row.name.upper(): row.example})
        assert not [one for one in made.values() if isinstance(one, str)], row.name
        assert made != readings({row.name.upper(): ""}), row.name


def test_both_languages_say_the_same_of_every_setting() -> None:
    english, chinese = table("en"), table("zh")
    assert list(english) == list(chinese)
    for name, row in english.items():
        assert row.example == chinese[name].example
        if "`" in row.default:
            assert row.default == chinese[name].default


@languages
def test_the_defaults_of_the_commands_are_said(language: str) -> None:
    rows = table(language)
    assert rows["PYTHON_RUNTIME"].default == f"`{RUNTIMES[0]}`"
    assert rows["RETENTION_DAYS"].default == "`0`"
    assert SCF_DEPLOY.replace("--yes ", "") in GUIDES[language]


@languages
def test_the_sample_env_is_read_as_it_looks_and_is_safe(language: str) -> None:
    (sample,) = re.findall(r"```sh\n((?:.*\n)*?) *```", section(language, 1))
    values = parse(sample)
    assert list(warnings(sample)) == []
    assert set(values) <= set(table(language))
    assert values["SPEND_CAP_PER_DAY"] == "200"
    assert values["COS_BUCKET"] == "backdrop-1250000000"
    needed = {row.name for row in table(language).values() if row.default == NEEDED[language]}
    assert needed <= set(values)


@languages
def test_the_steps_are_as_many_as_the_guide_says_and_at_most_twelve(language: str) -> None:
    steps = re.findall(r"^(\d+)\. ", section(language, 1), re.MULTILINE)
    assert steps == [str(number) for number in range(1, 12)]
    assert NUMBERS[language] in section(language, 1)


@languages
def test_what_has_to_be_done_before_the_deploy_stands_before_it(language: str) -> None:
    text = section(language, 1)
    before = text[: text.index("`make deploy`")]
    wanted = ("SCF_QcsRole", "SLS_QcsRole", "cam:PassRole", "sts:AssumeRole", "CLSReadOnly")
    assert [one for one in wanted if one not in before] == []
    assert "aiart:ReplaceBackground" in before
    after = text[text.index("`make deploy`") :]
    assert after.index("LINK_BASE_URL=https://") < after.index("BOT-URL.example")
