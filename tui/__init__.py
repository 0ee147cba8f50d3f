"""The screens: a desk's and a supervisor's, in a terminal of 80 x 24, by keyboard alone.

They hold no rules of their own. A screen shows the values of `sync.views` that its node answers
over a Unix socket and sends back what a person chose; what may be done is the node's decision.

    python -m tui desk       STATION_DIR | SOCKET
    python -m tui supervisor STATION_DIR | SOCKET

Reading order: `commands` and `command_tables` (what a person can have done), `view_models` and the
modules in `_rows` and `_words` (what is shown, pure), `client` (the way to the node), `node_app`,
`code_input` (hands and scanners that type), then `desk_screen`, `desk_check_in` and `desk_pages`,
the pages (`form_screen` with `forms`, `sign_screen`, `book_screen`, `waiting_screen`,
`cards_screen`, `lock_screen`, `alarms_screen`, `devices_screen`, `officers_screen`) and
`supervisor_screen`. Looks stand in `looks` and `styles`.
"""
