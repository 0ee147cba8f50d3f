"""A station's journal: what stands on its lines, how many they are, and what never stands there."""

import json
import logging
import os
import re
import string
import threading

import pytest
from msgspec.structs import replace

from node import journal as journal_module
from node.journal import BURST, EVENTS, PER_LINE_MS, Journal, JournalHandler, plain
from node.watch import changes, standing, status_line
from sync.text import with_check_digit
from tests.tui.examples import PAPER_OUT, PRINTER, SCANNER, STATION

CODE = with_check_digit("999123456")


class Lines:
    """Everything that a journal wrote."""

    def __init__(self, terminal=False):
        self.written = []
        self.journal = Journal("a-desk-1", self.written.append, terminal)

    def all(self):
        """What was written, the journal closed."""
        self.journal.close()
        return self.written

    def told(self):
        """The same, decoded."""
        return [json.loads(line) for line in self.all()]


@pytest.fixture
def clock(monkeypatch):
    """A wall clock that stands until a test moves it."""
    now = [1_795_752_000_000]
    monkeypatch.setattr(journal_module, "now_ms", lambda: now[0])
    return now


def test_a_line_is_one_json_object_with_the_same_keys_first(clock):
    lines = Lines()
    lines.journal.tell("linked", peer="a-desk-2")
    assert lines.all() == [
        b'{"at":"2026-11-27T04:00:00Z","level":"info","station":"a-desk-1","event":"linked",'
        b'"peer":"a-desk-2","words":"linked with a-desk-2"}\n'
    ]


def test_on_a_terminal_a_line_is_time_mark_and_words(clock):
    lines = Lines(terminal=True)
    lines.journal.tell("linked", peer="a-desk-2")
    lines.journal.tell("apart", peer="a-desk-2")
    assert lines.all() == [
        b"04:00:00   linked with a-desk-2\n",
        b"04:00:00 ! apart from a-desk-2\n",
    ]


def test_every_event_has_words_that_its_fields_fill(clock):
    for event, (_, words) in EVENTS.items():
        fields = {name for _, name, _, _ in string.Formatter().parse(words) if name}
        lines = Lines()
        lines.journal.tell(event, **dict.fromkeys(fields, "x"))
        (told,) = lines.told()
        assert told["event"] == event
        assert fields < set(told)


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        (CODE, "?"),
        (f"voter {CODE} came", "voter ? came"),
        ("00a1" * 8, "?"),
        ("48213-90571", "?"),
        ("PM1:SWUWIZLNN4WTEMBSG2TWCLLC", "?"),
        ("JBSWY3DPEHPK3PXPJBSWY3DPEHPK", "?"),
        ("سارا نمونه", "____ _____"),
        ("۹۹۹۱۲۳۴۵۶۷", "__________"),
        (9_991_234_567, "?"),
        (418, 418),
        ("a-desk-2", "a-desk-2"),
        ("d7e65f60 6557259f", "d7e65f60 6557259f"),
        ("x" * 396 + CODE, "x" * 396 + "?"),
    ],
)
def test_what_could_tell_of_a_person_or_a_secret_is_taken_out(secret, shown):
    assert plain(secret) == shown


def test_a_flood_of_one_event_is_bounded_and_counted_and_hides_no_other(clock):
    lines = Lines()
    for _ in range(500):
        lines.journal.tell("apart", peer="a-desk-2")
    lines.journal.tell("polls", polls="open")
    clock[0] += PER_LINE_MS
    lines.journal.tell("apart", peer="a-desk-2")
    told = lines.told()
    events = [line["event"] for line in told]
    assert events == ["apart"] * BURST + ["left-out", "polls", "apart"]
    assert (told[BURST]["of"], told[BURST]["count"]) == ("apart", 500 - BURST)


