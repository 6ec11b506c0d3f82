"""What people read, in English."""

from bot.texts.en import answers, errors, messages, pages

TEXTS = {**messages.TEXTS, **answers.TEXTS, **errors.TEXTS, **pages.TEXTS}
