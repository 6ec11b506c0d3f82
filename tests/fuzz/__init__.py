"""Try thousands of inputs that strangers, vendors and people may send: none may break anything.

An input that once failed is kept beside its test as an ``@example``, with a line that says why.
"""
