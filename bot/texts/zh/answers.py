"""What only one person sees: answers to a press, a command or a message, in Simplified Chinese."""

TEXTS = {
    # a message that cannot become a job
    "whisper.fallback": "只有你能看到这条消息。",
    "refusal.example": "例如：@Backdrop 放在木桌上，清晨的阳光",
    "refusal.channels": "可以在这些频道使用：",
    "refusal.edited": (
        "我按最初发送的文字作了图。要使用新的文字，请重新发送照片，或在结果下面点“再来一张”。"
    ),
}
