"""The rules of dependency, defended: who may import whom, where SQL, clocks and chance may stand.

1. sync is pure: no clock, IO, chance, asyncio or logging; only the standard library's pure modules,
   msgspec, nacl and, in `sync/document.py` alone, automerge.
2. hw imports nothing of ours; node imports sync and hw; tui imports sync and nothing else of ours.
3. simulations import sync only; nothing imports tests.
4. Check-in code and ballot code of sync never reach each other, by any road.
5. SQL stands in node/store*.py, the wall clock in node/clock.py, chance in node/randomness.py.

Sizes: a module 400 lines, a function 60, a line 100.
"""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"sync", "node", "hw", "tui", "simulations", "tests"}
MAY_IMPORT = {
    "sync": {"sync"},
    "hw": {"hw"},
    "node": {"node", "sync", "hw"},
    "tui": {"tui", "sync"},
    "simulations": {"simulations", "sync"},
}
PURE = {
    "__future__",
    "base64",
    "binascii",
    "bisect",
    "collections",
    "contextlib",
    "copy",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "hashlib",
    "heapq",
    "hmac",
    "itertools",
    "json",
    "math",
    "msgspec",
    "nacl",
    "operator",
    "re",
    "string",
    "struct",
    "sync",
    "types",
    "typing",
    "unicodedata",
}
CHECK_IN_SIDE = {
    *("check_in", "check_ins", "guard", "guards", "secondings", "voids"),
    *("desk", "admission", "issuing", "desk_acts", "second_desk"),
}
BALLOT_SIDE = {"ballot", "box", "returns", "sealed_set", "taking_back"}

CLOCK = re.compile(
    r"\b(time\.(time|monotonic|perf_counter|process_time|localtime|gmtime|strftime|ctime)(_ns)?"
    r"|datetime\.(now|utcnow|today)|date\.today)\b"
)
CHANCE_MODULES = {"random", "secrets", "uuid"}
CHANCE = re.compile(
    r"\b(os\.(urandom|getrandom)|nacl\.utils\.random|SigningKey\.generate|PrivateKey\.generate"
    r"|SealedBox\([^)]*\)\.encrypt|Ed25519PrivateKey\.generate|Faker)\b"
)
SQL = re.compile(
    r"^\s*(SELECT\s.+\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM"
    r"|CREATE\s+(TABLE|INDEX|UNIQUE|VIRTUAL)|DROP\s+TABLE|ALTER\s+TABLE|PRAGMA\s)",
    re.IGNORECASE | re.DOTALL,
)
SQL_MODULES = {"sqlite3", "sqlite_utils"}

MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
LINE_LETTERS_MAX = 100

Rule = Callable[[str, ast.Module, str], Iterator[str]]


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module a source imports, wherever in it; `from a import b` names a.b too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in (
            "__import__",
            "importlib.import_module",
        ):
            yield f"<{ast.unparse(node)}>"


def layers(path: str, tree: ast.Module, text: str) -> Iterator[str]:
    """Rules 1 (who), 2 and 3."""
    layer = path.split("/")[0]
    for name in imports(tree):
        top = name.split(".")[0]
        if not top or name.startswith("<"):
            yield f"imports {name}: name the module in full"
        elif top in OURS and top not in MAY_IMPORT.get(layer, OURS):
            yield f"imports {name}"
        elif layer == "tui" and top == "sync" and name.startswith("sync.replica"):
            yield f"imports {name}: screens have values of sync only"


def purity(path: str, tree: ast.Module, text: str) -> Iterator[str]:
    """Rule 1 (what)."""
    if not path.startswith("sync/"):
        return
    for name in imports(tree):
        top = name.split(".")[0]
        if top == "automerge" and path == "sync/document.py":
            continue
        if top not in PURE:
            yield f"imports {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("open", "print", "input"):
            yield f"line {node.lineno}: calls {ast.unparse(node.func)}"
        if isinstance(node, ast.AsyncFunctionDef | ast.Await):
            yield f"line {node.lineno}: is asynchronous"


def clock(path: str, tree: ast.Module, text: str) -> Iterator[str]:
    """Rule 5: the wall clock is read in one module."""
    if path.split("/")[0] not in ("sync", "node") or path == "node/clock.py":
        return
    for name in imports(tree):
        if name == "time" or name.startswith("time."):
            yield f"imports {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and CLOCK.search(ast.unparse(node)):
            yield f"line {node.lineno}: {ast.unparse(node)}"


def chance(path: str, tree: ast.Module, text: str) -> Iterator[str]:
    """Rule 5: chance comes from one module."""
    if path.split("/")[0] not in ("sync", "node") or path == "node/randomness.py":
        return
    for name in imports(tree):
        if name.split(".")[0] in CHANCE_MODULES:
            yield f"imports {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and CHANCE.search(ast.unparse(node.func)):
            yield f"line {node.lineno}: {ast.unparse(node.func)}"


def sql(path: str, tree: ast.Module, text: str) -> Iterator[str]:
    """Rule 5: SQL stands in the store."""
    if re.fullmatch(r"node/store\w*\.py|node/store/.*|simulations/bench/store_floor\.py", path):
        return
    for name in imports(tree):
        if name.split(".")[0] in SQL_MODULES:
            yield f"imports {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value):
            yield f"line {node.lineno}: SQL {node.value.strip()[:40]!r}"


