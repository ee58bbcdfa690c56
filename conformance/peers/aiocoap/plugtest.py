"""The plugtest resources."""

import asyncio
import hashlib
from collections import deque

from aiocoap import CHANGED, CREATED, VALID, Message, error, resource
from base import LINK_FORMAT, TEXT, XML, Base, Fixed, Stored, content

SEPARATE_SECONDS = 1
OBSERVE_SECONDS = 2
CREATED_MAX = 32
LARGE = "".join(
    f"line {line:02} of a text too long for one block ".ljust(63, ".") + "\n" for line in range(25)
)
Path = tuple[str, ...]
LOCATION = ("location1", "location2", "location3")


class Made(Base):
    """A resource that a POST made; DELETE takes it off the site again."""

    def __init__(self, site: "PlugtestSite", path: Path, request: Message) -> None:
        super().__init__()
        self.site = site
        self.path = path
        self.payload = request.payload
        given = request.opt.content_format
        self.formats = (TEXT if given is None else given,)

    def get_link_description(self) -> None:
        return None

    async def render_get(self, request: Message) -> Message:
        return content(self.payload, self.formats[0])

    async def render_delete(self, request: Message) -> Message:
        self.site.unmake(self.path)
        return Message()


class Test(Stored):
    """Takes all four methods; POST makes a resource elsewhere."""

    accepted = (TEXT,)
    initial = "a plain text resource"

    def __init__(self, site: "PlugtestSite") -> None:
        super().__init__(self.initial)
        self.site = site
        self.posts = 0

    async def render_post(self, request: Message) -> Message:
        # The text counts the executions: a duplicate that was executed twice shows.
        before = LOCATION in self.site.made
        self.site.make(LOCATION, request)
        self.posts += 1
        answer = content(f"post {self.posts}")
        answer.code = CHANGED if before else CREATED
        if not before:
            answer.opt.location_path = LOCATION
        return answer

    async def render_delete(self, request: Message) -> Message:
        self.payload = self.initial.encode()
        return Message()


class Query(Base):
    async def render_get(self, request: Message) -> Message:
        return content("\n".join(request.opt.uri_query) or "no query")


class Separate(Base):
    """Later than aiocoap's own limit for a piggybacked answer."""

    async def render_get(self, request: Message) -> Message:
        await asyncio.sleep(SEPARATE_SECONDS)
        return content("a late answer")


class LargeCreate(Base):
    def __init__(self, site: "PlugtestSite") -> None:
        super().__init__()
        self.site = site
        self.count = 0
        self.paths: deque[Path] = deque()

    async def render_post(self, request: Message) -> Message:
        self.count += 1
        path = ("large-create", str(self.count))
        self.site.make(path, request)
        self.paths.append(path)
        if len(self.paths) > CREATED_MAX:
            self.site.unmake(self.paths.popleft())
        return Message(code=CREATED, location_path=path)


class LargePost(Base):
    async def render_post(self, request: Message) -> Message:
        return content(request.payload.upper())


class Observable(Base, resource.ObservableResource):
    """Changes by itself; aiocoap keeps the observers."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.ticking = asyncio.get_running_loop().create_task(self.tick())

    async def tick(self) -> None:
        while True:
            await asyncio.sleep(OBSERVE_SECONDS)
            self.count += 1
            self.updated_state()

    async def render_get(self, request: Message) -> Message:
        return content(f"count {self.count}")


class LocationQuery(Fixed):
    async def render_post(self, request: Message) -> Message:
        return Message(
            code=CREATED,
            location_path=("location-query",),
            location_query=("first=1", "second=2"),
        )


class MultiFormat(Base):
    ct = "0 41"
    formats = (TEXT, XML)

    async def render_get(self, request: Message) -> Message:
        if request.opt.accept == XML:
            return content("<text>one thing in two formats</text>", XML)
        return content("one thing in two formats")


class Validate(Stored):
    accepted = (TEXT,)

    @property
    def etag(self) -> bytes:
        return hashlib.sha256(self.payload).digest()[:4]

    async def render_get(self, request: Message) -> Message:
        if self.etag in request.opt.etags:
            return Message(code=VALID, etag=self.etag)
        answer = content(self.payload)
        answer.opt.etag = self.etag
        return answer


class Create(Base):
    """Exists only between a PUT and a DELETE."""

    def __init__(self) -> None:
        super().__init__()
        self.made: Stored | None = None

    @property
    def exists(self) -> bool:
        return self.made is not None

    @property
    def formats(self) -> tuple[int, ...]:
        return self.made.formats if self.made else ()

    def get_link_description(self) -> None:
        return None

    async def render_get(self, request: Message) -> Message:
        if self.made is None:
            raise error.NotFound()
        return await self.made.render_get(request)

    async def render_put(self, request: Message) -> Message:
        if self.made is not None:
            return await self.made.render_put(request)
        self.made = Stored("")
        self.made.take(request)
        return Message(code=CREATED)

    async def render_delete(self, request: Message) -> Message:
        self.made = None
        return Message()


class Directory(Base):
    ct = "40"
    formats = (LINK_FORMAT,)

    async def render_get(self, request: Message) -> Message:
        return content(",".join(f"</path/sub{n}>" for n in (1, 2, 3)), LINK_FORMAT)


class Root(Fixed):
    def get_link_description(self) -> None:
        return None


class PlugtestSite(resource.Site):
    """Knows which of its resources were made by clients."""

    def __init__(self) -> None:
        super().__init__()
        self.made: set[Path] = set()

    def make(self, path: Path, request: Message) -> None:
        self.add_resource(path, Made(self, path, request))
        self.made.add(path)

    def unmake(self, path: Path) -> None:
        if path in self.made:
            self.made.remove(path)
            self.remove_resource(path)


def create_site() -> PlugtestSite:
    """To be called in a running event loop: /obs starts to tick."""
    site = PlugtestSite()
    links = resource.WKCResource(site.get_resources_as_linkheader, impl_info=None)
    resources: dict[str, Base | resource.Resource] = {
        "": Root("coapspec reference peer: aiocoap"),
        ".well-known/core": links,
        "test": Test(site),
        "seg1/seg2/seg3": Fixed("three segments"),
        "query": Query(),
        "separate": Separate(),
        "large": Fixed(LARGE, sz=str(len(LARGE))),
        "large-update": Stored("nothing uploaded yet"),
        "large-create": LargeCreate(site),
        "large-post": LargePost(),
        "obs": Observable(),
        "location-query": LocationQuery("created here"),
        "multi-format": MultiFormat(),
        "validate": Validate("a text that an entity tag stands for"),
        "create1": Create(),
        "link1": Fixed("link 1", rt="Type1 Type2", **{"if": "If1"}),
        "link2": Fixed("link 2", rt="Type2 Type3", **{"if": "If2"}),
        "link3": Fixed("link 3", rt="Type1 Type3", **{"if": "foo"}),
        "path": Directory(),
        **{f"path/sub{n}": Fixed(f"/path/sub{n}") for n in (1, 2, 3)},
    }
    for path, made in resources.items():
        site.add_resource(path.split("/") if path else [], made)
    return site
