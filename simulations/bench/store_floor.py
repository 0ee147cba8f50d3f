"""What SQLite can do at best with a roll's rows, measured now: one `executemany` in key order.

The one place outside `node/store*.py` that speaks to a database: a floor under the store is
measured on what lies under the store.
"""

import sqlite3
import time
from contextlib import closing
from pathlib import Path


def refill_seconds(roll: Path, scratch: Path) -> tuple[int, float, float]:
    """Copy every row of a desk's roll.db into a new file at `scratch`: rows, seconds, of CPU.

    Rows are held in memory and in order before the time begins; the file is synced once.
    """
    with closing(sqlite3.connect(f"file:{roll}?mode=ro", uri=True)) as source:
        made = source.execute("select name, sql from sqlite_schema where type = 'table'").fetchall()
        tables = [(name, sql) for name, sql in made if not name.startswith("sqlite_")]
        rows = {name: source.execute(f"select * from {name}").fetchall() for name, _ in tables}
    with closing(sqlite3.connect(scratch)) as target:
        target.execute("pragma journal_mode = off")
        began, used = time.perf_counter(), time.process_time()
        for name, sql in tables:
            target.execute(sql)
            if rows[name]:
                places = ", ".join("?" * len(rows[name][0]))
                with target:
                    target.executemany(f"insert into {name} values ({places})", rows[name])
        seconds, cpu_s = time.perf_counter() - began, time.process_time() - used
    scratch.unlink()
    return sum(map(len, rows.values())), seconds, cpu_s