def sizes(path: str, tree: ast.Module, text: str) -> Iterator[str]:
    """Modules, functions and lines that a reader can hold."""
    lines = text.splitlines()
    if len(lines) > MODULE_LINES_MAX:
        yield f"{len(lines)} lines, at most {MODULE_LINES_MAX}"
    for number, line in enumerate(lines, start=1):
        # A single word, such as one line of JSON in a docstring, cannot be broken.
        if len(line) > LINE_LETTERS_MAX and len(line.split()) > 1:
            yield f"line {number}: {len(line)} letters, at most {LINE_LETTERS_MAX}"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                yield f"{node.name}: {length} lines, at most {FUNCTION_LINES_MAX}"


RULES: tuple[Rule, ...] = (layers, purity, clock, chance, sql, sizes)


def sources() -> dict[str, str]:
    """Every module of ours by its path, tests left out."""
    return {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for layer in MAY_IMPORT
        for path in sorted((ROOT / layer).rglob("*.py"))
    }


def problems(rule: Rule, path: str, text: str) -> list[str]:
    """What `rule` has against one source."""
    return [f"{path}: {words}" for words in rule(path, ast.parse(text), text)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_source_keeps_the_rule(rule: Rule) -> None:
    found = [words for path, text in sources().items() for words in problems(rule, path, text)]
    assert found == [], "\n".join(found)


def reached(start: str, texts: dict[str, str]) -> set[str]:
    """Modules of sync that `start` reaches by its imports and theirs."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        path = f"sync/{name}.py"
        if name in seen or path not in texts:
            continue
        seen.add(name)
        for found in imports(ast.parse(texts[path])):
            parts = found.split(".")
            if parts[0] == "sync" and len(parts) > 1:
                waiting.append(parts[1])
    return seen


def meetings(texts: dict[str, str]) -> list[str]:
    """Where one side of the service reaches the other."""
    return [
        f"sync/{start}.py reaches sync/{end}.py"
        for one, other in ((CHECK_IN_SIDE, BALLOT_SIDE), (BALLOT_SIDE, CHECK_IN_SIDE))
        for start in sorted(one)
        for end in sorted(reached(start, texts) & other)
    ]


def test_check_in_code_and_ballot_code_never_reach_each_other() -> None:
    texts = sources()
    assert all(f"sync/{name}.py" in texts for name in CHECK_IN_SIDE | BALLOT_SIDE)
    assert meetings(texts) == []


def test_nothing_of_ours_is_hidden_from_these_rules() -> None:
    rooms = {
        path.name
        for path in ROOT.iterdir()
        if not path.name.startswith(".") and path.name not in ("build", "dist")
        if path.suffix == ".py" or (path.is_dir() and any(path.rglob("*.py")))
    }
    assert rooms <= OURS | {"conftest.py"}, "a room of the house that no rule watches"


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (layers, "hw/reader.py", "from sync.card import Card"),
        (layers, "tui/desk.py", "import node.store"),
        (layers, "tui/desk.py", "from hw import reader"),
        (layers, "simulations/x.py", "import node"),
        (layers, "simulations/x.py", "def f():\n    from node.runner import run"),
        (layers, "node/x.py", "import tui.desk"),
        (layers, "node/x.py", "from simulations import world"),
        (layers, "sync/x.py", "from node import clock"),
        (layers, "node/x.py", "from tests import conftest"),
        (layers, "node/x.py", "import importlib\nimportlib.import_module('tui')"),
        (layers, "node/x.py", "from . import clock"),
        (purity, "sync/x.py", "import os"),
        (purity, "sync/x.py", "import asyncio"),
        (purity, "sync/x.py", "import logging"),
        (purity, "sync/x.py", "from random import choice"),
        (purity, "sync/x.py", "import automerge"),
        (purity, "sync/x.py", "open('x')"),
        (purity, "sync/x.py", "async def f(): pass"),
        (clock, "node/x.py", "import time"),
        (clock, "sync/x.py", "from datetime import datetime\ndatetime.now()"),
        (clock, "node/x.py", "import datetime\ndatetime.datetime.utcnow()"),
        (chance, "node/x.py", "import secrets"),
        (chance, "node/x.py", "import os\nos.urandom(3)"),
        (chance, "node/x.py", "import nacl.utils\nnacl.utils.random(3)"),
        (sql, "node/x.py", "import sqlite3"),
        (sql, "tui/x.py", "q = 'SELECT a FROM b'"),
        (sql, "node/x.py", "q = '''\n  insert or ignore into t values (1)'''"),
        (sizes, "node/x.py", "x = 1\n" * 401),
        (sizes, "node/x.py", "def f():\n" + "    x = 1\n" * 60),
        (sizes, "node/x.py", "x = '" + "y" * 100 + "'"),
    ],
)
def test_a_source_that_breaks_a_rule_is_found(rule: Rule, path: str, text: str) -> None:
    assert problems(rule, path, text)


def test_a_road_between_the_two_sides_is_found() -> None:
    texts = {
        "sync/desk.py": "from sync import bridge",
        "sync/bridge.py": "from sync.box import Box",
        "sync/box.py": "",
    }
    assert meetings(texts) == ["sync/desk.py reaches sync/box.py"]


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (purity, "sync/document.py", "import automerge"),
        (clock, "node/clock.py", "import time\ntime.time()"),
        (chance, "node/randomness.py", "import secrets"),
        (sql, "node/store_roll.py", "import sqlite_utils\nq = 'SELECT a FROM b'"),
        (layers, "node/x.py", "import hw.reader, sync.card"),
        (sizes, "node/x.py", "x = 1\n" * 400),
    ],
)
def test_what_a_rule_allows_is_allowed(rule: Rule, path: str, text: str) -> None:
    assert problems(rule, path, text) == []
