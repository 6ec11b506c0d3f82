"""What the small scenarios share that run one after the other on one stack."""

import pytest

from infra.load.system import System


@pytest.fixture
def yard(standing: System) -> System:
    """The module's ``standing`` stack, as new."""
    standing.start_over()
    return standing
