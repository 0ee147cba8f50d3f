"""What a package may not say. Each refusal names file, key, what was found and what to do."""

import base64
from typing import Any

import msgspec
import pytest

from sync.encoding import canonical
from sync.errors import PackageError
from sync.limits import PACKAGE_BYTES_MAX
from sync.package import PACKAGE_FORMAT
from sync.package_rules import read_package, unsupported

AGAIN = "Make the file again with 'pollmesh package new'; do not edit it by hand."


def key(number: int, length: int = 32) -> str:
    """A distinct key in base64, as JSON carries it."""
    return base64.b64encode(bytes([number]) * length).decode()


def station(name: str, kind: str, at: str, number: int) -> dict[str, Any]:
    return {
        "id": name,
        "kind": kind,
        "at": at,
        "key": key(number),
        "certificate": key(number, 4),
        "opening_key": key(number + 100) if kind == "box" else "",
    }


def officer(at: str, authority: str, number: int) -> dict[str, Any]:
    name = f"{at}-{authority}"
    return {"id": name, "name": name, "authority": authority, "at": at, "key": key(number)}


def document() -> dict[str, Any]:
    """A small package that is right: one place, one district, one contest."""
    options = [{"code": f"0{n}", "name": f"نامزد {n}", "latin": f"N {n}"} for n in (1, 2, 3)]
    contest = {
        "id": "council",
        "name": "شورا",
        "latin": "Council",
        "seats": 2,
        "code_digits": 2,
        "options": options,
        "lists": [{"code": "91", "name": "آبی", "latin": "Blue", "options": ["01", "02"]}],
    }
    return {
        "format": PACKAGE_FORMAT,
        "day": "test-2026",
        "training": True,
        "province": "آزمون",
        "authorities": [
            {"kind": "executive", "name": "E", "key": key(1)},
            {"kind": "supervisory", "name": "S", "key": key(2)},
        ],
        "hours": [{"opens": "2026-11-27T04:30Z", "closes": "2026-11-27T14:30Z"}],
        "elections": [{"id": "council", "name": "شورا", "latin": "Council", "contests": [contest]}],
        "districts": [{"id": "north", "name": "شمال", "latin": "North"}],
        "places": [
            {
                "id": "a",
                "name": "الف",
                "latin": "A",
                "district": "north",
                "guards": ["a-desk-1", "d-north"],
            }
        ],
        "stations": [
            station("a-desk-1", "desk", "a", 10),
            station("a-box-1", "box", "a", 11),
            station("d-north", "district", "north", 12),
        ],
        "officers": [
            officer("a", "executive", 20),
            officer("a", "supervisory", 21),
            officer("north", "executive", 22),
            officer("north", "supervisory", 23),
        ],
        "supervisors": [{"id": "s-1", "name": "سرپرست", "key": key(30), "certificate": key(30, 4)}],
        "rules": {
            "fallback": "refuse",
            "confirmations": 1,
            "k": 20,
            "homes": "roll",
            "confirm_wait_ms": 5000,
            "cast_count_wait_minutes": 10,
            "restart": "machine",
            "fingerprint": "off",
            "companion_cap": 2,
            "check_ins_per_minute": 6,
        },
        "roll": {"root": key(40), "voters": 3},
        "recovery_key": key(41),
        "provisional_key": key(42),
        "spares": [],
        "revocations": [],
        "added": [],
    }


def contest_of(doc: dict[str, Any]) -> dict[str, Any]:
    return doc["elections"][0]["contests"][0]


def refused(doc: dict[str, Any]) -> list[str]:
    return refused_bytes(msgspec.json.encode(doc))


def refused_bytes(data: bytes) -> list[str]:
    with pytest.raises(PackageError) as caught:
        read_package(data, "package.json")
    return caught.value.problems


# The right package ---------------------------------------------------------------------------


def test_a_right_package_is_read_and_encodes_to_the_same_bytes():
    data = msgspec.json.encode(document())
    package = read_package(data, "package.json")
    assert canonical(package) == data
    assert unsupported(package) == []


def test_several_periods_that_only_touch_are_accepted():
    doc = document()
    doc["hours"].append({"opens": "2026-11-27T14:30Z", "closes": "2026-11-27T16:00Z"})
    assert len(read_package(msgspec.json.encode(doc), "package.json").hours) == 2


