"""What stands on each paper, made from the log, the package and a card's secret when it is printed.

card         the code for one named box; no voter's name: the card does not know it
void-slip    for a card that came back to its box: the code with which its check-in is voided
stub         number, desk, box: what two officers need when no second station held the card
check-list   the desk's own check-ins, forty a slip, for the case that every computer fails
incident     what the worker typed
zero-return  that the box was empty; return: what it holds, as its log says it
paper-record one ballot's names and codes, without number or time (an example so far)
test         every kind of line, to look at

A return with many options is longer than a slip may be. It comes in parts, each with the box, the
package and "part 2 of 9" above, the last with the code and the signatures.
"""

from hw.printer.measures import Stretch, in_parts, rows_left
from hw.printer.slip import Code, Heading, Line, Pair, Rule, Slip, Text
from sync.check_ins import CheckIn
from sync.entries import BoxReturned, ContestReturn, ZeroReturned
from sync.entry_base import Id
from sync.package import Contest, Package, Station, short_hash
from sync.void_slip import VoidSlip

CHECK_LIST_LINES = 40
"""Voters on one slip of the check-list: about 30 cm of paper."""


def card_slip(package: Package, station: Station, number: int, box: Id, card: str) -> Slip:
    """A voting card."""
    return plain_slip(
        package,
        f"card-{number}",
        (
            Heading("برگهٔ رأی"),
            Text(place_name(package, station)),
            Pair("صندوق / Box", box),
            Code(card),
            Pair("برگه / Card", f"{station.id} / {number}"),
            Text("این کد را به صندوق نشان دهید؛ یک بار به کار می‌رود."),
            Text(f"Show this code at {box}. It is good once."),
            Text("این برگه را پس از رأی دادن برگردانید."),
        ),
    )


def stub_slip(package: Package, station: Station, number: int, box: Id, minute: str) -> Slip:
    """The stub of a card that no second station held."""
    return plain_slip(
        package,
        f"stub-{number}",
        (
            Heading("ته‌برگ"),
            Text(place_name(package, station)),
            Pair("برگه / Card", str(number)),
            Pair("میز / Desk", station.id),
            Pair("صندوق / Box", box),
            Pair("پذیرش / Checked in", minute),
            Text("No other station held this card when it went out. Keep this stub."),
        ),
    )


def void_slip_slip(package: Package, station: Station, slip: VoidSlip, text: str) -> Slip:
    """The slip of a card that this box took back."""
    return plain_slip(
        package,
        "void-slip",
        (
            Heading("برگهٔ بازگشتی"),
            Text(place_name(package, station)),
            Pair("صندوق / Box", slip.box),
            Pair("میز / Desk", slip.desk),
            Code(text),
            Text("این برگه باطل شد و رأیی با آن داده نشد."),
            Text(
                f"This card is spent without a vote. Two officers void its check-in at {slip.desk}."
            ),
        ),
    )


def incident_slip(package: Package, station: Station, text: str, minute: str) -> Slip:
    """What a worker wrote down, for two signatures on paper."""
    lines = (
        Heading("گزارش رویداد"),
        Text(place_name(package, station)),
        Pair("ایستگاه / Station", station.id),
        Pair("چاپ / Printed", minute),
        Rule(),
        Text(text),
        *signature_lines(),
    )
    return plain_slip(package, "incident", lines)


def check_list_slip(
    package: Package,
    station: Station,
    rows: list[tuple[CheckIn, str]],
    first: int,
    of: int,
    as_of: str,
) -> Slip:
    """Some of the desk's check-ins with the voters' names, `first` counted from 0 of `of`."""
    lines: list[Line] = [Heading("فهرست حاضران"), Text(place_name(package, station))]
    lines += [
        Pair("میز / Desk", station.id),
        Pair("پذیرش‌ها / Check-ins", f"{first + 1} to {first + len(rows)} of {of}"),
        Pair("تا / As of", as_of),
        Rule(),
    ]
    for number, (check_in, name) in enumerate(rows, start=first + 1):
        card = f"card {check_in.card.number}" if check_in.card else "no card"
        card += ", voided" if check_in.voided else ""
        state = card if check_in.withdrawn is None else "withdrawn"
        lines.append(Pair(f"{number} {name}", f"{check_in.entry.minute[11:16]}Z  {state}"))
    return plain_slip(package, f"check-list-{first + 1}", tuple(lines))


def zero_return_slips(package: Package, station: Station, entry: ZeroReturned) -> tuple[Slip, ...]:
    """Every option with nothing, before the box opens; in parts if it is long."""
    head = (
        Heading("صورت‌جلسهٔ صفر"),
        *_box_lines(package, station),
        Pair("زمان / Minute", entry.minute),
    )
    sums = (
        Pair("رأی‌ها / Ballots", str(entry.ballots)),
        Pair("برگه‌ها / Cards spent", str(entry.spent)),
    )
    body = [Stretch((), sums)]
    for contest in package.contests_by_id.values():
        options = tuple(Pair(f"{o.code} {o.name}", "0") for o in contest.options)
        body.append(Stretch(_contest_head(contest), options))
    return slips_in_parts(package, "zero-return", head, body, signature_lines())


