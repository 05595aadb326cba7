"""The one table: a Bot API method's name in lower case -> the function that carries it out."""

from collections.abc import Awaitable, Callable
from typing import Any

from simulator.bot_api import edits as methods_edits
from simulator.bot_api import getting_updates as methods_updates
from simulator.bot_api import media as methods_media
from simulator.bot_api import messages as methods_messages
from simulator.bot_api import profile as methods_profile
from simulator.bot_api.checks import Params
from simulator.bot_api.media import SendFile
from simulator.bot_api.profile import GetText, SetText
from simulator.world.world import World

Method = Callable[[World, Params], Any | Awaitable[Any]]

METHODS: dict[str, Method] = {
    "getme": methods_profile.get_me,
    "logout": methods_profile.say_true,
    "close": methods_profile.say_true,
    "getupdates": methods_updates.get_updates,
    "setwebhook": methods_updates.set_webhook,
    "deletewebhook": methods_updates.delete_webhook,
    "getwebhookinfo": methods_updates.get_webhook_info,
    "sendmessage": methods_messages.send_message,
    "sendlocation": methods_messages.send_location,
    "sendcontact": methods_messages.send_contact,
    "sendchataction": methods_messages.send_chat_action,
    "answercallbackquery": methods_messages.answer_callback_query,
    "deletemessage": methods_messages.delete_message,
    "deletemessages": methods_messages.delete_messages,
    "forwardmessage": methods_messages.forward_message,
    "copymessage": methods_messages.copy_message,
    "sendphoto": SendFile("photo"),
    "sendvideo": SendFile("video"),
    "sendaudio": SendFile("audio"),
    "sendvoice": SendFile("voice"),
    "sendanimation": SendFile("animation"),
    "senddocument": SendFile("document"),
    "sendmediagroup": methods_media.send_media_group,
    "getfile": methods_media.get_file,
    "editmessagetext": methods_edits.edit_message_text,
    "editmessagecaption": methods_edits.edit_message_caption,
    "editmessagemedia": methods_edits.edit_message_media,
    "editmessagereplymarkup": methods_edits.edit_message_reply_markup,
    "setmessagereaction": methods_edits.set_message_reaction,
    "setmycommands": methods_profile.set_my_commands,
    "getmycommands": methods_profile.get_my_commands,
    "deletemycommands": methods_profile.delete_my_commands,
    "setmyname": SetText("name", 64),
    "getmyname": GetText("name"),
    "setmydescription": SetText("description", 512),
    "getmydescription": GetText("description"),
    "setmyshortdescription": SetText("short_description", 120),
    "getmyshortdescription": GetText("short_description"),
    "setchatmenubutton": methods_profile.set_chat_menu_button,
    "getchatmenubutton": methods_profile.get_chat_menu_button,
    "getchat": methods_profile.get_chat_info,
    "getchatmember": methods_profile.get_chat_member,
    "getchatmembercount": methods_profile.get_chat_member_count,
}
