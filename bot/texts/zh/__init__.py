"""What people read, in Simplified Chinese. The same keys as ``bot.texts.en``."""

from bot.texts.zh import answers, errors, messages

TEXTS = {**messages.TEXTS, **answers.TEXTS, **errors.TEXTS}
