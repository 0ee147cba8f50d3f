"""The same core in a fake world: seeded time, disks and links, and the checkers of the guarantees.

`sample_day` makes a polling day from a seed, `network` carries frames, `world` runs real replicas
over fake disks, `checkers` watch every entry as it becomes durable, `campaign` does at random what
a bad day does; `voters` makes people who do not exist. `python -m simulations --help` runs them.
"""
