"""What every card reader does, whatever brings the commands to the card: the acts and the loop.

    look, look, look …       every 0.2 s: is the reader there, is a card in it?
    an act                   alone with the card from the first command to the last

An act that is too late, or that nobody waits for any more, stops before its next command. A card
that goes away in the middle has words for each act.
"""

import asyncio
import contextlib
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from hw.peripheral import (
    GarbledError,
    Keeper,
    NotInstalledError,
    OneThread,
    PeripheralError,
    SeveralError,
    SlowError,
    State,
    UnpluggedError,
)
from hw.smart_card import (
    CardInserted,
    CardRemoved,
    Identity,
    OfficerCard,
    ballot_card,
    officer_card,
)
from hw.smart_card.apdu import CardGoneError, Channel
from hw.smart_card.card_making import CardMaking
from hw.smart_card.identity import load_profile, read_identity

T = TypeVar("T")
Work = Callable[[Channel], T]
Tell = Callable[[Any], None]

TURNED = "The card does not answer. Take it out, turn it and put it in again."
NO_CARD = "There is no card in the reader. Put one in."

GONE = {
    "identity": "The card was taken out before it was read. Put it back.",
    "read": "The ballot card was taken out before it was read. Put it back.",
    "write": "The ballot card was taken out while it was written. Put it back and write it again, "
    "or use another card.",
    "clear": "The ballot card was taken out while it was cleared. Put it back and clear it again.",
    "key": "The officer's card was taken out before it was read. Put it back.",
    "make": "The officer's card was taken out before it was finished. Put it back.",
    "sign": "The officer's card was taken out before it had signed. Nothing was signed. Put it "
    "back and enter the PIN again.",
}

_ERRORS: dict[str, type[PeripheralError]] = {
    kind.standing: kind
    for kind in (UnpluggedError, SeveralError, SlowError, GarbledError, NotInstalledError)
}


@dataclass(frozen=True)
class Limits:
    """Seconds an answer may take, and between looks.

    A ballot card on a slow chip takes 3 s to write; an officer has 15 s to press a card's button.
    """

    look_s: float = 5.0
    read_s: float = 10.0
    write_s: float = 20.0
    sign_s: float = 30.0
    look_every_s: float = 0.2
    retry_s: float = 1.0


LIMITS = Limits()


@dataclass(frozen=True)
class Look:
    """What a look at the reader shows. `insertion` counts cards put in; None: no card."""

    insertion: int | None
    is_mute: bool = False


class CardKeeper(Keeper):
    """A `CardReader` but for four functions, which all run on its one thread.

    Acts wait for each other, and for a look; a look waits for an act.
    """

    def __init__(self, profile: Path | None, tell: Tell, limits: Limits) -> None:
        super().__init__(limits.retry_s)
        self._profile = load_profile(profile)
        self._tell = tell
        self._limits = limits
        self._thread = OneThread("The card reader")
        self._turn = asyncio.Lock()
        self._is_open = False
        self._insertion: int | None = None

    @abstractmethod
    def _open(self) -> str:
        """Find the reader and take it; its name. Whatever was open before is let go."""

    @abstractmethod
    def _look(self) -> Look:
        """Look at the reader."""

    @abstractmethod
    def _with_card(self, conversation: "Conversation", work: Work[T]) -> T:
        """Connect to the card, `conversation.begin` a channel, run `work` on it, disconnect."""

    @abstractmethod
    def _close(self) -> None:
        """Let the reader go."""

    async def run(self) -> None:
        """Until cancelled."""
        try:
            await super().run()
        finally:
            self._thread.close()

    async def identity(self) -> Identity:
        """Code and name of the identity card."""
        work = partial(read_identity, profile=self._profile)
        return await self._act("identity", self._limits.read_s, work)

    async def read_ballot_card(self) -> str:
        """The ballot card's text; empty when it is blank."""
        return await self._act("read", self._limits.read_s, ballot_card.read_text)

    async def write_ballot_card(self, text: str) -> None:
        """Write a blank ballot card, and read it back."""
        work = partial(ballot_card.write_text, text=text)
        await self._act("write", self._limits.write_s, work)

    async def clear_ballot_card(self) -> None:
        """Make the ballot card blank."""
        await self._act("clear", self._limits.write_s, ballot_card.clear)

    async def officer_key(self) -> bytes:
        """The public key of the officer's card."""
        return await self._act("key", self._limits.read_s, officer_card.public_key)

    async def sign(self, pin: str, message: bytes, key: bytes) -> bytes:
        """The signature of the officer with this public key."""
        work = partial(officer_card.sign, pin=pin, message=message, expected=key)
        return await self._act("sign", self._limits.sign_s, work)

    async def make_officer_card(self, card: OfficerCard, hand_out: Callable[[], None]) -> None:
        """Give the card its new PINs and its key."""
        making = CardMaking(card, hand_out)
        try:
            await self._act("make", self._limits.write_s, making.make)
        except PeripheralError as error:
            raise type(error)(f"{error.words} {making.stands}") from None

    async def _act(self, act: str, limit_s: float, work: Work[T]) -> T:
        conversation = Conversation()
        async with self._turn:
            if not self._is_open:
                raise _ERRORS.get(self._state.standing, UnpluggedError)(self._state.words)
            try:
                return await self._thread.do(limit_s, self._with_card, conversation, work)
            except CardGoneError:
                words = GONE[act] if conversation.has_begun else NO_CARD
                raise UnpluggedError(words) from None
            finally:
                conversation.abandon()

    async def _serve(self) -> None:
        try:
            async with self._turn:
                name = await self._thread.do(self._limits.look_s, self._open)
            self._is_open = True
            while True:
                async with self._turn:
                    look = await self._thread.do(self._limits.look_s, self._look)
                self._show(name, look)
                await asyncio.sleep(self._limits.look_every_s)
        except PeripheralError as error:
            # Said at once: letting go may take a while, and who asks meanwhile gets these words.
            self._stand(error.standing, error.words)
            raise
        finally:
            self._is_open = False
            self._tell_of(None)
            with contextlib.suppress(PeripheralError):
                await self._thread.do(self._limits.look_s, self._close)

    def _show(self, name: str, look: Look) -> None:
        self._tell_of(look.insertion)
        if look.insertion is None:
            self._stand("ready", "Ready: put a card in.", reader=name, card="none")
        elif look.is_mute:
            self._stand("attention", TURNED, reader=name, card="does not answer")
        else:
            self._stand("ready", "Ready: a card is in the reader.", reader=name, card="in")

    def _tell_of(self, insertion: int | None) -> None:
        before, self._insertion = self._insertion, insertion
        if before == insertion:
            return
        if before is not None:
            self._tell(CardRemoved())
        if insertion is not None:
            self._tell(CardInserted())

    def __repr__(self) -> str:
        state: State = self._state
        return f"{type(self).__name__}({state.standing})"


class Conversation:
    """The tie between an act on the thread and whoever waits for it."""

    def __init__(self) -> None:
        self._channel: Channel | None = None
        self._is_over = False

    @property
    def has_begun(self) -> bool:
        """Was there a card at all?"""
        return self._channel is not None

    @property
    def is_over(self) -> bool:
        """Has whoever asked gone?"""
        return self._is_over

    def begin(self, channel: Channel) -> Channel:
        """The card is connected."""
        self._channel = channel
        channel.abandoned = self._is_over
        return channel

    def abandon(self) -> None:
        """Nobody waits any more."""
        self._is_over = True
        if self._channel is not None:
            self._channel.abandoned = True
