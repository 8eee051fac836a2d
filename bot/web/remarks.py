"""Remarks about the bot, the picture or the sound, and calls for attention: nobody asks for goods.

A reader may take them for questions about a stream or its goods. The whole line must be such a
remark: speakers are sold too, whose sound is too low, and robots that do not talk.
"""

import re
from typing import Final

_END: Final = r"(?:[了啊呀吧嘛吗么呢哦啦的]|\W)*"
_SHOW: Final = r"(?:主播|直播间?)(?:的|这?里)*"
_CALL: Final = (
    r"(?:主播|老板|你们?|大家)?(?:倒是|快|怎么|为什么|咋)?(?:都)?(?:说句?话|说句话|吭声|不说话|不吭声|不理人|不理我|"
    r"理理?我(?:一下)?|看看我|回我一下|装看不[见到]|装没看[见到]|装死|装聋作?哑?|人呢)"
)
_BOT: Final = (
    r"(?:这个?|你们的?|你家)?(?:机器人|bot|ai)(?:怎么|为什么|咋|是不是|又|都|突然|今天)*"
    r"(?:(?:不|没)(?:说话|回复?|理人|理我|动|吭声|反应|工作)|坏|死机|卡住?|掉线|宕机|挂|关|下班)"
)
_VERY: Final = r"(?:怎么|为什么|咋|好像|有点|这么|那么|好|太|很|又|一直)*"
_SOUND: Final = (
    rf"{_SHOW}(?:(?:声音|画面|音量|视频|网络?){_VERY}(?:小声?|大声?|卡[顿住]?|糊|模糊|断断续续|延迟|不清楚)|"
    rf"{_VERY}(?:卡[顿住]?|黑屏|没声音?|没有声音|听不[见清到]|断断续续|有杂音))"
)
_BOT_EN: Final = (
    r"(?:why (?:is|isn'?t|does|doesn'?t|did|won'?t) |is )?(?:the|this|your) (?:chat ?)?bot "
    r"(?:is |has |isn'?t |doesn'?t |not |so |just )*(?:talk(?:ing)?|answer(?:ing)?|repl(?:y|ying)|"
    r"work(?:ing)?|dead|broken|asleep|stuck|offline|quiet|silent|down)(?: any ?more| again)?"
)
_SOUND_EN: Final = (
    r"(?:why is )?(?:(?:the |your )?stream(?:'?s (?:sound|audio|video))?|your (?:mic|sound|audio))"
    r"(?:'?s| is| keeps)? (?:so |too |very |really |a bit )*"
    r"(?:low|quiet|loud|lagg(?:y|ing)|blurry|frozen|freezing|muted|buffering|choppy)"
)
_CALL_EN: Final = (
    r"(?:i |we )?(?:can'?t|cannot) hear you|"
    r"(?:please |just )?(?:say something|stop ignoring (?:me|us|chat|the chat))"
)
_LINE: Final = re.compile(
    rf"\W*(?:(?:{_CALL}|{_BOT}|{_SOUND}){_END})+|\W*(?:{_BOT_EN}|{_SOUND_EN}|{_CALL_EN})\W*",
    re.IGNORECASE,
)
LONGEST: Final = 60
"""Letters of a remark; who writes more says more."""


def remark(text: str) -> bool:
    """Tell whether a line only remarks on the bot or the stream, or calls for attention."""
    return len(text) <= LONGEST and _LINE.fullmatch(text) is not None
