"""What people read, in Simplified Chinese. The same keys as ``bot.texts.en``."""

from bot.texts.zh import answers, errors, messages, pages

TEXTS = {**messages.TEXTS, **answers.TEXTS, **errors.TEXTS, **pages.TEXTS}
