"""Provide the stack on which the small scenarios run one after the other."""

import pytest

from infra.load.system import System


@pytest.fixture
def yard(standing: System) -> System:
    """Reset the module's ``standing`` stack for a test."""
    standing.start_over()
    return standing
