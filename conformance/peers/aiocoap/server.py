"""A plugtest server on aiocoap: server.py HOST PORT [WS_PORT]."""

import asyncio
import os
import sys

from aiocoap import Context, error
from plugtest import create_site

# Port sharing, aiocoap's default, would let two servers bind the same port.
os.environ["AIOCOAP_REUSE_PORT"] = "0"


# aiocoap serves WebSockets this far above the port that it is told.
WS_OFFSET = 3000


async def serve(host: str, port: int, ws_port: int) -> None:
    site = create_site()
    await Context.create_server_context(site, bind=(host, port), transports=["udp6", "tcpserver"])
    if ws_port:
        await Context.create_server_context(site, bind=(host, ws_port - WS_OFFSET),
                                            transports=["ws"])
    await asyncio.get_running_loop().create_future()


def main() -> int:
    host, port, *more = sys.argv[1:]
    try:
        asyncio.run(serve(host, int(port), int(more[0]) if more else 0))
    except (OSError, error.Error) as reason:
        print(f"aiocoap: cannot serve on {host} port {port}: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
