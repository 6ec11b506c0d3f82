"""Provide one COS stand-in for this folder, reset for each test."""

import pytest

from functions.jobs.bucket import Keys
from tests.conftest import KEYS


@pytest.fixture
def keys() -> Keys:
    return KEYS
