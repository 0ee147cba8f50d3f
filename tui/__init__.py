"""The screens: a desk's and a supervisor's, in a terminal of 80 x 24, by keyboard alone.

They hold no rules of their own. A screen shows the values of `sync.views` that its node answers
over a Unix socket and sends back what a person chose; what may be done is the node's decision.

    python -m tui desk       STATION_DIR | SOCKET
    python -m tui supervisor STATION_DIR | SOCKET

Reading order: `keys` (what a person can press), `view_models`, `device_words` and `province_rows`
(what is shown, pure), `client` (the way to the node), `node_app`, `code_input` (hands and scanners
that type), then `desk_screen`, `devices_screen`, `officers_screen` and `supervisor_screen`.
"""
