"""Effects -> outbox items: Telegram-ready plain data that outlives the process (pure).

An item is {"method", "params"} plus, where it applies:

    n        its number in the person's outbox, given when the turn is saved
    token    the key of the question that it is (a send) or edits (an edit); the message id is known once that was sent
    kind     of a question: text, caption (what a later edit must edit), reply (a reply keyboard), bare (no keyboard)
    files    parameter -> [programme, path]: uploaded, or its file_id reused, when the item is sent
    make     the name of something made when the item is sent (a chart, a data file), with its `arguments`
    seconds  of a timer: the wait begins when the item has gone out
    reminder when it was made (ISO 8601): it is void once its person was heard after that
    until    with `reminder`: it is void later than that (ISO 8601), be it by an outage, a 429 or a restart
    behind   nobody is waiting for it (a reminder): when all had to wait, it goes out after the replies
"""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from flow.state.effects import Ask, Media, Say
from handlers.rendering.keyboards import Markup, question_key, question_keyboard, reply_keyboard
from handlers.rendering.richtext import MAX_CAPTION, MAX_TEXT, Rendered, italic, join, render, split, units
from handlers.rendering.sentences import sentence

Item = dict[str, Any]

LARGE_KEYBOARD = 8_000  # bytes of its JSON, well below what Telegram refuses
PAUSE = "pause"
BEHIND = "behind"
SENDS = {
    "image": ("sendPhoto", "photo"),
    "video": ("sendVideo", "video"),
    "audio": ("sendAudio", "audio"),
    "voice": ("sendVoice", "voice"),
    "animation": ("sendAnimation", "animation"),
    "file": ("sendDocument", "document"),
}  # step's field -> method and its parameter, https://core.telegram.org/bots/api#available-methods
CAPTIONED = ("caption", *(field for _, field in SENDS.values()))  # fields of a Message that can have a caption


def is_edit(item: Item) -> bool:
    """An edit of an older message."""
    return bool(item["method"].startswith("edit"))


def words(text: str | Rendered, markup: Markup | None = None) -> list[Item]:
    """A message of text, in parts when it is long, the keyboard on the last."""
    rendered = Rendered(text) if isinstance(text, str) else text
    items: list[Item] = [{"method": "sendMessage", "params": _text_params(part)} for part in split(rendered)]
    if markup:
        items[-1]["params"]["reply_markup"] = markup
    return items


def pause(seconds: float) -> Item:
    """Quiet before the next item; the person sees the bot typing."""
    return {"method": PAUSE, "params": {}, "seconds": seconds}


def say(effect: Say, programme: str) -> list[Item]:
    """The messages of a note."""
    return _compose(render(effect.text), effect.media, None, programme)


def ask(effect: Ask, run: int, programme: str) -> list[Item]:
    """The messages of a question; the last one is the question itself, with its key and keyboard."""
    text = render(effect.text)
    if effect.hint is not None:
        text = join(text, italic(render(effect.hint)))
    if not text.text and not effect.media:
        text = Rendered("…")
    markup = _question_markup(effect, run)
    items = _compose(text, effect.media, markup, programme)
    question = items[-1]
    question["token"] = question_key(run, effect.question_number)
    caption = "caption" if question["method"] != "sendMessage" else "text"
    question["kind"] = "bare" if markup is None else "reply" if effect.reply else caption
    if effect.seconds is not None:
        question["seconds"] = effect.seconds
    return items


def _question_markup(effect: Ask, run: int) -> Markup | None:
    if not effect.rows:
        return None
    return reply_keyboard(effect.rows) if effect.reply else question_keyboard(run, effect.question_number, effect.rows)


def retick(run: int, number: int, rows: Any) -> Item:
    """The keyboard of a question in place."""
    return {
        "method": "editMessageReplyMarkup",
        "token": question_key(run, number),
        "params": {"reply_markup": question_keyboard(run, number, rows)},
    }


