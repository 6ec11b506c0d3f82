"""Call URLs that users have sent, without ever reaching the internal network (SSRF).

Built on ``http.client``, which follows no redirect, keeps no cookie, reads no proxy or .netrc from
the environment and decompresses nothing. The library ``microsoft-antissrf`` 1.0.0 is no choice: it
needs Python 3.11 (SCF has 3.10), limits neither bytes nor time, heeds the environment and lets
``::127.0.0.1`` pass.
"""

from functions.jobs.url_policy import UrlPolicy, UrlRefused
from functions.worker.safe_http.connect import Deadline, KeptConnections
from functions.worker.safe_http.fetch import USER_AGENT, HttpResult, fetch, post

__all__ = [
    "USER_AGENT",
    "Deadline",
    "HttpResult",
    "KeptConnections",
    "UrlPolicy",
    "UrlRefused",
    "fetch",
    "post",
]
