"""Which messages go first: the staff's, those that speak to the bot, and questions."""

import re

from bot.model import STAFF, ChatMessage, Rules

_ASKING = re.compile(
    r"[?？]|吗|嘛|呢|多少|[几啥咋哪]|什么|怎么|怎样|能不能|有没有|是不是|可不可以|可以.{0,6}不|求讲解"
    r"|^\W*(?:how|what|whats|what's|when|where|which|who|why|does|do|did|is|are|can|could|will|would"
    r"|any|hm|need)\b",
    re.IGNORECASE,
)


def urgent(message: ChatMessage, rules: Rules) -> bool:
    """Say whether a message goes before the others, by its look: before any model has read it."""
    if message.role in STAFF:
        return True
    line = message.text.strip().lower()
    return rules.name.lower() in line or bool(_ASKING.search(line))
