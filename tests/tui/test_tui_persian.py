"""Persian on the screens: catalogues that are whole, dates of Iran, and text in its place."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import jdatetime
import pytest
from bidi import get_display
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color

from simulations.demo.setting import environment
from sync.outcomes import Refused
from sync.text import normal
from sync.views import VotersFound
from tests.tui.examples import (
    ALREADY,
    KARIM_DONE,
    NO_QUORUM,
    NOW_MS,
    PAPER_OUT,
    STATION,
    STUB_CARD,
    STUB_WAITING,
)
from tui import words
from tui.catalogue_making import (
    DOMAINS,
    TRANSLATED,
    compiled,
    messages,
    po_bytes,
    po_path,
    problems,
    read_catalogue,
    renewed,
)
from tui.heard import heard
from tui.jalali import (
    YEAR_MAX,
    YEAR_MIN,
    beside_utc,
    beside_utc_minute,
    both_dates,
    jalali,
    long_date,
)
from tui.spoken import Spoken, chosen, read_spoken
from tui.text_order import TEXT_ORDERS, fenced_text, order_filter, visual_text

PLACES = re.compile(r"\{\w*\}")
MARKS = re.compile("[\u200e\u2066-\u2069]")


@pytest.fixture
def persian() -> Iterator[None]:
    words.use("fa")
    yield
    words.use("en")


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("domain", DOMAINS)
def test_every_message_of_the_sources_is_translated_and_none_is_stale(domain, language):
    assert problems(domain, language) == [], "run: make catalogue, then translate"


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("domain", DOMAINS)
def test_what_people_edit_and_what_programs_read_are_the_same(domain, language):
    path = po_path(domain, language)
    assert path.read_bytes() == po_bytes(renewed(domain, language))
    assert path.with_suffix(".mo").read_bytes() == compiled(read_catalogue(domain, language))


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_translation_has_the_same_places_keys_and_paths_as_its_message(domain):
    # A key, a file or a command is typed as it stands, in every language.
    typed = re.compile(r"\b(?:F[0-9]{1,2}|Esc|Enter|Tab|Ctrl\+\w|\w+\.(?:json|toml|key))\b")
    found = []
    for message in read_catalogue(domain, "fa"):
        forms = message.id if isinstance(message.id, tuple) else (message.id,)
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        for text in texts if message.id else ():
            for pattern in (PLACES, typed):
                wanted = sorted(pattern.findall(forms[-1]))
                if sorted(pattern.findall(text)) != wanted:
                    found.append((forms[-1], text))
    assert found == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_translations_are_spelt_with_persian_letters_and_ascii_digits(domain):
    texts = [
        text
        for message in read_catalogue(domain, "fa")
        if message.id
        for text in (message.string if isinstance(message.string, tuple) else (message.string,))
    ]
    hamza = "\u0647\u0654"
    assert [t for t in texts if re.search("[يكةىـ٠-٩۰-۹]", t)] == []
    assert [t for t in texts if normal(t.replace("هٔ", "ه")) != normal(t.replace(hamza, "ه"))] == []


def test_only_what_is_words_is_taken_for_a_message():
    found = messages(words.NODE)
    assert "A national code has ten digits; this one has {0}." in found
    assert all(len(re.findall(r"[A-Za-z]{2,}", str(m))) > 0 for m in found)
    assert not any('"""' in str(message) for message in found)


@pytest.mark.usefixtures("persian")
@pytest.mark.parametrize(
    ("english", "said"),
    [
        ("Card 7 taken.", "کارت 7 تحویل شد."),
        (
            ALREADY.words,
            "پیش‌تر در a-desk-2 در 2026-11-27 05:12 UTC (1405/09/06 08:42) پذیرش شده است: "
            "رأی‌دهنده کارت دارد.",
        ),
        (
            STUB_CARD.words,
            "پذیرش شد. کارت 43 برای a-box-2. هنوز هیچ ایستگاه دیگری آن را ندارد: شماره را روی "
            "ته‌برگ نگه دارید.",
        ),
        (
            NO_QUORUM.words,
            "تأیید نشد: پاسخی از a-desk-2, a-desk-3 نیامد (وزن 3، نیاز 4). قاعدهٔ امروز نپذیرفتن "
            "است؛ چیزی مصرف نشده و رأی‌دهنده می‌تواند دوباره تلاش کند.",
        ),
        (
            "Card 42 is not printed: The printer is gone. Drop it.",
            "کارت 42 چاپ نشد: چاپگر در دسترس نیست. آن را حذف کنید.",
        ),
        ("A sentence nobody knows. Wait for it.", "A sentence nobody knows. منتظر آن بمانید."),
        ("", ""),
    ],
)
def test_what_the_node_says_is_said_in_persian_as_far_as_it_is_known(english, said):
    assert words.said(english) == said


