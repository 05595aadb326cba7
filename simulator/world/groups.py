"""Groups that become supergroups, which have another id."""

from simulator.world.chats import Chat
from simulator.world.world import World

_SUPERGROUP = -1_000_000_000_000  # ids of supergroups lie below it (core.telegram.org/api/bots/ids)


def move_group(world: World, chat_id: int) -> int:
    """The id of the supergroup that a group is from now on; both sides of the move come to the bot as messages.

    A private chat never moves: of one, or of a chat that is not there, only an id is given.
    """
    number = _SUPERGROUP - abs(chat_id) % 1_000_000_000
    group = world.chats.get(chat_id)
    if group is None or group.card["type"] != "group" or group.moved_to:
        return number
    card = {"id": number, "title": group.card["title"], "type": "supergroup"}
    world.chats[number] = Chat(number, card, world.keep, members=group.members)
    world.serve(group.members[0], chat_id, {"migrate_to_chat_id": number})
    world.serve(group.members[0], number, {"migrate_from_chat_id": chat_id})
    group.moved_to = number
    return number
