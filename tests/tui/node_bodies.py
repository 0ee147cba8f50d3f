"""The bodies that a node takes, by path: its own structs, so that the fake cannot take others."""

from typing import Any

from node import book_api, card_api
from sync.card_views import TurnAwayAsked, VoidAsked

WRITTEN: dict[str, Any] = {
    "/book/companion": book_api._Companion,
    "/book/write": book_api._Write,
    "/book/pause": book_api._Pause,
    "/book/resume": book_api._Resume,
    "/book/observer": book_api._Observer,
    "/book/observer/out": book_api._ObserverOut,
    "/book/queue": book_api._Queue,
    "/book/seal": book_api._Seal,
    "/book/custody": book_api._Custody,
    "/book/paper": book_api._Paper,
    "/book/paper/strike": book_api._Strike,
    "/book/defective": book_api._Voter,
    "/workers/enrol": book_api._Worker,
    "/workers/on": book_api._Worker,
    "/workers/off": book_api._Nothing,
    "/workers/lock": book_api._Nothing,
    "/workers/here": book_api._Nothing,
    "/check-ins/give-up": card_api._Voter,
    "/turn-away": TurnAwayAsked,
    "/second": card_api._Position,
    "/second/refuse": card_api._Position,
    "/voids/propose": VoidAsked,
}
