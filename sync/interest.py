"""Which logs travel to which station. Both ends of a link work it out from the package alone.

a box             the logs of boxes of its place: package and box entries, never a desk's entry
a desk            every log of its place, of its place's guards, and of places it guards
a district        every log
anybody           its own log, so that a station restored from nothing gets its entries back
"""

from sync.package import Package, Station


def wants(package: Package, receiver: Station, author: Station) -> bool:
    """Does `receiver` take entries of `author`'s log?"""
    if receiver.id == author.id or receiver.kind == "district":
        return True
    if receiver.kind == "box":
        return author.kind == "box" and author.at == receiver.at
    if author.at == receiver.at:
        return True
    if author.kind == "box":
        return False
    own_place = package.places_by_id[receiver.at]
    if author.id in own_place.guards:
        return True
    other = package.places_by_id.get(author.at)
    return other is not None and receiver.id in other.guards


def should_link(package: Package, one: Station, other: Station) -> bool:
    """Do these two keep a link? Siblings, a place and its district, a guard and its place."""
    if one.id == other.id:
        return False
    if one.at == other.at or one.kind == other.kind == "district":
        return True
    return _serves(package, one, other) or _serves(package, other, one)


def _serves(package: Package, station: Station, other: Station) -> bool:
    """Is `station` the district, or a guard elsewhere, of the place where `other` stands?"""
    place = package.places_by_id.get(other.at)
    if place is None:
        return False
    if station.kind == "district" and station.at == place.district:
        return True
    return other.kind == "desk" and station.id in place.guards
