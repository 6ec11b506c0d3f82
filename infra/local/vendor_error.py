"""Refuse a request as Tencent does: with an error code and a sentence."""


class Refused(Exception):
    """Refuse a request that Tencent would answer with an error.

    ``code`` is a Tencent code such as ``InvalidParameterValue.UrlIllegal``, from the API's page
    (1668/107957) or from the common ones (1238/64639). ``message`` is for a person; it never holds
    a signature, a key, a token or a signed URL.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
