"""Before the close nothing holds a figure per candidate, and nothing ties a vote to a voter."""

from collections.abc import Callable

from simulations.sample_day import sample_day
from simulations.world import World
from sync.card import read_card, spent_hash
from sync.entries import BoxReturned, CastCounted, decode_entry
from sync.outcomes import BallotCast, CardReady
from sync.sealed_set import SealedSet

CHOICES = {"parliament": ("91",), "council": ("2",)}


def voted(
    count: int, shuffle: Callable[[list[str]], list[str]] = list
) -> tuple[World, list[bytes]]:
    """A day on which `count` voters have voted, and every frame that was sent."""
    world = World(sample_day(desks=2, voters=count + 8, k=3))
    frames: list[bytes] = []
    honest = world.network.send

    def listen(name: str, peer: str, data: bytes) -> None:
        frames.append(data)
        honest(name, peer, data)

    world.network.send = listen  # type: ignore[method-assign]
    world.open_polls()
    day = world.day
    voters = [v for v in day.voters["a"] if len(day.roll.find(v).rights) == 2]  # type: ignore[union-attr]
    cards = []
    for voter in voters[:count]:
        outcome = world.desk("a-desk-1").check_in(voter)
        assert isinstance(outcome, CardReady)
        cards.append(outcome.card)
    for card in shuffle(cards):
        assert isinstance(world.box("a-box-1").vote(card, CHOICES), BallotCast)
    world.advance(11 * 60_000)
    return world, frames


def test_no_figure_per_candidate_exists_before_close() -> None:
    world, frames = voted(7)
    for name in world.computers:
        for origin, log in world.disk(name).logs.items():
            kind = world.day.station(origin.split("/")[2]).kind
            for data in log.entries:
                assert not isinstance(decode_entry(data, kind, origin), BoxReturned)
                assert b"votes" not in data
                assert b"contest" not in data
    for data in frames:
        for telling in (b"votes", b"BoxReturned", b'"11"', b'"14"', b'"codes"', b"choices"):
            assert telling not in data


def test_cast_counts_move_in_steps_of_k_and_time() -> None:
    world, _ = voted(7)
    entries = world.disk("a-box-1").logs["pollmesh/sample-1/a-box-1/0"].entries
    counts = [
        entry.cast
        for data in entries
        if isinstance(entry := decode_entry(data, "box", "entry"), CastCounted)
    ]
    assert counts == [7]
    assert world.replica("north-1").role.returns.box("a-box-1").cast == 7  # type: ignore[attr-defined]


def test_the_box_file_does_not_tell_in_which_order_voters_came() -> None:
    forward, _ = voted(5)
    backward, _ = voted(5, lambda cards: cards[::-1])
    stores = [world.disk("a-box-1").ballots for world in (forward, backward)]
    assert all(isinstance(store, SealedSet) for store in stores)
    assert stores[0].spent == stores[1].spent  # type: ignore[union-attr]
    body = stores[0].encode()  # type: ignore[union-attr]
    edge = body.index(b"\n") + 1
    rows = [body[edge + 34 * i : edge + 34 * (i + 1)] for i in range(5)]
    assert rows == sorted(rows)


def test_what_the_box_remembers_of_a_card_is_not_what_the_desk_wrote() -> None:
    world, frames = voted(4)
    store = world.disk("a-box-1").ballots
    assert store is not None
    remembered = {digest for _, digest in store.spent}
    secrets = world.disk("a-desk-1").secrets.values()
    assert remembered == {spent_hash(world.day.package.day, "a-box-1", s) for s in secrets}
    logs = [data for log in world.disk("north-1").logs.values() for data in log.entries]
    everything = b"".join([*logs, *frames])
    assert not any(digest in everything for digest in remembered)
    assert not any(secret in everything for secret in secrets)


def test_a_card_names_no_voter(world: World, voter: str) -> None:
    outcome = world.desk("a-desk-1").check_in(voter)
    assert isinstance(outcome, CardReady)
    card, body, _ = read_card(outcome.card)
    assert voter.encode() not in body
    assert bytes.fromhex(voter) not in body
    assert (card.day, card.box, card.rights, card.desk) == (
        "sample-1",
        "a-box-1",
        ("parliament", "council"),
        "a-desk-1",
    )
