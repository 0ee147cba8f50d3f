"""What `sync.alarms` needs from a station that runs: its folds, its roll and its own figures."""

from node.files import free_bytes
from node.running import Running
from sync.alarms import (
    Alarm,
    CopyAge,
    Figures,
    Numbers,
    NumbersOf,
    Watch,
    key_numbers,
    station_alarms,
)
from sync.check_ins import CheckIns
from sync.desk import Desk
from sync.district import District


class Alarming:
    """What is remembered between two looks: how far check-ins were taken in, when entries grew."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._copy_age = CopyAge()
        self._watch: Watch | None = None

    def look(self) -> tuple[Alarm, ...]:
        """Everything to look into now."""
        running, replica = self._running, self._running.replica
        check_ins = running.check_ins
        if check_ins and (self._watch is None or self._watch.check_ins is not check_ins):
            self._watch = Watch(check_ins, self._numbers_of(check_ins))
        role, size = running.role, replica.own.sealed
        one_copy = replica.single_copy()
        figures = Figures(
            dict(running.runner.clock_ahead_ms),
            role.guard.outrun() if isinstance(role, Desk | District) else (),
            one_copy,
            self._copy_age.look(size, size - one_copy, replica.steady_ms),
            free_bytes(running.folder),
        )
        folds = (running.check_ins, running.returns)
        noted = [fold.noted for fold in folds if fold is not None]
        desks = self._watch.alarms() if self._watch else ()
        return (*desks, *station_alarms(running.station.id, figures, *noted))

    def _numbers_of(self, check_ins: CheckIns) -> NumbersOf:
        """A desk's database knows the order of the registry's file; a district that of keys."""
        roll = self._running.roll
        if roll is not None:
            return lambda voter: Numbers(roll.ordinal(voter), None)
        return key_numbers(self._running.roll_lines, check_ins.roll)


def alarms_of(running: Running) -> tuple[Alarm, ...]:
    """Everything to look into at this station and at those whose logs it holds."""
    if running.alarming is None:
        running.alarming = Alarming(running)
    return running.alarming.look()
