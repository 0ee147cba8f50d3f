"""Writing one peripheral into station.toml, which people also edit by hand.

Only the table of that kind is replaced; every other line, comments too, stays as it was. What comes
out is read back before it is written: if a value has not the form its driver takes, or anything
else in the file would change, nothing is written and the words say why.
"""

import json
import re
import tomllib
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec

from hw.catalogue import PeripheralSettings, driver_name, driver_problem
from node.files import PUBLIC, read_file, write_file
from node.station_files import FILE_BYTES_MAX, SETTINGS_FILE, StationSettings
from sync.errors import PackageError
from sync.setup_views import DriverView, FieldView, KindView, PeripheralAsked

VALUE_LETTERS_MAX = 1000
_HEADER = re.compile(r"^\s*\[")


def kind_views(peripherals: PeripheralSettings, with_simulated: bool) -> tuple[KindView, ...]:
    """Every kind with its drivers; simulated ones only where they are allowed or set."""
    found = peripherals.named()
    views = []
    for name, hint in get_type_hints(PeripheralSettings, include_extras=True).items():
        kind = name.replace("_", "-")
        own = found.get(kind)
        driver = driver_name(own) if own is not None else ""
        drivers = tuple(
            DriverView(tag, _fields(one, own if tag == driver else None))
            for one in get_args(hint)
            if one is not type(None)
            if (tag := str(one.__struct_config__.tag)) != "simulated"
            or with_simulated
            or tag == driver
        )
        views.append(KindView(kind, driver, drivers))
    return tuple(views)


def write_peripheral(folder: Path, asked: PeripheralAsked) -> None:
    """Set or take away one peripheral; PackageError says what does not fit, nothing is written."""
    path = folder / SETTINGS_FILE
    text = read_file(path, FILE_BYTES_MAX).decode()
    types = _types_of(asked.kind, asked.driver)
    table = _table(asked, types) if asked.driver else []
    new = _replaced(text, asked.kind, table)
    try:
        before, after = tomllib.loads(text), tomllib.loads(new)
        msgspec.convert(after, StationSettings)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise PackageError([driver_problem(str(error)) or f"{path}: {error}."]) from None
    if _without(before, asked.kind) != _without(after, asked.kind):
        words = f"[peripherals.{asked.kind}] is written there in a form this page cannot change."
        raise PackageError([f"{path}: {words} Edit the file by hand."])
    write_file(path, new.encode(), PUBLIC)


def _types_of(kind: str, driver: str) -> dict[str, Any]:
    """Key -> type of a driver; PackageError if there is none such."""
    hint = get_type_hints(PeripheralSettings).get(kind.replace("-", "_"))
    if hint is None:
        raise PackageError([f"There is no kind of peripheral called '{kind[:40]}'."])
    for one in get_args(hint):
        if one is not type(None) and driver in ("", str(one.__struct_config__.tag)):
            return get_type_hints(one) if driver else {}
    raise PackageError([f"{kind} has no driver called '{driver[:40]}'."])


def _fields(driver: Any, own: Any) -> tuple[FieldView, ...]:
    defaults = {field.name: field.default for field in msgspec.structs.fields(driver)}
    views = []
    for key, hint in get_type_hints(driver, include_extras=True).items():
        form = next((str(meta.description) for meta in get_args(hint)[1:]), "")
        value = getattr(own, key) if own is not None else defaults[key]
        views.append(FieldView(key, form, "" if value is msgspec.NODEFAULT else _typed(value)))
    return tuple(views)


def _typed(value: object) -> str:
    """A value as a person types it on one line: control letters escaped, no quotes."""
    return json.dumps(value, ensure_ascii=False)[1:-1] if isinstance(value, str) else str(value)


def _table(asked: PeripheralAsked, types: dict[str, Any]) -> list[str]:
    lines = [f"[peripherals.{asked.kind}]", f'driver = "{asked.driver}"']
    for key, text in asked.values.items():
        kind = types.get(key)
        if kind is None or len(text) > VALUE_LETTERS_MAX:
            raise PackageError([f"{asked.kind}.{key[:40]}: {asked.driver} takes no such value."])
        lines.append(f"{key} = {_toml(asked.kind, key, kind, text.strip())}")
    return lines


def _toml(kind: str, key: str, wanted: type, text: str) -> str:
    """A typed value as TOML; text keeps the escapes that were typed, such as \\r\\n."""
    if wanted is str:
        quoted = re.sub(r'(?<!\\)"', r"\"", text)
        return f'"{quoted}"'
    try:
        return str(wanted(text))
    except ValueError:
        raise PackageError([f"{kind}.{key}: '{text[:40]}' is no number."]) from None


def _replaced(text: str, kind: str, table: list[str]) -> str:
    """The file's text with the table of `kind` taken out and the new one, if any, at the end."""
    lines, kept, inside = text.splitlines(), [], False
    header = re.compile(rf"^\s*\[\s*peripherals\s*\.\s*[\"']?{re.escape(kind)}[\"']?\s*\]")
    for line in lines:
        if _HEADER.match(line):
            inside = bool(header.match(line))
        # A comment may belong to what follows: it stays.
        if not inside or line.lstrip().startswith("#"):
            kept.append(line)
    while kept and not kept[-1].strip():
        kept.pop()
    return "\n".join([*kept, *([""] if table else []), *table]) + "\n"


def _without(document: dict[str, Any], kind: str) -> dict[str, Any]:
    others = {name: one for name, one in document.get("peripherals", {}).items() if name != kind}
    return {**document, "peripherals": others}
