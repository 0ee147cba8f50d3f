"""A whole voting day of a small province on one computer, by the real programs.

    setting    ceremony, roll, package, stations' folders: what is done before the day
    stations   every station as its own process; asking them as their screens do
    officers   the people with keys: opening, closing, returns
    relay      the road of one place to its district, which the demo can cut
    voters     who comes, what they choose, who tries twice
    day        the story
    report     what is shown at the end

Stations are started through the command line and asked through their own sockets and pages. What
voters chose stays in this process: no station's process or folder ever sees an expected total.
"""
