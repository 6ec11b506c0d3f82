"""The chat page: the whole product in a browser tab, on top of the Slack stand-in.

``static/`` holds the page (HTML, CSS and plain ES modules, no build step), ``samples/`` product
photos that ``render_samples.py`` has made. ``routes`` gives what the Slack stand-in serves beside
its own endpoints; the page itself acts through those (``/_client``), as tests do.
"""

from infra.local.page.routes import routes

__all__ = ["routes"]
