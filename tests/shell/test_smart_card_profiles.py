"""Identity profiles: cards of other makes are read by what a file says, and a bad file is told."""

from pathlib import Path

import pytest

from hw.catalogue import Pcsc
from hw.peripheral import GarbledError, RefusedError
from hw.smart_card import Identity
from hw.smart_card.apdu import Channel
from hw.smart_card.identity import Field, Profile, load_profile, read_identity
from hw.smart_card.pcsc import PcscReader
from hw.smart_card.software_card import Files, SoftwareCard, identity_card, tlv

OTHER = """
application = "A000000999"
[national-code]
file = "2F01"
{code}
[name]
file = "2F02"
{name}
"""
PLAIN = 'encoding = "utf-8"'


def written(folder: Path, text: str) -> Path:
    path = folder / "our-card.toml"
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, code: str, name: str, files: tuple[bytes, bytes]) -> Identity:
    """A card of another make, by its profile."""
    profile = load_profile(written(folder, OTHER.format(code=code, name=name)))
    card = Files(bytes.fromhex("A000000999"), {b"\x2f\x01": files[0], b"\x2f\x02": files[1]})
    return read_identity(Channel(SoftwareCard(card).transmit), profile)


def test_the_profile_in_config_is_the_one_that_is_used() -> None:
    assert load_profile(None) == Profile(
        application="F0504D4944454E54",
        national_code=Field("0101", "utf-8", "", 0, 10),
        name=Field("0102", "utf-8", "65/5F20", 0, 0),
    )


@pytest.mark.parametrize(
    ("code", "content"),
    [
        ('encoding = "bcd"\nlength = 5', bytes.fromhex("9990000017FF")),
        ('encoding = "bcd"', bytes.fromhex("9990000017FFFF")),
        ('encoding = "utf-8"\noffset = 3\nlength = 10', b"NC=9990000017;"),
        ('encoding = "latin-1"', b"9990000017\x00\x00\xff\xff"),
        ('encoding = "utf-8"', "۹۹۹۰۰۰۰۰۱۷".encode()),
        ('encoding = "utf-8"', "٩٩٩٠٠٠٠٠١٧   ".encode()),
        ('encoding = "bcd"\ntags = "70/5A"', tlv(0x70, tlv(0x5A, bytes.fromhex("9990000017")))),
        (
            'encoding = "utf-8"\ntags = "7F49/5F2A"\noffset = 2\nlength = 10',
            b"\0\0" + tlv(0x7F49, tlv(0x81, b"x" * 300) + tlv(0x5F2A, b"IR9990000017!")),
        ),
    ],
    ids=["bcd", "bcd to the end", "offset", "filled", "Persian", "Arabic", "tlv", "tlv offset"],
)
def test_a_national_code_is_found_where_the_profile_says(
    tmp_path: Path, code: str, content: bytes
) -> None:
    found = read(tmp_path, code, PLAIN, (content, "نیما آزمون".encode() + bytes(40)))
    assert found == Identity("9990000017", "نیما آزمون")


@pytest.mark.parametrize(
    "content",
    [b"999000001", b"99900000170", b"999000001X", bytes(10), b"\xff" * 10, b"", b"9" * 5000],
)
def test_a_code_that_is_not_ten_digits_is_not_shown(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(GarbledError) as error:
        read(tmp_path, PLAIN, PLAIN, (content, b"N"))
    assert error.value.words == (
        "The card's national code is not ten digits. Type the code by hand."
    )


@pytest.mark.parametrize(
    "content", [b"\xd9\xd9", b"a\x1b[2Jb", b"n" * 121], ids=["no utf-8", "control", "too long"]
)
def test_a_name_that_cannot_be_read_is_not_shown(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(GarbledError) as error:
        read(tmp_path, PLAIN, PLAIN, (b"9990000017", content))
    assert error.value.words == (
        "What is on this identity card cannot be read. Type the code by hand."
    )


def test_a_card_without_the_tag_is_told() -> None:
    card = identity_card("9990000017", "N")
    card.files[b"\x01\x02"][:] = tlv(0x65, tlv(0x5B, b"N"))
    with pytest.raises(GarbledError) as error:
        read_identity(Channel(SoftwareCard(card).transmit), load_profile(None))
    assert error.value.words == "The card lacks what is looked for on it. Use another card."


GOOD = OTHER.format(code=PLAIN, name=PLAIN)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace("A000000999", "A0"), "application must be 5 to 16 bytes in hex"),
        (GOOD.replace("A000000999", "xyz"), "application must be 5 to 16 bytes in hex"),
        (GOOD.replace("2F01", "2F1"), "national-code.file must be four hex digits"),
        (GOOD + "offset = -1", "name.offset must be 0 to 4096"),
        (GOOD + "length = 4097", "name.length must be 0 to 4096, counted from the offset"),
        (
            GOOD + "offset = 9\nlength = 4090",
            "name.length must be 0 to 4096, counted from the offset",
        ),
        (
            GOOD + 'tags = "65/5F2"',
            "name.tags must be hex tags with / between, for example 65/5F20",
        ),
        (GOOD + 'length = "ten"', "Expected `int`, got `str` (at name.length)"),
        (
            GOOD + "lenght = 10",
            "Object contains unknown field `lenght` (at name)",
        ),
        (
            GOOD.replace('file = "2F02"', ""),
            "Object missing required field `file` (at name)",
        ),
        (GOOD.replace('"utf-8"', '"ebcdic"', 1), "Invalid enum value 'ebcdic' (at national-code."),
        ("application = ", "Invalid value"),
        ("#" * 16385, "longer than 16384 bytes"),
    ],
)
def test_a_bad_profile_names_the_file_and_the_key(tmp_path: Path, text: str, words: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(RefusedError) as error:
        PcscReader(Pcsc(profile="our-card.toml"), path, print)
    assert error.value.words.startswith(f"The identity profile {path} is ")
    assert words in error.value.words


def test_a_profile_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as error:
        load_profile(tmp_path / "none.toml")
    assert error.value.words == (
        f"The identity profile {tmp_path / 'none.toml'} cannot be read: No such file or directory."
    )
