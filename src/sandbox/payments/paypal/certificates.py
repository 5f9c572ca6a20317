"""The certificates that vouch for webhooks: a made-up authority, and a new certificate every year, as in reality."""

from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.payments.paypal.account import Account
from sandbox.payments.paypal.records import Certificate, Keys
from sandbox.payments.paypal.times import DAY

COMMON_NAME: Final = "messageverificationcerts.sandbox.paypal.com"
_LASTS: Final = 398 * DAY
_OVERLAP: Final = 30 * DAY


def authority_pem(account: Account) -> str:
    """The certificate of the authority, for whoever is to trust it."""
    return _keys(account).authority


def current(account: Account) -> Certificate:
    """The certificate that signs just now."""
    now = account.now()
    newest = max(account.certificates.values(), key=lambda each: each.ends, default=None)
    if newest is None or newest.ends - _OVERLAP <= now:
        newest = _issue(account, now)
    return newest


def sign(account: Account, text: str) -> bytes:
    """SHA256withRSA."""
    return _private(_keys(account).key).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())


def public_key(account: Account) -> rsa.RSAPublicKey:
    """What the certificates hold."""
    return _private(_keys(account).key).public_key()


def _keys(account: Account) -> Keys:
    keys = account.keys.get("keys")
    if keys is None:
        authority = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        keys = Keys(authority_key=_pem(authority), authority=_authority(authority, account.now()), key=_pem(key))
        account.keys.put("keys", keys)
    return keys


def _authority(key: rsa.RSAPrivateKey, now: int) -> str:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Sandbox Trust"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Sandbox Trust Root"),
        ]
    )
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    signed = (
        _begun(name, name, key.public_key(), now - DAY, now + 100 * _LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def _issue(account: Account, now: int) -> Certificate:
    keys = _keys(account)
    authority = x509.load_pem_x509_certificate(keys.authority.encode())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "PayPal, Inc."),
            x509.NameAttribute(NameOID.COMMON_NAME, COMMON_NAME),
        ]
    )
    issuer_key = _private(keys.authority_key)
    usage = x509.KeyUsage(True, False, True, False, False, False, False, False, False)
    public = _private(keys.key).public_key()
    signed = (
        _begun(name, authority.subject, public, now - DAY, now + _LASTS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(COMMON_NAME)]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    pem = signed.public_bytes(serialization.Encoding.PEM).decode()
    key = account.ids.certificate()
    return account.certificates.put(key, Certificate(id=key, begins=now - DAY, ends=now + _LASTS, pem=pem))


def _begun(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey, begins: int, ends: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.fromtimestamp(begins, UTC))
        .not_valid_after(datetime.fromtimestamp(ends, UTC))
    )


def _pem(key: rsa.RSAPrivateKey) -> str:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def _private(pem: str) -> rsa.RSAPrivateKey:
    # Made here, so there is no need to prove each time that it is sound, which takes long.
    key = serialization.load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the key is no RSA key")
    return key
