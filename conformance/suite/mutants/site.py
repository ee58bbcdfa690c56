"""The plugtest resources of the reference server."""

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from .. import message as m
from ..message import Message
from .exchange import Reply, content
from .links import Link, document, split_query

if TYPE_CHECKING:
    from .rules import Rules

SEPARATE_SECONDS = 0.2
LARGE = b"".join(
    f"line {n:02} of a text that is too long for one block".ljust(63, ".").encode() + b"\n"
    for n in range(25)
)
CREATED_PATH = (b"location1", b"location2", b"location3")
Path = tuple[bytes, ...]
Handler = Callable[[Message], Reply]


class Resource:
    """One resource; a method is allowed when `methods` has it."""

    def __init__(self, **attributes: str) -> None:
        self.methods: dict[int, Handler] = {}
        self.attributes = tuple((name.rstrip("_"), value) for name, value in attributes.items())
        self.formats: tuple[int, ...] = (m.TEXT_PLAIN,)
        self.takes: tuple[int, ...] = ()
        self.etag: Callable[[], bytes | None] = lambda: None
        self.exists = True
        self.listed = True
        self.observable = False


class Stored(Resource):
    """Holds what was last put there; the entity tag is a digest of it."""

    def __init__(self, rules: "Rules", initial: bytes, **attributes: str) -> None:
        super().__init__(**attributes)
        self.rules = rules
        self.payload = initial
        self.takes = (m.TEXT_PLAIN,)
        self.methods = {m.GET: self.get, m.PUT: self.put}

    def get(self, request: Message) -> Reply:
        return content(self.payload)

    def put(self, request: Message) -> Reply:
        existed, self.exists = self.exists, True
        self.payload = self.rules.stored_by_put(self.payload if existed else b"", request.payload)
        return Reply(self.rules.put_code(existed))


def fixed(text: bytes, **attributes: str) -> Resource:
    made = Resource(**attributes)
    made.methods[m.GET] = lambda _: content(text)
    return made


