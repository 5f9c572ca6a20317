"""Certificates that sign webhooks: a fictitious authority, and a new certificate every year, as at the provider."""

from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from umbral_sandbox.payments.paypal.account import Account
from umbral_sandbox.payments.paypal.records import Certificate, Keys
from umbral_sandbox.payments.paypal.times import DAY

COMMON_NAME: Final = "messageverificationcerts.sandbox.paypal.com"
_TRUST: Final = "Sandbox Trust"
_ROOT: Final = f"{_TRUST} Root"
_LASTS: Final = 398 * DAY
_OVERLAP: Final = 30 * DAY


def authority_pem(account: Account) -> str:
    """Return the certificate of the authority, for clients that should trust it."""
    return _keys(account).authority


def current(account: Account) -> Certificate:
    """Return the certificate that signs now. With the setting ``chain="whole"``, the issuer's certificate follows in
    its PEM text.
    """
    now, chain = account.now(), account.settings.chain
    fitting = (each for each in account.certificates.values() if each.chain == chain)
    newest = max(fitting, key=lambda each: each.ends, default=None)
    if newest is None or newest.ends - _OVERLAP <= now:
        newest = _issue(account, now)
    return newest


def sign(account: Account, text: str) -> bytes:
    """Return the text's signature with SHA256withRSA."""
    return _private(_keys(account).key).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())


def public_key(account: Account) -> rsa.RSAPublicKey:
    """Return the public key in the certificates."""
    return _private(_keys(account).key).public_key()


def _keys(account: Account) -> Keys:
    keys = account.keys.get("keys")
    if keys is None:
        authority, key = _new_key(), _new_key()
        certificate = _authority(_ROOT, authority, _ROOT, authority, account.now(), 1)
        keys = Keys(authority_key=_pem(authority), authority=certificate, key=_pem(key))
        account.keys.put("keys", keys)
    return keys


def _between(account: Account) -> Keys:
    """Return the keys of an intermediate authority, which is created at the first call and certified by the trusted
    authority.
    """
    between = account.keys.get("between")
    if between is None:
        keys, own = _keys(account), _new_key()
        issuer = _private(keys.authority_key)
        certificate = _authority("Sandbox Trust Server CA", own, _ROOT, issuer, account.now(), 0)
        between = Keys(authority_key=_pem(own), authority=certificate, key=keys.key)
        account.keys.put("between", between)
    return between


def _authority(
    name: str, key: rsa.RSAPrivateKey, issuer: str, issuer_key: rsa.RSAPrivateKey, now: int, length: int
) -> str:
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    subject = _named(_TRUST, name)
    signed = (
        _begun(subject, _named(_TRUST, issuer), key.public_key(), now - DAY, now + 100 * _LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=length), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def _issue(account: Account, now: int) -> Certificate:
    chain = account.settings.chain
    keys = _between(account) if chain == "whole" else _keys(account)
    authority = x509.load_pem_x509_certificate(keys.authority.encode())
    issuer_key = _private(keys.authority_key)
    usage = x509.KeyUsage(True, False, True, False, False, False, False, False, False)
    public = _private(keys.key).public_key()
    signed = (
        _begun(_named("PayPal, Inc.", COMMON_NAME), authority.subject, public, now - DAY, now + _LASTS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(COMMON_NAME)]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    pem = signed.public_bytes(serialization.Encoding.PEM).decode()
    if chain == "whole":
        pem += keys.authority
    key = account.ids.certificate()
    return account.certificates.put(key, Certificate(id=key, begins=now - DAY, ends=now + _LASTS, pem=pem, chain=chain))


def _named(organization: str, name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


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
    # The key was created here, so the slow validation is unnecessary.
    key = serialization.load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the key is no RSA key")
    return key
