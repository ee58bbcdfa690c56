"""A plugtest server on aiocoap: server.py HOST PORT."""

import asyncio
import os
import sys

from aiocoap import Context, error
from plugtest import create_site

# Port sharing, aiocoap's default, would let two servers bind the same port.
os.environ["AIOCOAP_REUSE_PORT"] = "0"


async def serve(host: str, port: int) -> None:
    await Context.create_server_context(create_site(), bind=(host, port), transports=["udp6"])
    await asyncio.get_running_loop().create_future()


def main() -> int:
    host, port = sys.argv[1], int(sys.argv[2])
    try:
        asyncio.run(serve(host, port))
    except (OSError, error.Error) as reason:
        print(f"aiocoap: cannot serve on {host} port {port}: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
