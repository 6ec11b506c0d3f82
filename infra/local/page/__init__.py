"""Serve the chat page: the whole product in a browser tab, on top of the Slack stand-in.

``static/`` holds the page (HTML, CSS and plain ES modules, no build step). ``routes`` gives what
the Slack stand-in serves beside its own endpoints; the page itself acts through those
(``/_client``), as tests do. ``samples/`` holds four product photos. Their products exist nowhere:
they were rendered from formulas (``render_samples.py`` in this repository's history), so no one's
rights are touched.
"""

from infra.local.page.routes import routes

__all__ = ["routes"]
