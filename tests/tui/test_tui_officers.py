"""Officers sign at the desk's screen with true key files; signatures are checked as a node does."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot
from textual.widgets import Input, Static

from sync.encoding import canonical
from sync.entries import PollsClosed, PollsOpened
from sync.key_file import DEMO, Holder, seal_key_file
from sync.officers import approval_problem
from sync.outcomes import ActProposed
from sync.package import (
    PACKAGE_FORMAT,
    AuthorityKind,
    Officer,
    Package,
    RollSummary,
    Rules,
)
from sync.signing import Signer
from tests.tui.examples import STATION
from tests.tui.fake_node import FakeNode
from tests.tui.screens import PERIOD_S, until
from tui import officers_screen
from tui.client import NodeClient
from tui.desk_app import DeskApp
from tui.officers import ACTS, NotSigned, Proposal, read_proposal
from tui.officers_screen import OfficersScreen
from tui.sign_screen import SignScreen

ORIGIN = "pollmesh/khorshid-2026/a-desk-1/0"
ACT = PollsOpened("2026-11-27T04:30Z")
PROPOSED = ActProposed("PollsOpened-1", ORIGIN, canonical(ACT).decode(), "Open a-desk-1.")
PINS = {"a-executive": "112233", "a-supervisory": "445566"}
SEEDS = {"a-executive": b"e" * 32, "a-supervisory": b"s" * 32}
AUTHORITIES: dict[str, AuthorityKind] = {
    "a-executive": "executive",
    "a-supervisory": "supervisory",
}


def _package() -> Package:
    """As much of a package as an act is checked against."""
    officers = tuple(
        Officer(name, name, AUTHORITIES[name], "a", Signer(seed).public)
        for name, seed in SEEDS.items()
    )
    rules = Rules("refuse", 1, 20, "roll", 5000, 5, "officers")
    return Package(
        format=PACKAGE_FORMAT,
        day="khorshid-2026",
        training=True,
        province="Khorshid",
        authorities=(),
        hours=(),
        elections=(),
        districts=(),
        places=(),
        stations=(),
        officers=officers,
        supervisors=(),
        rules=rules,
        roll=RollSummary(b"", 0),
        recovery_key=b"",
        provisional_key=b"",
    )


def _write_key(folder: Path, name: str, holds: str = "officer") -> Path:
    holder = Holder(holds, name, AUTHORITIES[name], Signer(SEEDS[name]).public)  # type: ignore[arg-type]
    salt, nonce = b"0" * 16, b"1" * 24
    path = folder / f"{name}.key"
    path.write_bytes(seal_key_file(holder, SEEDS[name], PINS[name], salt, nonce, DEMO))
    return path


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, Path]:
    """Two officers' drives."""
    return {name: _write_key(tmp_path, name) for name in SEEDS}


class Officers:
    """The officers' page under a test's fingers."""

    def __init__(self, app: DeskApp, pilot: Pilot[None]) -> None:
        self.app, self.pilot, self.press = app, pilot, pilot.press

    @property
    def page(self) -> OfficersScreen | SignScreen:
        assert isinstance(self.app.screen, OfficersScreen | SignScreen)
        return self.app.screen

    async def fill(self, **fields: str | Path) -> None:
        for name, value in fields.items():
            self.page.query_one(f"#{name.replace('_', '-')}", Input).value = str(value)
        await self.pilot.pause()

    async def see(self, words: str) -> None:
        answer = self.page.query_one("#act-answer", Static)
        await until(self.pilot, lambda: words in str(answer.content), words)


def with_officers(node: FakeNode, story: Callable[[Officers], Awaitable[None]]) -> None:
    """Run `story` on the officers' page, the opening proposed and shown."""
    node.status = replace(STATION, polls="not open")
    node.proposals.setdefault("open", PROPOSED)

    async def run() -> None:
        app = DeskApp(NodeClient(node.socket), "logical", PERIOD_S)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.seen.view is not None, "the node answers")
            await pilot.press("f2", "1")
            officers = Officers(app, pilot)
            await story(officers)

    asyncio.run(run())


async def _signing(officers: Officers) -> None:
    await until(officers.pilot, lambda: isinstance(officers.app.screen, SignScreen), "the entry")


def test_two_officers_sign_the_entry_shown_and_the_signatures_hold(
    node: FakeNode, keys: dict[str, Path]
) -> None:
    async def story(officers: Officers) -> None:
        await _signing(officers)
        shown = str(officers.page.query_one("#act-entry", Static).content)
        assert PROPOSED.entry in shown
        first, second = keys["a-executive"], keys["a-supervisory"]
        await officers.fill(file_1=first, file_2=second, pin_2="445566", station_typed="a-desk-1")
        await officers.press("tab", *"11-22 33", "f9")
        desk = officers.app.screen_stack[0]
        answer = desk.query_one("#answer", Static)
        await until(officers.pilot, lambda: "Polls opened" in str(answer.content), "it is done")

    with_officers(node, story)
    (submitted,) = node.submitted
    assert submitted.proposal == "PollsOpened-1"
    signed = replace(ACT, approvals=submitted.approvals)
    assert approval_problem(_package(), ORIGIN, "a", signed) is None
    closing = PollsClosed(ACT.minute, submitted.approvals)
    assert approval_problem(_package(), ORIGIN, "a", closing) is not None


