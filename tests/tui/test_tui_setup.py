"""The setup wizard: by keyboard alone, at 80 x 24; run again it changes nothing by itself."""

import asyncio
import json
import tomllib
from pathlib import Path

from node.station_files import enrol, read_settings
from tests.tui.screens import until
from tests.tui.wizard import Wizard, wizard
from tui.setup_words import STEPS
from tui.spoken import Spoken, read_spoken


def run(folder: Path, tmp_path: Path, story, **options) -> None:
    """Run `story` at a wizard on `folder`."""

    async def main() -> None:
        async with wizard(folder, tmp_path / "w", **options) as seen:
            await story(seen)

    asyncio.run(main())


def test_replacing_a_broken_station_is_the_first_choice_and_every_step_says_what_is_so(tmp_path):
    async def story(seen: Wizard) -> None:
        rows = seen.rows()
        assert [row[0] for row in rows] == [
            "Replace a broken station",
            "Language / زبان",
            "Text order",
            "Station",
            "Peripherals",
            "Clock",
            "Join the others",
        ]
        assert [row[1] for row in rows[:5]] == [
            "a spare takes the place of a dead one",
            "English",
            "this program orders it; not checked yet",
            "none yet",
            "none set up",
        ]
        assert rows[6][1] == "the station does not run"
        # The utmost a step's own text may take, so that nothing is cut off at 80 columns.
        assert all(len(row[1]) < 50 for row in rows)

    run(tmp_path / "new", tmp_path, story)
    assert not (tmp_path / "new").exists(), "looking changes nothing"


def test_every_step_can_be_passed_by_and_the_last_leads_back(tmp_path):
    async def story(seen: Wizard) -> None:
        await seen.press("enter")
        titles = [seen.text("setup-title")]
        for _ in STEPS[1:]:
            await seen.press("f8")
            titles.append(seen.text("setup-title"))
        assert [title.removeprefix("pollmesh setup   ") for title in titles] == [
            "Replace a broken station",
            "Language",
            "Text order",
            "Station",
            "Peripherals",
            "Clock",
            "Join the others",
        ]
        await seen.press("f8")
        assert seen.text("setup-title") == "pollmesh setup"

    run(tmp_path / "new", tmp_path, story)
    assert not (tmp_path / "new").exists()


def test_a_station_gets_its_key_and_a_second_run_shows_it_and_keeps_it(tmp_path):
    folder = tmp_path / "station"

    async def first(seen: Wizard) -> None:
        await seen.open("station")
        await seen.type("station", "A desk")
        await seen.press("f9")
        await seen.see("answer", "'A desk' is no id.")
        assert not folder.exists()
        await seen.type("station", "a-desk-1")
        await seen.press("f9")
        await seen.see("now", "Station: a-desk-1")
        assert "Hand in" in seen.text("answer")

    run(folder, tmp_path, first)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert sorted(before) == ["enrolment.json", "station.key", "station.toml"]

    async def second(seen: Wizard) -> None:
        await seen.open("station")
        await seen.see("now", "Station: a-desk-1")
        await seen.press("f8", "f8", "escape")
        assert seen.rows()[3][1] == "a-desk-1, no package yet"

    run(folder, tmp_path, second)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_spare_is_led_from_the_first_choice_to_its_key(tmp_path):
    async def story(seen: Wizard) -> None:
        await seen.press("enter")
        assert "A station never goes on under another one's key" in seen.text("now")
        await seen.press("f9")
        assert seen.text("setup-title") == "pollmesh setup   Station"
        await seen.see("adoption", "First the package comes onto this computer")

    run(tmp_path / "spare", tmp_path, story)


def test_one_of_several_stations_of_a_folder_is_picked(tmp_path):
    for name in ("a-desk-1", "a-desk-2"):
        enrol(tmp_path / "stations" / name, name)

    async def story(seen: Wizard) -> None:
        assert seen.rows()[3][1] == "2 stations here; choose"
        await seen.open("station")
        await until(seen.pilot, lambda: len(seen.rows()) == 2, "both are listed")
        await seen.press("down", "f9")
        await seen.see("now", "Station: a-desk-2")

    run(tmp_path / "stations", tmp_path, story)


def battery(folder: Path) -> Path:
    """What the kernel shows of a laptop's battery and mains."""
    for name, values in {
        "AC": {"type": "Mains", "online": "1"},
        "BAT0": {"type": "Battery", "status": "Full", "capacity": "97", "present": "1"},
    }.items():
        (folder / name).mkdir(parents=True)
        for key, value in values.items():
            (folder / name / key).write_text(f"{value}\n")
    return folder


