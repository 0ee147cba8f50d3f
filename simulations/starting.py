"""A station put together from its fake disk, as `node.running` does it from a real folder."""

from simulations.disk import Disk
from simulations.sample_day import SampleDay
from sync.box import Box
from sync.check_ins import CheckIns
from sync.desk import Desk, Secrets
from sync.district import District
from sync.orders import Orders
from sync.replica import Replica
from sync.returns import Returns
from sync.role import Role
from sync.sealed_set import SealedSet


def started(day: SampleDay, name: str, disk: Disk, replica_class: type[Replica]) -> Replica:
    """The replica of station `name` with all that its disk holds; not yet begun."""
    orders = Orders(day.package).take_all(disk.orders)
    station = orders.effective().stations_by_id[name]
    replica = replica_class(orders, station, day.signers[name], "sample")
    replica.take_role(_role(day, replica, disk))
    for origin, log in disk.logs.items():
        replica.restore(origin, log.entries, log.note)
    for proof in disk.forks.values():
        replica.restore_fork(proof)
    for (origin, cosigner), (size, line) in disk.cosignatures.items():
        replica.cosigning.restore(origin, cosigner, size, line)
    return replica


def _role(day: SampleDay, replica: Replica, disk: Disk) -> Role:
    package, station, origin = replica.package, replica.station, replica.origin
    signer, returns = day.signers[station.id], Returns(package)
    if station.kind == "box":
        desks = package.desks_for(station.at)
        disk.ballots = disk.ballots or SealedSet(package.day, station.id, desks)
        return Box(package, station, returns, origin, disk.ballots, signer)
    check_ins = CheckIns(package, day.roll)
    if station.kind == "district":
        return District(package, station, check_ins, returns, origin)
    secrets = Secrets(dict(disk.secrets))
    return Desk(package, station, signer, check_ins, origin, secrets)
