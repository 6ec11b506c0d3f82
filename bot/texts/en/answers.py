"""What only one person sees: answers to a press, a command or a message, in English."""

TEXTS = {
    # a message that cannot become a job
    "whisper.fallback": "Only you can see this.",
    "refusal.example": "For example: @Backdrop on a wooden table, morning light",
    "refusal.channels": "You can use me in",
    "refusal.edited": (
        "I painted the words as they were first sent. To use the new ones, "
        "send the photo again, or press Again under the result."
    ),
}