def test_a_device_is_set_up_with_live_values_and_the_rest_of_the_settings_stays(tmp_path):
    folder, supplies = tmp_path / "station", battery(tmp_path / "supplies")
    enrol(folder, "a-desk-1")
    comments = (folder / "station.toml").read_text()

    async def story(seen: Wizard) -> None:
        await seen.open("peripherals")
        await seen.press(*["down"] * 5, "enter")
        await seen.see("now", "Device: power supply")
        await seen.press("f6", "f6")
        await seen.see("driver", "Driver: sysfs")
        await seen.type("folder", str(supplies))
        await seen.type("low_percent", "95000")
        await seen.press("f9")
        await seen.see("answer", "peripherals.power.low_percent: use 0 to 90 percent")
        await seen.type("low_percent", "15")
        await seen.press("f9")
        await seen.see("answer", "power: written into station.toml.")
        await seen.see("live", "97 %")
        await seen.press("f4")
        await seen.see("answer", "power: ")
        await seen.press("escape")
        shown = {row[0]: row for row in seen.rows()}
        assert shown["power supply"][1:3] == ("sysfs", "ready")
        assert "97 %" in shown["power supply"][3]

    run(folder, tmp_path, story)
    text = (folder / "station.toml").read_text()
    assert text.startswith(comments.rstrip("\n"))
    power = {"driver": "sysfs", "folder": str(supplies), "low_minutes": 10, "low_percent": 15}
    assert tomllib.loads(text)["peripherals"] == {"power": power}


def test_a_device_is_taken_out_again(tmp_path):
    folder = tmp_path / "station"
    enrol(folder, "a-desk-1")
    settings = folder / "station.toml"
    before = settings.read_text()
    settings.write_text(
        f'{before}\n[peripherals.printer]\n# the small one\ndriver = "file"\npath = "/dev/null"\n'
        '\n[peripherals.power]\ndriver = "sysfs"\n'
    )

    async def story(seen: Wizard) -> None:
        await seen.open("peripherals")
        await seen.press(*["down"] * 4, "enter")
        await seen.see("driver", "Driver: file")
        await seen.press("f6")
        await seen.see("driver", "Driver: none")
        await seen.press("f9")
        await seen.see("answer", "printer: written into station.toml.")

    run(folder, tmp_path, story)
    assert list(read_settings(folder).peripherals.named()) == ["power"]
    assert "# the small one\n" in settings.read_text(), "a person's comment stays"


def test_a_text_order_is_asked_with_the_same_lines_in_both_and_kept(tmp_path):
    file = tmp_path / "screen.json"
    file.write_text('{"look":"light","of another program":1}')

    async def story(seen: Wizard) -> None:
        await seen.open("order")
        rows = {
            name: "".join(
                s.text for s in seen.app.screen.query_one(f"#sample-{name}").render_line(0)
            )
            for name in ("visual", "logical")
        }
        assert rows["visual"].split() == ["17", "ﻥﺎﺘﺴﻠﮔ", "ﻥﺎﺘﺴﺑﺩ", "1204"]
        assert rows["logical"].replace("\u200e", "").split() == ["17", "دبستان", "گلستان", "1204"]
        assert rows["visual"].index("1204") == rows["logical"].replace("\u200e", "").index("1204")
        await seen.press("2")
        await seen.see("now", "Set now: the terminal orders it.")

    run(tmp_path / "new", tmp_path, story, settings=file, spoken=read_spoken(file))
    assert json.loads(file.read_bytes()) == {
        "look": "light",
        "of another program": 1,
        "language": "en",
        "text_order": "logical",
        "is_chosen": True,
    }


def test_another_language_is_kept_and_starts_the_screen_anew(tmp_path):
    file = tmp_path / "screen.json"

    async def main() -> None:
        async with wizard(tmp_path / "new", tmp_path / "w", settings=file) as seen:
            await seen.open("language")
            assert seen.rows() == [("English",), ("فارسی",)]
            await seen.press("f9")
            await seen.see("answer", "This language is in use already.")
            await seen.press("down", "f9")
            assert seen.app.return_value == "again"

    asyncio.run(main())
    assert read_spoken(file) == Spoken(language="fa")


def test_the_clock_is_shown_in_utc_and_in_the_time_of_iran(tmp_path):
    async def story(seen: Wizard) -> None:
        await seen.open("clock")
        await seen.see("time", " UTC (14")
        assert "Compare the minute with a wrist watch." in seen.text("watch")
        await seen.press("f4")
        await seen.see("answer", "timedatectl set-time")

    run(tmp_path / "new", tmp_path, story)


def test_a_station_without_a_package_cannot_be_started_from_here(tmp_path):
    folder = tmp_path / "station"
    enrol(folder, "a-desk-1")

    async def story(seen: Wizard) -> None:
        await seen.open("join")
        await seen.press("f9")
        await seen.see("answer", "Nothing is installed here yet: do the step Station first.")

    run(folder, tmp_path, story)
