"""The pure core of pollmesh: entries, logs, check-ins, promises, ballots, tally and the replica.

Nothing here reads a clock, a file, a socket or a random source; nothing sleeps, threads or writes
a log line. Time, bytes and random values come in as arguments; what should happen comes out as
effects (`sync.effects`). That is what lets one simulator, one verifier and many real stations run
the same rules. Allowed imports: the standard library's pure modules, `msgspec`, `nacl`, and, in
`sync.document` alone, `automerge`. `tests/test_architecture.py` defends this.

Reading order: `entries` (the facts), `check_ins` (what they mean), `desk`, `guard` and `box` (who
may write which), `log`, `merkle`, `checkpoint` (how they are kept), `session`, `replica` (how they
travel).
"""
