"""A station's peripherals at work: what they say goes to screens and, where it matters, to the log.

    scanner, card reader   -> `scans`, for the desk's screen or the box's page
    lid, power, clock      -> NotePeripheral, where it changed (`sync.noted`)
    printer                <- `queue`
    fingerprint            <- `compare_finger`

Drivers are made from the settings and run until the station stops. A driver that ends by an error
of its own is started anew: a broken peripheral is words on a screen, never the end of the node.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, cast

from hw.catalogue import driver_name, make
from hw.fingerprint import FingerReader
from hw.lid import LidChanged
from hw.peripheral import Peripheral, PeripheralError, RefusedError, UnpluggedError
from hw.power import PowerReading, PowerUnknown
from hw.printer import Printer
from hw.printer.slip import Slip
from hw.scanner import Scanned
from hw.scanner.reading import read_scan
from hw.smart_card import CardInserted, CardReader
from hw.time_source import TimeSource
from node.clock import now_ms
from node.paper import slip_of
from node.printing import PrintQueue
from node.running import Running
from node.scans import Scan, Scans
from node.store_jobs import Job, Jobs
from sync.effects import NotePeripheral
from sync.entry_base import Finger, Noticed
from sync.errors import PackageError
from sync.outcomes import Done, Refused
from sync.text import national_code_problem
from sync.views import FingerRead, PeripheralView

JOBS_FILE = "jobs.db"
CLOCK_OFF_MS = 60_000
"""A clock further off than this is noted."""

CLOCK_LOOK_S = 10.0
FINGER_MS = 120_000
"""A finger compared longer ago than this says nothing about who stands at the desk now."""

RESTART_S = 2.0
"""Before a driver that ended by a defect of its own is started anew."""

NO_VOTING_CARD = Scan(
    words="This is no voting card. Show the card of your desk.", reason="not-a-card"
)
BLANK_CARD = Scan(words="This card is blank. Take it back to the desk.", reason="card-blank")

_LID: dict[str, Noticed] = {
    "closed": "lid-closed",
    "open": "lid-opened",
    "silent": "lid-silent",
    "seal-broken": "seal-broken",
}


class Peripherals:
    """Everything plugged into one station."""

    def __init__(self, running: Running) -> None:
        self.scans = Scans()
        self.finger_words = ""
        self.defects: dict[str, str] = {}
        self._running = running
        self._settings = running.settings.peripherals.named()
        self._all: dict[str, Peripheral] = {}
        for name, settings in self._settings.items():
            try:
                self._all[name] = make(name, settings, running.folder, self._tell_of(name))
            except PeripheralError as error:
                raise PackageError([f"station.toml: peripherals.{name}: {error.words}"]) from None
        self._heard: dict[str, asyncio.Queue[Any]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._finger: tuple[str, Finger, int] | None = None
        self._comparing = asyncio.Lock()
        self.queue: PrintQueue | None = None
        if "printer" in self._all:
            self.queue = PrintQueue(
                Jobs(running.folder / JOBS_FILE),
                cast(Printer, self._all["printer"]),
                self._slip_of,
                running.runner.on_disk,
            )

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name, peripheral in self._all.items():
                group.create_task(self._keep(name, peripheral))
            if self.queue is not None:
                group.create_task(self.queue.run())
            if "clock" in self._all:
                group.create_task(self._watch_clock(cast(TimeSource, self._all["clock"])))

    def views(self) -> tuple[PeripheralView, ...]:
        """How each stands, in the order of the settings."""
        return tuple(
            PeripheralView(
                name,
                driver_name(self._settings[name]),
                "stopped" if name in self.defects else one.state.standing,
                self.defects.get(name, one.state.words),
                one.state.values if self._may_show(name) else (),
            )
            for name, one in self._all.items()
        )

    def _may_show(self, name: str) -> bool:
        """A box shows no counts and times of cards: they would say when who voted."""
        return self._running.station.kind != "box" or name not in ("scanner", "ballot-card")

    def get(self, name: str) -> Peripheral | None:
        """One peripheral by its name in the settings."""
        return self._all.get(name)

    def listen(self, name: str) -> "asyncio.Queue[Any] | None":
        """What this peripheral says from now on, to a test; until `listen_no_more`.

        None while another test listens.
        """
        if name in self._heard:
            return None
        self._heard[name] = asyncio.Queue(64)
        return self._heard[name]

    def listen_no_more(self, name: str) -> None:
        """The test is over: what it says goes where it belongs again."""
        self._heard.pop(name, None)

    async def compare_finger(self, voter: str) -> FingerRead | Refused:
        """Take a finger and compare it with itself; what came out waits for this voter's check-in.

        The template lives in the reader's process during this call and no longer.
        """
        if self._running.package.rules.fingerprint == "off":
            return Refused("no-finger", "This day asks for no fingerprints. Check in without.")
        reader = self._all.get("fingerprint")
        if reader is None:
            words = "No fingerprint reader is set up here. Check in without."
            return Refused("no-reader", words)
        if self._comparing.locked() or "fingerprint" in self._heard:
            return Refused("busy", "The reader is in use. Wait for it.")
        async with self._comparing:
            self._finger = None
            return await self._compare(cast(FingerReader, reader), voter)

    def finger_of(self, voter: str) -> Finger:
        """What stands in this voter's check-in: what was compared just before it, once."""
        if self._running.package.rules.fingerprint == "off":
            return "not-asked"
        found, self._finger = self._finger, None
        if found is not None and found[0] == voter and now_ms() - found[2] < FINGER_MS:
            return found[1]
        reader = self._all.get("fingerprint")
        is_absent = reader is None or not reader.state.is_usable
        return "device-absent" if is_absent else "not-asked"

    async def write_card(self, text: str) -> Done | Refused:
        """Write a voting card onto the smart card in the ballot-card reader."""
        reader = self._all.get("ballot-card")
        if reader is None:
            return Refused("no-reader", "No reader for ballot cards is set up at this station.")
        try:
            await cast(CardReader, reader).write_ballot_card(text)
        except PeripheralError as error:
            return Refused("not-written", error.words)
        return Done("The card is written and read back. Give it to the voter.")

    def clear_card_of(self, text: str) -> None:
        """A ballot was cast with `text`: if the smart card in the reader holds it, wipe it.

        It is done beside the voter's answer, which waits for no card; spent is the card anyway.
        """
        reader = self._all.get("ballot-card")
        if reader is not None:
            self._start(self._clear(cast(CardReader, reader), text))

    async def clear_card(self) -> Done | Refused:
        """Make the ballot card in the reader blank, whatever it holds."""
        reader = self._all.get("ballot-card")
        if reader is None:
            return Refused("no-reader", "No reader for ballot cards is set up at this station.")
        try:
            await cast(CardReader, reader).clear_ballot_card()
        except PeripheralError as error:
            return Refused("not-cleared", error.words)
        return Done("The card is blank and can be written again.")

    @property
    def is_comparing(self) -> bool:
        """Is a voter's finger being compared now?"""
        return self._comparing.locked()

    async def note(self, noticed: Noticed) -> None:
        """Write it into the log, if it is news."""
        await self._running.runner.ask(NotePeripheral(noticed))

    async def at_closing(self) -> None:
        """The polls were closed here: a printer that is out of use then is noted."""
        printer = self._all.get("printer")
        if printer is not None:
            usable = printer.state.is_usable
            await self.note("printer-ready" if usable else "printer-out-at-close")

    async def _keep(self, name: str, peripheral: Peripheral) -> None:
        while True:
            try:
                await peripheral.run()
            except Exception as error:
                kind = type(error).__name__
                words = f"The driver failed ({kind}) and is started anew. Report this defect."
                self.defects[name] = words
            await asyncio.sleep(RESTART_S)
            self.defects.pop(name, None)

    def _tell_of(self, name: str) -> Any:
        def tell(said: Any) -> None:
            listener = self._heard.get(name)
            if listener is not None and not listener.full():
                listener.put_nowait(said)
            # What is tried is not used, but a lid or a power cut is noted whoever listens.
            if listener is None or isinstance(said, LidChanged | PowerReading | PowerUnknown):
                self._said(name, said)

        return tell

    def _said(self, name: str, said: Any) -> None:
        match said:
            case Scanned(text):
                self._scanned(text)
            case CardInserted():
                self._start(self._read_card(name))
            case PowerReading():
                self._start(self.note(_power_noticed(said)))
            case PowerUnknown():
                self._start(self.note("power-unknown"))
            case LidChanged(standing):
                self._start(self.note(_LID[standing]))

    async def _clear(self, card: CardReader, text: str) -> None:
        try:
            if await card.read_ballot_card() == text:
                await card.clear_ballot_card()
        except PeripheralError as error:
            self._running.last_action = f"A used card was not cleared: {error.words}"

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _scanned(self, text: str) -> None:
        reading = read_scan(text)
        if self._running.station.kind == "box":
            # A box learns nothing of voters: only a voting card goes further.
            if reading.kind == "card":
                self.scans.put(Scan(card=reading.text))
            else:
                self.scans.put(NO_VOTING_CARD)
        elif reading.national_code:
            self.scans.put(Scan(code=reading.national_code, document=reading.document))
        elif reading.kind == "card":
            self.scans.put(Scan(words="This is a voting card. Show it at the box it names."))
        else:
            words = reading.words or "This code holds no national code. Type the number instead."
            self.scans.put(Scan(words=words))

    async def _read_card(self, name: str) -> None:
        reader = cast(CardReader, self._all[name])
        is_box = self._running.station.kind == "box"
        try:
            if name == "identity-card" and not is_box:
                identity = await reader.identity()
                if problem := national_code_problem(identity.national_code):
                    self.scans.put(Scan(words=f"{problem} The card may be damaged: type it."))
                    return
                self.scans.put(Scan(code=identity.national_code, document="national-card"))
            elif name == "ballot-card" and is_box:
                text = await reader.read_ballot_card()
                self.scans.put(Scan(card=text) if text else BLANK_CARD)
        except RefusedError as error:
            self.scans.put(NO_VOTING_CARD if is_box else Scan(words=error.words))
        except UnpluggedError as error:
            self.scans.put(Scan(words=error.words, reason="card-taken-out"))
        except PeripheralError as error:
            self.scans.put(Scan(words=error.words, reason="card-not-read"))

    async def _compare(self, reader: FingerReader, voter: str) -> FingerRead | Refused:
        def progress(done: int, of: int) -> None:
            self.finger_words = f"Touch the reader: {done} of {of} done."

        self.finger_words = "Touch the reader with one finger."
        try:
            await reader.enrol(progress)
            self.finger_words = "Lift the finger and touch once more."
            matched = await reader.verify()
        except RefusedError as error:
            return Refused("not-compared", error.words)
        except PeripheralError as error:
            self._finger = voter, "device-absent", now_ms()
            return Refused("device-absent", f"{error.words} The check-in goes on without it.")
        finally:
            self.finger_words = ""
            with suppress(PeripheralError):
                await reader.forget()
        finger: Finger = "matched" if matched else "not-matched"
        self._finger = voter, finger, now_ms()
        words = "The finger matches." if matched else "The finger does not match; you decide."
        return FingerRead(finger, words)

    async def _watch_clock(self, source: TimeSource) -> None:
        while True:
            reading = source.reading
            if reading is not None:
                is_off = abs(reading.ahead_ms) > CLOCK_OFF_MS
                await self.note("clock-off" if is_off else "clock-right")
            await asyncio.sleep(CLOCK_LOOK_S)

    async def _slip_of(self, job: Job) -> Slip | str:
        return await slip_of(job, self._running)


def _power_noticed(reading: PowerReading) -> Noticed:
    if reading.is_low:
        return "power-low"
    return "power-back" if reading.on_mains else "power-lost"
