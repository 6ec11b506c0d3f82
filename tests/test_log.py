"""The log: one line of JSON for each step, and nothing in it that must not be kept."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st

from functions import log

SIGNED = "https://bucket.cos.example/photo.png?q-signature=3b8851a11a569213&x-cos-security-token=t"


class Lines:
    """What our own logging writes, read as JSON."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self._written = io.StringIO()

    def start(self, level: str) -> None:
        self._monkeypatch.setattr(sys, "stdout", self._written)
        log.start_logging(level)

    def __call__(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._written.getvalue().splitlines()]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    root = logging.getLogger()
    before = root.handlers[:], root.level, log.logger.level
    started = Lines(monkeypatch)
    started.start("INFO")
    yield started
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    log.logger.setLevel(before[2])


def lost() -> None:
    raise OSError(f"no route to {SIGNED}")


def fetch() -> None:
    """Fails as a client library does, with a signed URL in the text."""
    try:
        lost()
    except OSError as error:
        raise RuntimeError(f"cannot get {SIGNED}") from error


def crash() -> Exception:
    """The exception that ``fetch`` raises."""
    try:
        fetch()
    except RuntimeError as error:
        return error
    raise AssertionError("it did not fail")


def test_a_line_has_a_time_a_level_and_what_happened(lines: Lines) -> None:
    log.log("accepted", job="a", new=True)
    (line,) = lines()
    assert line.pop("at").endswith("Z")
    assert line == {"level": "INFO", "what": "accepted", "job": "a", "new": True}


def test_a_warning_says_that_it_is_one(lines: Lines) -> None:
    log.warn("nobody told", job="a")
    assert lines()[0]["level"] == "WARNING"


def test_a_crash_is_a_line_with_types_and_places_and_without_texts(lines: Lines) -> None:
    log.log_crash("crash", crash(), job="a")
    (line,) = lines()
    assert (line["level"], line["error"], line["cause"]) == ("ERROR", "RuntimeError", "OSError")
    assert line["trace"][0].startswith("test_log.py:")
    assert [place.split()[1] for place in line["trace"]] == ["crash", "fetch"]
    assert "signature" not in json.dumps(line)


def test_a_crash_without_a_cause_names_none(lines: Lines) -> None:
    log.log_crash("crash", ValueError(SIGNED))
    (line,) = lines()
    assert "cause" not in line
    assert line["trace"] == []


def test_an_exception_that_somebody_else_logs_has_no_text_either(lines: Lines) -> None:
    try:
        fetch()
    except RuntimeError:
        logging.getLogger("a.library").exception("could not fetch %s", SIGNED)
    (line,) = lines()
    assert (line["logger"], line["error"]) == ("a.library", "RuntimeError")
    assert line["what"] == "could not fetch <url>"
    assert "signature" not in json.dumps(line)


def test_others_are_heard_from_warnings_on(lines: Lines) -> None:
    other = logging.getLogger("a.library")
    other.debug("token xoxb-1")
    other.info("POST /api")
    other.warning("slow")
    assert [line["what"] for line in lines()] == ["slow"]


def test_what_the_server_could_not_handle_is_logged_like_everything_else(
    lines: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    """uvicorn sets its own loggers up before it builds the app."""
    uvicorn.Config("no:app")
    lines.start("INFO")
    error = crash()
    logging.getLogger("uvicorn.error").info("Uvicorn running on http://0.0.0.0:9000")
    logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=error)
    (line,) = lines()
    assert line["error"] == "RuntimeError"
    assert "signature" not in json.dumps(line)
    assert capsys.readouterr().err == ""


def test_a_level_keeps_our_own_lines_back(lines: Lines) -> None:
    lines.start("WARNING")
    log.log("a step")
    log.warn("a warning")
    assert [line["what"] for line in lines()] == ["a warning"]


@given(st.text(), st.dictionaries(st.text(), st.text() | st.integers() | st.none(), max_size=3))
def test_whatever_is_logged_is_one_line_of_json(what: str, fields: dict[str, Any]) -> None:
    record = logging.LogRecord("backdrop", logging.INFO, __file__, 1, "%s", (what,), None)
    record.fields = fields
    line = log._Line().format(record)
    assert "\n" not in line
    assert isinstance(json.loads(line), dict)


# --- steps


def test_a_step_is_logged_with_its_duration_and_what_it_found(lines: Lines) -> None:
    with log.timed_step("job-1", "staged") as fields:
        fields["width"] = 600
    (line,) = lines()
    assert (line["job"], line["step"], line["outcome"], line["width"]) == (
        "job-1",
        "staged",
        "ok",
        600,
    )
    assert line["ms"] >= 0


def test_a_step_that_fails_is_logged_by_its_exceptions_name_and_raises(lines: Lines) -> None:
    with pytest.raises(RuntimeError), log.timed_step("job-1", "staged"):
        fetch()
    (line,) = lines()
    assert line["outcome"] == "RuntimeError"
    assert "signature" not in json.dumps(line)


def test_a_step_may_name_its_own_outcome(lines: Lines) -> None:
    def refuse() -> None:
        with log.timed_step("job-1", "staged") as fields:
            fields["outcome"] = "photo_empty"
            fetch()

    with pytest.raises(RuntimeError):
        refuse()
    assert lines()[0]["outcome"] == "photo_empty"
