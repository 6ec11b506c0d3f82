"""Whatever strangers, vendors and people may send, by the thousand: none of it breaks anything.

What has ever failed stands beside its test as an ``@example``, with a line of why.
"""
