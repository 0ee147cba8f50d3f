r"""The PDF417 text of a driving licence: lines, each with a three-letter element id.

    @\n\x1e\rANSI 636000100102DL00410044ZI00850015DLDAQ12345678
    DCSNEMOONEH
    DACMARYAM
    DCGIRN\rZIZIA9990000018\r

No Iranian layout is public. This reads the elements of AAMVA's card design standard (annex D) that
matter here: DCS family name, DAC given name, DCG country; the national code is ten digits in DAQ
(the licence's number), DCK (inventory number) or any element ZI* (the State's own).
"""

import re
from dataclasses import dataclass, field

NAME_LETTERS_MAX = 80
"""Two names of 40, AAMVA's longest for one."""

_HEADER = re.compile(r"@[\s\x1c-\x1e]*(?:ANSI |AAMVA)[0-9]{8,12}(?:[A-Z]{2}[0-9]{8})+")
_ELEMENT = re.compile(r"(?:DL|ID|ZI)?([DZ][A-Z]{2})(.+)")
"""The first element of a subfile stands right after the subfile's own two letters."""
_BREAKS = re.compile(r"[\r\n\x1e]+")


@dataclass(frozen=True)
class Licence:
    """`numbers` are the fields that may hold the national code, in order of trust."""

    country: str
    name: str = field(repr=False)
    numbers: tuple[str, ...] = field(repr=False)


def read_licence(text: str) -> Licence | None:
    """The licence that `text` is: an AAMVA header, or at least DAQ and DCS; None if it is none."""
    header = _HEADER.match(text)
    elements: dict[str, str] = {}
    for line in _BREAKS.split(text[header.end() :] if header else text):
        if match := _ELEMENT.fullmatch(line.strip()):
            elements.setdefault(match[1], match[2].strip())
    if not header and not {"DAQ", "DCS"} <= elements.keys():
        return None
    name = " ".join(f"{elements.get('DAC', '')} {elements.get('DCS', '')}".split())
    own = (said for key, said in sorted(elements.items()) if key.startswith("ZI"))
    numbers = (*own, elements.get("DAQ", ""), elements.get("DCK", ""))
    return Licence(
        elements.get("DCG", ""), name[:NAME_LETTERS_MAX], tuple(said for said in numbers if said)
    )
