"""Why the process's own web side can't be had; apart from aiohttp, which is loaded only where WEB_PORT is set."""


class CannotListen(Exception):
    """The address is taken or not ours; the words say so and name the settings."""


class WebhookRefused(Exception):
    """Telegram does not accept the address; the words say what to mend."""
