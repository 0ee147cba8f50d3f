"""Times as entries and packages write them: whole UTC minutes, `2026-11-27T05:12Z`."""

from datetime import UTC, datetime

FORMAT = "%Y-%m-%dT%H:%MZ"


def minute_text(now_ms: int) -> str:
    """The minute in which `now_ms` (Unix milliseconds) lies."""
    return datetime.fromtimestamp(now_ms // 60_000 * 60, UTC).strftime(FORMAT)


def minute_ms(minute: str) -> int:
    """The beginning of a minute in Unix milliseconds; 0 for one that no calendar has."""
    try:
        return int(datetime.strptime(minute, FORMAT).replace(tzinfo=UTC).timestamp()) * 1000
    except ValueError:
        return 0
