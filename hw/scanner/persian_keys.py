"""What a keyboard-wedge scanner's keys become on a computer with the Persian layout, and back.

    scanner    PM1:AB      I<IRN       9990000017
    computer   [ء۱:ؤ‌       ّ>ِ…         ۹۹۹۰۰۰۰۰۱۷

The layout is xkb's ir(pes), after ISIRI 9147, levels 1 and 2. Level 2 is where capitals are, and
it holds harakat, brackets and quotes: "P" gives "[", "<" gives ">" and ">" gives "<".

Two things cannot be undone, and one needs care:
- "B" and shift with the space bar both give the zero-width non-joiner. It is taken as "B": cards
  and documents are capitals, and a scanner does not shift a blank.
- A letter and its case are undone as they came. A scanner that makes capitals by Caps Lock comes as
  small letters, because Persian has none; whoever reads a code folds the case.
- It must be undone before any normalisation: NFC joins and reorders harakat ("DN" would become
  "S"), and folding Persian letters merges what different keys gave.
"""

_ROWS = (
    ("`1234567890-=", "\u200d۱۲۳۴۵۶۷۸۹۰-="),
    ("~!@#$%^&*()_+", "÷!\u066c\u066b\ufdfc\u066a×،*)(\u0640+"),
    ("qwertyuiop[]", "ضصثقفغعهخحجچ"),
    ("QWERTYUIOP{}", "\u0652\u064c\u064d\u064b\u064f\u0650\u064e\u0651][}{"),
    ("asdfghjkl;'", "شسیبلاتنمکگ"),
    ('ASDFGHJKL:"', "ؤئيإأآة»«:؛"),
    ("zxcvbnm,./", "ظطزرذدپو./"),
    ("ZXCVBNM<>?", "ك\u0653ژ\u0670\u200c\u0654ء><؟"),
    ("\\|", "\\|"),
)
"""US key, what ir(pes) gives; a row of keys alone, then the same with shift."""

PERSIAN_KEYS = {us: ir for row, given in _ROWS for us, ir in zip(row, given, strict=True)}
_BACK = str.maketrans({ir: us for us, ir in PERSIAN_KEYS.items()})
_ONLY_PERSIAN = {ir for ir in PERSIAN_KEYS.values() if not ir.isascii()}


def from_persian_layout(text: str) -> str:
    """The text as the keys give it on a US layout. What is on no key stays as it is."""
    return text.translate(_BACK)


def may_be_persian_layout(text: str) -> bool:
    """Is something in it that only the Persian layout's keys give?"""
    return any(c in _ONLY_PERSIAN for c in text)
