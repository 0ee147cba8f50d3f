"""Dates as people in Iran say them, beside UTC: the solar Hijri calendar, at the time of Iran.

    beside_utc(ms)       2026-11-27 05:12 UTC (1405/09/06 08:42)
    beside_utc_minute("2026-11-27T05:12Z")     the same, from an entry's minute
    both_dates(ms)       2026-11-27 (1405/09/06)
    long_date(ms)        6 آذر 1405

Logs, signatures and files hold UTC alone; this is for eyes. Iran is 3 h 30 min ahead of UTC all
year round since 2022 (summer time ended by law); earlier summers are not polling days of this
program. The year begins on the day whose true noon follows the equinox; between 1304 and 1500 that
is the cycle of 33 years with 8 leap years which `is_leap` holds (tests compare it with another
program's calendar day by day). Digits are ASCII, as every number on a screen.
"""

from datetime import UTC, date, datetime, timedelta
from datetime import timezone as fixed_zone
from typing import NamedTuple

IRAN = fixed_zone(timedelta(hours=3, minutes=30))
YEAR_MIN, YEAR_MAX = 1304, 1500
"""The calendar became law in 1304; the cycle of 33 years is checked up to 1500."""

MONTHS = (
    "فروردین",
    "اردیبهشت",
    "خرداد",
    "تیر",
    "مرداد",
    "شهریور",
    "مهر",
    "آبان",
    "آذر",
    "دی",
    "بهمن",
    "اسفند",
)
LONG_MONTHS, LONG_DAYS, SHORT_DAYS = 6, 31, 30
DAY_MS = 86_400_000

_EPOCH = date(1925, 3, 21)
"""1304/01/01."""


class JalaliDate(NamedTuple):
    """A day of the solar Hijri calendar."""

    year: int
    month: int
    day: int

    def __str__(self) -> str:
        return f"{self.year:04}/{self.month:02}/{self.day:02}"


def is_leap(year: int) -> bool:
    """Has this year 366 days? Years YEAR_MIN to YEAR_MAX."""
    return (25 * year + 11) % 33 < 8


def jalali(day: date) -> JalaliDate:
    """The same day in the solar Hijri calendar; ValueError outside YEAR_MIN to YEAR_MAX."""
    rest = (day - _EPOCH).days
    year = YEAR_MIN
    while rest >= (length := 366 if is_leap(year) else 365) and year < YEAR_MAX:
        rest -= length
        year += 1
    if rest < 0 or rest >= length:
        raise ValueError(f"{day} lies outside the years {YEAR_MIN} to {YEAR_MAX}.")
    if rest < LONG_MONTHS * LONG_DAYS:
        return JalaliDate(year, rest // LONG_DAYS + 1, rest % LONG_DAYS + 1)
    rest -= LONG_MONTHS * LONG_DAYS
    return JalaliDate(year, LONG_MONTHS + rest // SHORT_DAYS + 1, rest % SHORT_DAYS + 1)


def beside_utc(ms: int) -> str:
    """A moment in UTC, then its date and time in Iran; UTC alone where the calendar ends.

    Single blanks: a moment may stand inside a sentence, which two blanks would cut for the screen.
    """
    utc = datetime.fromtimestamp(ms / 1000, UTC)
    here = utc.astimezone(IRAN)
    shown = f"{utc:%Y-%m-%d %H:%M} UTC"
    try:
        return f"{shown} ({jalali(here.date())} {here:%H:%M})"
    except ValueError:
        return shown


def beside_utc_minute(minute: str) -> str:
    """`beside_utc` of a minute as entries hold it; what is none comes back as it is."""
    try:
        utc = datetime.strptime(minute, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    except ValueError:
        return minute
    return beside_utc(int(utc.timestamp() * 1000))


def both_dates(ms: int) -> str:
    """The day in UTC, then the day in Iran, which begins three and a half hours earlier."""
    shown = f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d}"
    try:
        return f"{shown} ({jalali(datetime.fromtimestamp(ms / 1000, IRAN).date())})"
    except ValueError:
        return shown


def long_date(ms: int) -> str:
    """The date in Iran in words, e.g. `6 آذر 1405`; empty where the calendar ends."""
    here = datetime.fromtimestamp(ms / 1000, IRAN)
    try:
        found = jalali(here.date())
    except ValueError:
        return ""
    return f"{found.day} {MONTHS[found.month - 1]} {found.year}"
