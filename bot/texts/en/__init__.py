"""What people read, in English."""

from bot.texts.en import answers, errors, messages

TEXTS = {**messages.TEXTS, **answers.TEXTS, **errors.TEXTS}
