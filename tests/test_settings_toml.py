"""settings.toml: choices that need no variable; what is wrong in it is named with its key."""

import re
from pathlib import Path

import pytest

from functions.config import (
    SETTINGS_TOML,
    Choices,
    bot_config,
    gateway_config,
    worker_config,
)
from functions.environment import ConfigError, chosen
from tests.test_config import BOT, GATEWAY, WORKER

NAME = "WORKER_SILENT_AFTER_S"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def test_what_is_not_chosen_has_its_default(file: Path) -> None:
    assert chosen(Choices, file, {}) == Choices()
    file.write_text("# nothing\n")
    assert chosen(Choices, file, {NAME: "undefined"}) == Choices(worker_silent_after_s=300)


def test_every_function_reads_the_file(file: Path) -> None:
    file.write_text("worker_silent_after_s = 600\n")
    wanted = Choices(worker_silent_after_s=600)
    assert bot_config(BOT, settings=file).choices == wanted
    assert gateway_config(GATEWAY, settings=file).choices == wanted
    assert worker_config(WORKER, settings=file).choices == wanted


def test_a_variable_of_the_same_name_in_capitals_wins(file: Path) -> None:
    file.write_text("worker_silent_after_s = 600\n")
    assert bot_config({**BOT, NAME: " 900 "}, settings=file).choices == Choices(900)
    assert bot_config({**BOT, NAME: "undefined"}, settings=file).choices == Choices(600)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("worker_silent_after_s = '600'", "settings.toml: worker_silent_after_s is malformed: "),
        ("worker_silent_after_s = 600.0", "settings.toml: worker_silent_after_s is malformed: "),
        ("worker_silent_after_s = true", "settings.toml: worker_silent_after_s is malformed: "),
        ("worker_silent_after_s = 59", "settings.toml: worker_silent_after_s is malformed: "),
        ("worker_silent_after = 600", "settings.toml: worker_silent_after is unknown; there are "),
        ("[worker]\nsilent_after_s = 600", "settings.toml: worker is unknown; there are "),
        ("WORKER_SILENT_AFTER_S = 600", "settings.toml: WORKER_SILENT_AFTER_S is unknown"),
        ('price_currency = "CNY\\n"', "settings.toml: price_currency is malformed: "),
        ('label_producer = "Example\\n"', "settings.toml: label_producer is malformed: "),
        ("worker_silent_after_s: 600", "settings.toml cannot be read: .*line 1"),
        ("worker_silent_after_s = 1\nworker_silent_after_s = 2", "settings.toml cannot be read: "),
    ],
)
def test_what_is_wrong_in_it_stops_the_start_with_file_and_key(
    file: Path, text: str, complaint: str
) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError, match=f"^{complaint}"):
        worker_config(WORKER, settings=file)


def test_a_file_that_is_not_utf_8_is_named(file: Path) -> None:
    file.write_bytes(b"# caf\xe9\n")
    with pytest.raises(ConfigError, match=r"^settings\.toml cannot be read"):
        bot_config(BOT, settings=file)


def test_a_wrong_file_is_named_though_a_variable_would_win(file: Path) -> None:
    file.write_text("worker_silent_after_s = 1\n")
    with pytest.raises(ConfigError, match=r"^settings\.toml: worker_silent_after_s"):
        bot_config({**BOT, NAME: "600"}, settings=file)


@pytest.mark.parametrize("value", ["soon", "59", "1.5", "hunter2-a-secret"])
def test_a_malformed_variable_is_named_without_its_value(file: Path, value: str) -> None:
    with pytest.raises(ConfigError, match=f"^{NAME} is malformed: ") as error:
        gateway_config({**GATEWAY, NAME: value}, settings=file)
    assert len(value) < 4 or value not in str(error.value)


def test_the_file_that_is_deployed_offers_every_choice_with_its_default(file: Path) -> None:
    deployed = SETTINGS_TOML.read_text("utf-8")
    offered = re.findall(r"^# (\w+ = .*)$", deployed, re.MULTILINE)
    assert [line.partition(" ")[0] for line in offered] == list(Choices.__struct_fields__)
    file.write_text("\n".join(offered))
    assert chosen(Choices, file, {}) == chosen(Choices, SETTINGS_TOML, {}) == Choices()