def settle(name: str, shown: dict[str, Any] | None, chosen: Sequence[str]) -> Item:
    """Take the keyboard of question `name`; with the message as it is `shown`, the chosen labels go under its text."""
    return {**_with_choice(shown, chosen), "token": name}


def settle_pressed(shown: dict[str, Any], data: str) -> Item:
    """The same for a message of the bot's own, as it was shown when the button with that callback data was pressed."""
    rows = (shown.get("reply_markup") or {}).get("inline_keyboard", ())
    chosen = [button["text"] for row in rows for button in row if button.get("callback_data") == data]
    item = _with_choice(shown, chosen)
    item["params"]["message_id"] = shown["message_id"]
    return item


def _with_choice(shown: dict[str, Any] | None, chosen: Sequence[str]) -> Item:
    bare: Item = {"method": "editMessageReplyMarkup", "params": {}}
    if not shown or not chosen or not ("text" in shown or any(kind in shown for kind in CAPTIONED)):
        return bare
    field, limit = ("text", MAX_TEXT) if "text" in shown else ("caption", MAX_CAPTION)
    text = Rendered(shown.get(field, ""), tuple(shown.get("entities" if field == "text" else "caption_entities", ())))
    choice = Rendered("✓ " + ", ".join(chosen))
    choice = Rendered(choice.text, ({"type": "bold", "offset": 0, "length": units(choice.text)},))
    both = join(text, choice)
    if units(both.text) > limit:
        return bare
    method, entities = ("editMessageText", "entities") if field == "text" else ("editMessageCaption", "caption_entities")
    params: dict[str, Any] = {field: both.text, entities: list(both.entities)}
    if "link_preview_options" in shown:
        params["link_preview_options"] = shown["link_preview_options"]
    return {"method": method, "params": params}


def with_line(shown: dict[str, Any], words: str) -> Item:
    """An edit that puts a line below the words of a message as it is `shown`; its keyboard goes."""
    field, entities, method = ("text", "entities", "editMessageText")
    if "text" not in shown:
        field, entities, method = ("caption", "caption_entities", "editMessageCaption")
    text = join(Rendered(shown.get(field, ""), tuple(shown.get(entities, ()))), Rendered(words))
    return {"method": method, "params": {field: text.text, entities: list(text.entities)}}


def clear_keyboard(message_id: int) -> Item:
    """An old message loses its keyboard."""
    return {"method": "editMessageReplyMarkup", "params": {"message_id": message_id}}


def plain_item(item: Item) -> Item | None:
    """The same as bare words with the same keyboard, for a message that Telegram refuses; None when it is that already."""
    params = item["params"]
    text = params.get("text") or params.get("caption") or ""
    if not text or (item["method"] == "sendMessage" and "entities" not in params):
        return None
    return _instead(item, text)


def apology_item(item: Item, language: str) -> Item:
    """A word of regret with the same keyboard, so that the person can go on."""
    return _instead(item, sentence("apology", language))


