"""Methods about the bot itself and about chats: getMe, commands, descriptions, menu buttons, getChat."""

import re
from dataclasses import dataclass
from typing import Any

from simulator.bot_api.checks import Params, bad, get_chat, read_integer, read_json, read_string
from simulator.world.chats import Chat
from simulator.world.world import World

_MOST_COMMANDS = 100
_COMMAND = re.compile(r"/?([a-z0-9_]{1,32})")
_LONGEST_DESCRIPTION = 256  # characters of a command's description
_PLAIN_SCOPES = frozenset({"default", "all_private_chats", "all_group_chats", "all_chat_administrators"})
_RIGHTS = ("can_join_groups", "can_read_all_group_messages")
_ABILITIES = (
    "supports_inline_queries",
    "can_connect_to_business",
    "has_main_web_app",
    "has_topics_enabled",
    "allows_users_to_create_topics",
    "can_manage_bots",
)


def get_me(world: World, params: Params) -> dict[str, Any]:
    return world.bot | dict.fromkeys(_RIGHTS, True) | dict.fromkeys(_ABILITIES, False)


def say_true(world: World, params: Params) -> bool:
    """logOut and close: nothing to do here."""
    return True


def set_my_commands(world: World, params: Params) -> bool:
    commands = read_json(params, "commands", "commands")
    if not isinstance(commands, list):
        raise bad("expected an Array of BotCommand")
    if len(commands) > _MOST_COMMANDS:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    checked = [_check_command(one) for one in commands]
    world.commands.setdefault(_read_scope(params), {})[read_string(params, "language_code")] = checked
    return True


def get_my_commands(world: World, params: Params) -> list[dict[str, str]]:
    return world.commands.get(_read_scope(params), {}).get(read_string(params, "language_code"), [])


def delete_my_commands(world: World, params: Params) -> bool:
    world.commands.get(_read_scope(params), {}).pop(read_string(params, "language_code"), None)
    return True


def _check_command(one: Any) -> dict[str, str]:
    if not isinstance(one, dict):
        raise bad("can't parse BotCommand: expected an Object")
    for name in ("command", "description"):
        if not isinstance(one.get(name), str):
            raise bad(f"can't parse BotCommand: Can't find field \"{name}\"")
    match = _COMMAND.fullmatch(one["command"])
    if match is None:
        raise bad("BOT_COMMAND_INVALID")
    if not 1 <= len(one["description"].strip()) <= _LONGEST_DESCRIPTION:
        raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": match[1], "description": one["description"].strip()}


def _read_scope(params: Params) -> str:
    """`default`, `all_private_chats`, …, `chat:<id>`, `chat_administrators:<id>` or `chat_member:<id>:<person>`."""
    scope = read_json(params, "scope", "BotCommandScope")
    if scope is None:
        return "default"
    if not isinstance(scope, dict):
        raise bad("can't parse BotCommandScope: BotCommandScope must be an Object")
    kind = scope.get("type")
    if kind in _PLAIN_SCOPES:
        return str(kind)
    if kind not in ("chat", "chat_administrators", "chat_member"):
        raise bad("can't parse BotCommandScope: Unsupported type specified")
    if not scope.get("chat_id"):
        raise bad("can't parse BotCommandScope: Empty chat_id specified")
    member = f":{scope.get('user_id')}" if kind == "chat_member" else ""
    return f"{kind}:{scope['chat_id']}{member}"


@dataclass(frozen=True)
class SetText:
    """setMyName, setMyDescription, setMyShortDescription."""

    name: str
    longest: int

    def __call__(self, world: World, params: Params) -> bool:
        text = read_string(params, self.name)
        if len(text) > self.longest:
            raise bad(f"BOT_{self.name.upper()}_TOO_LONG")
        world.profile.setdefault(self.name, {})[read_string(params, "language_code")] = text
        return True


@dataclass(frozen=True)
class GetText:
    """getMyName, getMyDescription, getMyShortDescription: in that language, else in none."""

    name: str

    def __call__(self, world: World, params: Params) -> dict[str, str]:
        known = world.profile.get(self.name, {})
        default = world.bot["first_name"] if self.name == "name" else ""
        return {self.name: known.get(read_string(params, "language_code")) or known.get("") or default}


def set_chat_menu_button(world: World, params: Params) -> bool:
    button = read_json(params, "menu_button", "menu button") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in ("default", "commands", "web_app"):
        raise bad("can't parse menu button: MenuButton has unsupported type")
    world.menu_buttons[_read_menu_chat(world, params)] = button
    return True


def get_chat_menu_button(world: World, params: Params) -> dict[str, Any]:
    return world.menu_buttons.get(_read_menu_chat(world, params)) or world.menu_buttons.get(0) or {"type": "commands"}


def _read_menu_chat(world: World, params: Params) -> int:
    """0 is every chat."""
    return get_chat(world, params).id if params.get("chat_id") else 0


def get_chat_info(world: World, params: Params) -> dict[str, Any]:
    """ChatFullInfo."""
    chat = get_chat(world, params)
    gifts = dict.fromkeys(("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), True)
    return chat.card | {"accent_color_id": chat.id % 7, "max_reaction_count": 11, "accepted_gift_types": gifts}


def get_chat_member(world: World, params: Params) -> dict[str, Any]:
    chat = get_chat(world, params)
    number = read_integer(params, "user_id", 0)
    if number == world.bot["id"]:
        return {"user": world.bot, "status": "member"}
    person = world.people.get(number)
    if number <= 0:
        raise bad("invalid user_id specified")
    if person is None:
        raise bad("user not found")
    return {"user": person.user, "status": _find_status(chat, number)}


def get_chat_member_count(world: World, params: Params) -> int:
    return len(get_chat(world, params).members) + 1


def _find_status(chat: Chat, person_id: int) -> str:
    return "member" if person_id in chat.members else "left"
