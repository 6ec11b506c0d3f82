"""Serve the chat page: the whole product in a browser tab, on top of the Slack stand-in.

``static/`` holds the page (HTML, CSS and plain ES modules, no build step). ``routes`` makes the
routes that the Slack stand-in serves for the page; to act as a person, the page calls the
stand-in's ``/_client``, as the tests do. ``samples/`` holds four product photos. They show no real
products, but were rendered from formulas (``render_samples.py`` in this repository's history), so
that nobody's rights are touched.
"""

from infra.local.page.routes import routes

__all__ = ["routes"]