class Site:
    """All resources by path, and the counter that shows a POST executed twice."""

    def __init__(self, rules: "Rules") -> None:
        self.rules = rules
        self.posts = 0
        self.count = 0  # what /obs shows
        self.resources: dict[Path, Resource] = {}
        self.add("", fixed(b"the reference server of the conformance suite"), listed=False)
        self.add(".well-known/core", self.discovery())
        self.add("test", self.test())
        self.add("seg1/seg2/seg3", fixed(b"three segments"))
        self.add("query", self.query())
        self.add("separate", self.separate())
        self.add("large", fixed(LARGE, sz=str(len(LARGE))))
        self.add("large-update", self.large_update())
        self.add("large-create", self.large_create())
        self.add("obs", self.counting())
        self.add("obs-large", self.large_counting())
        self.add("location-query", self.location_query())
        self.add("multi-format", self.multi_format())
        self.add("validate", self.validate())
        self.add("create1", self.create())
        self.add("link1", fixed(b"link 1", rt="Type1 Type2", if_="If1"))
        self.add("link2", fixed(b"link 2", rt="Type2 Type3", if_="If2"))
        self.add("link3", fixed(b"link 3", rt="Type1 Type3", if_="foo"))
        self.add("path", self.directory())
        for n in (1, 2, 3):
            self.add(f"path/sub{n}", fixed(b"sub %d" % n))

    def add(self, path: str, resource: Resource, listed: bool = True) -> None:
        resource.listed = listed and resource.listed
        self.resources[tuple(path.encode().split(b"/")) if path else ()] = resource

    def find(self, path: Path) -> Resource | None:
        return self.resources.get(path)

    def links(self) -> list[Link]:
        return [
            Link("/" + b"/".join(path).decode(), resource.attributes)
            for path, resource in self.resources.items()
            if resource.listed
        ]

    def discovery(self) -> Resource:
        made = Resource(ct=str(m.LINK_FORMAT))
        made.formats = (m.LINK_FORMAT,)

        def get(request: Message) -> Reply:
            links = self.links()
            for query in request.all(m.URI_QUERY):
                parts = split_query(query.decode(errors="replace"))
                if parts is not None:
                    links = self.rules.filtered(links, *parts)
            links = self.rules.listed(links)
            return content(document(links), m.LINK_FORMAT)

        made.methods[m.GET] = get
        return made

    def directory(self) -> Resource:
        made = Resource(ct=str(m.LINK_FORMAT))
        made.formats = (m.LINK_FORMAT,)
        subs = [Link(f"/path/sub{n}") for n in (1, 2, 3)]
        made.methods[m.GET] = lambda _: content(document(subs), m.LINK_FORMAT)
        return made

    def test(self) -> Resource:
        initial = b"a plain text resource"
        made = Stored(self.rules, initial)

        def post(request: Message) -> Reply:
            self.posts += 1
            existed = CREATED_PATH in self.resources
            self.resources[CREATED_PATH] = self.created(request.payload)
            count = b"post %d" % self.posts
            reply = Reply(self.rules.post_code(existed), count, [(m.CONTENT_FORMAT, b"")])
            if not existed:
                reply.options += [(m.LOCATION_PATH, segment) for segment in CREATED_PATH]
            return reply

        def delete(request: Message) -> Reply:
            made.payload = initial
            return Reply(m.DELETED)

        made.methods |= {m.POST: post, m.DELETE: delete}
        return made

    def created(self, payload: bytes) -> Resource:
        made = Stored(self.rules, payload)
        made.listed = False
        del made.methods[m.PUT]

        def delete(request: Message) -> Reply:
            self.resources.pop(CREATED_PATH, None)
            return Reply(m.DELETED)

        made.methods[m.DELETE] = delete
        return made

    def query(self) -> Resource:
        made = Resource()
        made.methods[m.GET] = lambda request: content(
            b"\n".join(request.all(m.URI_QUERY)) or b"no query"
        )
        return made

    def separate(self) -> Resource:
        made = Resource()

        def get(request: Message) -> Reply:
            reply = content(b"a late answer")
            reply.delay = SEPARATE_SECONDS
            return reply

        made.methods[m.GET] = get
        return made

    def large_update(self) -> Resource:
        made = Stored(self.rules, b"nothing yet")
        made.takes = ()
        return made

    def large_create(self) -> Resource:
        """Says where it would be, and keeps nothing."""
        made = Resource()
        made.methods[m.POST] = lambda _: Reply(
            m.CREATED, b"", [(m.LOCATION_PATH, b"large-create"), (m.LOCATION_PATH, b"1")])
        return made

    def counting(self) -> Resource:
        made = Resource(obs="")
        made.observable = True
        made.methods[m.GET] = lambda _: content(b"count %d" % self.count)
        return made

    def large_counting(self) -> Resource:
        made = Resource(obs="")
        made.observable = True
        made.methods[m.GET] = lambda _: content(b"count %d\n" % self.count + LARGE)
        return made

    def location_query(self) -> Resource:
        made = fixed(b"created here")

        def post(request: Message) -> Reply:
            reply = Reply(m.CREATED, b"", [(m.LOCATION_PATH, b"location-query")])
            reply.options += [(m.LOCATION_QUERY, b"first=1"), (m.LOCATION_QUERY, b"second=2")]
            return reply

        made.methods[m.POST] = post
        return made

    def multi_format(self) -> Resource:
        made = Resource(ct=f"{m.TEXT_PLAIN} {m.XML}")
        made.formats = (m.TEXT_PLAIN, m.XML)

        def get(request: Message) -> Reply:
            if self.rules.chosen_format(request.uint(m.ACCEPT)) == m.XML:
                return content(b"<text>one thing in two formats</text>", m.XML)
            return content(b"one thing in two formats")

        made.methods[m.GET] = get
        return made

    def validate(self) -> Resource:
        made = Stored(self.rules, b"a text that an entity tag stands for")

        def etag() -> bytes:
            return hashlib.sha256(made.payload).digest()[:4]

        def get(request: Message) -> Reply:
            if self.rules.validates(etag(), request.all(m.ETAG)):
                return self.rules.valid_reply(etag())
            reply = content(made.payload)
            reply.options.insert(0, (m.ETAG, etag()))
            return reply

        made.etag = etag
        made.methods[m.GET] = get
        return made

    def create(self) -> Resource:
        made = Stored(self.rules, b"")
        made.exists = made.listed = False
        made.observable = True

        def delete(request: Message) -> Reply:
            existed, made.exists = made.exists, False
            return Reply(self.rules.delete_code(existed))

        made.methods[m.DELETE] = delete
        return made
