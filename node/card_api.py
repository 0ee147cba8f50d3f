"""The part of a node's local socket about admission, cards and voids. Paths: `sync.card_views`."""

import msgspec
from aiohttp import web

from node.json_bodies import body_of, json_response
from node.running import Running
from node.store_roll import Person
from sync.admission import owed_to
from sync.card_views import (
    AdmissionCounts,
    CardList,
    CardRow,
    SecondList,
    SecondRow,
    TurnAwayAsked,
    VoidAsked,
    WaitingList,
    WaitingRow,
)
from sync.check_in import CheckIn
from sync.check_ins import CheckIns
from sync.desk import Desk
from sync.effects import (
    Command,
    GiveUpCheckIn,
    ProposeVoid,
    SecondCheckIn,
    TakeBackCard,
    TurnAway,
)
from sync.guards import home_of
from sync.outcomes import CardTakenBack, Done, Outcome, Refused
from sync.roll import BARRED_WORDS, RollLine
from sync.views import FoundVoter


def card_routes(app: web.Application, running: Running) -> None:
    """Add the routes of a desk or of a box."""
    api = _CardApi(running)
    if running.station.kind == "box":
        app.router.add_post("/take-back", api.take_back)
    if running.station.kind != "desk":
        return
    app.router.add_get("/cards", api.cards)
    app.router.add_get("/counts", api.counts)
    app.router.add_get("/second", api.second)
    app.router.add_post("/second", api.confirm)
    app.router.add_post("/second/refuse", api.refuse)
    app.router.add_get("/check-ins/waiting", api.waiting)
    app.router.add_post("/check-ins/give-up", api.give_up)
    app.router.add_post("/turn-away", api.turn_away)
    app.router.add_post("/voids/propose", api.propose_void)


def found_voter(running: Running, voter: str, person: Person) -> FoundVoter:
    """A person on the roll as a desk's worker sees them: who, where, what is used, what is owed."""
    package, check_ins, desk = running.package, running.check_ins, running.role
    assert check_ins is not None, "a desk folds check-ins"
    assert isinstance(desk, Desk), "only a desk looks voters up"
    line = RollLine(voter, person.home, person.rights, person.standing)
    home = home_of(package, line)
    used, owed = owed_to(check_ins, line)
    because, standing, may = "", "Not checked in.", True
    if home != running.station.at:
        place = package.places_by_id.get(home)
        words = f"Votes at {place.latin if place else home}, not here."
        because, standing, may = "other-place", words, False
    elif not line.may_vote:
        because, standing, may = line.standing or "nothing-owed", BARRED_WORDS[line.standing], False
    elif used:
        own = desk.own_of(line)
        may = bool(owed) or (own is not None and desk.issuing.goes_on(own))
        because = "" if may else "nothing-owed"
        standing = _standing_words(check_ins, desk, line)
        if owed:
            standing += f" Used: {', '.join(used)}. Still owed: {', '.join(owed)}."
    return FoundVoter(
        voter,
        person.name,
        person.birth_year,
        home,
        person.rights,
        standing,
        may,
        because,
        used,
        owed,
    )


def _standing_words(check_ins: CheckIns, desk: Desk, line: RollLine) -> str:
    live = check_ins.live(line.voter, line.rights)
    first = next((c for c in live if c.card), live[0])
    state = "has a card" if first.card else "waits for confirmation"
    where = "here" if first.desk == desk.station.id else f"at {first.desk}"
    return f"Checked in {where} at {first.entry.minute}: {state}."


class _Voter(msgspec.Struct, forbid_unknown_fields=True):
    voter: str


class _Position(msgspec.Struct, forbid_unknown_fields=True):
    origin: str
    index: int


class _Card(msgspec.Struct, forbid_unknown_fields=True):
    card: str


