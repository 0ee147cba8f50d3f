"""Self-signed Ed25519 certificates: a station's signing key in the form that TLS asks for.

A certificate carries nothing but the key and a name for people. It is the same bytes whenever it is
made again from the same key. Validity is 2000-01-01 to 9999-12-31, because a wrong clock must not
cut a link; trust comes from the package, where the certificate stands, and from nowhere else.
It is no CA: a peer accepts exactly this certificate, nothing that it could have signed.
"""

import contextlib
import os
import ssl
import tempfile
from datetime import UTC, datetime
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

VALID_FROM = datetime(2000, 1, 1, tzinfo=UTC)
VALID_UNTIL = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
CERTIFICATE_BYTES_MAX = 4 * 1024


def make_certificate(seed: bytes, name: str) -> bytes:
    """The DER certificate of the Ed25519 key with this `seed`; `name` is its holder's id."""
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key()
    raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    serial = int.from_bytes(sha256(b"pollmesh/serial\n" + raw).digest()[:16], "big") >> 1 | 1
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public)
        .serial_number(serial)
        .not_valid_before(VALID_FROM)
        .not_valid_after(VALID_UNTIL)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(private, None)
    )
    return certificate.public_bytes(Encoding.DER)


def certificate_problem(der: bytes, key: bytes) -> str | None:
    """Why `der` is not the certificate of the Ed25519 public key `key`, in words; None if it is."""
    if len(der) > CERTIFICATE_BYTES_MAX:
        return f"The certificate has {len(der)} bytes, at most {CERTIFICATE_BYTES_MAX} are read."
    try:
        certificate = x509.load_der_x509_certificate(der)
        public = certificate.public_key()
    except Exception:  # the parser of hostile bytes raises many kinds
        return "The certificate cannot be read."
    if not isinstance(public, Ed25519PublicKey):
        return "The certificate is not for an Ed25519 key."
    if public.public_bytes(Encoding.Raw, PublicFormat.Raw) != key:
        return "The certificate is for another key."
    try:
        certificate.verify_directly_issued_by(certificate)
    except (InvalidSignature, ValueError, TypeError):
        return "The certificate is not signed by its own key."
    try:
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except Exception:  # it may be missing, doubled or unreadable
        return "The certificate does not say that it is no CA (basic constraints)."
    if basic.ca:
        return "The certificate is a CA; it could vouch for strangers."
    span = (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    if span != (VALID_FROM, VALID_UNTIL):
        return "The certificate is not valid from 2000-01-01 to 9999-12-31."
    return None


def certificate_pem(der: bytes) -> str:
    """The certificate as `ssl.SSLContext.load_verify_locations(cadata=...)` takes it."""
    return ssl.DER_cert_to_PEM_cert(der)


def pinned_tls(*accepted: bytes) -> type[ssl.SSLObject]:
    """For `SSLContext.sslobject_class`: a handshake holds only with exactly these certificates.

    TLS itself accepts whatever chains up to what it trusts; we accept one sequence of bytes. What
    is refused is an `ssl.SSLCertVerificationError`, before a byte is said or heard.
    """

    class PinnedTLS(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            if self.getpeercert(binary_form=True) not in accepted:
                raise ssl.SSLCertVerificationError("CERTIFICATE_VERIFY_FAILED: another certificate")

    return PinnedTLS


def load_identity(context: ssl.SSLContext, seed: bytes, der: bytes) -> None:
    """Make `context` present this certificate. `ssl` reads files only; none stays behind."""
    private = Ed25519PrivateKey.from_private_bytes(seed)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem += certificate_pem(der).encode()
    if hasattr(os, "memfd_create"):  # Linux: a file that is never on a disk
        descriptor = os.memfd_create("pollmesh-identity", os.MFD_CLOEXEC)
        try:
            os.write(descriptor, pem)
            context.load_cert_chain(f"/proc/self/fd/{descriptor}")
        finally:
            os.close(descriptor)
        return
    descriptor, path = tempfile.mkstemp(prefix="pollmesh-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
        context.load_cert_chain(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
