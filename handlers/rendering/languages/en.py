"""English: the language that every other one is held against, and that speaks where another has no words."""

SENTENCES = {
    # answers that do not fit
    "integer": "Please send a whole number, like 7.",
    "decimal": "Please send a number, like 7 or 7.5.",
    "which_number": "Is that {first} or {second}?",
    "range": "Please choose a number from {start} to {end}.",
    "step": "Please choose a number from {start} to {end}, in steps of {step}.",
    "choice": "Please choose at least one, then press Done.",
    "words": "Please answer this one in words.",
    "button": "Please choose one of the buttons.",
    "other": "Type your own answer.",
    "constraint": "That answer does not fit here. Please try another.",
    "required": "This one needs an answer.",
    "long": "That is a little long. Please keep it under {limit} characters.",
    "worn": "You have changed your answers here very often; please go on from this question.",
    "edit": "That message can't replace your answer any more. /back asks the previous question again.",
    "edit_closed": "That message can't replace your answer any more: its part of the programme is over.",
    # presses and messages out of place
    "stale": "That button belongs to an earlier question.",
    "early": "Your message came before I had asked. Please answer the question now.",
    "unknown_button": "That button does nothing any more.",
    "unknown_command": "I don't know {command}. /help lists what I can do.",
    "unknown_link": "That link leads nowhere any more. Here is what there is.",
    "not_open": "Nothing is open just now.",
    "kind": "I can't read that. Words and buttons are what I understand.",
    "first": "This is the first question, there is nothing before it.",
    "slow_down": "One moment, please: that was a lot at once. Send me one message at a time.",
    "group": "I talk with one person at a time. Open our private chat:",
    "open_chat": "Open the chat",
    # beginning and ending
    "which": "Which programme would you like?",
    "consent_yes": "Agree",
    "consent_no": "No thanks",
    "consent_declined": "That is all right. Nothing about you is kept. If you change your mind, send /start.",
    "consent_not_here": "All right. “{title}” asks nothing of you then.",
    "open": "You are in the middle of “{title}”. Would you like to go on?",
    "continue": "Continue",
    "again": "Start again",
    "start_other": "Start “{title}”",
    "left": "“{title}” ends here. What you answered is kept.",
    "broken": "I'm sorry, I lost the thread of this exercise. What you answered is kept. /menu shows what else there is.",
    "apology": "I'm sorry, I could not show you this part. You can go on all the same.",
    "trouble": "I'm sorry, something went wrong with that. Please try once more.",
    "closing": "That was “{title}”.",
    "closing_next": "Tomorrow: “{next}”. Come back with /start.",
    "closing_now": "Next: “{next}”. /start begins it.",
    "closing_last": "That was the last day of “{programme}”. Thank you for walking it.",
    "day_done": "Today's part is done. Tomorrow: “{next}”.",
    "days_done": "You have walked all of “{programme}”.",
    "menu": "Menu",
    "menu_choose": "What would you like to do?",
    "menu_empty": "There is nothing in the menu yet. /start begins the day's part.",
    # reminders
    "remind": "Day {number} of “{programme}” is there: “{title}”. Whenever you are ready.",
    "remind_open": "“{title}” is still open. Would you like to go on?",
    "begin": "Begin",
    "pause_ask": "For how long shall I not remind you?",
    "pause_day": "One day",
    "pause_days": "Three days",
    "pause_week": "One week",
    "pause_open": "Until I say /resume",
    "paused": "All right, no reminders until then. /resume brings them back sooner.",
    "paused_open": "All right, no reminders any more. /resume brings them back.",
    "resumed": "I remind you again.",
    # one's own clock
    "clock": "For me it is {time} where you are.",
    "zone_ask": "What time is it where you are? Press it, type it or a city near you, or share your place.",
    "zone_which": "Which of these is nearest to how your clocks go?",
    "zone_set": "Thank you. So it is {time} where you are. /settings changes it.",
    "zone_unknown": "I don't know that place or time. /settings asks again; a large city near you will do.",
    # pages
    "progress": "{programme}: {done} of {all} days done{streak}.",
    "progress_streak": ", {streak} in a row",
    "progress_plain": "{programme}: begun {count} times.",
    "progress_none": "Nothing yet. /start begins.",
    "chart_title": "{programme}",
    "help": (
        "I lead you through small steps, one question at a time. "
        "Your answers are kept, you can stop and go on whenever you like.\n\n"
        "{commands}"
    ),
    "privacy": (
        "What is kept of you: your Telegram number, the name and language that Telegram gives me, your answers with their times, "
        "and which messages I sent you. Nobody is shown them but those who run this bot.\n\n"
        "/mydata sends you all of it as a file.\n/forget deletes all of it."
    ),
    "mydata": "This is everything that is stored about you.",
    "forget_ask": "Shall I delete everything that is stored about you? This can't be undone.",
    "forget_yes": "Delete everything",
    "forget_no": "Keep it",
    "forgotten": "Everything about you is deleted. If you ever want to begin anew, send /start.",
    "kept": "All right, nothing was deleted.",
    # for operators
    "reloaded": "The programmes were read again.\n\n{changes}\n\nWho is in the middle of a flow finishes it as it was.",
    "reload_added": "New: {names}",
    "reload_changed": "Changed: {names}",
    "reload_removed": "No longer served: {names}",
    "reload_same": "The programmes were read again. Nothing has changed.",
    "reload_refused": "The programmes have errors, so the old ones keep serving.\n\n{errors}",
    "reload_later": "The database does not answer, so the old programmes keep serving. Please ask again later.",
    "reload_failed": "The programmes could not be read again, so the old ones keep serving. The log tells why.",
    "seconds_left": "{seconds} s left",
}

COMMANDS = {
    "start": "Begin, or go on",
    "menu": "Exercises to take any time",
    "progress": "How far you have come",
    "back": "The previous question again",
    "restart": "Begin this part anew",
    "cancel": "Stop here, answers are kept",
    "settings": "Your own clock",
    "pause": "No reminders for a while",
    "resume": "Reminders again",
    "help": "What I can do",
    "privacy": "What is kept about you",
    "mydata": "Get all your data as a file",
    "forget": "Delete all your data",
}

ADMIN_COMMANDS = {"stats": "How the bot is doing", "reload": "Read the programmes again"}
