"""The chat page's API: who there is, what was said, and what a person at the page does."""

import asyncio
import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from aiohttp import web

from simulator.page.events import Feed
from simulator.page.guard import Refusal, json_response, read_object
from simulator.page.samples import make_sample
from simulator.world.chats import Person
from simulator.world.world import BotBlocked, NoSuchButton, World

PAGE_SIZE = 150
"""Messages in one answer; the page asks for earlier ones when its reader scrolls up."""

UNSEEN = 100
"""The bot's latest messages whose ids the list of people carries, for the count of unread ones."""

MAX_TEXT = 4096  # UTF-16 units; core.telegram.org/bots/api#sendmessage
MAX_NAME = 64  # characters of a first name; core.telegram.org/method/account.updateProfile refuses longer ones
MAX_PEOPLE = 1000
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")  # IETF language tag, as Telegram's clients send it


class PeopleApi:
    """The handlers of `/api/people`. Each raises Refusal for what cannot be done."""

    def __init__(self, world: World, feed: Feed, title: str) -> None:
        self._world = world
        self._feed = feed
        self._title = title

    def routes(self) -> list[tuple[str, str, Any]]:
        """(method, path, handler) of each."""
        one = "/api/people/{id:[0-9]{1,15}}"
        return [
            ("GET", "/api/people", self.list_people),
            ("POST", "/api/people", self.add_person),
            ("GET", f"{one}/messages", self.list_messages),
            ("GET", f"{one}/commands", self.list_commands),
            ("POST", f"{one}/say", self.say),
            ("POST", f"{one}/press", self.press),
            ("POST", f"{one}/send", self.send),
            ("POST", f"{one}/edit", self.edit),
            ("POST", f"{one}/block", self.block),
            ("POST", f"{one}/unblock", self.unblock),
        ]

    async def list_people(self, _request: web.Request) -> web.Response:
        """`{bot: {first_name, username, description}, people: [{…, last, unseen}], seq}`."""
        people = [self._describe(person) for person in self._world.people.values()]
        return json_response({"bot": self._describe_bot(), "people": people, "seq": self._feed.seq})

    async def add_person(self, request: web.Request) -> web.Response:
        """`{first_name, language_code?}` -> the new person."""
        body = await read_object(request)
        name = _text_of(body, "first_name", MAX_NAME).strip()
        language = body.get("language_code", "en")
        if not name:
            raise Refusal(400, "Everybody has a name.")
        if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
            raise Refusal(400, "The language must be a code such as en or pt-br.")
        if len(self._world.people) >= MAX_PEOPLE:
            raise Refusal(409, f"There are {MAX_PEOPLE} people already.")
        return json_response(self._describe(self._world.add_person(name, language_code=language)), 201)

    async def list_messages(self, request: web.Request) -> web.Response:
        """`{messages, more, seq}`: the newest, or with `?before=<message_id>` those before it; `more` says older ones exist."""
        messages = self._world.chat(self._person(request).id).messages
        before = request.query.get("before")
        if before is not None:
            if not before.isdecimal():
                raise Refusal(400, "before must be a message's id.")
            messages = [message for message in messages if message["message_id"] < int(before)]
        newest = messages[-PAGE_SIZE:]
        return json_response({"messages": newest, "more": len(newest) < len(messages), "seq": self._feed.seq})

    async def list_commands(self, request: web.Request) -> web.Response:
        """`{commands: [{command, description}]}`, as this person's Telegram would offer them."""
        return json_response({"commands": self._world.commands_for(self._person(request).id)})

    async def say(self, request: web.Request) -> web.Response:
        """`{text}` -> `{message_id}`."""
        person, body = self._person(request), await read_object(request)
        text = _text_of(body, "text", MAX_TEXT).strip()
        if not text:
            raise Refusal(400, "Telegram sends no empty message.")
        try:
            return json_response({"message_id": self._world.say(person.id, text)})
        except BotBlocked as error:
            raise _blocked(person) from error

    async def press(self, request: web.Request) -> web.Response:
        """`{message_id, data}` -> `{query_id}`; the answer to the press comes as a toast event with that id."""
        person, body = self._person(request), await read_object(request)
        number, data = _number_of(body, "message_id"), _text_of(body, "data", 64)
        try:
            return json_response({"query_id": self._world.press(person.id, number, data)})
        except NoSuchButton as error:
            raise Refusal(409, "This button is no longer there.") from error
        except BotBlocked as error:
            raise _blocked(person) from error

    async def send(self, request: web.Request) -> web.Response:
        """`{kind}` -> `{message_id}`: sends an example of that kind."""
        person, body = self._person(request), await read_object(request)
        kind = _text_of(body, "kind", 32)
        try:
            sample = await asyncio.to_thread(make_sample, kind)  # the first picture takes a tenth of a second to draw
        except KeyError as error:
            raise Refusal(400, "There is no example of that kind to send.") from error
        try:
            return json_response({"message_id": self._world.send_media(person.id, kind, **sample)})
        except BotBlocked as error:
            raise _blocked(person) from error

    async def edit(self, request: web.Request) -> web.Response:
        """`{message_id, text}` -> `{}`."""
        person, body = self._person(request), await read_object(request)
        number, text = _number_of(body, "message_id"), _text_of(body, "text", MAX_TEXT).strip()
        if not text:
            raise Refusal(400, "Telegram keeps no empty message.")
        try:
            self._world.edit(person.id, number, text)
        except (KeyError, ValueError) as error:
            raise Refusal(409, "Only one's own words can be edited.") from error
        except BotBlocked as error:
            raise _blocked(person) from error
        return json_response({})

    async def block(self, request: web.Request) -> web.Response:
        self._world.block(self._person(request).id)
        return json_response({})

    async def unblock(self, request: web.Request) -> web.Response:
        self._world.unblock(self._person(request).id)
        return json_response({})

    def _person(self, request: web.Request) -> Person:
        person = self._world.people.get(int(request.match_info["id"]))
        if person is None:
            raise Refusal(404, "Nobody here has that id.")
        return person

    def _describe(self, person: Person) -> dict[str, Any]:
        kept = self._world.chat(person.id).by_id.values()
        newest_first = (message["message_id"] for message in reversed(kept) if message["from"]["is_bot"])
        unseen = sorted(islice(newest_first, UNSEEN))
        return {**person.describe(), "last": next(reversed(kept), None), "unseen": unseen}

    def _describe_bot(self) -> dict[str, Any]:
        name, description = (self._world.profile.get(field, {}).get("") for field in ("name", "description"))
        return {"first_name": name or self._title, "username": self._world.bot["username"], "description": description or ""}


def _blocked(person: Person) -> Refusal:
    return Refusal(409, f"{person.first_name} has blocked the bot.")


def _text_of(body: Mapping[str, Any], name: str, longest: int) -> str:
    """The string of that name, at most `longest` UTF-16 units."""
    value = body.get(name)
    if not isinstance(value, str):
        raise Refusal(400, f"{name} must be a text.")
    if len(value.encode("utf-16-le", "surrogatepass")) > 2 * longest:
        raise Refusal(400, f"{name} may have {longest} characters.")
    return value


def _number_of(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refusal(400, f"{name} must be a whole number.")
    return value
