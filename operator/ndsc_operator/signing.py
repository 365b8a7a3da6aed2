"""Each force's signing key: made once into a Secret of the force's namespace, and never overwritten."""

from __future__ import annotations

import base64
import binascii

from cryptography.hazmat.primitives import serialization

from ndsc.resources.force import Force
from ndsc.trust.errors import BadKeyError
from ndsc.trust.keys import SigningKey
from ndsc_operator import conditions
from ndsc_operator.api import Api
from ndsc_operator.applying import Unwell, explained
from ndsc_operator.children.common import Object, force_labels, metadata, namespace_of
from ndsc_operator.refs import Ref

SECRET, KEY = "ndsc-signing", "signing.key"


def ref(code: str) -> Ref:
    """The Secret of a force's key."""
    return Ref("v1", "Secret", namespace_of(code), SECRET)


async def kept(api: Api, force: Force) -> SigningKey:
    """The force's key; made where there is none. Raises Unwell, also for a Secret that holds no key."""
    its = ref(force.spec.code)
    with explained(str(its)):
        there = await api.get(its) or await api.create(secret(force, SigningKey.generate())) or await api.get(its)
    return read(there or {})


def secret(force: Force, key: SigningKey) -> Object:
    """The Secret with a key: PKCS #8 in PEM, not encrypted."""
    pem = key.private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "Opaque",
        "metadata": metadata(SECRET, namespace_of(force.spec.code), force_labels(force)),
        "data": {KEY: base64.b64encode(pem).decode()},
    }


def read(there: Object) -> SigningKey:
    """The key of a Secret. Raises Unwell, in words that hold nothing of it."""
    try:
        return SigningKey.from_pem(base64.b64decode((there.get("data") or {})[KEY], validate=True), KEY)
    except KeyError:
        message = f"It has no {KEY}."
    except (binascii.Error, TypeError):
        message = f"{KEY} is not base64."
    except BadKeyError as error:
        message = error.message
    raise Unwell(conditions.SIGNING_KEY_MALFORMED, message, permanent=True)
