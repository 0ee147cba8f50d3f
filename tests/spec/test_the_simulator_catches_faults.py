"""A checker that never fails proves nothing: here rules are broken, and each must be caught."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

import sync.check_ins
import sync.desk
import sync.guard
from simulations.campaign import Size, run_day
from simulations.checkers import GuaranteeError
from simulations.sample_day import sample_day
from simulations.world import World
from sync.check_ins import CheckIn, CheckIns
from sync.effects import Answer
from sync.entries import CheckInWithdrawn, LogBegan, PromiseMade
from sync.issuing import Issuing
from sync.log import Log
from sync.outcomes import CardReady
from sync.replica import Replica

SEEDS = range(1, 9)
SMALL = Size(places=1, desks=3, voters=8, actions=60)


def caught(size: Size = SMALL, world: type[World] = World) -> str:
    """The first violation within the seeds; the test fails if there is none."""
    for seed in SEEDS:
        report = run_day(seed, size, world)
        if report.violations:
            return report.violations[0]
    pytest.fail(f"nobody noticed within {len(SEEDS)} days")


def test_nothing_is_caught_where_nothing_is_broken() -> None:
    assert [run_day(seed, SMALL).violations for seed in SEEDS] == [[]] * len(SEEDS)


def test_a_quorum_of_one_less_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync.check_ins, "quorum_of", lambda guards: len(guards))
    assert "GuaranteeError: G1: the card at" in caught(Size(1, 2, 8, 60))


def test_a_card_before_its_quorum_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CheckIns, "is_confirmed", lambda self, check_in: check_in.is_live)
    assert "GuaranteeError: G1: the card at" in caught()


def test_a_guard_that_promises_two_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def promise_all(
        check_ins: CheckIns, guard: str, voters: Iterable[tuple[str, list[CheckIn]]]
    ) -> list[PromiseMade]:
        return [
            PromiseMade(c.ref.origin, c.ref.index, c.leaf)
            for voter, _ in voters
            for c in check_ins.of(voter)
            if c.is_live and c not in check_ins.standing_of(guard, voter)
        ]

    monkeypatch.setattr(sync.guard, "promises_due", promise_all)
    assert "while" in caught()


def test_a_promise_forgotten_in_a_restart_is_caught() -> None:
    class Forgetful(Replica):
        is_restoring = False

        def restore(self, *stored: Any) -> None:
            self.is_restoring = True
            super().restore(*stored)
            self.is_restoring = False

        def _fold(self, log: Log, index: int, data: bytes) -> None:
            own = log is self.own and b'"PromiseMade"' in data
            if not (self.is_restoring and own):
                super()._fold(log, index, data)

    class ForgetfulWorld(World):
        replica_class = Forgetful

    assert "while" in caught(world=ForgetfulWorld)


def test_a_withdrawal_after_the_card_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Issuing, "_advance", withdrawing(Issuing._advance))
    assert "beside its card" in caught()


def withdrawing(honest: Callable[..., Any]) -> Callable[..., Any]:
    """A desk that withdraws a check-in right after its card."""

    def advance(self: Issuing, check_in: CheckIn, pending: Any, pen: Any, now_ms: int) -> Any:
        outcome = honest(self, check_in, pending, pen, now_ms)
        if check_in.card is not None and check_in.is_live:
            pen.append(CheckInWithdrawn(check_in.ref.index, "no-quorum"))
        return outcome

    return advance


def test_a_station_that_writes_before_it_knows_its_log_to_be_whole_is_caught() -> None:
    class Rash(Replica):
        def _enter(self, now_ms: int) -> None:
            self.has_entered = True
            super()._enter(now_ms)
            if not self.own.size:
                self.append(LogBegan(self.package.base_hash, self.software))

    class RashWorld(World):
        replica_class = Rash

    world = RashWorld(sample_day(desks=3, voters=12))
    world.open_polls()
    image = world.disk("a-desk-1").image()
    first, second = world.day.voters["a"][:2]
    assert isinstance(world.desk("a-desk-1").check_in(first), CardReady)
    world.run_until_quiet()
    world.crash("a-desk-1")
    world.part({"a-desk-1"}, set(world.computers) - {"a-desk-1"})
    world.put_image("a-desk-1", image)
    world.restart("a-desk-1")
    with pytest.raises(GuaranteeError, match="G6: a-desk-1 holds another"):
        world.desk("a-desk-1").check_in(second)


def test_an_answer_before_the_write_is_caught() -> None:
    class Hasty(Replica):
        def _finish(self, now_ms: int) -> list[Any]:
            effects = super()._finish(now_ms)
            return sorted(effects, key=lambda effect: not isinstance(effect, Answer))

    class HastyWorld(World):
        replica_class = Hasty

    assert "not on disk" in caught(world=HastyWorld)


def test_a_secret_kept_too_late_is_caught() -> None:
    class Late(Replica):
        def do(self, effect: Any) -> None:
            self._after.append(effect)

    class LateWorld(World):
        replica_class = Late

    assert "G2: the card at" in caught(world=LateWorld)
