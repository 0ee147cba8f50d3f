"""Opening keys in two halves: nothing is opened by one authority alone.

A box's opening secret (X25519) is split into two shares, one per authority; XOR of both is the
secret, one alone says nothing. Each share is sealed to every officer of that authority at the box's
place, so any two officers, one of each, can open the box after close. One file an officer and box:

    {"box":"a-box-1","authority":"executive","officer":"a-executive","sealed":"9f2c…="}

The halves of the recovery and the provisional key lie in key files (`sync.key_file`) instead.
"""

from msgspec import Struct

from sync.encoding import canonical, decode
from sync.errors import VerifyError
from sync.package import AuthorityKind
from sync.sealing import box_public, officer_box_secret, open_sealed
from sync.signing import KEY_BYTES, Signer


class Share(Struct, frozen=True, forbid_unknown_fields=True):
    """One authority's half of a box's opening secret, sealed to one officer."""

    box: str
    authority: AuthorityKind
    officer: str
    sealed: bytes


def split(secret: bytes, share: bytes) -> tuple[bytes, bytes]:
    """Split `secret` with a random `share` of the same length: (executive, supervisory)."""
    assert len(secret) == len(share) == KEY_BYTES, "secret and share have 32 bytes"
    return share, _xor(secret, share)


def join(executive: bytes, supervisory: bytes, public: bytes, what: str) -> bytes:
    """The secret of two shares; VerifyError naming `what` if it is not that of `public`."""
    secret = _xor(executive, supervisory)
    if len(secret) != KEY_BYTES or box_public(secret) != public:
        raise VerifyError(f"{what}: these two shares do not make its key; use shares of one day")
    return secret


def encode_share(share: Share) -> bytes:
    """The bytes of a share file."""
    return canonical(share)


def decode_share(data: bytes, where: str) -> Share:
    """Read a share file; DecodeError naming `where` if it is none."""
    return decode(data, Share, where)


def open_share(share: Share, signer: Signer) -> bytes:
    """The half that `share` holds, with the officer's key; VerifyError if it is another's."""
    secret = officer_box_secret(signer.seed)
    return open_sealed(secret, share.sealed, f"share of {share.officer} for {share.box}")


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
