"""Keeping the Persian catalogues in step with the sources; needs Babel, which only developers have.

    python -m tui.catalogue_making          new messages into the .po files, gone ones out of them
    python -m tui.catalogue_making check    say what is missing or stale; 1 if anything is

Two domains, each a .po that people edit and a .mo made from it:

    screens     every `_("…")` and `ngettext("…", "…", n)` below tui/
    node        sentences of sync/, node/ and hw/ as they reach a screen; f-strings are templates:
                f"Card {number} taken." is "Card {0} taken."

A new message begins without a translation and is then shown in English; the test of the catalogues
fails until somebody has written one.
"""

import ast
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tui.words import CATALOGUES, LANGUAGES, NODE, PLACE, SCREENS, sentences

ROOT = Path(__file__).parent.parent
TRANSLATED = tuple(language for language in LANGUAGES if language != "en")
DOMAINS = (SCREENS, NODE)

NODE_FOLDERS = ("sync", "node", "hw")
SPOKEN_FILES = (
    "sync/admission.py",
    "sync/alarms.py",
    "sync/book_voters.py",
    "sync/book_words.py",
    "sync/bookkeeping.py",
    "sync/desk.py",
    "sync/desk_acts.py",
    "sync/issuing.py",
    "sync/officers.py",
    "sync/reentry.py",
    "sync/roll.py",
    "sync/second_desk.py",
    "sync/taking_back.py",
    "sync/text.py",
    "node/book_api.py",
    "node/local_api.py",
    "node/hardware_api.py",
    "node/peripherals.py",
    "node/printing.py",
    "node/setup_api.py",
    "node/setup_devices.py",
    "node/setup_station.py",
    "node/workers.py",
    "hw/printer/words.py",
    "hw/fingerprint/words.py",
    "hw/lid/standing.py",
    "hw/power/telling.py",
)
"""What a worker reads all day: each of its sentences has a translation. Of other files the
catalogue holds those that somebody has translated; the rest are shown in English."""

_WORD = re.compile(r"[A-Za-z]{2,}")

FRAGMENTS = (
    "Open {0}.",
    "Close {0}.",
    "at {0}",
    "here",
    "has a card",
    "waits for confirmation",
    "waits for a card",
    "waits for confirmation there",
    "Used: {0}.",
    "Card {0}",
    "The card",
    "The stub of card {0}",
    "mains",
    "battery",
    "charge",
    "minutes",
    "paper",
    "card",
    "port",
    "none",
    "in",
    "out",
)
"""What stands inside sentences in place of a value, and is words itself."""

HERE = "tui/catalogue_making.py"
_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)

Message = str | tuple[str, str]


def messages(domain: str) -> dict[Message, list[str]]:
    """Every message of a domain as the sources have it now, with the files it stands in."""
    return _screen_messages() if domain == SCREENS else _node_messages()


def required(domain: str) -> set[Message]:
    """The messages that must have a translation."""
    found = messages(domain)
    if domain == SCREENS:
        return set(found)
    spoken = {*SPOKEN_FILES, HERE}
    return {message for message, files in found.items() if not spoken.isdisjoint(files)}


def po_path(domain: str, language: str) -> Path:
    """Where a catalogue is edited."""
    return CATALOGUES / language / "LC_MESSAGES" / f"{domain}.po"


def read_catalogue(domain: str, language: str) -> Catalog:
    """A catalogue as it is edited; an empty one if there is none yet."""
    path = po_path(domain, language)
    if not path.exists():
        return Catalog(language, domain, project="pollmesh", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=domain)


def compiled(catalogue: Catalog) -> bytes:
    """The .mo file of a catalogue; the same for the same messages, whenever it is made."""
    catalogue.creation_date = catalogue.revision_date = _NO_DATE
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def renewed(domain: str, language: str) -> Catalog:
    """The catalogue with today's messages only, and yesterday's translations of them."""
    old, found, wanted = read_catalogue(domain, language), messages(domain), required(domain)
    new = Catalog(language, domain, project="pollmesh", charset="utf-8", fuzzy=False)
    new.mime_headers  # noqa: B018  (makes the plural rule of the language)
    for message in sorted(found, key=str):
        # A file's line would change with every edit above it.
        before = old.get(message if isinstance(message, str) else message[0])
        text = before.string if before is not None else ""
        if not text and message not in wanted:
            continue
        if isinstance(message, tuple) and not isinstance(text, tuple):
            text = ("",) * new.num_plurals
        new.add(message, text, locations=[(file, 0) for file in sorted(set(found[message]))])
    return new