class _CardApi:
    """The handlers; each parses once, asks the replica, answers a value."""

    def __init__(self, running: Running) -> None:
        self._running = running

    async def cards(self, request: web.Request) -> web.Response:
        """GET /cards: what is issued and nobody confirmed as taken."""
        rows = [
            CardRow(c.card.number, c.card.box, c.entry.minute)
            for c in self._desk.issuing.outstanding()
            if c.card
        ]
        return json_response(CardList(tuple(rows)))

    async def counts(self, request: web.Request) -> web.Response:
        """GET /counts."""
        check_ins, own = self._desk.check_ins, self._running.station.id
        counts = AdmissionCounts(check_ins.turned_away_at(own), check_ins.defective[own])
        return json_response(counts)

    async def waiting(self, request: web.Request) -> web.Response:
        """GET /check-ins/waiting."""
        rows = []
        for row in self._desk.issuing.awaited():
            check_in, person = row.check_in, self._person(row.check_in)
            rows.append(
                WaitingRow(
                    check_in.ref.index,
                    check_in.entry.voter,
                    person.name if person else "?",
                    person.birth_year if person else 0,
                    check_in.entry.minute,
                    row.is_ready,
                    tuple(sorted(check_in.seconded_by)),
                    row.words,
                )
            )
        return json_response(WaitingList(tuple(rows)))

    async def second(self, request: web.Request) -> web.Response:
        """GET /second."""
        return json_response(
            SecondList(tuple(self._second_row(c) for c in self._desk.second.waiting()))
        )

    def _second_row(self, check_in: CheckIn) -> SecondRow:
        entry, person = check_in.entry, self._person(check_in)
        words = f"Compare person and document, then confirm for {check_in.desk}."
        if check_in.card is not None:
            who = ", ".join(sorted(check_in.seconded_by))
            words = f"{who} confirmed and does not answer. {words}"
        return SecondRow(
            check_in.ref.origin,
            check_in.ref.index,
            check_in.desk,
            entry.minute,
            entry.voter,
            person.name if person else "?",
            person.birth_year if person else 0,
            entry.document,
            entry.means,
            entry.defective,
            entry.rights,
            words,
        )

    async def confirm(self, request: web.Request) -> web.Response:
        """POST /second: this worker saw the person and the document too."""
        asked = await body_of(request, _Position)
        return await self._ask(SecondCheckIn(asked.origin, asked.index, True))

    async def refuse(self, request: web.Request) -> web.Response:
        """POST /second/refuse."""
        asked = await body_of(request, _Position)
        return await self._ask(SecondCheckIn(asked.origin, asked.index, False))

    async def give_up(self, request: web.Request) -> web.Response:
        """POST /check-ins/give-up."""
        return await self._ask(GiveUpCheckIn((await body_of(request, _Voter)).voter))

    async def turn_away(self, request: web.Request) -> web.Response:
        """POST /turn-away."""
        asked = await body_of(request, TurnAwayAsked)
        return await self._ask(TurnAway(asked.because, asked.document, asked.means))

    async def propose_void(self, request: web.Request) -> web.Response:
        """POST /voids/propose."""
        asked = await body_of(request, VoidAsked)
        return json_response(
            await self._running.runner.ask(ProposeVoid(asked.slips, asked.because))
        )

    async def take_back(self, request: web.Request) -> web.Response:
        """POST /take-back: spend a card that nobody used; its slip is printed and answered."""
        card = (await body_of(request, _Card)).card
        outcome = await self._running.runner.ask(TakeBackCard(card))
        if isinstance(outcome, CardTakenBack):
            self._running.last_action = outcome.words
            plugged = self._running.peripherals
            if plugged is not None and plugged.queue is not None:
                await plugged.queue.add("void-slip", outcome.slip)
        return self._answered(outcome)

    async def _ask(self, command: Command) -> web.Response:
        return self._answered(await self._running.runner.ask(command))

    def _answered(self, outcome: Outcome) -> web.Response:
        if isinstance(outcome, Refused | Done):
            self._running.last_action = outcome.words
        return json_response(outcome)

    def _person(self, check_in: CheckIn) -> Person | None:
        roll = self._running.roll
        assert roll is not None, "a desk has a roll"
        return roll.person(check_in.entry.voter)

    @property
    def _desk(self) -> Desk:
        desk = self._running.role
        assert isinstance(desk, Desk), "only a desk has cards"
        return desk
