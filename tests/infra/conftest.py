"""Provide what the tests of the deployment share: the package, a deployment, an account."""

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from infra.deploy import functions
from infra.dotenv import ROOT, RUNTIMES
from infra.local import cloudapi
from infra.package import build as building
from infra.package.build import BESIDE, OWN, Built, build, find_python
from infra.package.wheels import fetch, locked
from tests.conftest import BUCKET, KEYS, OPERATORS, REGION
from tests.infra.account import Account
from tests.infra.patient import Patient, as_usual, on_this_python, well

Serve = Callable[..., dict[str, str]]
Wheels = Callable[[str], list[Path]]

LOCK = ROOT / "requirements.txt"

needs_python310 = pytest.mark.usefixtures("_python310")


@cache
def python(runtime: str) -> str:
    """Find a Python of that version when a test needs it; empty if there is none."""
    return find_python(runtime)


@pytest.fixture
def _python310() -> None:
    if not python("3.10"):
        pytest.skip("no python3.10 on this machine, so the package cannot be run")


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy our code as it is now, because it may be edited while the tests run."""
    folder = tmp_path_factory.mktemp("sources")
    for part in OWN:
        shutil.copytree(ROOT / part, folder / part)
    for name in BESIDE:
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Wheels:
    """Give a function that fetches the package's dependencies for a Python, each file only once.

    Files that suit any Python are fetched for the first one.
    """

    @cache
    def fetched(runtime: str) -> list[Path]:
        wanted = locked(LOCK.read_text("utf-8"), runtime)
        for_any: dict[str, Path] = {}
        if runtime != RUNTIMES[0]:
            for_any = {
                canonicalize_name(file.name.partition("-")[0]): file
                for file in fetched(RUNTIMES[0])
                if file.stem.endswith("-any") or file.suffix == ".gz"
            }
        rest = [one for one in wanted if one.name not in for_any]
        same = [for_any[one.name] for one in wanted if one.name in for_any]
        return fetch(rest, tmp_path_factory.mktemp("wheels"), runtime) + same

    return fetched


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, sources: Path, wheels: Wheels) -> Built:
    """Build the package as ``make package`` does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "fetch", lambda _wanted, _into, runtime: wheels(runtime))
        return build(LOCK, tmp_path_factory.mktemp("build"), python=python("3.10"), root=sources)


@pytest.fixture(scope="package")  # ended early: its processes use the CPU even when idle
def standing_patient() -> Iterator[Patient]:
    with on_this_python(), well() as healthy:
        yield healthy


@pytest.fixture
def patient(standing_patient: Patient) -> Iterator[Patient]:
    """Give a whole deployment that is as it should be, and restore it after the test."""
    with on_this_python():
        yield standing_patient
    as_usual(standing_patient)


@pytest.fixture
def account(
    serve: Serve,
    cos_at: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Account:
    """Make an account to which nothing has been deployed."""
    monkeypatch.setattr(functions, "LOOK_EVERY_S", 0.001)
    at = {"cos": cos_at, **serve(cloudapi.create, "scf-api", "cam-api", keys=OPERATORS)}
    environ = {
        "TENCENT_SECRET_ID": KEYS.secret_id,
        "TENCENT_SECRET_KEY": KEYS.secret_key,
        "COS_BUCKET": BUCKET,
        "COS_REGION": REGION,
        "COS_ENDPOINT": at["cos"],
        "SCF_API_ENDPOINT": at["scf-api"],
        "CAM_API_ENDPOINT": at["cam-api"],
        "SLACK_BOT_TOKEN": "xoxb-a-secret-of-the-operator",
    }
    return Account(at, environ, capsys)
