"""An officer's act is a signature over the exact entry, by a key kept off the station.

What is signed: `pollmesh/act/v1\n`, the origin of the log it is for, a newline, and SHA-256 of the
entry's canonical bytes with an empty list of approvals. A digest, so that even the longest return
fits what a smart card signs at once. Opening, closing, sealing and returns need two officers of
the same place, one of each authority.
"""

import hashlib

from msgspec.structs import replace

from sync.encoding import canonical
from sync.entries import Act
from sync.entry_base import Approval
from sync.package import AUTHORITY_KINDS, Package
from sync.signing import Signer, bound, is_signed

PURPOSE = "act"


def act_bytes(origin: str, act: Act) -> bytes:
    """What an officer signs (before the purpose line is put in front)."""
    entry = canonical(replace(act, approvals=()))
    return origin.encode() + b"\n" + hashlib.sha256(entry).digest()


def approval_message(origin: str, act: Act) -> bytes:
    """The very bytes under an officer's signature, for a key that signs elsewhere (a smart card).

    At most 16 + 96 + 33 bytes with the longest origin, so one short APDU carries them.
    """
    return bound(PURPOSE, act_bytes(origin, act))


def approve(origin: str, act: Act, officer: str, signer: Signer) -> Approval:
    """Sign `act` for the log `origin` as `officer`."""
    return Approval(officer, signer.sign(PURPOSE, act_bytes(origin, act)))


def approval_problem(package: Package, origin: str, at: str, act: Act) -> str | None:
    """Why this act does not stand, in words; None if two officers of `at` approved it."""
    authorities = []
    for approval in act.approvals:
        officer = package.officers_by_id.get(approval.officer)
        if officer is None:
            return f"{approval.officer[:40]} is no officer of this package."
        if officer.at != at:
            return f"{officer.name} is an officer of {officer.at}, not of {at}."
        if not is_signed(officer.key, PURPOSE, act_bytes(origin, act), approval.signature):
            return f"The signature of {officer.name} does not hold for this act."
        authorities.append(officer.authority)
    if sorted(authorities) != sorted(AUTHORITY_KINDS):
        have = ", ".join(authorities) or "none"
        return f"Two officers are needed, one of each authority; signed by: {have}."
    return None