def test_what_a_later_version_serves_is_valid_but_named_as_not_served():
    doc = document()
    doc["rules"] |= {
        "fallback": "provisional",
        "homes": "hash",
        "restart": "officers",
    }
    package = read_package(msgspec.json.encode(doc), "package.json")
    assert unsupported(package) == [
        f"rules.{key}: '{found}' is valid, but this version serves '{served}' only. Ask both "
        f"authorities for a package with '{served}', or use a version that serves it."
        for key, found, served in (
            ("fallback", "provisional", "refuse"),
            ("homes", "hash", "roll"),
            ("restart", "officers", "machine"),
        )
    ]


def test_all_problems_are_listed_not_only_the_first():
    doc = document()
    doc["rules"]["k"] = 0
    doc["places"][0]["guards"] = ["zed"]
    assert len(refused(doc)) == 2


# Form ----------------------------------------------------------------------------------------


def test_bytes_that_are_no_json_are_refused():
    [problem] = refused_bytes(b"ballots")
    assert problem.startswith("package.json: whole file: JSON is malformed")
    assert problem.endswith(AGAIN)


def test_a_file_that_is_too_long_is_refused():
    assert refused_bytes(b" " * (PACKAGE_BYTES_MAX + 1)) == [
        "package.json: whole file: 33554433 bytes, at most 33554432 are read. "
        "Make sure that it is package.json; split the province if it is."
    ]


def test_another_spelling_of_the_same_json_is_refused():
    data = msgspec.json.encode(document()).replace(b'"training":true', b'"training": true')
    blank = data.index(b": true") + 1
    assert refused_bytes(data) == [
        f"package.json: whole file: not in canonical form: differs at byte {blank}. {AGAIN}"
    ]


def test_a_key_that_stands_twice_is_refused_and_named():
    data = msgspec.json.encode(document()).replace(
        b'"fallback":"refuse"', b'"fallback":"refuse","fallback":"refuse"'
    )
    assert refused_bytes(data) == [
        "package.json: fallback: this key stands twice in one object. Keep one. " + AGAIN
    ]


def test_an_unknown_field_is_refused_with_its_path():
    doc = document()
    doc["stations"][2]["colour"] = "blue"
    assert refused(doc) == [
        "package.json: stations[2].colour: this version does not know this field. Take it out. "
        + AGAIN
    ]


def test_a_missing_field_is_refused_with_its_path():
    doc = document()
    del doc["rules"]["k"]
    assert refused(doc) == ["package.json: rules.k: this field is missing. " + AGAIN]


def test_a_field_of_another_type_is_refused_with_its_path():
    doc = document()
    doc["stations"][1]["kind"] = "printer"
    assert refused(doc) == [
        "package.json: stations[1].kind: Invalid enum value 'printer'. " + AGAIN
    ]


def test_another_format_is_refused():
    doc = document()
    doc["format"] = "pollmesh/package/v9"
    assert refused(doc) == [
        "package.json: format: 'pollmesh/package/v9' is not 'pollmesh/package/v1'. "
        "Use the version of pollmesh that made it, or make the package again."
    ]


# Ids and names -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "North", "no rth", "x" * 33, "../etc", "شمال", "a/b", "a\n"])
def test_an_id_of_other_letters_is_refused(name):
    doc = document()
    doc["day"] = name
    assert refused(doc) == [
        f"package.json: day: '{name}' is no id. Use 1 to 32 of a-z, 0-9 and hyphen."
    ]


def test_an_id_used_twice_is_refused():
    doc = document()
    doc["stations"].append(station("a-desk-1", "desk", "a", 13))
    assert refused(doc) == [
        "package.json: stations[3].id: 'a-desk-1' is already the id of stations[0]. "
        "Give each station its own id."
    ]


def test_a_contest_id_used_in_two_elections_is_refused():
    doc = document()
    doc["elections"].append({**doc["elections"][0], "id": "village"})
    assert refused(doc) == [
        "package.json: elections[1].contests[0].id: 'council' is already the id of "
        "elections[0].contests[0]. Give each contest its own id."
    ]


def test_a_place_named_like_a_district_is_refused():
    doc = document()
    doc["districts"].append({"id": "a", "name": "الف", "latin": "A"})
    doc["stations"].append(station("d-a", "district", "a", 13))
    assert refused(doc) == [
        "package.json: places[0].id: 'a' is already the id of districts[1]. "
        "Give each place or district its own id."
    ]


def test_a_name_in_other_letters_than_are_stored_is_refused():
    doc = document()
    doc["province"] = "كرمان"
    assert refused(doc) == [
        "package.json: province: the name is not in normal letters, digits and blanks. "
        "Write it as 'کرمان'."
    ]


def test_an_empty_name_is_refused():
    doc = document()
    doc["officers"][1]["name"] = ""
    assert refused(doc) == ["package.json: officers[1].name: the name is empty. Write one."]


