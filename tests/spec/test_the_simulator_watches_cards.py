"""Rules about cards are broken on purpose; the simulator must notice each."""

from typing import Any

import pytest

import sync.check_ins
import sync.desk_acts
import sync.second_desk
import sync.secondings
from simulations.campaign import Campaign, Size, run_day
from simulations.cards_back import CardsBack
from sync.card import read_card
from sync.desk_acts import DeskActs
from sync.outcomes import CardReady, CardTakenBack
from sync.sealed_set import SealedSet
from sync.void_slip import VoidSlip, write_slip

SMALL = Size(places=1, desks=3, voters=8, actions=120)
SEEDS = range(1, 10)
SECONDED = range(3, 28, 3)
"""Seeds of days that ask for two confirmations."""


def caught(seeds: range) -> str:
    """The first violation within the seeds; the test fails if there is none."""
    for seed in seeds:
        report = run_day(seed, SMALL)
        if report.violations:
            return report.violations[0]
    pytest.fail(f"nobody noticed within {len(seeds)} days")


def test_days_with_voids_and_seconds_happen_and_nothing_is_broken() -> None:
    reports = [run_day(seed, SMALL) for seed in range(1, 7)]
    assert [report.violations for report in reports] == [[]] * len(reports)
    assert sum(report.voided for report in reports) > 0
    asked = [Campaign(seed, SMALL).day.package.rules.confirmations for seed in range(1, 7)]
    assert asked == [1, 1, 2, 1, 1, 2]


def test_a_void_without_the_card_back_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk makes the slips itself, and nobody asks who signed them."""
    monkeypatch.setattr(sync.check_ins, "void_problem", lambda *given: None)
    monkeypatch.setattr(sync.desk_acts, "void_problem", lambda *given: None)

    def forge(self: CardsBack) -> None:
        for request in list(self.world.requests.values()):
            if isinstance(request.outcome, CardReady) and self.world.is_up(request.station):
                card, _, _ = read_card(request.outcome.card)
                slip = VoidSlip(card.day, card.box, card.desk, card.secret)
                text = write_slip(slip, self.world.day.signers[card.box])
                self._void(CardTakenBack(text, card.desk, ""), card.desk)
                return

    monkeypatch.setattr(CardsBack, "card_comes_back", forge)
    assert "still good" in caught(SEEDS)


def test_a_box_that_spends_without_remembering_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SealedSet, "take_back", lambda self, desk, spent: self)
    assert "gave a slip for a card that its disk does not show" in caught(SEEDS)


def test_a_box_that_lets_spent_cards_vote_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(SealedSet, "is_spent", lambda self, spent: False)
    assert "G1" in caught(SEEDS)


def test_a_desk_that_seconds_itself_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*given: Any) -> None:
        return None

    monkeypatch.setattr(sync.secondings, "seconding_problem", nothing)
    monkeypatch.setattr(sync.second_desk, "seconding_problem", nothing)
    assert "was seconded by nobody" in caught(SECONDED)


def test_a_card_before_its_second_desk_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync.check_ins.CheckIns, "is_seconded", lambda self, check_in: True)
    monkeypatch.setattr(
        "sync.issuing.Issuing._may_issue",
        lambda self, check_in: self.check_ins.is_confirmed(check_in),
    )
    assert "was seconded by nobody" in caught(SECONDED)


def test_a_void_of_the_wrong_card_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk takes any slip for its first card."""
    monkeypatch.setattr(sync.check_ins, "void_problem", lambda *given: None)
    monkeypatch.setattr(sync.desk_acts, "void_problem", lambda *given: None)
    honest = DeskActs.propose_void

    def any_slip(self: DeskActs, command: Any) -> Any:
        cards = self._issuing.cards
        first = next(iter(cards.values()), None)
        if first is None or first.voided:
            return honest(self, command)
        act = sync.desk_acts.CheckInVoided(first.ref.index, command.slips, command.because)
        return self._proposals.propose(act, "anything")

    monkeypatch.setattr(DeskActs, "propose_void", any_slip)
    assert "slip of another card" in caught(SEEDS)