def write_catalogue(domain: str, language: str, catalogue: Catalog) -> None:
    """Both files of a catalogue, without dates: the same catalogue is the same file."""
    path = po_path(domain, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(po_bytes(catalogue))
    path.with_suffix(".mo").write_bytes(compiled(read_catalogue(domain, language)))


def po_bytes(catalogue: Catalog) -> bytes:
    """The .po file of a catalogue, with as few headers as gettext needs."""
    out = BytesIO()
    write_po(out, catalogue, width=100, omit_header=True, include_lineno=False)
    header = (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {catalogue.locale}\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    )
    return header.encode() + out.getvalue().lstrip()


def problems(domain: str, language: str) -> list[str]:
    """What is missing or stale in a catalogue, in words."""
    found, kept = messages(domain), read_catalogue(domain, language)
    known = {message.id: message for message in kept if message.id}
    said = [f"{domain}.{language}: stale: {one!r}" for one in known if one not in found]
    said += [
        f"{domain}.{language}: missing: {one!r}" for one in required(domain) if one not in known
    ]
    said += [
        f"{domain}.{language}: not translated: {one.id!r}"
        for one in known.values()
        if not all(one.string if isinstance(one.string, tuple) else (one.string,))
    ]
    return sorted(said)


def _screen_messages() -> dict[Message, list[str]]:
    found: dict[Message, list[str]] = {}
    keywords = {"_": None, "ngettext": (1, 2)}
    for file, _line, message, _comments, _context in extract_from_dir(
        str(ROOT / "tui"), method_map=[("**.py", "python")], keywords=keywords
    ):
        found.setdefault(message, []).append(f"tui/{file}")
    return found


def _node_messages() -> dict[Message, list[str]]:
    found: dict[Message, list[str]] = {}
    for folder in NODE_FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for sentence in _sentences(ast.parse(path.read_text(encoding="utf-8"))):
                found.setdefault(sentence, []).append(str(path.relative_to(ROOT)))
    for fragment in FRAGMENTS:
        found.setdefault(fragment, []).append(HERE)
    return found


def _sentences(tree: ast.Module) -> Iterator[str]:
    """Every sentence for people in a source, as a template; docstrings are for programmers."""
    inner = {id(part) for node in ast.walk(tree) for part in _unspoken(node)}
    for node in ast.walk(tree):
        if id(node) in inner:
            continue
        if isinstance(node, ast.JoinedStr):
            yield from filter(is_sentence, split_template(template_of(node)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from filter(is_sentence, split_template(node.value))


def _unspoken(node: ast.AST) -> Iterator[ast.AST]:
    """Docstrings, and the constant parts of f-strings, which are read with the whole."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield from node.values


def split_template(template: str) -> Iterator[str]:
    """A template's sentences, the places of each counted from {0}."""
    for sentence in sentences(template):
        numbers = {old: str(new) for new, old in enumerate(PLACE.findall(sentence))}
        yield PLACE.sub(lambda found, n=numbers: f"{{{n[found.group(1)]}}}", sentence)


def template_of(string: ast.JoinedStr) -> str:
    """An f-string as a template: `f"Card {number} taken."` -> `Card {0} taken.`"""
    parts: list[str] = []
    for part in string.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        else:
            parts.append(f"{{{sum(one.startswith('{') for one in parts)}}}")
    return "".join(parts)


def is_sentence(text: str) -> bool:
    """Words that begin large and end with a full stop, among them a blank: said to people."""
    plain = text.strip()
    begins = plain[:1].isupper() or plain.startswith("{0}")
    # A template of places alone would take every sentence there is for its own.
    holds_words = len(_WORD.findall(PLACE.sub("", plain))) > 1
    return begins and plain.endswith((".", "?")) and holds_words and "\n" not in plain


def main() -> None:
    """Renew every catalogue, or check them."""
    if sys.argv[1:] == ["check"]:
        said = [one for d in DOMAINS for language in TRANSLATED for one in problems(d, language)]
        print("\n".join(said) or "The catalogues are whole.")
        raise SystemExit(1 if said else 0)
    for domain in DOMAINS:
        for language in TRANSLATED:
            write_catalogue(domain, language, renewed(domain, language))


if __name__ == "__main__":
    main()
