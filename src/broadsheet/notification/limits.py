"""Limits on what strangers can make us send.

The rule: of one address and topic one confirmation waits at a time; to one mailbox (whatever its address has after a
plus, whatever dots) go at most `CONFIRMATIONS` confirmations and `OVERVIEWS` overviews a day; from one client (an IPv6
network of /64 is one) come at most `REQUESTS` requests an hour. A client beyond its limit is told to wait. Beyond the
others nothing is sent and the answer is the same, or one could ask who reads what.
"""

from __future__ import annotations

from datetime import timedelta

from broadsheet.gate.limits import Limit

CONFIRMATIONS = Limit("confirmations", 5, timedelta(days=1))
OVERVIEWS = Limit("overviews", 3, timedelta(days=1))
REQUESTS = Limit("requests", 30, timedelta(hours=1))
