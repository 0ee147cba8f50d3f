"""A voter's identity card: which files of it say the national code and the name.

A profile (TOML) says so; the one used unless the settings name another is
`config/identity-card.toml`, which documents every key:

    application = "F0504D4944454E54"
    [national-code]
    file = "0101"
    encoding = "utf-8"          utf-8, latin-1, or bcd (two digits a byte)
    length = 10
    [name]
    file = "0102"
    encoding = "utf-8"
    tags = "65/5F20"            a path of BER-TLV tags; without it the file is plain

No error here shows what was on a card.
"""

import re
import unicodedata
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from hw.peripheral import GarbledError, RefusedError
from hw.smart_card import Identity
from hw.smart_card.apdu import Channel, tlv_value

DEFAULT = Path(__file__).parents[2] / "config" / "identity-card.toml"
"""The project is installed from its checkout; the profile stays where officers look for it."""

PROFILE_BYTES_MAX = 16 * 1024
FILE_BYTES_MAX = 4096
"""No card file of a name or a number is longer; a card that goes on for ever is left."""
NAME_LETTERS_MAX = 120
CODE_DIGITS = 10

FOREIGN = "This is not an identity card that is known here. Use another card, or type the code."
UNREADABLE = "What is on this identity card cannot be read. Type the code by hand."

TAG = r"(?:[0-9A-Fa-f]{2}){1,2}"
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")


class Field(Struct, frozen=True, forbid_unknown_fields=True):
    """Where one value stands: in a file, inside it at `tags`, from `offset`, `length` bytes.

    `length` 0 means to the end. `file` and the tags are hex.
    """

    file: str
    encoding: Literal["utf-8", "latin-1", "bcd"]
    tags: str = ""
    offset: int = 0
    length: int = 0

    @property
    def path(self) -> tuple[int, ...]:
        """The tags as numbers."""
        return tuple(int(tag, 16) for tag in self.tags.split("/") if tag)


class Profile(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """An identity applet: the application's identifier (hex), and its two fields."""

    application: str
    national_code: Field
    name: Field


def load_profile(path: Path | None) -> Profile:
    """Read a profile, None for the default; RefusedError names the file and the key."""
    path = path or DEFAULT
    try:
        with path.open("rb") as file:
            text = file.read(PROFILE_BYTES_MAX + 1)
    except OSError as error:
        raise RefusedError(
            f"The identity profile {path} cannot be read: {error.strerror}."
        ) from None
    if len(text) > PROFILE_BYTES_MAX:
        raise RefusedError(f"The identity profile {path} is longer than {PROFILE_BYTES_MAX} bytes.")
    try:
        profile = msgspec.toml.decode(text, type=Profile)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        words = re.sub(r" - at `\$\.?([^`]*)`$", r" (at \1)", str(error))
        raise RefusedError(f"The identity profile {path} is wrong: {words}.") from None
    if problem := _problem(profile):
        raise RefusedError(f"The identity profile {path} is wrong: {problem}.")
    return profile


def read_identity(channel: Channel, profile: Profile) -> Identity:
    """Code and name of the card; RefusedError for a foreign card, GarbledError for a bad one."""
    channel.select_application(bytes.fromhex(profile.application), FOREIGN)
    code = _value(channel, profile.national_code).translate(_DIGITS)
    if len(code) != CODE_DIGITS or not code.isascii() or not code.isdigit():
        raise GarbledError("The card's national code is not ten digits. Type the code by hand.")
    name = _value(channel, profile.name)
    if len(name) > NAME_LETTERS_MAX or any(unicodedata.category(c) == "Cc" for c in name):
        raise GarbledError(UNREADABLE)
    return Identity(code, name)


def _value(channel: Channel, field: Field) -> str:
    channel.select_file(bytes.fromhex(field.file), FOREIGN)
    if field.path:
        inside = tlv_value(channel.read(0, FILE_BYTES_MAX), field.path)
        raw = inside[field.offset : field.offset + (field.length or len(inside))]
    else:
        raw = channel.read(field.offset, field.length or FILE_BYTES_MAX - field.offset)
    if len(raw) < field.length:
        raise GarbledError(UNREADABLE)
    if field.encoding == "bcd":
        # An F fills an odd number of digits up.
        return raw.hex().rstrip("f")
    try:
        # Files have a fixed length: what is not used is blank, 00 or FF.
        return raw.rstrip(b"\xff").decode(field.encoding).strip("\0 ")
    except UnicodeDecodeError:
        raise GarbledError(UNREADABLE) from None


def _problem(profile: Profile) -> str | None:
    if not re.fullmatch(r"([0-9A-Fa-f]{2}){5,16}", profile.application):
        return "application must be 5 to 16 bytes in hex"
    for key, field in (("national-code", profile.national_code), ("name", profile.name)):
        if not re.fullmatch(r"[0-9A-Fa-f]{4}", field.file):
            return f"{key}.file must be four hex digits"
        if not re.fullmatch(rf"({TAG}(/{TAG}){{0,7}})?", field.tags):
            return f"{key}.tags must be hex tags with / between, for example 65/5F20"
        if not 0 <= field.offset <= FILE_BYTES_MAX:
            return f"{key}.offset must be 0 to {FILE_BYTES_MAX}"
        if not 0 <= field.length <= FILE_BYTES_MAX - field.offset:
            return f"{key}.length must be 0 to {FILE_BYTES_MAX}, counted from the offset"
    return None
