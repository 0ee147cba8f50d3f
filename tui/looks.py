"""How the screens look: dark, light or high contrast, each with colours of its own for training.

    {"look":"light"}      ~/.config/pollmesh/screen.json, written when a person chooses

A colour only repeats what words say. With NO_COLOR set no colour is sent at all; then bold,
underlined and reversed letters stand for what colours would.
"""

import os
from pathlib import Path
from typing import Literal, get_args

import msgspec
from msgspec import Struct
from textual.theme import Theme

Look = Literal["dark", "light", "contrast"]
LOOKS: tuple[Look, ...] = get_args(Look)
SETTINGS_BYTES_MAX = 4096

LOOK_WORDS: dict[Look, str] = {
    "dark": "dark",
    "light": "light",
    "contrast": "high contrast",
}


class ScreenSettings(Struct, frozen=True):
    """What a person chose for the screens of this account."""

    look: Look = "dark"


def settings_file() -> Path:
    """Where this account keeps it (XDG base directories)."""
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "pollmesh" / "screen.json"


def read_settings(path: Path | None) -> ScreenSettings:
    """What was chosen; the default where nothing, or nothing readable, stands there."""
    try:
        data = path.read_bytes()[:SETTINGS_BYTES_MAX] if path else b"{}"
        return msgspec.json.decode(data, type=ScreenSettings)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return ScreenSettings()


def write_settings(path: Path | None, settings: ScreenSettings) -> bool:
    """Keep it; False if this account can write nothing there. Unread fields of others stay."""
    if path is None:
        return True
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=dict[str, object])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        kept = {}
    kept.update(msgspec.to_builtins(settings))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(msgspec.json.encode(kept))
        part.replace(path)
    except OSError:
        return False
    return True


def theme_name(look: Look, training: bool) -> str:
    """The theme of a look on such a day."""
    return f"pollmesh-{look}-training" if training else f"pollmesh-{look}"


def themes() -> list[Theme]:
    """All of them: three looks, real and training."""
    return [_theme(look, training) for look in LOOKS for training in (False, True)]


_TITLES = {
    ("dark", False): "#1d5f8f",
    ("dark", True): "#6b3fa0",
    ("light", False): "#14507c",
    ("light", True): "#6b3fa0",
    ("contrast", False): "#ffffff",
    ("contrast", True): "#ffff00",
}
"""Of the title bar: blue on a real day, purple on a training day."""


def _theme(look: Look, training: bool) -> Theme:
    name, title = theme_name(look, training), _TITLES[look, training]
    if look == "light":
        return Theme(
            name=name,
            primary=title,
            secondary="#4a6572",
            accent="#8a5a00",
            warning="#8a5a00",
            error="#a3162a",
            success="#1b6e3c",
            foreground="#14181c",
            background="#fbfbf8",
            surface="#eeeee8",
            panel="#e2e2da",
            dark=False,
        )
    if look == "contrast":
        return Theme(
            name=name,
            primary=title,
            secondary="#ffffff",
            accent="#ffff00",
            warning="#ffff00",
            error="#ff5f5f",
            success="#5fff5f",
            foreground="#ffffff",
            background="#000000",
            surface="#000000",
            panel="#1c1c1c",
            dark=True,
            text_alpha=1.0,
            variables={
                "text-muted": "#ffffff",
                "text-success": "#5fff5f",
                "text-warning": "#ffff00",
                "text-error": "#ff8787",
            },
        )
    return Theme(
        name=name,
        primary=title,
        secondary="#2f4858",
        accent="#e0a030",
        warning="#e0a030",
        error="#b8374f",
        success="#3fa66b",
        foreground="#e4e7ea",
        background="#11161b",
        surface="#1a2129",
        panel="#232c36",
        dark=True,
    )
