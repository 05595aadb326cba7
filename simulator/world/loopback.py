"""Is a host this machine?"""

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Of `name:port`: a loopback name or address."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:  # half an IPv6 address
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
