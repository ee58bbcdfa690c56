"""The plugtest server behind OSCORE: oscore_server.py HOST PORT CONTEXT_FOLDER."""

import asyncio
import os
import sys

from aiocoap import Context
from aiocoap.credentials import CredentialsMap
from aiocoap.oscore_sitewrapper import OscoreSiteWrapper
from plugtest import create_site

# Port sharing, aiocoap's default, would let two servers bind the same port.
os.environ["AIOCOAP_REUSE_PORT"] = "0"


async def serve(host: str, port: int, folder: str) -> None:
    credentials = CredentialsMap()
    credentials.load_from_dict({":peer": {"oscore": {"basedir": f"{folder}/"}}})
    await Context.create_server_context(
        OscoreSiteWrapper(create_site(), credentials),
        bind=(host, port),
        server_credentials=credentials,
        transports=["udp6"],
    )
    await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
