"""Keep two of Bolt's warnings, given at every start about settings we intend, out of the log."""

import logging

from slack_bolt.logger.messages import (
    warning_client_prioritized_and_token_skipped,
    warning_token_skipped,
)

# SLACK_BOT_TOKEN is in the environment, where Bolt looks for it too; our client has it already.
_MEANT = {warning_client_prioritized_and_token_skipped(), warning_token_skipped()}


def leave_out_token_warnings() -> None:
    """Drop two warnings of ``App()`` (slack_bolt 1.30.0); all others are logged as before."""
    logging.getLogger("slack_bolt.App").addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    return record.getMessage() not in _MEANT
