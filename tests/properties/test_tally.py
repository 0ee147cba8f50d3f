"""The tally: a plain fold and an Automerge document over the same returns say the same."""

import random

from automerge.core import ROOT, Document

from simulations.sample_day import sample_day
from sync.document import read_document, tally_document
from sync.entries import BoxReturned, ContestReturn, DeskSpent, OptionVotes
from sync.position import Ref
from sync.returns import Returns
from sync.tally import tally_of, totals_of

MINUTE = "2026-11-27T05:12Z"
DAY = sample_day(seed=4, places=4, desks=1, voters=8)


def folded(seed: int, boxes: list[str]) -> Returns:
    """Returns of these boxes, folded in this order; figures follow from seed and box."""
    returns = Returns(DAY.package)
    for box in boxes:
        state = returns.box(box)
        state.returned = returned(seed, box)
        state.returned_at = Ref(f"pollmesh/{DAY.package.day}/{box}/0", 4)
    return returns


def returned(seed: int, box: str) -> BoxReturned:
    chance = random.Random(f"{seed} {box}")
    contests = []
    for contest in DAY.package.contests_by_id.values():
        votes = tuple(OptionVotes(o.code, chance.randrange(900)) for o in contest.options)
        withheld = chance.random() < 0.2
        row = ContestReturn(contest.id, 900, 7, withheld, () if withheld else votes)
        contests.append(row)
    spent = (DeskSpent(box.replace("box", "desk"), 900),)
    return BoxReturned(1, MINUTE, MINUTE, 900, bytes(32), spent, tuple(contests), False)


def boxes() -> list[str]:
    return [s.id for s in DAY.package.stations if s.kind == "box"]


def test_the_document_and_the_plain_fold_agree_for_any_returns() -> None:
    for seed in range(25):
        returns = folded(seed, boxes())
        assert read_document(tally_document(returns)) == tally_of(returns) != {}


def test_every_node_makes_the_same_document_in_whatever_order_returns_came() -> None:
    for seed in range(5):
        order = boxes()
        documents = set()
        for _ in range(6):
            random.Random(seed).shuffle(order)
            documents.add(tally_document(folded(seed, order)))
        assert len(documents) == 1


def test_documents_of_two_nodes_merge_to_the_sum_and_again_change_nothing() -> None:
    names = boxes()
    one = Document.load(tally_document(folded(9, names[:2])))
    two = Document.load(tally_document(folded(9, names[1:])))
    for _ in range(2):
        one.merge(two)
        two.merge(one)
    whole = folded(9, names)
    assert {key: one.get(ROOT, key)[0][1] for key in one.keys(ROOT)} == tally_of(whole)
    assert sorted(one.get_heads()) == sorted(two.get_heads())
    parts = [tally_of(folded(9, [name])) for name in names]
    sums = totals_of(tally_of(whole))
    for contest, options in sums.items():
        for option, votes in options.items():
            found = [totals_of(part).get(contest, {}).get(option, 0) for part in parts]
            assert sum(found) == votes


def test_a_day_without_returns_has_an_empty_tally() -> None:
    assert read_document(tally_document(folded(1, []))) == tally_of(folded(1, [])) == {}
