"""What the product speaks to, in memory: the bucket, Slack, aiart, and other people's servers.

Each behaves as the strict stand-in of ``infra/local`` does (``test_edges_behave_alike.py``).
"""
