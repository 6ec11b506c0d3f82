"""One COS stand-in for this folder, as new for each test."""

from collections.abc import Iterator

import pytest

from functions.jobs.bucket import Keys
from tests.conftest import KEYS
from tests.jobs.driving import Cos, running_cos


@pytest.fixture(scope="session")
def standing_cos() -> Iterator[Cos]:
    with running_cos() as cos:
        yield cos


@pytest.fixture
def cos(standing_cos: Cos) -> Cos:
    standing_cos.reset()
    return standing_cos


@pytest.fixture
def cos_at(cos: Cos) -> str:
    """In place of the common fixture, which starts a server for every test."""
    return cos.address


@pytest.fixture
def keys() -> Keys:
    return KEYS
