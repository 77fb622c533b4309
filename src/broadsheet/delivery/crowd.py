"""How many listen at once, or ask: in all, and from each network."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

# Streams of one process, and as many questions. Each is a connection, of which site/web.py admits a third more, so that
# pages get through.
MOST = 12_000
# From one address, or one /64 of IPv6, in one process: a family, a small office. Whoever comes later there asks again
# and again instead, which works as well.
MOST_OF_NETWORK = 32


class Full(Exception):
    """Nobody more can listen; `is_of_network` when only from this network."""

    def __init__(self, *, is_of_network: bool) -> None:
        super().__init__()
        self.is_of_network = is_of_network


class Crowd:
    """Everybody who listens in one process, or everybody who asks."""

    def __init__(self, most: int = MOST, most_of_network: int = MOST_OF_NETWORK) -> None:
        self._most = most
        self._most_of_network = most_of_network
        self._of_network: Counter[str] = Counter()
        self._all = 0

    @contextmanager
    def joined(self, network: str) -> Iterator[None]:
        """Be one of them for a while. Raises Full."""
        if self._of_network[network] >= self._most_of_network:
            raise Full(is_of_network=True)
        if self._all >= min(self._most, _room()):
            raise Full(is_of_network=False)
        self._all += 1
        self._of_network[network] += 1
        try:
            yield
        finally:
            self._all -= 1
            self._of_network[network] -= 1
            if not self._of_network[network]:
                del self._of_network[network]


def _room() -> int:
    """Three quarters of the files that this process may have open: the rest is for everybody else's connections."""
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else soft * 3 // 4
