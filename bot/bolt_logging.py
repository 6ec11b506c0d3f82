"""Keep two warnings out of the log that Bolt writes at every start and that mean nothing here."""

import logging

from slack_bolt.logger.messages import (
    warning_client_prioritized_and_token_skipped,
    warning_token_skipped,
)

# SLACK_BOT_TOKEN is in the environment, where Bolt looks for it too; our client has it already.
_MEANT = {warning_client_prioritized_and_token_skipped(), warning_token_skipped()}


def leave_out_token_warnings() -> None:
    """Drop two lines of ``App()``'s (slack_bolt 1.30.0); all others are logged as before."""
    logging.getLogger("slack_bolt.App").addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    return record.getMessage() not in _MEANT
