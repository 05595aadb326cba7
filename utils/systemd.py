"""A word to systemd, where a unit of `Type=notify` has started the process."""

import logging
import os
import socket
from collections.abc import Mapping

logger = logging.getLogger("waymark.systemd")


def notify_systemd(words: str, environ: Mapping[str, str] = os.environ) -> None:
    """Send `READY=1` or the like (https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html); nothing happens
    where nobody asked for it. A datagram, so it does not block."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # a name in the kernel's own space
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.setblocking(False)
        try:
            line.sendto(words.encode(), address)
        except OSError as error:
            logger.warning("systemd could not be told %s: %s", words, error)