def test_a_pipe_that_nobody_reads_stops_nobody():
    reading, writing = os.pipe()
    begun, told = threading.Event(), threading.Event()

    def write(line):
        begun.set()
        while line:
            line = line[os.write(writing, line) :]

    journal = Journal("a-desk-1", write, False)

    def tell():
        for _ in range(20_000):
            journal._put("complaint", {"library": "x" * 390, "error": "x", "where": "x"}, 0)
        told.set()

    threading.Thread(target=tell, daemon=True).start()
    assert begun.wait(10)
    assert told.wait(30), "telling waits for a reader"
    os.close(reading)
    journal.close()
    os.close(writing)


def test_an_exception_is_told_by_its_place_and_never_by_its_message(clock):
    lines = Lines()
    try:
        raise KeyError(CODE)
    except KeyError as error:
        lines.journal.defect(error)
    (told,) = lines.told()
    assert (told["level"], told["error"]) == ("error", "KeyError")
    assert re.fullmatch(r"test_journal\.py:\d+ test_an_exception_is_told_\w+", told["where"])
    assert CODE not in json.dumps(told)


def test_what_a_library_logs_is_told_without_its_text(clock):
    lines = Lines()
    logger = logging.getLogger("aiohttp.server")
    handler = JournalHandler(lines.journal)
    logger.addHandler(handler)
    try:
        raise ValueError(f"the voter {CODE}")
    except ValueError:
        logger.exception("Error handling request of %s", CODE)
    finally:
        logger.removeHandler(handler)
    (told,) = lines.told()
    assert (told["event"], told["library"], told["error"]) == (
        "complaint",
        "aiohttp.server",
        "ValueError",
    )
    assert CODE not in json.dumps(told)


# --- what a watch makes of two views


def test_a_first_look_tells_how_it_stands():
    view = replace(STATION, peripherals=(PRINTER,))
    assert list(changes(None, view)) == [
        ("linked", {"peer": "a-desk-2"}),
        ("linked", {"peer": "a-box-1"}),
        ("polls", {"polls": "open"}),
        ("device", {"name": "printer", "standing": "ready"}),
        ("needs", {"kinds": "apart"}),
    ]


def test_what_did_not_change_is_not_told_again():
    assert list(changes(STATION, replace(STATION, now_ms=STATION.now_ms + 5_000))) == []


def test_links_polls_refusals_and_devices_are_told_when_they_change():
    peers = (
        replace(STATION.peers[0], state="apart", since_ms=STATION.now_ms),
        STATION.peers[1],
        replace(STATION.peers[2], state="connected", since_ms=STATION.now_ms),
    )
    before = replace(STATION, peripherals=(PRINTER,))
    after = replace(
        STATION, peers=peers, polls="closed", refusals={"stranger": 2}, peripherals=(PAPER_OUT,)
    )
    assert list(changes(before, after)) == [
        ("apart", {"peer": "a-desk-2"}),
        ("linked", {"peer": "a-desk-3"}),
        ("polls", {"polls": "closed"}),
        ("refused", {"kind": "stranger", "count": 2}),
        ("device", {"name": "printer", "standing": "stopped"}),
        ("needs", {"kinds": "device"}),
    ]


def test_nothing_is_told_when_a_card_is_shown_at_a_box():
    """A time of a card is a time of a voter."""
    box = replace(STATION, kind="box", peripherals=(SCANNER,))
    shown = replace(box, peripherals=(replace(SCANNER, standing="garbled"),))
    assert list(changes(box, shown)) == []
    gone = replace(box, peripherals=(replace(SCANNER, standing="unplugged"),))
    assert ("device", {"name": "scanner", "standing": "unplugged"}) in list(changes(box, gone))


def test_figures_and_status_line_say_how_it_stands_and_nothing_of_voters():
    assert standing(STATION) == {
        "connected": 2,
        "peers": 3,
        "entries": 120,
        "waiting": 3,
        "free_mb": -1,
    }
    assert status_line(STATION) == (
        "TRAINING, a-desk-1 serves khorshid-2026: polls open, 2 of 3 stations linked, "
        "needs a hand (1)"
    )
