"""Certificates as TLS sees them: both sides pin, a stranger does not get in."""

import contextlib
import socket
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from node.certificates import (
    VALID_FROM,
    VALID_UNTIL,
    certificate_pem,
    certificate_problem,
    load_identity,
    make_certificate,
    pinned_tls,
)
from sync.signing import Signer

HERE, THERE, STRANGER = (bytes([n]) * 32 for n in (1, 2, 3))


def context(side: int, seed: bytes, pinned: tuple[bytes, ...]) -> ssl.SSLContext:
    made = ssl.SSLContext(side)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.check_hostname = False
    made.verify_mode = ssl.CERT_REQUIRED
    made.load_verify_locations(cadata=b"".join(pinned))
    load_identity(made, seed, make_certificate(seed, "station"))
    return made


def handshake(caller: bytes, pinned: tuple[bytes, ...]) -> tuple[str | None, bytes | None]:
    """TLS version and the caller's certificate as the listener saw them, over loopback."""
    seen: list[tuple[str | None, bytes | None]] = [(None, None)]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        server = context(ssl.PROTOCOL_TLS_SERVER, HERE, pinned)

        def serve() -> None:
            connection, _ = listener.accept()
            try:
                with server.wrap_socket(connection, server_side=True) as link:
                    seen[0] = (link.version(), link.getpeercert(binary_form=True))
                    link.sendall(b"hello")
            except ssl.SSLError:
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        client = context(ssl.PROTOCOL_TLS_CLIENT, caller, (make_certificate(HERE, "station"),))
        try:
            with client.wrap_socket(socket.create_connection(listener.getsockname())) as link:
                link.recv(5)
        except (ssl.SSLError, ConnectionError):
            pass
        thread.join(10)
    return seen[0]


def test_two_stations_that_pin_each_other_speak_tls_1_3():
    pinned = make_certificate(THERE, "station")
    assert handshake(THERE, (pinned,)) == ("TLSv1.3", pinned)


def test_a_stranger_does_not_get_in():
    assert handshake(STRANGER, (make_certificate(THERE, "station"),)) == (None, None)


def test_a_certificate_is_the_same_whenever_it_is_made():
    assert make_certificate(HERE, "a") == make_certificate(HERE, "a")


def test_a_certificate_is_right_for_its_own_key_only():
    der = make_certificate(HERE, "a")
    assert certificate_problem(der, Signer(HERE).public) is None
    assert certificate_problem(der, Signer(THERE).public) == "The certificate is for another key."


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "The certificate cannot be read."),
        (b"\x30\x82", "The certificate cannot be read."),
        (b"x" * 5000, "The certificate has 5000 bytes, at most 4096 are read."),
    ],
)
def test_bytes_that_are_no_certificate_are_told_in_words(data, problem):
    assert certificate_problem(data, Signer(HERE).public) == problem


def test_one_changed_byte_is_noticed_wherever_it_is():
    der, public = make_certificate(HERE, "a"), Signer(HERE).public
    for at in range(len(der)):
        changed = der[:at] + bytes([der[at] ^ 1]) + der[at + 1 :]
        assert certificate_problem(changed, public) is not None, at


def issue(issuer: bytes, holder: bytes, ca: bool | None) -> bytes:
    """A certificate by the key `issuer` for the key `holder`; `ca` None: nothing is said of it."""
    subject, authority = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"station {seed[0]}")])
        for seed in (holder, issuer)
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority)
        .public_key(Ed25519PrivateKey.from_private_bytes(holder).public_key())
        .serial_number(7)
        .not_valid_before(VALID_FROM)
        .not_valid_after(VALID_UNTIL)
    )
    if ca is not None:
        basic = x509.BasicConstraints(ca=ca, path_length=None)
        builder = builder.add_extension(basic, critical=True)
    signed = builder.sign(Ed25519PrivateKey.from_private_bytes(issuer), None)
    return signed.public_bytes(Encoding.DER)


def test_a_certificate_that_could_vouch_for_others_is_refused():
    public = Signer(HERE).public
    assert certificate_problem(issue(HERE, HERE, False), public) is None
    assert certificate_problem(issue(HERE, HERE, True), public) == (
        "The certificate is a CA; it could vouch for strangers."
    )
    assert certificate_problem(issue(HERE, HERE, None), public) == (
        "The certificate does not say that it is no CA (basic constraints)."
    )


def shake_hands(shown: bytes, pinned: bytes, only: bytes | None) -> None:
    """One handshake in memory: STRANGER's key shows `shown` to a caller that trusts `pinned`."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    load_identity(server, STRANGER, shown)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.load_verify_locations(cadata=certificate_pem(pinned))
    if only is not None:
        client.sslobject_class = pinned_tls(only)
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    caller = client.wrap_bio(back, there)
    listener = server.wrap_bio(there, back, server_side=True)
    for side in (caller, listener, caller):
        with contextlib.suppress(ssl.SSLWantReadError):
            side.do_handshake()
    assert caller.getpeercert(binary_form=True) == shown


def test_a_key_that_a_pinned_certificate_vouches_for_is_another_key():
    """TLS lets a stranger in for whom the pinned key signed; the comparison of bytes does not."""
    authority, vouched = issue(HERE, HERE, True), issue(HERE, STRANGER, False)
    shake_hands(vouched, authority, None)
    shake_hands(vouched, authority, vouched)
    with pytest.raises(ssl.SSLCertVerificationError, match="another certificate"):
        shake_hands(vouched, authority, authority)
