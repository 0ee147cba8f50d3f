"""The exact bytes of everything that is hashed or signed. Changing one is a decision, not a repair:
logs, packages and cards already written no longer verify.
"""

import base64
import hashlib
from typing import get_args

import pytest

from sync.ballot import Ballot, Choice, decode_ballot, encode_ballot
from sync.card import (
    PURPOSE_SECOND,
    Card,
    Second,
    commitment,
    open_card,
    read_card,
    second_bytes,
    spent_hash,
    write_card,
)
from sync.card_entries import (
    CardSeconded,
    CheckInSeconded,
    CheckInVoided,
    SecondRefused,
    VoterNotAdmitted,
)
from sync.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from sync.encoding import canonical
from sync.entries import (
    BoxReturned,
    CardIssued,
    CastCounted,
    CheckInWithdrawn,
    ContestReturn,
    DeskSpent,
    Entry,
    LogBegan,
    LogFinal,
    OptionVotes,
    PeripheralNoted,
    PollsClosed,
    PollsOpened,
    PromiseMade,
    VoterCheckedIn,
    ZeroReturned,
    decode_entry,
    encode_entry,
)
from sync.entry_base import Approval
from sync.merkle import leaf_hash
from sync.mesh_entries import AmendmentTaken, SpareCalled
from sync.officers import act_bytes, approve
from sync.orders import (
    Amendment,
    HoursChanged,
    SparePutToWork,
    StationRevoked,
    VotersAdded,
    amendment_text,
    code_hash,
)
from sync.package import Hours, StationKind
from sync.roll import RollLine, encode_line, voter_key
from sync.self_test import SelfTested
from sync.signing import Signer, fingerprint
from sync.void_slip import VoidSlip, write_slip
from tests.vectors.book_goldens import BOOK_ENTRIES

SIGNER = Signer(bytes(range(32)))
ORIGIN = "pollmesh/demo-2026/a-desk-1/0"
MINUTE = "2026-11-27T05:12Z"
HASH = bytes(range(32))
SIGNATURE_TEXT = "AQEB" * 21 + "AQ=="
HASH_TEXT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
OFFICER = Approval("a-executive", b"\1" * 64)

