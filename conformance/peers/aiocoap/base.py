"""Resource classes that the plugtest site is made of.

aiocoap answers unknown paths and methods and assembles blocks. Conditional requests and
Accept are the application's part there, so they live here, once for all resources.
"""

from aiocoap import GET, PUT, Message, error, resource
from aiocoap.numbers.contentformat import ContentFormat

TEXT = ContentFormat.TEXT
LINK_FORMAT = ContentFormat.LINKFORMAT
XML = ContentFormat(41)


def content(payload: bytes | str, content_format: int = TEXT) -> Message:
    """A representation; aiocoap chooses the response code from the method."""
    data = payload.encode() if isinstance(payload, str) else payload
    return Message(payload=data, content_format=content_format)


class Base(resource.Resource):
    """A resource that exists, has no entity tag, and comes in the formats named."""

    formats: tuple[int, ...] = (TEXT,)
    accepted: tuple[int, ...] | None = None
    exists = True
    etag: bytes | None = None

    def __init__(self, **attributes: str | None) -> None:
        super().__init__()
        self.attributes = attributes

    def get_link_description(self) -> dict[str, str | None]:
        return super().get_link_description() | self.attributes

    def check_conditions(self, request: Message) -> None:
        """RFC 7252 sections 5.10.8.1 and 5.10.8.2."""
        if request.opt.if_none_match and self.exists:
            raise error.PreconditionFailed()
        wanted = request.opt.if_match
        if wanted and not (self.exists and (b"" in wanted or self.etag in wanted)):
            raise error.PreconditionFailed()

    def check_formats(self, request: Message) -> None:
        """RFC 7252 sections 5.10.4 (Accept) and 5.10.3 (Content-Format)."""
        accept = request.opt.accept
        if request.code == GET and self.exists and accept not in (None, *self.formats):
            raise error.NotAcceptable()
        given = request.opt.content_format
        if request.code == PUT and self.accepted and given not in (None, *self.accepted):
            raise error.UnsupportedContentFormat()

    async def render(self, request: Message) -> Message:
        # Which methods there are goes first, and is aiocoap's to say.
        if hasattr(self, f"render_{str(request.code).lower()}"):
            self.check_conditions(request)
            self.check_formats(request)
        return await super().render(request)


class Fixed(Base):
    """Always the same text."""

    def __init__(self, text: str, **attributes: str | None) -> None:
        super().__init__(**attributes)
        self.text = text

    async def render_get(self, request: Message) -> Message:
        return content(self.text)


class Stored(Base):
    """What the last PUT left, in the format it came in."""

    def __init__(self, initial: str) -> None:
        super().__init__()
        self.payload = initial.encode()

    def take(self, request: Message) -> None:
        self.payload = request.payload
        given = request.opt.content_format
        self.formats = (TEXT if given is None else given,)

    async def render_get(self, request: Message) -> Message:
        return content(self.payload, self.formats[0])

    async def render_put(self, request: Message) -> Message:
        self.take(request)
        return Message()
