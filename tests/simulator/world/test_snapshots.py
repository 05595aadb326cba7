"""A saved world goes on where it was."""

import pytest

from simulator.world.world import World

KEYBOARD = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}


def make_world():
    """A person with messages of both sides, a file, an open press, pending updates, settings."""
    world = World("1:a", seed=1)
    ann, bo = world.add_person("Ann", "B", "ann_b", "de"), world.add_person("Bo")
    world.say(ann.id, "/start")
    question = world.post(world.chat(ann.id), {"text": "Ready?", "reply_markup": KEYBOARD})
    world.press(ann.id, question["message_id"], "y")
    world.send_media(ann.id, "document", data=b"notes")
    world.say(bo.id, "hi")
    world.block(bo.id)
    world.toast(world.chat(ann.id), {"query_id": "1", "text": "ok", "show_alert": False})
    world.group_message(ann.id, "hello")
    world.commands["default"] = {"": [{"command": "start", "description": "Begin"}]}
    world.profile["description"] = {"de": "Hallo"}
    world.menu_buttons[ann.id] = {"type": "commands"}
    world.updates.allowed = ("message", "callback_query")
    world.webhook.set("https://bot.example/hook", "secret", 7)
    return world


def test_everything_comes_back(tmp_path):
    """People, chats, files, updates, queries, settings; subscribers are told; new ids go on from the old ones."""
    old = make_world()
    old.save(tmp_path / "demo" / "world.json")
    new = World("1:a", seed=2)
    new.add_person("Somebody else")
    heard = []
    new.subscribe(heard.append)
    new.load(tmp_path / "demo" / "world.json")
    assert [event.kind for event in heard] == ["reset"]
    assert new.people == old.people
    assert new.chats == old.chats
    assert new.files.by_id == old.files.by_id and new.files.blobs == old.files.blobs
    assert [update.body for update in new.updates.waiting()] == [update.body for update in old.updates.waiting()]
    assert new.updates.allowed == old.updates.allowed
    assert (new.commands, new.profile, new.menu_buttons) == (old.commands, old.profile, old.menu_buttons)
    assert new.queries.open == old.queries.open
    assert new.webhook.describe() == {"url": "https://bot.example/hook", "secret": "secret", "connections": 7}
    ann = next(iter(old.people))
    assert new.say(ann, "again") == old.say(ann, "again")
    assert new.updates.waiting()[-1].id == old.updates.waiting()[-1].id
    assert new.add_person("Cy").id == old.add_person("Cy").id


def test_saving_again_replaces_the_file_and_leaves_nothing_aside(tmp_path):
    path = tmp_path / "world.json"
    world = make_world()
    world.save(path)
    first = path.read_bytes()
    world.say(next(iter(world.people)), "more")
    world.save(path)
    assert path.read_bytes() != first
    assert sorted(one.name for one in tmp_path.iterdir()) == ["world.json", "world.json.files"]
    assert len(list((tmp_path / "world.json.files").iterdir())) == 1


def test_there_is_nothing_to_load_or_it_is_of_another_version(tmp_path):
    with pytest.raises(FileNotFoundError):
        World("1:a").load(tmp_path / "none.json")
    (tmp_path / "old.json").write_text('{"version": 0}')
    with pytest.raises(ValueError, match="another version"):
        World("1:a").load(tmp_path / "old.json")
