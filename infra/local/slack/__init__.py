"""Stand in for Slack over HTTP on loopback: its Web API, its events, and its people.

What the app sees, as at Slack:
``/api/<method>``, ``/upload/v1/...``, ``/files-pri/...``, ``/response/...``; and signed requests
to the URLs it was registered with.

What a person does (``/_client``, JSON): POST ``files`` ``messages`` ``actions`` ``shortcuts``
``commands`` ``views/submit`` ``views/close`` ``home`` ``functions`` ``read``, PATCH and DELETE
``messages``. What a person sees: GET ``state`` ``messages`` ``views`` ``executions`` ``files/<id>``
and ``wait``, which answers when something has changed.

What a script sets and reads (``/_control``, beside what all stand-ins have): ``settings`` ``app``
``deliveries`` ``redeliver`` ``deliver``.
"""

from infra.local.slack.app import create

__all__ = ["create"]