# Authorities and keys ------------------------------------------------------------------------


def test_two_authorities_of_one_kind_are_refused():
    doc = document()
    doc["authorities"][1]["kind"] = "executive"
    assert refused(doc) == [
        "package.json: authorities: found executive, executive. "
        "Name exactly two: one executive, one supervisory."
    ]


def test_one_key_for_both_authorities_is_refused():
    doc = document()
    doc["authorities"][1]["key"] = key(1)
    assert refused(doc) == [
        "package.json: authorities[1].key: the same key as authorities[0].key. "
        "Each holder makes a key of its own."
    ]


def test_a_station_with_an_officers_key_is_refused():
    doc = document()
    doc["officers"][0]["key"] = key(12)
    assert refused(doc) == [
        "package.json: officers[0].key: the same key as stations[2].key. "
        "Each holder makes a key of its own."
    ]


def test_two_boxes_with_one_opening_key_are_refused():
    doc = document()
    doc["stations"].append({**station("a-box-2", "box", "a", 13), "opening_key": key(111)})
    assert refused(doc) == [
        "package.json: stations[3].opening_key: the same key as stations[1].opening_key. "
        "Each holder makes a key of its own."
    ]


@pytest.mark.parametrize("name", ["recovery_key", "provisional_key"])
def test_a_key_of_another_length_is_refused(name):
    doc = document()
    doc[name] = key(9, 31)
    assert refused(doc) == [
        f"package.json: {name}: 31 bytes. A key has 32; take it from its maker."
    ]


def test_a_station_key_of_another_length_is_refused():
    doc = document()
    doc["stations"][2]["key"] = key(9, 33)
    assert refused(doc) == [
        "package.json: stations[2].key: 33 bytes. A key has 32; take it from its maker."
    ]


# Hours ---------------------------------------------------------------------------------------


def test_no_hours_are_refused():
    doc = document()
    doc["hours"] = []
    assert refused(doc) == [
        "package.json: hours: no period. Name at least one, with opens and closes."
    ]


@pytest.mark.parametrize(
    "text", ["2026-11-27 04:30", "2026-13-27T04:30Z", "2026-11-27T24:00Z", "۲۰۲۶-11-27T04:30Z"]
)
def test_an_opening_that_is_no_utc_minute_is_refused(text):
    doc = document()
    doc["hours"][0]["opens"] = text
    assert refused(doc) == [
        f"package.json: hours[0].opens: '{text}' is no UTC minute. Write it like 2026-11-27T04:30Z."
    ]


def test_closing_before_opening_is_refused():
    doc = document()
    doc["hours"][0]["closes"] = "2026-11-27T04:30Z"
    assert refused(doc) == [
        "package.json: hours[0].closes: 2026-11-27T04:30Z is not after the opening at "
        "2026-11-27T04:30Z. Polls close after they open; correct one of the two."
    ]


def test_overlapping_hours_are_refused():
    doc = document()
    doc["hours"].insert(0, {"opens": "2026-11-27T14:29Z", "closes": "2026-11-27T16:00Z"})
    assert refused(doc) == [
        "package.json: hours[0].opens: 2026-11-27T14:29Z is before hours[1] closes at "
        "2026-11-27T14:30Z. Periods must not overlap; join them or move one."
    ]


# Contests ------------------------------------------------------------------------------------

CONTEST = "package.json: elections[0].contests[0]"


def test_no_election_is_refused():
    doc = document()
    doc["elections"] = []
    assert refused(doc) == ["package.json: elections: none. Name at least one."]


def test_an_election_without_contest_is_refused():
    doc = document()
    doc["elections"][0]["contests"] = []
    assert refused(doc) == [
        "package.json: elections[0].contests: none. 'council' needs at least one contest."
    ]


def test_a_contest_without_seat_is_refused():
    doc = document()
    contest_of(doc)["seats"] = 0
    contest_of(doc)["lists"] = []
    assert refused(doc) == [f"{CONTEST}.seats: 0. A contest fills 1 seat or more."]


def test_a_contest_without_candidate_is_refused():
    doc = document()
    contest_of(doc)["options"] = []
    contest_of(doc)["lists"] = []
    assert refused(doc) == [f"{CONTEST}.options: none. Name at least one candidate."]


def with_candidates(count: int) -> dict[str, Any]:
    doc = document()
    contest = contest_of(doc)
    contest["lists"] = []
    contest["code_digits"] = 4
    contest["options"] = [
        {"code": f"{n:04}", "name": f"نامزد {n}", "latin": f"Candidate {n}"} for n in range(count)
    ]
    return doc


