"""One voter from F9 to the card in the hand; the stages before that stand in `desk_screen`.

person, refused  F9                  -> waiting
waiting  CardReady                   -> card
waiting  SecondAwaited               -> awaited: another station looks; others may be served
waiting  Refused or no answer        -> refused
awaited  the second look has come    -> waiting, by itself
card     F8                          -> start
awaited, refused  Esc                -> start; an awaited check-in stays under F6
"""

import asyncio

from textual.reactive import reactive

from sync.card_views import WaitingList, WaitingRow
from sync.entry_base import DOCUMENTS, Document, Means
from sync.outcomes import CardReady, Refused, SecondAwaited
from sync.views import CheckInAsked, FoundVoter, StationView
from tui import device_words, view_models
from tui.client import NodeSilent
from tui.code_screen import CodeScreen
from tui.command_tables import Stage
from tui.desk_devices import CardDevices, FingerLine
from tui.desk_pages import DeskPages
from tui.desk_panes import AwaitedPane, CardPane, PersonPane, RefusedPane, WaitingPane
from tui.view_models import Line
from tui.waiting_screen import WaitingScreen

AWAITED_PERIOD_S = 1.0
DEFECTIVE_AGAIN = "The document counts as defective for this voter: the node keeps that."


class CheckInFlow(DeskPages):
    """The voter in sight and what is chosen for her; the desk's screen adds the look-up."""

    stage: reactive[Stage] = reactive("start", init=False)

    def __init__(self) -> None:
        super().__init__()
        self.means: Means = "typed"
        self.found: FoundVoter | None = None
        self.document = ""
        self.defective = False
        self.box = ""
        self.asked_s = 0.0
        self.card: CardReady | None = None
        self.card_lines: list[str] = []
        self.refused: Refused | None = None

    def start(self, line: Line) -> None:
        """The next voter."""
        raise NotImplementedError

    def serve(self, voter: FoundVoter, document: str) -> None:
        """This voter is at the desk."""
        is_known = voter.may_check_in and document in DOCUMENTS
        self.found, self.document, self.box = voter, document if is_known else "", ""
        self.defective = False
        self.query_one(FingerLine).begin(voter.voter)
        self.stage = "person"
        self.refresh_bindings()
        self.show_chosen()

    def forget(self) -> None:
        """Nobody is at the desk."""
        self.found = self.card = self.refused = None
        self.document = self.box = ""
        self.defective = False
        self.card_lines = []

    def may_check_in(self) -> bool:
        """Is there somebody whom F9 may check in?"""
        if self.stage == "refused":
            return self.refused is not None and view_models.may_retry(self.refused)
        return self.found is not None and self.found.may_check_in

    def action_finger(self) -> None:
        """F4 on the person pane: a finger, which decides nothing."""
        self.query_one(FingerLine).compare()

    def action_next_box(self) -> None:
        """Another box for the card."""
        view: StationView | None = self.app.seen.view
        self.box = view_models.next_box(view.boxes if view else (), self.box)
        self.show_chosen()

    def action_defective(self) -> None:
        """F5: the document has a defect; the voter takes the separate path, counted apart."""
        if self.found is not None and not self.defective:
            self.defective = True
            self.run_worker(self._tell_defective(self.found.voter), group="defective")
        else:
            self.notify(DEFECTIVE_AGAIN)
        self.show_chosen()

    def action_check_in(self) -> None:
        """F9: the only key that writes a check-in."""
        if self.found is None:
            return
        if self.document not in DOCUMENTS:
            self.notify("Choose the document first: press 1 to 5.", severity="warning")
            return
        self._ask_for_card(self.found, self.document)

    def action_card_taken(self) -> None:
        """F8: the voter has the card."""
        if self.query_one(CardDevices).is_writing:
            self.notify("Wait until the smart card is written.", severity="warning")
        elif self.card is not None:
            self.run_worker(self._card_taken(self.card), group="card", exclusive=True)

    def action_write_card(self) -> None:
        """F4 on the card pane: the smart card."""
        self.query_one(CardDevices).write()

    def action_print_again(self) -> None:
        """F5: the same card on paper once more."""
        self.query_one(CardDevices).print_again()

    async def action_show_code(self) -> None:
        """F7: the code alone."""
        await self.app.push_screen(CodeScreen(self.card_lines))

    async def action_waiting(self) -> None:
        """F6: who waits, here and for us."""
        await self.app.push_screen(WaitingScreen(), self._waiting_left)

    def _waiting_left(self, one: WaitingRow | None) -> None:
        """Back from there with a check-in whose card can come now."""
        if one is not None and self.stage in ("start", "awaited"):
            words = one.words
            self.found = FoundVoter(one.voter, one.name, one.birth_year, "", (), words, True)
            self._ask_for_card(self.found, DOCUMENTS[0])

    def _ask_for_card(self, found: FoundVoter, document: Document) -> None:
        self.asked_s = self.app.clock()
        self.stage = "waiting"
        self.show_waiting()
        rights = view_models.rights_asked(found)
        asked = CheckInAsked(found.voter, document, self.means, self.box, rights, self.defective)
        self.run_worker(self._check_in(asked), group="check-in")

    async def _check_in(self, asked: CheckInAsked) -> None:
        answer = await self.app.client.check_in(asked)
        assert self.found is not None, "somebody was to be checked in"
        if isinstance(answer, CardReady):
            self.card, self.card_lines = answer, []
            self.query_one(CardDevices).begin(answer)
            self.stage = "card"
            self.show_card()
            self.run_worker(self._draw(answer), group="draw", exclusive=True)
        elif isinstance(answer, SecondAwaited):
            self.stage = "awaited"
            self.query_one(AwaitedPane).show(answer, self.found)
            again = self._when_ready(asked, answer.index)
            self.run_worker(again, group="awaited", exclusive=True)
        else:
            if isinstance(answer, NodeSilent):
                answer = Refused("no-answer", answer.words)
            self.refused = answer
            self.stage = "refused"
            self.query_one(RefusedPane).show(answer, self.found)

    async def _when_ready(self, asked: CheckInAsked, index: int) -> None:
        """While the voter stands here, ask for the card as soon as the second look has come."""
        while self.stage == "awaited" and self.found and self.found.voter == asked.voter:
            view = await self.app.client.waiting()
            if isinstance(view, WaitingList) and self.stage == "awaited":
                own = next((one for one in view.check_ins if one.index == index), None)
                # Refused at the other desk: its words take the place of those that waited.
                if own is not None:
                    self.query_one(AwaitedPane).say(Line(own.words, "attention"))
                if own is None or own.ready:
                    self.stage = "waiting"
                    self.run_worker(self._check_in(asked), group="check-in")
                    return
            await asyncio.sleep(AWAITED_PERIOD_S)

    async def _tell_defective(self, voter: str) -> None:
        answer = await self.app.client.write("/book/defective", {"voter": voter})
        if isinstance(answer, Refused | NodeSilent):
            self.notify(answer.words, severity="warning")

    async def _draw(self, card: CardReady) -> None:
        """Fetch the code; without it the card can still be given out."""
        text = await self.app.client.card_text(card.number)
        if self.card is card and isinstance(text, str):
            self.card_lines = view_models.code_lines(text)
            self.show_card()

    async def _card_taken(self, card: CardReady) -> None:
        answer = await self.app.client.card_taken(card.number)
        if isinstance(answer, NodeSilent):
            self.notify(f"{answer.words} Then press F8 again.", severity="error")
        elif self.card is card:
            tone: view_models.Tone = "attention" if isinstance(answer, Refused) else "good"
            self.start(Line(answer.words, tone))

    def show_chosen(self) -> None:
        """The person and what is chosen so far."""
        if self.found is not None:
            pane = self.query_one(PersonPane)
            pane.show(self.found, self.document, self.box, self.defective)

    def show_card(self) -> None:
        """The card, and how its paper is."""
        if self.card is not None:
            pane, view = self.query_one(CardPane), self.app.seen.view
            pane.fit(device_words.has(view, "printer", "ballot-card"))
            hint = view_models.card_hint(self.card, device_words.has(view, "printer"))
            pane.show(self.card, self.card_lines, hint)

    def show_waiting(self) -> None:
        """For how long already."""
        waited_s = self.app.clock() - self.asked_s
        self.query_one(WaitingPane).show(self.app.seen.view, waited_s)
