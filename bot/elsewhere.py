"""A photo at an address outside of Slack, checked before its job is accepted."""

from bot.desk import Desk
from functions.jobs.addresses import OutsideRules, Unfetchable, check_url
from functions.jobs.errors import ErrorCode
from functions.jobs.model import PhotoUrl


def photo_at(url: str, desk: Desk) -> PhotoUrl:
    """The photo at ``url``, as far as its rules can be told without a look-up.

    Raises ``Refused``: whoever typed the address reads at once what is wrong with it.
    """
    rules = OutsideRules(allow_loopback_http=desk.config.bucket.scheme == "http")
    try:
        check_url(url, rules)
    except Unfetchable as error:
        raise error.refusal(ErrorCode.PHOTO_NOT_FETCHED, "photo") from error
    return PhotoUrl(url=url)