def test_as_many_candidates_as_a_return_can_carry_are_taken_and_no_more():
    assert read_package(msgspec.json.encode(with_candidates(1_500)), "package.json")
    (problem,) = refused(with_candidates(2_500))
    assert problem.startswith("package.json: elections: a box's return could be ")
    assert problem.endswith(
        f"at most {64 * 1024 - 1} are one entry. "
        "Give fewer candidates on one day, or shorter codes."
    )


def test_a_name_longer_than_any_slip_is_refused():
    doc = document()
    contest_of(doc)["options"][2]["name"] = "ن" * 201
    assert refused(doc) == [f"{CONTEST}.options[2].name: 201 letters. Write at most 200."]


@pytest.mark.parametrize("code", ["1", "001", "0a", "۰۱", "-1", " 1"])
def test_a_code_of_other_signs_or_width_is_refused(code):
    doc = document()
    contest_of(doc)["options"][2]["code"] = code
    assert refused(doc) == [
        f"{CONTEST}.options[2].code: '{code}' is no code of this contest. "
        "Use exactly 2 digits 0-9, as 'code_digits' says."
    ]


def test_a_candidate_code_used_twice_is_refused():
    doc = document()
    contest_of(doc)["options"][2]["code"] = "01"
    assert refused(doc) == [
        f"{CONTEST}.options[2].code: '01' is already the code of elections[0].contests[0]"
        ".options[0]. Give each candidate and list of a contest its own code."
    ]


def test_a_list_with_a_candidates_code_is_refused():
    doc = document()
    contest_of(doc)["lists"][0]["code"] = "03"
    assert refused(doc) == [
        f"{CONTEST}.lists[0].code: '03' is already the code of elections[0].contests[0]"
        ".options[2]. Give each candidate and list of a contest its own code."
    ]


def test_a_list_of_an_unknown_candidate_is_refused():
    doc = document()
    contest_of(doc)["lists"][0]["options"] = ["01", "77"]
    assert refused(doc) == [
        f"{CONTEST}.lists[0].options[1]: '77' is no candidate of this contest. "
        "Name codes of 'options' only."
    ]


def test_a_list_longer_than_seats_is_refused():
    doc = document()
    contest_of(doc)["lists"][0]["options"] = ["01", "02", "03"]
    assert refused(doc) == [
        f"{CONTEST}.lists[0].options: 3 candidates. "
        "A list of this contest names 1 to 2, as many as 'seats'."
    ]


def test_a_list_that_names_a_candidate_twice_is_refused():
    doc = document()
    contest_of(doc)["lists"][0]["options"] = ["01", "01"]
    assert refused(doc) == [
        f"{CONTEST}.lists[0].options[1]: '01' stands twice in the list. Keep one."
    ]


# Places, guards, stations --------------------------------------------------------------------


def test_a_place_in_no_district_is_refused():
    doc = document()
    doc["places"][0]["district"] = "west"
    assert refused(doc) == [
        "package.json: places[0].district: 'west' is no district of this package. "
        "Name one of 'districts'."
    ]


def test_a_guard_that_is_no_station_is_refused():
    doc = document()
    doc["places"][0]["guards"].append("zed")
    assert refused(doc) == [
        "package.json: places[0].guards[2]: 'zed' is no station of this package. "
        "Name a desk or a district station, or enrol it."
    ]


def test_a_box_as_guard_is_refused():
    doc = document()
    doc["places"][0]["guards"] = ["a-box-1"]
    assert refused(doc) == [
        "package.json: places[0].guards[0]: 'a-box-1' is a box. "
        "Guards are desks or district stations; name one of those."
    ]


def test_a_guard_named_twice_is_refused():
    doc = document()
    doc["places"][0]["guards"] = ["a-desk-1", "a-desk-1"]
    assert refused(doc) == [
        "package.json: places[0].guards[1]: 'a-desk-1' stands twice. A guard counts once; keep one."
    ]


def test_a_place_without_guard_is_refused():
    doc = document()
    doc["places"][0]["guards"] = []
    assert refused(doc) == [
        "package.json: places[0].guards: 0 guards. Name 1 to 15 desks or district stations."
    ]


def test_more_guards_than_fifteen_are_refused():
    doc = document()
    desks = [station(f"a-desk-{n}", "desk", "a", 50 + n) for n in range(2, 18)]
    doc["stations"] += desks
    doc["places"][0]["guards"] = [desk["id"] for desk in desks]
    assert refused(doc) == [
        "package.json: places[0].guards: 16 guards. Name 1 to 15 desks or district stations."
    ]


