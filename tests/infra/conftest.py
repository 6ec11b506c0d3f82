"""What the tests of the deployment share: the package, built once."""

import shutil
from pathlib import Path

import pytest

from infra.operator import ROOT
from infra.package import BOOTSTRAP, OWN, Built, build, find_python

PYTHON310 = find_python()
needs_python310 = pytest.mark.skipif(
    not PYTHON310, reason="no python3.10 on this machine, so the package cannot be run"
)


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our code as it is now: somebody may be working on it while the tests run."""
    folder = tmp_path_factory.mktemp("sources")
    for part in OWN:
        shutil.copytree(ROOT / part, folder / part)
    shutil.copy(ROOT / BOOTSTRAP, folder)
    return folder


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, sources: Path) -> Built:
    """The package as ``make package`` builds it."""
    out = tmp_path_factory.mktemp("build")
    return build(ROOT / "requirements.txt", out, python=PYTHON310, root=sources)
