"""The check of reply_markup: inline and reply keyboards, their removal, forced replies."""

from typing import Any

import orjson

from simulator.bot_api.checks import Params, Refusal, bad, read_json

MOST_BUTTONS = 100  # of a keyboard
LARGEST_MARKUP = 10_240  # bytes of its JSON, about
LONGEST_DATA = 64  # bytes of callback_data
_INLINE_ACTIONS = (
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "login_url",
    "web_app",
    "copy_text",
    "callback_game",
    "pay",
)
_SCHEMES = ("http://", "https://", "tg://", "ton://", "tel:", "mailto:")


def read_markup(params: Params, inline_only: bool = False) -> dict[str, Any] | None:
    """The keyboard as it is kept, None without one or with an empty one. Raises Refusal."""
    value = params.get("reply_markup")
    if value is None or value == "":
        return None
    markup = read_json(params, "reply_markup", "reply keyboard markup")
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    inline = _read_rows(markup, "inline_keyboard", 'field "inline_keyboard" of the InlineKeyboardMarkup')
    if inline:
        return {"inline_keyboard": [[_check_inline(button) for button in row] for row in inline]}
    if inline_only:
        if markup.keys() - {"inline_keyboard"}:
            raise bad("inline keyboard expected")
        return None
    rows = _read_rows(markup, "keyboard", 'field "keyboard"')
    if rows:
        return markup | {"keyboard": [[_check_reply(button) for button in row] for row in rows]}
    return markup if markup.get("remove_keyboard") or markup.get("force_reply") else None


def _read_rows(markup: dict[str, Any], name: str, words: str) -> list[list[Any]]:
    """The rows with a button in them."""
    rows = markup.get(name)
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise bad(f'field "{name}" must be of type Array')
    if not all(isinstance(row, list) for row in rows):
        raise bad(f"{words} must be an Array of Arrays")
    if sum(map(len, rows)) > MOST_BUTTONS or len(orjson.dumps(rows)) > LARGEST_MARKUP:
        raise bad("reply markup is too long")
    return [row for row in rows if row]


def _check_inline(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise _button("inline ", "InlineKeyboardButton must be an Object")
    if "text" not in button:
        raise _button("inline ", 'Can\'t find field "text"')
    if not isinstance(button["text"], str):
        raise _button("inline ", 'Field "text" must be of type String')
    if not button["text"].strip():
        raise bad("inline keyboard button text must be non-empty")
    data = button.get("callback_data")
    if button.get("url"):
        _check_url(button["url"])
    elif data:
        if not isinstance(data, str):
            raise _button("inline ", 'Field "callback_data" must be of type String')
        if len(data) * 4 > LONGEST_DATA and len(data.encode("utf-8", "surrogatepass")) > LONGEST_DATA:
            raise bad("BUTTON_DATA_INVALID")
    elif data == "":
        raise bad("BUTTON_DATA_INVALID")
    elif not any(name in button for name in _INLINE_ACTIONS):
        raise _button("inline ", "Text buttons are unallowed in the inline keyboard")
    return button


def _check_url(url: Any) -> None:
    if not isinstance(url, str):
        raise _button("inline ", 'Field "url" must be of type String')
    if not url.startswith(_SCHEMES) and ("." not in url or " " in url):
        raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _check_reply(button: Any) -> dict[str, Any]:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict):
        raise _button("", "KeyboardButton must be a String or an Object")
    if not isinstance(button.get("text"), str):
        raise _button("", 'Can\'t find field "text"')
    if not button["text"].strip():
        raise bad("keyboard button text must be non-empty")
    return button


def _button(sort: str, words: str) -> Refusal:
    return bad(f"can't parse {sort}keyboard button: {words}")
