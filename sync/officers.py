"""An officer's act is a signature over the exact entry, by a key kept off the station.

What is signed: `pollmesh/act/v1\n`, the origin of the log it is for, a newline, and the entry's
canonical bytes with an empty list of approvals. Opening, closing, sealing and returns need two
officers of the same place, one of each authority.
"""

from msgspec.structs import replace

from sync.encoding import canonical
from sync.entries import Act, Approval
from sync.package import AUTHORITY_KINDS, Package
from sync.signing import Signer, is_signed

PURPOSE = "act"


def act_bytes(origin: str, act: Act) -> bytes:
    """What an officer signs (before the purpose line is put in front)."""
    return origin.encode() + b"\n" + canonical(replace(act, approvals=()))


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