ENTRIES: tuple[tuple[StationKind, Entry, str], ...] = (
    (
        "district",
        LogBegan(HASH, "0.1.0"),
        '{"kind":"LogBegan","package":"' + HASH_TEXT + '","software":"0.1.0"}',
    ),
    (
        "desk",
        PollsOpened(MINUTE),
        '{"kind":"PollsOpened","minute":"2026-11-27T05:12Z","approvals":[]}',
    ),
    (
        "box",
        PollsClosed(MINUTE, (OFFICER,)),
        '{"kind":"PollsClosed","minute":"2026-11-27T05:12Z",'
        '"approvals":[{"officer":"a-executive","signature":"' + SIGNATURE_TEXT + '"}]}',
    ),
    (
        "box",
        LogFinal(MINUTE, (OFFICER,)),
        '{"kind":"LogFinal","minute":"2026-11-27T05:12Z",'
        '"approvals":[{"officer":"a-executive","signature":"' + SIGNATURE_TEXT + '"}]}',
    ),
    (
        "desk",
        VoterCheckedIn("00a1" * 8, ("parliament", "council"), "passport", "typed", MINUTE),
        '{"kind":"VoterCheckedIn","voter":"00a100a100a100a100a100a100a100a1",'
        '"rights":["parliament","council"],"document":"passport","means":"typed",'
        '"minute":"2026-11-27T05:12Z","finger":"not-asked","defective":false}',
    ),
    (
        "box",
        PeripheralNoted("lid-opened", MINUTE),
        '{"kind":"PeripheralNoted","noticed":"lid-opened","minute":"2026-11-27T05:12Z"}',
    ),
    (
        "box",
        SelfTested(MINUTE, ("signature", "store-write"), ("clock",)),
        '{"kind":"SelfTested","minute":"2026-11-27T05:12Z",'
        '"passed":["signature","store-write"],"failed":["clock"]}',
    ),
    (
        "district",
        PromiseMade(ORIGIN, 12, HASH),
        '{"kind":"PromiseMade","origin":"pollmesh/demo-2026/a-desk-1/0","index":12,'
        '"leaf":"' + HASH_TEXT + '"}',
    ),
    (
        "box",
        AmendmentTaken(1, HASH),
        '{"kind":"AmendmentTaken","number":1,"digest":"' + HASH_TEXT + '"}',
    ),
    (
        "desk",
        SpareCalled("spare-1", "a", "7K2M-Q9XD", MINUTE, (OFFICER,)),
        '{"kind":"SpareCalled","spare":"spare-1","at":"a","code":"7K2M-Q9XD",'
        '"minute":"2026-11-27T05:12Z",'
        '"approvals":[{"officer":"a-executive","signature":"' + SIGNATURE_TEXT + '"}]}',
    ),
    (
        "desk",
        CheckInWithdrawn(12, "no-quorum"),
        '{"kind":"CheckInWithdrawn","check_in":12,"because":"no-quorum"}',
    ),
    (
        "desk",
        CardIssued(12, "ordinary", 7, "a-box-1", HASH),
        '{"kind":"CardIssued","check_in":12,"card":"ordinary","number":7,"box":"a-box-1",'
        '"commitment":"' + HASH_TEXT + '"}',
    ),
    (
        "desk",
        VoterNotAdmitted("deceased", "passport", "scanned", MINUTE),
        '{"kind":"VoterNotAdmitted","because":"deceased","document":"passport",'
        '"means":"scanned","minute":"2026-11-27T05:12Z"}',
    ),
    (
        "desk",
        CheckInSeconded(ORIGIN, 12, HASH),
        '{"kind":"CheckInSeconded","origin":"pollmesh/demo-2026/a-desk-1/0","index":12,'
        '"leaf":"' + HASH_TEXT + '"}',
    ),
    (
        "desk",
        SecondRefused(ORIGIN, 12, HASH),
        '{"kind":"SecondRefused","origin":"pollmesh/demo-2026/a-desk-1/0","index":12,'
        '"leaf":"' + HASH_TEXT + '"}',
    ),
    (
        "desk",
        CardSeconded(ORIGIN, 12, b"\1" * 64),
        '{"kind":"CardSeconded","origin":"pollmesh/demo-2026/a-desk-1/0","index":12,'
        '"signature":"' + SIGNATURE_TEXT + '"}',
    ),
    (
        "desk",
        CheckInVoided(12, ("PMV1:AAAA",), "voter-left", (OFFICER,)),
        '{"kind":"CheckInVoided","check_in":12,"slips":["PMV1:AAAA"],"because":"voter-left",'
        '"approvals":[{"officer":"a-executive","signature":"' + SIGNATURE_TEXT + '"}]}',
    ),
    (
        "box",
        ZeroReturned(0, 0, MINUTE),
        '{"kind":"ZeroReturned","ballots":0,"spent":0,"minute":"2026-11-27T05:12Z"}',
    ),
    (
        "box",
        CastCounted(20, HASH),
        '{"kind":"CastCounted","cast":20,"spent_digest":"' + HASH_TEXT + '"}',
    ),
    (
        "box",
        BoxReturned(
            1,
            MINUTE,
            MINUTE,
            2,
            HASH,
            (DeskSpent("a-desk-1", 3, 1),),
            (ContestReturn("council", 2, 1, False, (OptionVotes("07", 1),)),),
            False,
        ),
        '{"kind":"BoxReturned","period":1,"opened":"2026-11-27T05:12Z",'
        '"closed":"2026-11-27T05:12Z","cast":2,"spent_digest":"' + HASH_TEXT + '",'
        '"by_desk":[{"desk":"a-desk-1","spent":3,"returned":1}],'
        '"contests":[{"contest":"council","ballots":2,"blank":1,"withheld":false,'
        '"votes":[{"code":"07","votes":1}]}],"paper_record":false,"approvals":[]}',
    ),
    *BOOK_ENTRIES,
)


@pytest.mark.parametrize(("kind", "entry", "text"), ENTRIES)
def test_an_entry_has_these_bytes(kind: StationKind, entry: Entry, text: str) -> None:
    assert encode_entry(entry).decode() == text
    assert decode_entry(text.encode(), kind, "golden") == entry


