"""Authenticated encryption for the vault. Implements `services.ports.Cipher`."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_LENGTH = 32  # bytes: AES-256
NONCE_LENGTH = 12  # bytes (NIST SP 800-38D, 5.2.1.1)


class Damaged(Exception):
    """What was sealed has been changed, or belongs elsewhere."""


@dataclass(frozen=True, slots=True)
class AesGcm:
    """AES-256-GCM; a random nonce stands before each text. A key seals far below 2^32 of them."""

    random: Callable[[int], bytes] = os.urandom

    def new_key(self) -> bytes:
        """32 random bytes."""
        return self.random(KEY_LENGTH)

    def seal(self, key: bytes, data: bytes, about: str) -> bytes:
        """Nonce, ciphertext and tag; `about` is bound to it without being in it."""
        nonce = self.random(NONCE_LENGTH)
        return nonce + AESGCM(key).encrypt(nonce, data, about.encode())

    def unseal(self, key: bytes, sealed: bytes, about: str) -> bytes:
        """What was sealed; raises Damaged."""
        try:
            nonce, text = sealed[:NONCE_LENGTH], sealed[NONCE_LENGTH:]
            return AESGCM(key).decrypt(nonce, text, about.encode())
        except (InvalidTag, ValueError):
            raise Damaged() from None


def master_key(secret: bytes) -> bytes:
    """What the vault's keys are wrapped with, from the installation's key (HKDF, RFC 5869)."""
    return HKDF(SHA256(), KEY_LENGTH, salt=None, info=b"vamt vault").derive(secret)
