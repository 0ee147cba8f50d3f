"""The national code: ten digits, the last of them a check (modulo 11).

    9990000018:  9*10 + 9*9 + 9*8 + 0 + … + 1*2 = 245, 245 mod 11 = 3, and 11 - 3 = 8

The check is r when r < 2, else 11 - r, of r = sum(d[i] * (10 - i)) mod 11 over the first nine.
Rests of 1 and of 10 have the same check, so where it is 1 a wrong digit may pass: the roll decides.
"""

import re

_TEN_DIGITS = re.compile(r"[0-9]{10}")


def national_code_problem(code: str) -> str:
    """Why `code` (ASCII) is no national code, in a worker's words without it; "" if it is one."""
    if not _TEN_DIGITS.fullmatch(code):
        return "A national code has ten digits, and this has not. Scan it again or type it."
    if len(set(code)) == 1:
        return "Ten equal digits are no national code. Look at the document and type its code."
    rest = sum(int(digit) * (10 - place) for place, digit in enumerate(code[:9])) % 11
    if int(code[9]) != (rest if rest < 2 else 11 - rest):
        return (
            "The last digit of this national code does not fit the others: a digit is wrong or "
            "two are swapped. Scan it again or type it."
        )
    return ""