def test_every_kind_of_entry_has_its_golden_bytes() -> None:
    assert {type(entry) for _, entry, _ in ENTRIES} == set(get_args(Entry))


def test_a_checkpoint_has_these_bytes() -> None:
    note = sign_checkpoint(Checkpoint(ORIGIN, 418, HASH), SIGNER)
    assert note.decode() == (
        "pollmesh/demo-2026/a-desk-1/0\n418\n" + HASH_TEXT + "\n\n"
        "— pollmesh/demo-2026/a-desk-1/0 n0k6vgwEykKsuEIWy0iEOQQri+hNaQzDyCegv6xpI7VVmHfk"
        "qU1Tv9VlO2q8H+oNFjsz9ZwtC7z6UNT1Rlq+qUvZ8w0=\n"
    )
    assert open_checkpoint(note, SIGNER.public) == Checkpoint(ORIGIN, 418, HASH)


def test_an_act_is_signed_as_these_bytes() -> None:
    act = PollsOpened(MINUTE, (OFFICER,))
    entry = b'{"kind":"PollsOpened","minute":"2026-11-27T05:12Z","approvals":[]}'
    assert act_bytes(ORIGIN, act) == (
        b"pollmesh/demo-2026/a-desk-1/0\n" + hashlib.sha256(entry).digest()
    )
    assert approve(ORIGIN, act, "a-executive", SIGNER).signature.hex() == (
        "c4d17c267dd75fa98e5a984acbe246151df50e44c549d7fe0dae6fa00b5f2be21b0c8ad4ff5694db8870"
        "ff1f93f047fba42c013629e4edbcf45e519f26238d02"
    )


def test_a_card_has_these_bytes() -> None:
    card = Card("demo-2026", "a-box-1", ("parliament",), "a-desk-1", bytes(range(16)))
    text = write_card(card, SIGNER)
    assert text == (
        "PM1:SWUWIZLNN4WTEMBSG2TWCLLCN54C2MMRVJYGC4TMNFQW2ZLOOSUGCLLEMVZWWLJRYQIAAAICAMCAKBQH"
        "BAEQUCYMBUHA6WACEOLKQ57IECBOZXEB3VQ2MVJRV6WFLUVDNPJVCQ7YZCXWW3FR7KBTEMHZYBH3ZL5VDG5I"
        "TLOQ36F6SRDHTOZY7UBPEIERWPVWVYAQ"
    )
    assert read_card(text)[0] == card


def test_a_card_with_a_second_desk_has_these_bytes() -> None:
    secret = bytes(range(16))
    card = Card("demo-2026", "a-box-1", ("parliament",), "a-desk-1", secret)
    form = second_bytes(card.day, card.box, card.rights, card.desk, commitment(secret))
    second = Second("a-desk-2", SIGNER.sign(PURPOSE_SECOND, form))
    text = write_card(card, SIGNER, second)
    assert text == (
        "PM2:S2UWIZLNN4WTEMBSG2TWCLLCN54C2MMRVJYGC4TMNFQW2ZLOOSUGCLLEMVZWWLJRYQIAAAICAMCAKBQH"
        "BAEQUCYMBUHA7KDBFVSGK43LFUZEWI7NJVISEGDLIKRZH5EB5B6LJG6YJFDWNRJD3IELSGDR6YMM36CA5AZV"
        "6ITM6OGUJJLREPCH74LIZTNC3FO3WWFMZUTUL5XOT3RWAA3MJ2VTNPSPEZWGCHTJSNNX4RZT2ZEIQGR2I3CZ"
        "CFCB7BBD5EPORMBRTJUM7SENZIOALVHVDCCOIZPGZAMNNYADRSPP4FNONVWDGYQI"
    )
    assert open_card(text).card == card
    assert open_card(text).second == second


def test_a_void_slip_has_these_bytes() -> None:
    slip = VoidSlip("demo-2026", "a-box-1", "a-desk-1", bytes(range(16)))
    assert write_slip(slip, SIGNER) == (
        "PMV1:SSUWIZLNN4WTEMBSG2TWCLLCN54C2MNIMEWWIZLTNMWTDRAQAAAQEAYEAUDAOCAJBIFQYDIOB7FFRA3"
        "EMVGL2NF44LH4KS6PTLI2CRHSG3ETBHOZSKFNSCGXBNM66FJ7XB7JDRFBKY5N7GCIHMOCWGZKRUJ3WTBSBO5"
        "MOHY5U6AQBJIC"
    )