def return_slips(
    package: Package, station: Station, entry: BoxReturned, where: str, leaf: bytes
) -> tuple[Slip, ...]:
    """The return as it stands in the log, in parts if it is long.

    The code on the last names the entry and its hash.
    """
    head = (
        Heading("صورت‌جلسهٔ شمارش"),
        *_box_lines(package, station),
        Pair("گشایش / Opened", entry.opened),
        Pair("پایان / Closed", entry.closed),
    )
    sums = (
        Pair("رأی‌ها / Ballots cast", str(entry.cast)),
        *(Pair(f"برگه‌های / Cards of {row.desk}", str(row.spent)) for row in entry.by_desk),
        *(
            Pair(f"بازگشتی / Taken back, {row.desk}", str(row.returned))
            for row in entry.by_desk
            if row.returned
        ),
    )
    body = [Stretch((), sums)]
    body += [_contest_stretch(package.contests_by_id[row.contest], row) for row in entry.contests]
    tail = (
        Rule(),
        Code(f"PMR1:{where.upper()}:{leaf.hex().upper()}"),
        Text(where),
        Text("Not software independent: this box kept no paper record."),
        *signature_lines(),
    )
    return slips_in_parts(package, "return", head, body, tail)


def paper_record_slip(package: Package, choices: list[tuple[Contest, tuple[str, ...]]]) -> Slip:
    """One ballot in words; no number, no time, no box: two alike cannot be told apart."""
    lines: list[Line] = [Heading("برگهٔ شمارش")]
    for contest, codes in choices:
        lines += [Rule(), Text(contest.name)]
        named = [(code, contest.option(code)) for code in codes]
        lines += [Pair(code, option.name) for code, option in named if option]
        if not codes:
            lines.append(Text("سفید"))
    return plain_slip(package, "paper-record", tuple(lines))


def plain_test_slip(station: str, training: bool = False) -> Slip:
    """A slip to try the printer with: every kind of line."""
    lines = (
        Heading("آزمایش چاپگر"),
        Pair("Station", station),
        Pair("ارقام", "۰۱۲۳۴۵۶۷۸۹"),
        Pair("Digits", "0123456789"),
        Text("حوزهٔ رأی‌گیری، صندوق a-box-1: ۱۲۳ رأی"),
        Rule(),
        Code("PM-TEST:0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        Text("The code can be scanned; the lines are straight and nothing is cut off."),
    )
    return Slip("test", lines, "TRAINING" if training else "TEST")


def _box_lines(package: Package, station: Station) -> tuple[Line, ...]:
    return (
        Text(place_name(package, station)),
        Pair("صندوق / Box", station.id),
        Pair("بسته / Package", short_hash(package.base_hash)),
    )


def _contest_head(contest: Contest) -> tuple[Line, ...]:
    return (Rule(), Text(contest.name))


def _contest_stretch(contest: Contest, row: ContestReturn) -> Stretch:
    lines: list[Line] = [
        Pair("رأی‌ها / Ballots", str(row.ballots)),
        Pair("سفید / Blank", str(row.blank)),
    ]
    if row.withheld:
        lines.append(Text("Too few ballots to show: they stay sealed until they are pooled."))
    else:
        names = {option.code: option.name for option in contest.options}
        for found in row.votes:
            lines.append(Pair(f"{found.code} {names.get(found.code, '')}", str(found.votes)))
    return Stretch(_contest_head(contest), tuple(lines))


def slips_in_parts(
    package: Package,
    title: str,
    head: tuple[Line, ...],
    body: list[Stretch],
    tail: tuple[Line, ...],
) -> tuple[Slip, ...]:
    """One slip if all of it fits on one; else each part with the head, the last with the tail."""
    parts = in_parts(body, rows_left((*head, _part_line(9_999, 9_999), *tail)))
    of = len(parts)
    if of == 1:
        return (plain_slip(package, title, (*head, *parts[0], *tail)),)
    return tuple(
        plain_slip(
            package,
            f"{title}-{number}-of-{of}",
            (*head, _part_line(number, of), *part, *(tail if number == of else ())),
        )
        for number, part in enumerate(parts, start=1)
    )


def _part_line(number: int, of: int) -> Line:
    return Pair("بخش / Part", f"{number} of {of}")


def signature_lines() -> tuple[Line, ...]:
    """Room for two signatures."""
    one = (Text("امضا / Signed:"), Text("\n"))
    return (Rule(), *one, *one)


def place_name(package: Package, station: Station) -> str:
    """Where this station is, as people call it."""
    place = package.places_by_id.get(station.at)
    return place.name if place else station.at


def plain_slip(package: Package, title: str, lines: tuple[Line, ...]) -> Slip:
    """A slip with the day's watermark, if it has one."""
    return Slip(title, lines, "TRAINING" if package.training else "")
