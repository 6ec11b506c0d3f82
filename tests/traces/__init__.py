"""Record what the product does today, so that a change of it shows as a difference.

``golden/`` holds each gesture's calls, what is shown in Slack, the records' schemas and the API's
description. ``make traces`` writes them anew.
"""
