"""Stand in for Slack over HTTP on loopback: for its Web API, its events, and the people in it.

The app calls the same paths as at Slack: ``/api/<method>``, ``/upload/v1/...``,
``/files-pri/...``, ``/files-tmb/...``, ``/response/...``. The stand-in sends signed requests to
the URLs that were registered for the app (``PUT /_control/app``).

The chat page and the tests act as a person below ``/_client`` (JSON): POST ``files`` ``messages``
``archive`` ``actions`` ``shortcuts`` ``commands`` ``views/submit`` ``views/close`` ``home``
``functions`` ``read``, PATCH and DELETE ``messages``. They read what that person sees: GET
``state`` ``messages`` ``views`` ``executions`` ``files/<id>``, and ``wait``, which answers when
something has changed.

Scripts and tests control the stand-in below ``/_control``: ``settings`` ``app`` ``deliveries``
``redeliver`` ``deliver`` ``guest`` ``shown`` ``people`` ``other_app`` ``uninstall`` ``install``,
and the routes that all stand-ins have.
"""

from infra.local.slack.app import create

__all__ = ["create"]
