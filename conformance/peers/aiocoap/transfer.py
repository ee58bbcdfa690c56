"""Moves one body with aiocoap's client: transfer.py get|put URI FILE."""

import asyncio
import sys
from pathlib import Path

from aiocoap import GET, PUT, Context, Message

OCTETS = 42
TRANSPORTS = {"coap": "udp6", "coap+tcp": "tcpclient", "coap+ws": "ws"}


async def transfer(method: str, uri: str, file: Path) -> None:
    scheme = uri.split(":")[0]
    context = await Context.create_client_context(transports=[TRANSPORTS[scheme]])
    if method == "put":
        request = Message(code=PUT, uri=uri, payload=file.read_bytes(), content_format=OCTETS)
    else:
        request = Message(code=GET, uri=uri)
    response = await context.request(request).response_raising
    if method == "get":
        file.write_bytes(response.payload)
    await context.shutdown()


if __name__ == "__main__":
    asyncio.run(transfer(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
