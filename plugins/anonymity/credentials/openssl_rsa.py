"""RSA's private operation without padding, by the OpenSSL that Python's own `ssl` is linked to.

`cryptography` offers no RSA without padding, and this needs one function of the library that is loaded anyway.
OpenSSL blinds the base, uses the Chinese remainder theorem, and checks its own result for faults.
Source: OpenSSL 3, EVP_PKEY_decrypt(3) and EVP_PKEY_CTX_set_rsa_padding(3).
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_void_p
from functools import lru_cache
from typing import Any

RSA_NO_PADDING = 3
FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "d2i_AutoPrivateKey": (c_void_p, [c_void_p, POINTER(c_char_p), c_long]),
    "EVP_PKEY_free": (None, [c_void_p]),
    "EVP_PKEY_CTX_new": (c_void_p, [c_void_p, c_void_p]),
    "EVP_PKEY_CTX_free": (None, [c_void_p]),
    "EVP_PKEY_decrypt_init": (c_int, [c_void_p]),
    "EVP_PKEY_CTX_set_rsa_padding": (c_int, [c_void_p, c_int]),
    "EVP_PKEY_decrypt": (c_int, [c_void_p, c_char_p, POINTER(c_size_t), c_char_p, c_size_t]),
    "ERR_clear_error": (None, []),
}


class Failed(Exception):
    """OpenSSL refused the operation; says nothing about the key."""


@lru_cache(maxsize=1)
def library() -> Any | None:
    """Return OpenSSL's libcrypto with the functions typed, or None when Python does not show it to us.

    Looking a name up in `_ssl` also looks in what `_ssl` is linked to: so it is never another OpenSSL than Python's.
    """
    try:
        import _ssl

        found = ctypes.CDLL(getattr(_ssl, "__file__", None))
        for name, (answer, arguments) in FUNCTIONS.items():
            function = getattr(found, name)
            function.restype, function.argtypes = answer, arguments
    except (ImportError, OSError, AttributeError, TypeError):
        return None
    return found


def private_operation(private_der: bytes, content: bytes) -> bytes:
    """Return content^d mod n, as long as the modulus.

    Args:
        private_der: the private key (PKCS#8, DER).
        content: the number as bytes, as long as the modulus, and smaller.

    Raises:
        Failed: not an RSA key, a number out of range, or no OpenSSL.
    """
    crypto = library()
    if crypto is None:
        raise Failed("Python's OpenSSL cannot be reached")
    key = crypto.d2i_AutoPrivateKey(None, byref(c_char_p(private_der)), len(private_der))
    context = crypto.EVP_PKEY_CTX_new(key, None) if key else None
    try:
        if not context or crypto.EVP_PKEY_decrypt_init(context) != 1:
            raise Failed("OpenSSL does not take the key")
        if crypto.EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) != 1:
            raise Failed("OpenSSL does not work without padding on this key")
        answer, size = ctypes.create_string_buffer(len(content)), c_size_t(len(content))
        if crypto.EVP_PKEY_decrypt(context, answer, byref(size), content, len(content)) != 1:
            raise Failed("OpenSSL refused the number")
        return answer.raw[: size.value]
    finally:
        # Its queue of errors belongs to the thread: `ssl` would take ours for its own.
        crypto.ERR_clear_error()
        crypto.EVP_PKEY_CTX_free(context)
        crypto.EVP_PKEY_free(key)