def shorter_item(item: Item) -> Item | None:
    """The bare words with shorter labels on its buttons; None where they are not the trouble.

    Telegram refuses a keyboard above some 10 kB whatever the text is.
    """
    rows = (item["params"].get("reply_markup") or {}).get("inline_keyboard", ())
    count = sum(map(len, rows))
    if not count or len(orjson.dumps(rows)) < LARGE_KEYBOARD:
        return None
    others = len(orjson.dumps([[{**button, "text": ""} for button in row] for row in rows]))
    room = max(1, (LARGE_KEYBOARD - others) // count - 3)  # bytes of a label, and an ellipsis
    shorter = [[{**button, "text": _shorten(button["text"], room)} for button in row] for row in rows]
    text = item["params"].get("text") or item["params"].get("caption") or "…"
    return {**_instead(item, text), "params": {"text": text, "reply_markup": {"inline_keyboard": shorter}}}


def _shorten(label: str, room: int) -> str:
    raw = label.encode()
    return label if len(raw) <= room else raw[:room].decode("utf-8", "ignore").rstrip() + "…"


def typed_item(item: Item, language: str) -> Item | None:
    """The words without their keyboard, and what stood on it to be typed; None for a message without one."""
    markup = item["params"].get("reply_markup") or {}
    rows = markup.get("inline_keyboard") or markup.get("keyboard") or ()
    labels = [button["text"] if isinstance(button, dict) else button for row in rows for button in row]
    if not labels:
        return None
    asked = str(item["params"].get("text") or item["params"].get("caption") or "")
    words = "\n".join([sentence("type_one", language), *(f"• {label}" for label in labels)])
    room = MAX_TEXT - units(asked) - 2
    text = f"{asked}\n\n{words}" if asked and units(words) <= room else words
    short = text.encode("utf-16-le")[: 2 * MAX_TEXT].decode("utf-16-le", "ignore")
    return {**_instead(item, short), "params": {"text": short}}


def _instead(item: Item, text: str) -> Item:
    params: dict[str, Any] = {"text": text}
    if "reply_markup" in item["params"]:
        params["reply_markup"] = item["params"]["reply_markup"]
    return {**{key: item[key] for key in ("n", "token") if key in item}, "method": "sendMessage", "params": params}


def _compose(text: Rendered, media: Sequence[Media], markup: Markup | None, programme: str) -> list[Item]:
    """Files first, the words as caption of a single file where they fit, else below; a link is shown by its preview."""
    if not media and text.text:
        return words(text, markup)
    links = [one for one in media if one.kind == "link"]
    files = [one for one in media if one.kind != "link"]
    if links and not text.text:
        text = Rendered(links[0].source)
    if len(files) == 1 and not links and units(text.text) <= MAX_CAPTION:
        return [_single(files[0], text, markup, programme)]
    items = list(_shown(files, programme))
    if text.text:
        items += words(text, markup)
    elif markup:
        items += words("…", markup)
    if links:
        items[-1]["params"]["link_preview_options"] = {"url": links[0].source, "prefer_large_media": True}
    return items


def _single(media: Media, caption: Rendered, markup: Markup | None, programme: str) -> Item:
    method, field = SENDS[media.kind]
    item: Item = {"method": method, "params": {}}
    _put(item, field, media, programme)
    if caption.text:
        item["params"]["caption"] = caption.text
        if caption.entities:
            item["params"]["caption_entities"] = list(caption.entities)
    if markup:
        item["params"]["reply_markup"] = markup
    return item


def _shown(files: Sequence[Media], programme: str) -> Iterable[Item]:
    """Files without words: pictures and videos together as albums of 2-10, anything else one by one."""
    visual = [one for one in files if one.kind in ("image", "video")]
    others = [one for one in files if one.kind not in ("image", "video")]
    while len(visual) > 1:
        size = 9 if len(visual) == 11 else 10  # never one picture left over alone
        yield _album(visual[:size], programme)
        visual = visual[size:]
    for one in [*visual, *others]:
        yield _single(one, Rendered(""), None, programme)


def _album(files: Sequence[Media], programme: str) -> Item:
    """https://core.telegram.org/bots/api#sendmediagroup"""
    item: Item = {"method": "sendMediaGroup", "params": {"media": []}}
    for place, media in enumerate(files):
        entry = {"type": SENDS[media.kind][1], "media": media.source}
        if not is_web(media.source):
            item.setdefault("files", {})[str(place)] = [programme, media.source]
        item["params"]["media"].append(entry)
    return item


def _put(item: Item, field: str, media: Media, programme: str) -> None:
    if is_web(media.source):
        item["params"][field] = media.source
    else:
        item["files"] = {field: [programme, media.source]}


def is_web(source: str) -> bool:
    """An address that Telegram fetches itself."""
    return source.lower().startswith(("http://", "https://"))


def _text_params(part: Rendered) -> dict[str, Any]:
    return {"text": part.text, "entities": list(part.entities)} if part.entities else {"text": part.text}
