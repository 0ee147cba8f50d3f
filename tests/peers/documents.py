"""Machine-readable zones as a document office would print them (ICAO Doc 9303, parts 3 to 5).

    td1("B12345678", optional="9990000018", family="NEMOONEH", given="MARYAM SARA")
    -> ["I<IRNB123456785…", "8503069F…", "NEMOONEH<<MARYAM<SARA<…"]

Written apart from the reader, with its own check digits.
"""

BIRTH, EXPIRY = "850306", "310306"


def check(text: str) -> str:
    """Weights 7, 3, 1 over 0-9, A=10 … Z=35, filler 0."""
    total = 0
    for place, letter in enumerate(text):
        if letter.isdigit():
            value = ord(letter) - ord("0")
        elif letter == "<":
            value = 0
        else:
            value = ord(letter) - ord("A") + 10
        total += value * [7, 3, 1][place % 3]
    return str(total % 10)


def filled(text: str, width: int) -> str:
    return text.replace(" ", "<")[:width].ljust(width, "<")


def td1(
    number: str,
    *,
    optional: str = "",
    optional_2: str = "",
    birth: str = BIRTH,
    expiry: str = EXPIRY,
    sex: str = "F",
    country: str = "IRN",
    family: str,
    given: str,
) -> list[str]:
    """Three lines of 30. A number of more than nine goes on in the optional data (part 5)."""
    if len(number) > 9:
        shown, shown_check = number[:9], "<"
        optional = number[9:] + check(number) + "<" + optional
    else:
        shown = filled(number, 9)
        shown_check = check(shown)
    one = "I<" + country + shown + shown_check + filled(optional, 15)
    two = birth + check(birth) + sex + expiry + check(expiry) + country + filled(optional_2, 11)
    composite = check(one[5:30] + two[0:7] + two[8:15] + two[18:29])
    return [one, two + composite, filled(f"{family}  {given}", 30)]


def td3(
    number: str,
    *,
    personal: str = "",
    birth: str = BIRTH,
    expiry: str = EXPIRY,
    sex: str = "F",
    country: str = "IRN",
    family: str,
    given: str,
    empty_check: str = "<",
) -> list[str]:
    """Two lines of 44. `empty_check` stands for an empty personal number: "<" or "0"."""
    shown, own = filled(number, 9), filled(personal, 14)
    own += check(own) if personal else empty_check
    two = shown + check(shown) + country + birth + check(birth) + sex + expiry + check(expiry) + own
    composite = check(two[0:10] + two[13:20] + two[21:43])
    return ["P<" + country + filled(f"{family}  {given}", 39), two + composite]
