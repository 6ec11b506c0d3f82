"""``infra.doctor --live``: one paid picture, what it tells, and stand-ins that take it over."""

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests
from PIL import UnidentifiedImageError

from infra.doctor import __main__ as doctor
from infra.doctor import live
from infra.doctor.finding import Finding
from infra.doctor.measured import Measured
from infra.dotenv import ROOT
from infra.local import measured as taken_over
from infra.local.http import call
from infra.local.polling import until
from infra.local.slack.world import PRODUCT_PHOTOS_ID
from tests.infra.patient import Patient, as_usual, on_this_python

AS_SET: dict[str, dict[str, Any]] = {
    "aiart": {"implicit_label": True, "product_stays": True},
    "cos": {"put_if_match": True, "put_if_none_match": False},
}


def measure(patient: Patient, file: Path) -> list[Finding]:
    environ = {**patient.environ, "ADMIN_CHANNEL": PRODUCT_PHOTOS_ID}
    return list(live.check(environ, file))


@dataclass
class Done:
    """One measurement: what it found, wrote, paid for and called in Slack."""

    found: list[Finding]
    file: Path
    paid: int
    calls: list[dict[str, Any]]


@pytest.fixture(scope="module")
def done(standing_patient: Patient, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """A measurement with everything as it was set, made once."""
    patient, file = standing_patient, tmp_path_factory.mktemp("live") / "measured.json"
    paid = patient.paid()
    before = max((row["n"] for row in patient.control("slack", "GET", "calls")), default=0)
    with on_this_python():
        for name, settings in AS_SET.items():
            patient.control(name, "PUT", "settings", settings)
        found = measure(patient, file)
    as_usual(patient)
    calls = patient.control("slack", "GET", f"calls?since={before}")
    return Done(found, file, patient.paid() - paid, calls)


def test_one_picture_is_paid_for_and_what_it_tells_is_written_down(done: Done) -> None:
    assert [one.line() for one in done.found if one.state != "ok"] == []
    assert done.paid == 1

    known = msgspec.json.decode(done.file.read_bytes(), type=Measured)
    assert known.aiart
    assert known.slack
    assert known.aiart.product
    assert known.aiart.product.stays
    assert (known.aiart.mask_frame, known.slack.preview) == ("photo", "fetched")
    assert known.aiart.implicit_labels == ["TC260", "AIGC"]
    assert (known.aiart.photo_px, known.aiart.result_px) == ((900, 900), (1280, 1280))
    assert known.aiart.seconds_per_call >= 0.1
    assert known.cos.missing_key_status == 404
    assert (known.cos.put_if_match, known.cos.put_if_none_match) == (True, False)
    assert known.cos.simultaneous_creates == (8, 1)
    assert set(known.functions) == {"bot", "gateway", "worker"}
    assert known.functions["worker"].heic is True
    mark = done.file.with_name("measured.mark.png")
    assert mark.read_bytes().startswith(b"\x89PNG")


def test_no_secret_no_address_and_no_id_is_in_the_file(patient: Patient, done: Done) -> None:
    text = done.file.read_text("utf-8")
    for name, value in patient.environ.items():
        if name not in {"COS_REGION", "AIART_REGION", "PYTHON_RUNTIME"}:
            assert value not in text, name
    assert "127.0.0.1" not in text
    assert "AKID" not in text
    assert PRODUCT_PHOTOS_ID not in text
    functions = json.loads(text)["functions"]
    assert functions["worker"]["aiart"]["request_id"] == ""


def test_the_message_goes_and_the_picture_is_deleted(patient: Patient, done: Done) -> None:
    assert [row["error"] for row in done.calls if row["op"] == "chat.delete"][-1] == ""
    timer = {"Type": "Timer", "TriggerName": "every-minute", "Message": "sweep"}

    def swept() -> bool:
        call("POST", f"http://{patient.stack.addresses['scf']}/invoke/worker", timer)
        return not patient.control("cos", "GET", "objects?prefix=results/")

    until(swept, what="the worker to delete the picture")
    assert patient.control("cos", "GET", "objects?prefix=doctor/") == []


def test_a_preview_that_slack_did_not_fetch_is_told(patient: Patient, tmp_path: Path) -> None:
    patient.control("slack", "PUT", "settings", {"image_failures": 1000})
    found = {one.name: one.said for one in measure(patient, tmp_path / "measured.json")}
    assert found["preview"].startswith("uploaded")


def test_a_picture_that_cannot_be_measured_is_told_and_taken_away(
    patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is paid for by then."""

    results, get = patient.stack.addresses["aiart-results"], requests.get

    def answer(url: str, **how: Any) -> requests.Response:
        if results in url:
            raise requests.ConnectionError
        return get(url, **how)

    monkeypatch.setattr("infra.doctor.live.requests.get", answer)
    file = tmp_path / "measured.json"
    *_, stopped, after = measure(patient, file)
    assert stopped.said == "aiart's own file cannot be read (ConnectionError)"
    assert (after.name, after.state) == ("afterwards", "ok")
    assert not file.exists()


def test_a_file_that_is_no_picture_is_taken_away_too(
    patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_picture(_: bytes) -> bytes:
        raise UnidentifiedImageError

    monkeypatch.setattr(live, "corner", no_picture)
    environ = {**patient.environ, "ADMIN_CHANNEL": PRODUCT_PHOTOS_ID}
    check = partial(live.check, file=tmp_path / "measured.json")
    *_, after, failed = doctor.examine(environ, {"live": check})
    assert (after.name, after.state) == ("afterwards", "ok")
    assert failed.said == "the check itself failed (UnidentifiedImageError)"


def test_nothing_is_paid_for_where_the_worker_could_not_do_it(
    patient: Patient, tmp_path: Path
) -> None:
    refused = {"op": "ReplaceBackground", "error": "ResourceUnavailable.InArrears"}
    patient.control("aiart", "POST", "faults", refused)
    before, file = patient.paid(), tmp_path / "measured.json"
    (stopped,) = measure(patient, file)
    assert (stopped.name, stopped.state) == ("worker: way to aiart", "wrong")
    assert patient.paid() == before
    assert not file.exists()
    assert patient.control("cos", "GET", "objects?prefix=requests/") == []


def test_a_picture_that_aiart_refuses_is_told_with_its_request_id(
    patient: Patient, tmp_path: Path
) -> None:
    refused = {"op": "ReplaceBackground", "error": "OperationDenied.TextIllegalDetected"}
    patient.control("aiart", "POST", "faults", refused | {"skip": 1, "times": -1})
    found = measure(patient, tmp_path / "measured.json")[-1]
    assert (found.name, found.state) == ("picture", "wrong")
    assert "OperationDenied.TextIllegalDetected" in found.said


def test_without_a_channel_to_show_it_in_nothing_is_done(patient: Patient, tmp_path: Path) -> None:
    (found,) = live.check(patient.environ, tmp_path / "measured.json")
    assert found.state == "skipped"
    assert "Set ADMIN_CHANNEL" in found.do


def test_nobody_pays_without_having_agreed(
    patient: Patient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    file, before = tmp_path / "measured.json", patient.paid()
    monkeypatch.setattr(doctor, "operator_environment", lambda: patient.environ)
    monkeypatch.setattr("sys.argv", ["doctor", "--live", str(file)])
    assert doctor.main() == 1
    assert "Nothing was done" in capsys.readouterr().out
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "n")
    assert doctor.main() == 1
    assert (patient.paid(), file.exists()) == (before, False)


# --- the stand-ins take it over

MEASURED: dict[str, Any] = {
    "version": 1,
    "measured_on": "2026-11-27",
    "region": "ap-guangzhou",
    "functions": {
        name: {"function": name, "python": "3.10.1", "glibc": "", "code": "", "keys": "environment"}
        for name in ("bot", "gateway", "worker")
    },
    "cos": {"missing_key_status": 403, "put_if_match": True, "put_if_none_match": None},
    "aiart": {
        "seconds_per_call": 0.5,
        "photo_px": [900, 900],
        "asked_px": [1280, 1280],
        "result_px": [1280, 1280],
        "result_bytes": 1,
        "product": {"stays": True, "scale": 1, "shift_x": 0, "shift_y": 0, "difference": 1},
        "mask_frame": "result",
        "implicit_labels": ["TC260"],
    },
    "slack": {"preview": "uploaded"},
}


def test_each_stand_in_gets_what_was_measured_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "measured.json"
    file.write_text(json.dumps(MEASURED))
    assert taken_over.settings(taken_over.read(file)) == {
        "aiart": {
            "duration_s": 0.5,
            "implicit_label": True,
            "mask_frame": "result",
            "product_stays": True,
        },
        "cos": {"missing_key_status": 403, "put_if_match": True},
        "slack": {"image_failures": taken_over.ALL_DOWNLOADS},
        "scf": {"key_headers": False},
    }


def test_what_the_doctor_writes_the_stand_ins_read(tmp_path: Path) -> None:
    file = tmp_path / "measured.json"
    whole = msgspec.convert(MEASURED, Measured)
    file.write_bytes(msgspec.json.encode(whole))
    assert taken_over.read(file).aiart
    file.write_text("{}")
    with pytest.raises(taken_over.NotMeasured, match="is no file of infra"):
        taken_over.read(file)


def test_a_stack_can_be_started_as_measured(tmp_path: Path) -> None:
    file, ready = tmp_path / "measured.json", tmp_path / "ready.json"
    file.write_text(json.dumps(MEASURED))
    command = [sys.executable, "-m", "infra.local", "up", "--ready", str(ready)]
    with subprocess.Popen(
        [*command, "--as-measured", str(file)], cwd=ROOT, stdout=subprocess.DEVNULL
    ) as stack:
        try:
            until(ready.is_file, what="the stack", limit_s=60)
            at = json.loads(ready.read_text())
            settings = requests.get(f"http://{at['aiart_endpoint']}/_control/settings", timeout=9)
            assert settings.json()["mask_frame"] == "result"
            keys = requests.get(f"{at['bot_url']}/healthz", timeout=9).headers["x-role-keys"]
            assert keys == "environment"
        finally:
            stack.terminate()
    file.write_text("[]")
    refused = subprocess.run(
        [*command, "--as-measured", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 2
    assert "is no file of infra.doctor --live" in refused.stderr
    assert "Traceback" not in refused.stderr