def test_nothing_is_signed_before_the_station_is_typed(
    node: FakeNode, keys: dict[str, Path]
) -> None:
    async def story(officers: Officers) -> None:
        await _signing(officers)
        await officers.fill(file_1=keys["a-executive"], pin_1="112233")
        await officers.press("f9")
        await officers.see("Type a-desk-1 in the last field to confirm.")

    with_officers(node, story)
    assert node.submitted == []


def test_what_is_wrong_with_keys_is_said_in_words(
    node: FakeNode, keys: dict[str, Path], tmp_path: Path
) -> None:
    first, second = keys["a-executive"], keys["a-supervisory"]
    other = tmp_path / "other"
    other.mkdir()
    authority = _write_key(other, "a-executive", holds="authority")
    (tmp_path / "noise").write_bytes(b"noise")

    async def story(officers: Officers) -> None:
        await _signing(officers)
        await officers.fill(station_typed="a-desk-1", file_1=first, file_2=second)

        async def answers(words: str, **fields: str | Path) -> None:
            await officers.fill(**{"pin_1": "112233", "pin_2": "445566", **fields})
            await officers.press("f9")
            await officers.see(words)
            assert officers.page.query_one("#pin-1", Input).value == ""

        await answers("That PIN does not open the officer key of a-supervisory", pin_2="1")
        await answers("Is the first officer's drive plugged in?", file_1="/nowhere/key")
        await answers("is a folder. It holds ", file_1=tmp_path)
        await answers("The first officer's key file is missing: type its path.", file_1="")
        await answers("This is no key file, or it is damaged.", file_1=tmp_path / "noise")
        await answers("Only an officer's key signs this act.", file_1=authority)
        await answers(
            "Both key files are of a-executive.", file_1=first, file_2=first, pin_2="112233"
        )

    with_officers(node, story)
    assert node.submitted == []


def test_a_refused_act_keeps_the_page_and_says_why(node: FakeNode) -> None:
    async def story(officers: Officers) -> None:
        await officers.press("3")
        await officers.see("'final' is not possible now.")
        assert isinstance(officers.page, OfficersScreen)
        await officers.press("escape")

    node.proposals["open"] = replace(PROPOSED, entry='{"kind":"LogBegan"}')
    with_officers(node, story)


@pytest.mark.parametrize(
    ("proposed", "words"),
    [
        (
            replace(PROPOSED, entry=canonical(PollsClosed(ACT.minute)).decode()),
            "not what was asked",
        ),
        (replace(PROPOSED, origin="pollmesh/khorshid-2026/a-desk-2/0"), "not for this station"),
        (replace(PROPOSED, origin="pollmesh/another-day/a-desk-1/0"), "not for this station"),
        (replace(PROPOSED, entry=PROPOSED.entry + " "), "not in canonical form"),
        (replace(PROPOSED, entry='{"kind":"LogBegan"}'), "Sign nothing; call the district."),
    ],
)
def test_an_entry_that_is_not_the_act_asked_for_is_never_offered_for_signing(
    proposed: ActProposed, words: str
) -> None:
    answer = read_proposal(proposed, ACTS[0], STATION)
    assert isinstance(answer, NotSigned)
    assert words in answer.words


def test_the_act_asked_for_is_read_back_whole() -> None:
    expected = Proposal("PollsOpened-1", ORIGIN, ACT, PROPOSED.entry, "Open a-desk-1.")
    assert read_proposal(PROPOSED, ACTS[0], STATION) == expected


def test_smart_cards_are_read_by_a_program_of_their_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ran: list[list[str]] = []

    def run(command: list[str], check: bool) -> subprocess.CompletedProcess[bytes]:
        ran.append(command)
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr(officers_screen.subprocess, "run", run)
    assert not officers_screen.run_act("open", tmp_path, wait=lambda words: "")
    assert ran == [
        [sys.executable, "-m", "node", "act", "open", str(tmp_path), *("--card", "any") * 2]
    ]


def test_without_a_terminal_smart_cards_are_explained(node: FakeNode) -> None:
    async def story(officers: Officers) -> None:
        await _signing(officers)
        await officers.press("escape", "f5")
        keys = officers.page.query_one("#act-keys", Static)
        await until(officers.pilot, lambda: "[x] smart cards" in str(keys.content), "cards")
        await officers.press("1")
        await officers.see("Use: pollmesh act open FOLDER --card any --card any")

    with_officers(node, story)
