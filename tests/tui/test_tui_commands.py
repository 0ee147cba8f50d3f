"""One table a screen: footer, palette and help agree; looks are kept and NO_COLOR is honoured."""

import io
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.console import Console
from textual.command import CommandList
from textual.widgets import Static

from tests.tui.desks import Desk, at_the_desk
from tests.tui.examples import CARD, CODE, MARYAM, STATION
from tests.tui.fake_node import FakeNode
from tests.tui.screens import PERIOD_S, until
from tui import command_tables
from tui.alarms_screen import AlarmsScreen
from tui.book_screen import BookScreen
from tui.client import NodeClient
from tui.commands import FOOTER_KEYS_MAX, Command, Table, in_footer, matching
from tui.desk_app import DeskApp
from tui.form_screen import FormScreen
from tui.looks import ScreenSettings, read_settings, settings_file, write_settings
from tui.officers_screen import OfficersScreen

TABLES: dict[str, Table] = {
    name: value
    for name, value in vars(command_tables).items()
    if name.isupper() and isinstance(value, tuple) and isinstance(value[0], Command)
}


def _stages(table: tuple[Command, ...]) -> set[str]:
    return {"", *(stage for one in table for stage in one.stages)}


@pytest.mark.parametrize("name", TABLES)
def test_no_key_means_two_things_in_one_stage_and_no_footer_is_too_long(name: str) -> None:
    table = TABLES[name]
    for stage in _stages(table):
        here = [one for one in table if not one.stages or stage in one.stages]
        keys = [one.key for one in here if one.key]
        assert len(keys) == len(set(keys)), (stage, keys)
        assert len(in_footer(table, stage)) <= FOOTER_KEYS_MAX, stage


def test_what_writes_into_the_log_is_never_in_the_palette() -> None:
    kept_out = {one.action for table in TABLES.values() for one in table if one.by_key_only}
    assert {"check_in", "card_taken", "sign", "send", "second", "refuse", "strike"} <= kept_out


def test_the_palette_finds_commands_by_words_of_their_help(node: FakeNode) -> None:
    async def story(desk: Desk) -> None:
        await desk.press("ctrl+p", *"queue")
        found = desk.app.screen.query_one(CommandList)
        await until(desk.pilot, lambda: found.option_count == 2, "two commands")
        await desk.press("escape", "ctrl+p", *"accreditation")
        palette = desk.app.screen.query_one(CommandList)
        await until(desk.pilot, lambda: palette.option_count == 1, "one command")
        await desk.press("enter")
        await until(desk.pilot, lambda: isinstance(desk.app.screen, FormScreen), "the form")

    at_the_desk(node, story)


def test_a_scan_into_the_palette_finds_nothing_and_does_nothing(node: FakeNode) -> None:
    async def story(desk: Desk) -> None:
        await desk.press("ctrl+p", *CODE)
        await desk.pilot.pause()
        await desk.press("enter")
        assert desk.screen.stage == "start"

    at_the_desk(node, story)
    assert node.finds == []


def test_a_check_in_is_not_offered_by_the_palette(node: FakeNode) -> None:
    node.voters[CODE] = (MARYAM,)

    async def story(desk: Desk) -> None:
        await desk.find(CODE)
        await desk.reach("person")
        await desk.press("1")
        offered = {one.action for one in desk.screen.possible()}
        assert "check_in" not in offered
        assert {"defective", "companion", "app.look"} <= offered

    at_the_desk(node, story)


def test_every_page_has_its_keys_help_and_palette(node: FakeNode) -> None:
    node.status = replace(STATION, alarms=("One.",))

    async def story(desk: Desk) -> None:
        for key, page in (("f2", OfficersScreen), ("f4", BookScreen), ("f7", AlarmsScreen)):
            await desk.press(key)
            await until(desk.pilot, lambda page=page: isinstance(desk.app.screen, page), "page")
            assert "TRAINING" in desk.text("training")
            assert "f1" in desk.footer()
            assert len(desk.footer()) <= FOOTER_KEYS_MAX
            await desk.press("f1")
            listed = str(desk.app.screen.query_one("#keys", Static).content)
            assert "Look: light" in listed
            await desk.press("escape", "escape")
            await until(desk.pilot, lambda: desk.app.screen is desk.screen, "back at the desk")

    at_the_desk(node, story)


def test_a_look_is_kept_for_the_account_and_other_settings_stay(
    node: FakeNode, tmp_path: Path
) -> None:
    file = tmp_path / "settings" / "screen.json"
    file.parent.mkdir()
    file.write_text('{"language":"fa"}')

    async def story(desk: Desk) -> None:
        assert desk.app.theme == "pollmesh-dark-training"
        desk.app._settings_file = file
        desk.app.action_look("contrast")
        assert desk.app.theme == "pollmesh-contrast-training"
        node.status = replace(STATION, training=False)
        await until(desk.pilot, lambda: desk.app.theme == "pollmesh-contrast", "a real day")

    at_the_desk(node, story)
    assert read_settings(file) == ScreenSettings("contrast")
    assert file.read_text() == '{"language":"fa","look":"contrast"}'


def test_unreadable_settings_are_the_default_and_none_can_be_kept_is_said(tmp_path: Path) -> None:
    file = tmp_path / "screen.json"
    file.write_bytes(b"\xff not json")
    assert read_settings(file) == ScreenSettings("dark")
    assert not write_settings(Path("/proc/nowhere/screen.json"), ScreenSettings("light"))


def test_settings_stand_where_the_account_keeps_its_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/x")
    assert settings_file() == Path("/x/pollmesh/screen.json")


def test_with_no_color_not_one_colour_is_sent(
    node: FakeNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    node.voters[CODE] = (MARYAM,)
    node.check_in_answers.append(CARD)

    async def story(desk: Desk) -> None:
        await desk.find(CODE)
        await desk.reach("person")
        await desk.press("1")
        await desk.pilot.pause()
        drawn = desk.app.screen._compositor.render_update(full=True)
        out = io.StringIO()
        Console(file=out, force_terminal=True, color_system="truecolor", width=80).print(drawn)
        codes = {code for part in out.getvalue().split("\x1b[")[1:] for code in _codes(part)}
        # 39 and 49 are the terminal's own; 1, 2, 4 and 7 are bold, dim, underlined and reversed.
        assert codes <= {"", "0", "1", "2", "4", "7", "39", "49"}, codes
        assert "7" in codes

    at_the_desk(node, story)


def _codes(part: str) -> list[str]:
    end = next((at for at, letter in enumerate(part) if letter.isalpha()), 0)
    return part[:end].split(";") if part[end : end + 1] == "m" else []


def test_an_empty_no_color_is_none(node: FakeNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    assert not DeskApp(NodeClient(node.socket), "logical", PERIOD_S).no_color


def test_a_command_is_found_by_all_its_words() -> None:
    assert [one.id for one in matching(command_tables.DESK, "high contrast")] == [
        "app.look('contrast')"
    ]
