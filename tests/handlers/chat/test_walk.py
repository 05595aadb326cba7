"""A person walks through a programme: what is asked, answered, shown and kept."""

from tests.chat import Chat, RunningBot, labels_of, text_of


async def walk_to_place(chat: Chat) -> None:
    chat.send("/start")
    await chat.see("Good evening Mona")
    await chat.see("How tense are you?\n\n1 is calm", "1", "2", "3", "4", "5")
    chat.press("3")
    await chat.see("Where are you?", "Standing", "Sitting", "Other")


async def test_a_whole_flow_is_walked_and_every_answer_kept(running: RunningBot) -> None:
    chat = running.person()
    await walk_to_place(chat)
    chat.press("Sitting")
    await chat.see("What do you see?", "Tree", "Lamp", "Sky", "Done")
    chat.press("Tree")
    await chat.until(lambda: labels_of(chat.last)[0] == "✓ Tree", "the tick")
    chat.press("Sky")
    await chat.until(lambda: labels_of(chat.last)[2] == "✓ Sky", "the second tick")
    chat.press("Done")
    await chat.see("How old are you?")
    chat.send("many")
    await chat.see("Please send a whole number, like 7.")
    chat.send("200")
    await chat.see("Nobody is that old.")
    chat.send("٤٢")
    await chat.see("I am …")
    chat.send("<b>calm</b> *_[](")
    bye = await chat.see("You are <b>calm</b> *_[]( at 42.")
    assert [(e["type"], e["offset"], e["length"]) for e in bye["entities"]] == [("italic", 8, 17)]
    await chat.see("That was “Walk”. Tomorrow: “Rest”.", "Menu")
    await chat.nothing_more()
    await running.idle()
    (run,) = await running.store.list_runs(chat.person)
    values = {answer["step"]: answer["value"] for answer in run["answers"] if not answer["replaced"]}
    assert values == {"before": 3, "place": "Sitting", "things": ["Tree", "Sky"], "age": 42, "belief": "<b>calm</b> *_[]("}
    assert run["status"] == "done"


async def test_a_pressed_question_shows_the_choice_and_loses_its_keyboard(running: RunningBot) -> None:
    chat = running.person()
    await walk_to_place(chat)
    question = chat.messages[1]
    await chat.until(lambda: "reply_markup" not in question, "the keyboard to go")
    assert text_of(question) == "How tense are you?\n\n1 is calm\n\n✓ 3"
    assert len(chat.toasts) == 1


async def test_an_old_keyboard_changes_nothing_and_says_so(running: RunningBot) -> None:
    chat = running.person()
    await walk_to_place(chat)
    question = chat.messages[1]
    run, ask, _ = "1", "1", ""
    running.world.press(chat.person, question["message_id"], f"q:{run}.{ask}:4", stale=True)
    await chat.until(lambda: "That button belongs to an earlier question." in chat.toasts, "the toast")
    await chat.nothing_more()
    record = await running.store.find_person(chat.person)
    assert record is not None and record.run is not None
    assert [answer["value"] for answer in record.run["answers"]] == [3]


async def test_both_options_of_one_question_pressed_at_once_count_once(running: RunningBot) -> None:
    chat = running.person()
    await walk_to_place(chat)
    chat.press("Standing")
    chat.press("Sitting")
    await chat.see("What do you see?")
    await chat.nothing_more()
    await running.idle()
    record = await running.store.find_person(chat.person)
    assert record is not None and record.run is not None
    assert [answer["value"] for answer in record.run["answers"]] == [3, "Standing"]


async def test_words_of_ones_own(running: RunningBot) -> None:
    chat = running.person()
    await walk_to_place(chat)
    chat.press("Other")
    await chat.until(lambda: "Type your own answer." in chat.toasts, "the invitation")
    chat.send("on a roof")
    await chat.see("What do you see?")


async def test_back_asks_the_previous_question_and_replaces_its_answer(running: RunningBot) -> None:
    chat = running.person()
    await walk_to_place(chat)
    chat.send("/back")
    await chat.see("How tense are you?", "1", "2", "3", "4", "5")
    chat.press("5")
    await chat.see("Where are you?")
    await running.idle()
    record = await running.store.find_person(chat.person)
    assert record is not None and record.run is not None
    assert [(answer["value"], answer["replaced"]) for answer in record.run["answers"]] == [(3, True), (5, False)]


async def test_back_at_the_first_question_says_so(running: RunningBot) -> None:
    chat = running.person()
    chat.send("/start")
    await chat.see("Good evening")
    await chat.see("How tense")
    chat.send("/back")
    await chat.see("This is the first question")


async def test_an_edited_message_replaces_the_latest_answer_when_it_fits(running: RunningBot) -> None:
    chat = running.person()
    await walk_to_place(chat)
    chat.press("Sitting")
    await chat.see("What do you see?")
    chat.press("Sky")
    chat.press("Done")
    await chat.see("How old")
    written = chat.send("30")
    await chat.see("I am …")
    running.world.edit(chat.person, written, "31")
    await chat.see("I am …")
    running.world.edit(chat.person, written, "31")  # a first reaction: the same words
    running.world.edit(chat.person, written, "three hundred")
    await chat.see("That message can't replace your answer")
    await running.idle()
    record = await running.store.find_person(chat.person)
    assert record is not None and record.run is not None
    assert [a["value"] for a in record.run["answers"] if a["step"] == "age" and not a["replaced"]] == [31]


async def test_a_text_written_before_the_question_is_not_its_answer(running: RunningBot) -> None:
    chat = running.person()
    await walk_to_place(chat)
    chat.press("Other")
    chat.send("first")
    chat.send("second")
    await chat.see("What do you see?")
    await chat.see("Your message came before I had asked.")
    await chat.nothing_more()


async def test_a_timer_counts_down_in_its_message_and_goes_on_by_itself(running: RunningBot) -> None:
    chat = running.person()
    chat.send("/start calm__count")
    message = await chat.see("Count", "Skip")
    await chat.see("Counted 1.")
    await chat.until(lambda: "reply_markup" not in message, "the timer's keyboard to go")
    await chat.see("That was “Count”.")


async def test_a_number_that_can_be_read_in_two_ways_is_asked_back(running: RunningBot) -> None:
    chat = running.person()
    await walk_to_place(chat)
    chat.press("Standing")
    await chat.see("What do you see?")
    chat.press("Lamp")
    chat.press("Done")
    await chat.see("How old are you?")
    chat.send("1,000")
    asked = await chat.see("Is that 1000 or 1?", "1000", "1")
    chat.press("1")
    await chat.see("I am …")
    await chat.until(lambda: "reply_markup" not in asked, "the buttons to go")
    assert text_of(asked).endswith("✓ 1")
