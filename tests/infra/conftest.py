"""What the tests of the deployment share: the package, built once."""

import pytest

from infra.operator import ROOT
from infra.package import Built, build, find_python

PYTHON310 = find_python()
needs_python310 = pytest.mark.skipif(
    not PYTHON310, reason="no python3.10 on this machine, so the package cannot be run"
)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The package as ``make package`` builds it."""
    return build(ROOT / "requirements.txt", tmp_path_factory.mktemp("build"), python=PYTHON310)
