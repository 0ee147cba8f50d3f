"""A fingerprint reader by libfprint, behind a helper process on the system's own Python.

    [peripherals.fingerprint]
    driver = "libfprint"
    device = ""                        part of its name, driver or id; empty: the only one there is

libfprint speaks only C and GObject introspection, which Debian installs for its own Python; a
crash of a device's driver then ends the helper, not the station. See helper.py for the talk.

Readers that store fingers in themselves are not used: a template must not outlive a session.
"""

from dataclasses import dataclass

from hw.catalogue import Libfprint
from hw.fingerprint import Progress
from hw.fingerprint.conversation import (
    ANSWER_S,
    Answer,
    Conversation,
    FoundDevice,
    Told,
    conversation,
)
from hw.fingerprint.words import AGAIN, AWAY, READY, RETRY, TOUCH, error_for, error_of
from hw.peripheral import Keeper, PeripheralError, SeveralError, UnpluggedError

FINGER_S = 30.0
"""For each touch: a voter takes off a glove, an official explains."""

LOOK_AGAIN_S = 5.0
"""Between two tries to find a reader: each starts the helper, a fifth of a second of work."""


@dataclass(frozen=True)
class _Reader:
    """The device in use."""

    talk: Conversation
    device: FoundDevice
    touches: int


class LibfprintReader(Keeper):
    """A `FingerReader`. Its state's words tell the person at the reader what to do."""

    def __init__(
        self,
        settings: Libfprint,
        *,
        finger_s: float = FINGER_S,
        retry_s: float = LOOK_AGAIN_S,
    ) -> None:
        super().__init__(retry_s)
        self._settings = settings
        self._finger_s = finger_s
        self._reader: _Reader | None = None

    async def enrol(self, progress: Progress) -> None:
        """Take one finger, over several touches; `progress` hears each, good or not."""
        reader = self._present()
        done = 0

        def told(answer: Answer) -> None:
            nonlocal done
            done = max(done, answer.stage)
            self._say(reader, RETRY.get(answer.retry, RETRY["again"]) if answer.retry else AGAIN)
            progress(done, reader.touches)

        if not (await self._act(reader, "enrol", told)).enrolled:
            raise error_for("garbled")

    async def verify(self) -> bool:
        """One touch: is it the finger taken by `enrol`?"""
        reader = self._present()

        def told(answer: Answer) -> None:
            self._say(reader, RETRY.get(answer.retry, RETRY["again"]))

        answer = await self._act(reader, "verify", told)
        if answer.match is None:
            raise error_for("garbled")
        return answer.match

    async def forget(self) -> None:
        """The template is gone: by the helper's word, or else with the helper. Never an error."""
        reader = self._reader
        if reader is None:
            return
        await reader.talk.cancel_all()
        try:
            forgotten = (await reader.talk.ask("forget", ANSWER_S)).forgotten
        except PeripheralError:
            forgotten = False
        if not forgotten:
            reader.talk.kill()

    async def _serve(self) -> None:
        async with conversation(self._settings.python) as talk:
            found = (await talk.ask("list", ANSWER_S)).devices or []
            number = self._chosen(found)
            opened = await talk.ask("open", ANSWER_S, number=number)
            self._reader = _Reader(talk, found[number], opened.touches)
            try:
                self._say(self._reader, READY)
                await talk.ended()
            except PeripheralError as error:
                # Before the process is waited for: whoever asks now hears why.
                self._stand(error.standing, error.words)
                raise
            finally:
                self._reader = None

    def _chosen(self, found: list[FoundDevice]) -> int:
        """The number of the one device that fits the settings and stores no finger."""
        part = self._settings.device.casefold()
        fit = [
            number
            for number, device in enumerate(found)
            if part in f"{device.name}\n{device.driver}\n{device.id}".casefold()
        ]
        usable = [number for number in fit if not found[number].keeps]
        if len(usable) == 1:
            return usable[0]
        if usable:
            names = ", ".join(f"{found[n].name} ({found[n].driver})" for n in usable)
            words = f"More than one fingerprint reader is plugged in: {names}. "
            raise SeveralError(words + "Unplug all but one, or name one in the settings.")
        if fit:
            words = f"The reader {found[fit[0]].name} stores fingers in itself, which is not "
            raise UnpluggedError(words + "allowed here. Plug in one that does not.")
        if part:
            words = f"No fingerprint reader named “{self._settings.device}” is plugged in. "
            raise UnpluggedError(words + "Plug it in, or change its name in the settings.")
        raise UnpluggedError(AWAY)

    def _present(self) -> _Reader:
        if self._reader is not None:
            return self._reader
        raise error_of(self.state)

    async def _act(self, reader: _Reader, what: str, told: Told) -> Answer:
        """One act with its words on the screen; a reader that went away has words of its own."""
        if reader.talk.is_asked:
            raise error_for("acting")
        self._say(reader, TOUCH)
        try:
            answer = await reader.talk.ask(what, self._finger_s, told)
        finally:
            self._say(reader, READY)
        if answer.cancelled:
            raise error_for("forgotten")
        return answer

    def _say(self, reader: _Reader, words: str) -> None:
        if self._reader is reader:
            name, driver = reader.device.name, reader.device.driver
            self._stand("ready", words, device=name, driver=driver, touches=str(reader.touches))
