"""``python -m infra.jobs logos``: what nothing needs goes, and nothing else."""

from collections.abc import Iterator

import msgspec
import pytest

from functions.jobs.bucket_layout import WORKSPACE_SCENES
from functions.jobs.ledger import Ledger
from functions.jobs.scenes import Scene, save_scene
from functions.jobs.wish import Logo, Wish
from infra.jobs import logos
from infra.jobs.__main__ import main
from tests.conftest import Cos
from tests.infra.test_jobs import env_file, operator
from tests.worker.conftest import WorkerHarness, standing_environ, worker

__all__ = ["env_file", "operator", "standing_environ", "worker"]


def test_a_logo_goes_when_no_scene_no_open_job_and_no_picture_has_it(
    operator: WorkerHarness, capsys: pytest.CaptureFixture[str]
) -> None:
    bucket, cos = operator.ledger.bucket, Cos(operator.environ["COS_ENDPOINT"])
    names = ("of-a-scene", "asked-for", "made", "nobodys", "new")
    for name in names:
        cos.write(f"logos/{name}.png", b"png", age_s=0 if name == "new" else 90_000)
    scene = Scene(name="summer", prompt="x", logo=Logo(url="", key="logos/of-a-scene.png"))
    save_scene(bucket, WORKSPACE_SCENES, scene, may_change=lambda _: True)
    (made,) = operator.ask(Wish(prompt="x"))
    operator.run()
    outcome = operator.outcome(made)
    job = msgspec.structs.replace(
        made, wish=Wish(prompt="x", logo=Logo(url="", key="logos/made.png")), nonce=""
    )
    cos.write(
        f"done/{made.id}.json", msgspec.json.encode(msgspec.structs.replace(outcome, job=job))
    )
    operator.ask(Wish(prompt="x", logo=Logo(url="", key="logos/asked-for.png")))
    capsys.readouterr()
    assert main(["logos"]) == 0
    assert capsys.readouterr().out == "1 logos removed, 3 are needed\n"
    assert operator.keys("logos/") == sorted(
        f"logos/{one}.png" for one in names if one != "nobodys"
    )


def test_one_that_is_uploaded_again_while_it_looks_stays(
    operator: WorkerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its scene may be saved a moment after the scenes were listed."""
    cos = Cos(operator.environ["COS_ENDPOINT"])
    cos.write("logos/again.png", b"png", age_s=90_000)

    def meanwhile(_: Ledger) -> Iterator[str]:
        cos.write("logos/again.png", b"png")
        yield from ()

    monkeypatch.setattr(logos, "_of_jobs", meanwhile)
    assert main(["logos"]) == 0
    assert operator.keys("logos/") == ["logos/again.png"]


def test_a_scene_that_cannot_be_read_stops_it(
    operator: WorkerHarness, capsys: pytest.CaptureFixture[str]
) -> None:
    cos = Cos(operator.environ["COS_ENDPOINT"])
    cos.write("logos/old.png", b"png", age_s=90_000)
    cos.write(f"{WORKSPACE_SCENES}onxxi.json", b"{")
    assert main(["logos"]) == 1
    assert "not done: scenes/workspace/onxxi.json" in capsys.readouterr().err
    assert operator.keys("logos/") == ["logos/old.png"]
