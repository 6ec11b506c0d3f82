"""What the product does today, written down: a change that means to alter it shows the difference.

``golden/`` holds each gesture's calls, what is shown in Slack, the records' schemas and the API's
description. ``make traces`` writes them anew.
"""
