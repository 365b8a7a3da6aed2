"""Why a key or a signature is refused. The words never help somebody who is forging one."""

from __future__ import annotations

from ndsc.errors import ConflictError, ForbiddenError, InvalidInputError, NdscError, NotFoundError


class KeyMissingError(NotFoundError):
    """No key of that name was made; keys are never made by looking for them."""

    code = "key-missing"
    title = "There is no such key"


class KeyExistsError(ConflictError):
    """A key of that name is there already, and a key is never overwritten."""

    code = "key-exists"
    title = "The key exists already"


class UnsafeKeyFileError(NdscError):
    """A private key that somebody else can read, or whose folder somebody else can change, is no secret."""

    code = "unsafe-key-file"
    title = "The key file is not private"


class BadKeyError(InvalidInputError):
    """What was given is not an Ed25519 key in the expected form."""

    code = "bad-key"
    title = "The key cannot be read"


class BadSignatureError(InvalidInputError):
    """The signature does not belong to the data and the key."""

    code = "bad-signature"
    title = "The signature is not valid"


class BadCertificateError(InvalidInputError):
    """What was given is no certificate that is believed, or not one for what it is used as."""

    code = "bad-certificate"
    title = "The certificate is not accepted"


class GroundsDifferError(ForbiddenError):
    """A request states another purpose or other words than the officer's token was issued for."""

    code = "grounds-differ"
    title = "Other grounds than the token's"


class DevelopmentIssuerRefusedError(ForbiddenError):
    """The development issuer was asked to run outside embedded mode."""

    code = "development-issuer-refused"
    title = "The development issuer runs in embedded mode only"