def test_in_english_the_node_is_heard_as_it_speaks_with_the_dates_of_iran_beside_its_own():
    assert words.said(ALREADY.words) == ALREADY.words
    assert heard(ALREADY) == Refused(
        "already-checked-in",
        "Already checked in at a-desk-2 at 2026-11-27 05:12 UTC (1405/09/06 08:42): the voter "
        "has a card.",
    )
    assert heard(STATION) == STATION


@pytest.mark.usefixtures("persian")
def test_what_screens_decide_on_stays_as_the_node_said_it():
    answer = heard(VotersFound((KARIM_DONE,), False, ""))
    assert answer.voters[0].standing == (
        "پذیرش شده در a-desk-2 در 2026-11-27 05:12 UTC (1405/09/06 08:42): کارت دارد."
    )
    assert replace(answer.voters[0], standing=KARIM_DONE.standing) == KARIM_DONE
    station = heard(replace(STATION, peripherals=(PAPER_OUT,), jobs=(STUB_WAITING,)))
    (printer,) = station.peripherals
    assert printer == replace(
        PAPER_OUT,
        words="کاغذ چاپگر تمام شده است. یک رول تازه بگذارید.",
        values=(("کاغذ", "تمام"),),
    )
    assert (station.polls, station.peers[2].state) == ("open", "apart")


@pytest.mark.usefixtures("persian")
@given(st.text(max_size=300))
def test_no_words_whatever_break_the_screen(text):
    assert isinstance(words.said(text), str)


def test_a_program_in_persian_has_persian_tables():
    code = (
        "from tui import words; words.use('fa')\n"
        "from tui.setup_words import STEP_WORDS; print(STEP_WORDS['replace'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, check=True
    )
    assert done.stdout.decode().strip() == "جایگزینی ایستگاه خراب"


def test_every_day_of_the_calendar_is_the_one_another_program_says():
    day, last = date(1925, 3, 21), date(2122, 3, 20)
    assert (jalali(day), jalali(last)[:2]) == ((YEAR_MIN, 1, 1), (YEAR_MAX, 12))
    differing = []
    while day <= last:
        other = jdatetime.date.fromgregorian(date=day)
        if tuple(jalali(day)) != (other.year, other.month, other.day):
            differing.append(day)
        day += timedelta(days=1)
    assert differing == []


@pytest.mark.parametrize("day", [date(1925, 3, 20), date(2122, 3, 21), date.min, date.max])
def test_a_day_outside_the_calendar_is_refused(day):
    with pytest.raises(ValueError, match="lies outside the years 1304 to 1500"):
        jalali(day)


def test_dates_stand_beside_utc_in_the_time_of_iran():
    assert beside_utc(NOW_MS) == "2026-11-27 04:00 UTC (1405/09/06 07:30)"
    assert beside_utc_minute("2026-11-27T05:12Z") == "2026-11-27 05:12 UTC (1405/09/06 08:42)"
    assert long_date(NOW_MS) == "6 آذر 1405"
    assert both_dates(NOW_MS) == "2026-11-27 (1405/09/06)"
    # 20:30 UTC is midnight in Iran; the last day of a leap year, then the new year.
    for minute, shown in (
        ("2025-03-19T20:29Z", "1403/12/29 23:59"),
        ("2025-03-19T20:30Z", "1403/12/30 00:00"),
        ("2025-03-20T20:30Z", "1404/01/01 00:00"),
    ):
        assert beside_utc_minute(minute).endswith(f"UTC ({shown})")
    assert beside_utc_minute("when?") == "when?"
    assert beside_utc(0) == "1970-01-01 00:00 UTC (1348/10/11 03:30)"
    before = datetime(1900, 1, 1, tzinfo=UTC).timestamp() * 1000
    assert beside_utc(int(before)) == "1900-01-01 00:00 UTC"


