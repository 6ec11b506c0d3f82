"""Provide a workspace that speaks Socket Mode."""

from collections.abc import Iterator

import pytest

from tests.dev.socket_slack import SocketSlack, running_socket_slack


@pytest.fixture
def socket_slack() -> Iterator[SocketSlack]:
    with running_socket_slack() as slack:
        yield slack
