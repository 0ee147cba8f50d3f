"""Certificates as TLS sees them: both sides pin, a stranger does not get in."""

import socket
import ssl
import threading

import pytest

from node.certificates import certificate_problem, load_identity, make_certificate
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