def test_the_hashes_of_a_card_its_voter_and_its_place_in_the_log() -> None:
    secret = bytes(range(16))
    assert {
        "commitment": commitment(secret).hex(),
        "spent": spent_hash("demo-2026", "a-box-1", secret).hex(),
        "voter": voter_key(b"\x07" * 32, "9990000018"),
        "leaf": leaf_hash(encode_entry(PromiseMade(ORIGIN, 12, HASH))).hex(),
        "fingerprint": fingerprint(SIGNER.public),
    } == {
        "commitment": "be45cb2605bf36bebde684841a28f0fd43c69850a3dce5fedba69928ee3a8991",
        "spent": "7c118c88f6e21c48f95a0f63a126ecc975ece83d49690ecb980db81dec9d85d1",
        "voter": "80f730ef24c95786129f785cfa59bb00",
        "leaf": "c88fde8608068b74f4175a3c70db06fb2453942dfd9dbec2b150850e09561895",
        "fingerprint": "5647 5aa7 5463 474c 0285 df5d bf2b cab7",
    }


def test_an_amendment_has_these_bytes() -> None:
    amendment = Amendment(
        "demo-2026",
        HASH,
        1,
        HASH,
        MINUTE,
        "Queues.",
        (
            HoursChanged((Hours(MINUTE, "2026-11-27T16:30Z"),)),
            SparePutToWork("spare-1", "a"),
            StationRevoked("a-desk-2", 0, 12),
            VotersAdded((RollLine("00a1" * 8, "a", ("council",)),)),
        ),
    )
    assert canonical(amendment).decode() == (
        '{"day":"demo-2026","base":"' + HASH_TEXT + '","number":1,"previous":"' + HASH_TEXT + '",'
        '"minute":"2026-11-27T05:12Z","reason":"Queues.","changes":['
        '{"change":"HoursChanged","hours":'
        '[{"opens":"2026-11-27T05:12Z","closes":"2026-11-27T16:30Z"}]},'
        '{"change":"SparePutToWork","spare":"spare-1","at":"a"},'
        '{"change":"StationRevoked","station":"a-desk-2","epoch":0,"size":12},'
        '{"change":"VotersAdded","lines":'
        '[["00a100a100a100a100a100a100a100a1","a",["council"],""]]}]}'
    )
    digest = base64.b64encode(hashlib.sha256(canonical(amendment)).digest()).decode()
    assert amendment_text(amendment) == f"pollmesh/amendment\ndemo-2026\n1\n{digest}\n"


def test_a_spares_code_has_this_hash() -> None:
    assert (
        code_hash("7K2M-Q9XD-4TBC-0HJW-5RNE").hex()
        == hashlib.sha256(b"pollmesh/spare/v1\n7K2M-Q9XD-4TBC-0HJW-5RNE").hexdigest()
    )


def test_a_roll_line_has_these_bytes() -> None:
    line = RollLine("00a1" * 8, "a", ("parliament", "council"))
    assert encode_line(line) == (
        b'["00a100a100a100a100a100a100a100a1","a",["parliament","council"],""]'
    )
    barred = RollLine("00a1" * 8, "a", (), "too-young")
    assert encode_line(barred) == b'["00a100a100a100a100a100a100a100a1","a",[],"too-young"]'


def test_a_ballot_has_these_bytes() -> None:
    ballot = Ballot((Choice("parliament", ("07", "12")), Choice("council", ())))
    text = (
        b'{"choices":[{"contest":"parliament","codes":["07","12"]},'
        b'{"contest":"council","codes":[]}]}'
    )
    data = encode_ballot(ballot)
    assert data[: 2 + len(text)] == len(text).to_bytes(2, "big") + text
    assert (len(data), set(data[2 + len(text) :])) == (512, {0})
    assert hashlib.sha256(data).hexdigest() == (
        "849c1f1981affcca7efd789f63e9808548d0fff8d1b9543e75400b658828cc07"
    )
    assert decode_ballot(data) == ballot
