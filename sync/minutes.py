"""Times as entries and packages write them: whole UTC minutes, `2026-11-27T05:12Z`."""

from datetime import UTC, datetime


def minute_text(now_ms: int) -> str:
    """The minute in which `now_ms` (Unix milliseconds) lies."""
    return datetime.fromtimestamp(now_ms // 60_000 * 60, UTC).strftime("%Y-%m-%dT%H:%MZ")