def test_a_place_without_box_is_refused():
    doc = document()
    del doc["stations"][1]
    assert refused(doc) == [
        "package.json: places[0]: place 'a' has no box. Enrol one with at = 'a'."
    ]


def test_a_place_without_desk_is_refused():
    doc = document()
    del doc["stations"][0]
    doc["places"][0]["guards"] = ["d-north"]
    assert refused(doc) == [
        "package.json: places[0]: place 'a' has no desk. Enrol one with at = 'a'."
    ]


def test_a_district_without_station_is_refused():
    doc = document()
    del doc["stations"][2]
    doc["places"][0]["guards"] = ["a-desk-1"]
    assert refused(doc) == [
        "package.json: districts[0]: district 'north' has no district station. "
        "Enrol one with at = 'north'."
    ]


def test_a_desk_at_a_district_is_refused():
    doc = document()
    doc["stations"].append(station("x-desk-1", "desk", "north", 13))
    assert refused(doc) == [
        "package.json: stations[3].at: 'north' is no place. "
        "'x-desk-1' is a desk; name one of 'places'."
    ]


def test_a_district_station_at_a_place_is_refused():
    doc = document()
    doc["stations"].append(station("d-a", "district", "a", 13))
    assert refused(doc) == [
        "package.json: stations[3].at: 'a' is no district. "
        "'d-a' is a district station; name one of 'districts'."
    ]


def test_a_box_without_opening_key_is_refused():
    doc = document()
    doc["stations"][1]["opening_key"] = ""
    assert refused(doc) == [
        "package.json: stations[1].opening_key: 0 bytes. A key has 32; take it from its maker."
    ]


def test_a_desk_with_opening_key_is_refused():
    doc = document()
    doc["stations"][0]["opening_key"] = key(99)
    assert refused(doc) == [
        "package.json: stations[0].opening_key: 'a-desk-1' is a desk. "
        "Only boxes have an opening key; leave it empty."
    ]


def test_a_station_without_certificate_is_refused():
    doc = document()
    doc["stations"][0]["certificate"] = ""
    assert refused(doc) == [
        "package.json: stations[0].certificate: 'a-desk-1' has none. Take it from its enrolment."
    ]


def test_a_supervisor_without_certificate_is_refused():
    doc = document()
    doc["supervisors"][0]["certificate"] = ""
    assert refused(doc) == [
        "package.json: supervisors[0].certificate: 's-1' has none. "
        "Take it from the ceremony's public.json."
    ]


# Officers, rules, roll -----------------------------------------------------------------------


def test_an_officer_of_nowhere_is_refused():
    doc = document()
    doc["officers"].append(officer("west", "executive", 24))
    assert refused(doc) == [
        "package.json: officers[4].at: 'west' is no place and no district. "
        "Say where 'west-executive' serves."
    ]


@pytest.mark.parametrize(
    ("number", "room", "authority"),
    [(1, "place 'a'", "supervisory"), (2, "district 'north'", "executive")],
)
def test_a_room_without_an_officer_of_each_authority_is_refused(number, room, authority):
    doc = document()
    del doc["officers"][number]
    assert refused(doc) == [
        f"package.json: officers: {room} has no {authority} officer. "
        "Each needs one of each authority; name one."
    ]


@pytest.mark.parametrize(
    "name",
    ["k", "confirm_wait_ms", "cast_count_wait_minutes", "companion_cap", "check_ins_per_minute"],
)
def test_a_rule_below_one_is_refused(name):
    doc = document()
    doc["rules"][name] = 0
    assert refused(doc) == [f"package.json: rules.{name}: 0. Write 1 or more."]


def test_three_confirmations_are_refused():
    doc = document()
    doc["rules"]["confirmations"] = 3
    assert refused(doc) == ["package.json: rules.confirmations: 3. Write 1 or 2."]


def test_a_roll_root_of_another_length_is_refused():
    doc = document()
    doc["roll"]["root"] = key(40, 16)
    assert refused(doc) == [
        "package.json: roll.root: 16 bytes. A Merkle root has 32; "
        "make it from the roll with 'pollmesh package new'."
    ]


def test_fewer_voters_than_none_are_refused():
    doc = document()
    doc["roll"]["voters"] = -1
    assert refused(doc) == ["package.json: roll.voters: -1. Count the roll's lines again."]


def test_two_confirmations_need_two_desks_at_each_place():
    doc = document()
    doc["rules"]["confirmations"] = 2
    assert refused(doc) == [
        "package.json: places[0]: rules.confirmations is 2, and place 'a' has 1 desk. Enrol "
        "another desk there, or ask for one confirmation."
    ]
