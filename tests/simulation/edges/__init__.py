"""Stand in, in memory, for all that the product calls: bucket, Slack, aiart, others' servers.

Each behaves as the strict stand-in of ``infra/local`` does (``test_edges_behave_alike.py``).
"""
