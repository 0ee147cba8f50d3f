"""Where siblings may be, and how far to believe it.

    set        by people in station.toml, or remembered from another day     always tried, first
    reached    where a link was last made                                    next
    hints      from whoever talks on the network, the newest first           8 a station, last

Hints push nothing else out. A host is **known** when people set it, a link was made there or
somebody with a key of the package called from there; a hint alone makes none.
"""

from collections.abc import Iterable

HINTS_PER_STATION_MAX = 8


class Addresses:
    """The addresses of one station's peers."""

    def __init__(self, peers: Iterable[str]) -> None:
        self._fixed: dict[str, list[str]] = {peer: [] for peer in peers}
        self._reached: dict[str, str] = {}
        self._called_from: dict[str, str] = {}
        self._hints: dict[str, list[str]] = {}

    def learn(self, station: str, address: str) -> bool:
        """An address that is always tried; false if it is nothing new."""
        fixed = self._fixed.get(station)
        if fixed is None or not address or address in fixed:
            return False
        fixed.insert(0, address)
        return True

    def hear_hint(self, station: str, address: str) -> bool:
        """Somebody says that `station` is there; false if it is nothing new."""
        if station not in self._fixed or not address or address in self.of(station):
            return False
        hints = self._hints.setdefault(station, [])
        hints.insert(0, address)
        del hints[HINTS_PER_STATION_MAX:]
        return True

    def reached(self, station: str, address: str) -> bool:
        """A link was made there; false if it was made there the last time too."""
        before, self._reached[station] = self._reached.get(station), address
        return before != address

    def called_from(self, station: str, host: str) -> None:
        """The station linked to us from there: one host of each station is kept."""
        self._called_from[station] = host

    def of(self, station: str) -> list[str]:
        """Where to look for `station`, best first."""
        reached = self._reached.get(station)
        known = [*self._fixed.get(station, ()), *([reached] if reached else [])]
        return list(dict.fromkeys([*known, *self._hints.get(station, ())]))

    def is_known_host(self, host: str) -> bool:
        """Is this where a peer was set, reached, or called from?"""
        known = [address for fixed in self._fixed.values() for address in fixed]
        known += self._reached.values()
        return host in self._called_from.values() or any(host == _host(one) for one in known)


def _host(address: str) -> str:
    return address.rpartition(":")[0].strip("[]")
