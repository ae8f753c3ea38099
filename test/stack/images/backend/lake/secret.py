"""DevLake's column cipher: AES-256-CBC, key sha256(secret), IV the key's first half, the text ended by a marker."""

import base64
import binascii
import hashlib

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

MARKER = b"{nddtf}"


class InvalidSecret(Exception):
    def __init__(self):
        super().__init__("invalid encryptionSecret")


def _cipher(secret):
    key = hashlib.sha256(secret.encode()).digest()
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def encrypt(secret, text):
    padder = padding.PKCS7(128).padder()
    padded = padder.update(text.encode() + MARKER) + padder.finalize()
    encryptor = _cipher(secret).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def decrypt(secret, stored):
    """Raises InvalidSecret for whatever was not encrypted with this secret."""
    if not stored:
        return stored
    try:
        decryptor = _cipher(secret).decryptor()
        padded = decryptor.update(base64.b64decode(stored)) + decryptor.finalize()
        unpadder = padding.PKCS7(128).unpadder()
        plain = unpadder.update(padded) + unpadder.finalize()
    except (ValueError, binascii.Error) as error:
        raise InvalidSecret from error
    if not plain.endswith(MARKER):
        raise InvalidSecret
    return plain[: -len(MARKER)].decode()
