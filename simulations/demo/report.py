"""What the demo shows at the end, and the one JSON object on its last line."""

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from simulations.demo.day import Result
from simulations.demo.setting import Setting

SHOWN_PER_CONTEST = 6


def counted_of(result: Result) -> dict[str, dict[str, int]]:
    """Contest -> option -> votes, as verified."""
    totals = result.verdict.get("totals", {})
    return {
        contest: {code: votes for code, votes in sorted(sums.items()) if not code.startswith("#")}
        for contest, sums in totals.items()
    }


def expected_of(result: Result, counted: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """The same shape from what voters chose; options nobody chose stand with 0."""
    votes = result.expected.votes
    contests = {*votes, *counted}
    return {
        contest: {
            code: votes.get(contest, {}).get(code, 0)
            for code in sorted({*votes.get(contest, {}), *counted.get(contest, {})})
        }
        for contest in sorted(contests)
    }


def failures(result: Result) -> list[str]:
    """Why the demo did not succeed; empty if counted equals cast and everything verifies."""
    verdict, expected = result.verdict, result.expected
    found = []
    if verdict.get("exit_code") != 0:
        found.append(f"verify says: {verdict.get('words', 'nothing')}")
        found += [*verdict.get("problems", []), *verdict.get("look_into", [])]
    counted = counted_of(result)
    if counted != expected_of(result, counted):
        found.append("the counted votes are not the votes cast")
    for contest, sums in verdict.get("totals", {}).items():
        if (
            sums["#ballots"] != expected.ballots[contest]
            or sums.get("#blank", 0) != (expected.blank[contest])
        ):
            found.append(f"{contest}: ballots or blanks differ from those cast")
    found += [f"not noted in the logs: {words}" for words in result.unnoted]
    found += [f"a second attempt was let through: {words}" for words in result.let_through]
    return found


def summary(result: Result, setting: Setting, seconds: float, seed: int) -> dict[str, Any]:
    """The object of `--json`."""
    counted = counted_of(result)
    return {
        "voters": len(setting.voters),
        "checked_in": result.checked_in,
        "issued": result.issued,
        "cast": result.cast,
        "second_attempts": result.second_attempts,
        "second_refused": result.second_refused,
        "counted": counted,
        "expected": expected_of(result, counted),
        "stations": len(setting.stations),
        "entries": result.verdict.get("entries", 0),
        "verified": result.verdict.get("exit_code") == 0,
        "seconds": round(seconds, 1),
        "seed": seed,
        "devices": dict(result.devices),
        "pictures": [str(path) for path in result.pictures],
    }


def show(console: Console, result: Result, setting: Setting, seconds: float) -> None:
    """Tables for people."""
    view = result.verdict["summary"]["view"]
    for contest in view["contests"]:
        console.print(_contest_table(contest, result))
    console.print(_reconciliation(view))
    console.print(_refusals(result))
    console.print(
        f"{result.cut}; {result.cast_while_cut} ballots cast there meanwhile\n{result.killed}"
    )
    if result.devices:
        counts = ", ".join(f"{words} {count}" for words, count in sorted(result.devices.items()))
        console.print(f"devices: {counts}")
        for path in result.pictures:
            console.print(f"    {path}", soft_wrap=True)
    withheld = [box for contest in view["contests"] for box in contest["withheld_boxes"]]
    if withheld:
        console.print(f"withheld, fewer than k={setting.k} ballots: {', '.join(sorted(withheld))}")
    if setting.k < 20:
        console.print(f"few voters: this day's package sets k={setting.k}; a real one has 20")
    verdict = result.verdict
    console.print(
        f"{verdict['words']}: {verdict['logs']} logs, {verdict['entries']} entries, "
        f"package {verdict['package'][:16]}, {seconds:.1f} s"
    )
    console.print("not software independent: boxes kept no paper record")


def show_ways(console: Console, setting: Setting, running: bool) -> None:
    """How to look at it oneself."""
    root = setting.root
    command = ".venv/bin/pollmesh"
    lines = [f"{command} verify {root / 'state'} --trust {setting.sheet}"]
    if running:
        lines += [
            f"{command} desk {setting.folder('a-desk-1')}",
            f"{command} supervisor {setting.folder('d-north')}",
            f"{command} station status {setting.folder('a-box-1')}",
            f"{command} pull {setting.folder('d-north')} {root / 'again'}",
        ]
        console.print("the day is over: desks are sealed, screens are for looking")
    console.print("see for yourself:")
    for line in lines:
        console.print(f"    {line}", soft_wrap=True)


def show_hint(console: Console) -> None:
    """What to type to keep the day or to open its screens."""
    console.print('to keep the files: make demo ARGS="--keep DIR"')
    console.print('to open the screens on running stations: make demo ARGS="--ui"')


def log_tail(folder: Path) -> str:
    """The last words of a station's process."""
    path = folder / "node.log"
    return path.read_text("utf-8", "replace")[-800:] if path.exists() else ""


def _contest_table(contest: dict[str, Any], result: Result) -> Table:
    title = f"{contest['latin']}: {contest['ballots']} ballots"
    table = Table("code", "name", "counted", "cast", title=title, title_justify="left")
    cast = result.expected.votes.get(contest["contest"], {})
    options = sorted(contest["options"], key=lambda option: (-option["votes"], option["code"]))
    for option in options[:SHOWN_PER_CONTEST]:
        code = option["code"]
        table.add_row(code, option["latin"], str(option["votes"]), str(cast.get(code, 0)))
    rest = options[SHOWN_PER_CONTEST:]
    counted_rest = sum(option["votes"] for option in rest)
    cast_rest = sum(cast.get(option["code"], 0) for option in rest)
    table.add_row("", f"{len(rest)} others", str(counted_rest), str(cast_rest))
    blank = result.expected.blank[contest["contest"]]
    table.add_row("", "blank", str(contest["blank"]), str(blank))
    for column in (2, 3):
        table.columns[column].justify = "right"
    return table


def _reconciliation(view: dict[str, Any]) -> Table:
    table = Table(
        *("place", "voters", "checked in", "issued", "cast", "carried off", "turnout"),
        title="Reconciliation",
        title_justify="left",
    )
    for place in view["places"]:
        turnout = f"{place['cast'] / place['voters']:.0%}" if place["voters"] else ""
        numbers = (place["voters"], place["checked_in"], place["issued"], place["cast"])
        carried = place["issued"] - place["cast"]
        table.add_row(place["latin"], *map(str, numbers), str(carried), turnout)
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def _refusals(result: Result) -> Table:
    title = f"{result.second_attempts} second attempts, {result.second_refused} refused"
    table = Table("tried", "refused because", "times", title=title, title_justify="left")
    for words, times in sorted(result.refusals.items()):
        tried, _, reason = words.partition(": ")
        table.add_row(tried, reason, str(times))
    return table