@pytest.mark.parametrize(
    ("logical", "visual"),
    [
        ("در 2026-11-27 بود", "ﺩﻮﺑ 2026-11-27 ﺭﺩ"),
        ("میز a-desk-1 باز است.", ".ﺖﺳﺍ ﺯﺎﺑ a-desk-1 ﺰﯿﻣ"),
        ("پوشه: /srv/a-desk-1", "/srv/a-desk-1 :ﻪﺷﻮﭘ"),
        ("(12 نفر)", "(ﺮﻔﻧ 12)"),
        ("3 از 4 (75 %)", "(75 %) 4 ﺯﺍ 3"),
        ("Golestan School (a)، شهر", "ﺮﻬﺷ ،Golestan School (a)"),
        ("خانهٔ 2", "2 ﮥﻧﺎﺧ".replace("ﮥ", "ﻪ\u0654")),
    ],
)
def test_a_persian_sentence_reads_from_the_right_with_codes_and_dates_whole(logical, visual):
    assert visual_text(logical, "R") == visual
    assert cell_len(visual) == cell_len(logical)


PARTS = st.lists(
    st.sampled_from(
        ["مریم", "نیک‌پور", "خانهٔ", "a-desk-1", "1405/09/06", "2026-11-27", "41.3", "12", "%", "(7)"]
    ),
    min_size=1,
    max_size=6,
).map(" ".join)
COLUMNS = st.lists(PARTS, min_size=2, max_size=4)


@given(COLUMNS, st.sampled_from(["R", "L", ""]))
def test_columns_keep_their_cells_and_their_numbers_in_both_orders(columns, base):
    line = "   ".join(columns)
    numbers = [sorted(re.findall("[0-9A-Za-z][-0-9A-Za-z./]*", column)) for column in columns]
    shown = visual_text(line, base)
    assert cell_len(shown) == cell_len(line)
    assert [sorted(re.findall("[0-9A-Za-z][-0-9A-Za-z./]*", c)) for c in shown.split("   ")] == (
        numbers
    )
    # What a terminal that orders the whole line itself makes of the fenced text.
    fenced = fenced_text(line, base)
    assert MARKS.sub("", fenced) == line
    ordered = MARKS.sub("", get_display(fenced, base_dir="L"))
    assert [sorted(re.findall("[0-9A-Za-z][-0-9A-Za-z./]*", c)) for c in ordered.split("   ")] == (
        numbers
    )


@pytest.mark.parametrize("order", TEXT_ORDERS)
def test_a_segment_meant_as_it_is_passes_the_filter(order):
    from rich.style import Style

    from tui.text_order import AS_IS

    segment = Segment("رضا 12", Style(meta={AS_IS: True}))
    assert order_filter(order).apply([segment], Color(0, 0, 0)) == [segment]
    assert order_filter(order).apply([Segment("رضا 12")], Color(0, 0, 0)) != [Segment("رضا 12")]


def test_what_was_chosen_gives_way_to_the_environment_and_to_nothing_unreadable(tmp_path: Path):
    file = tmp_path / "screen.json"
    assert read_spoken(file) == Spoken() == read_spoken(None)
    file.write_text('{"language":"klingon"}')
    assert read_spoken(file) == Spoken()
    file.write_text('{"look":"light","language":"fa","text_order":"logical","is_chosen":true}')
    kept = read_spoken(file)
    assert kept == Spoken("light", "fa", "logical", True)
    assert chosen(kept, {}) == kept
    told = {"POLLMESH_LANGUAGE": "en", "POLLMESH_TEXT_ORDER": "sideways"}
    assert chosen(kept, told) == Spoken("light", "en", "logical", True)
    assert (kept.base, Spoken().base) == ("R", "")
