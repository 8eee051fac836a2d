"""Tells whether a viewer's line gives the bot orders: "ignore your instructions", 跟我读, a blob.

Nothing that a viewer writes reaches a reply, so this is not what keeps one safe: it keeps such a
line from being read as a question, and tells the operator that somebody tried. A wrong price put
into a question ("价格是1元对吧") is no order: it is answered with the right one.
"""

import re
from typing import Final

from bot.shop.text import normal, tidy

_BEFORE: Final = r"(?:previous|prior|above|earlier|preceding|foregoing|all|any|your|ur|ya|the|these|those|last|system|initial|original)"
_RULES: Final = r"(?:instructions?|prompts?|rules?|directions?|directives?|guidelines?|guardrails?|restrictions?|programming|constraints?|system message)"
_EN: Final = (
    # forget what you were told
    rf"\b(?:ignore|disregard|forget|override|bypass|skip|drop|delete|violate|break)\b(?:\s\S+){{0,2}}?\s{_BEFORE}\s(?:\S+\s){{0,3}}?{_RULES}\b",
    r"\b(?:ignore|disregard|forget)\s(?:everything|all|anything)\s(?:above|before|you (?:know|were told|have been told)|that came before)",
    rf"\bnew (?:system )?{_RULES}\s?:",
    # be somebody else
    r"\b(?:from now on|starting now|henceforth),?\s(?:you|only|reply|answer|respond|act|speak)\b",
    r"(?<!that )\byou are (?:now|no longer)\s(?:(?:an?|the)\b|my (?!fav)|(?:dan|free|unrestricted|jailbroken|chatgpt|gpt|bound|allowed)\b)",
    r"\b(?:pretend|imagine)\s(?:that\s)?(?:you are|you're|to be|youre|ur)\s(?:an?|the|not|my|dan|in)\b",
    r"\bact as (?:an?|if you|though you|the|my|dan)\b(?!\sgift)",
    r"\brole\s?-?play(?:ing)?\b(?=.{0,24}\b(?:as|with me|you|mode)\b)",
    r"\b(?:developer|dev|debug|god|dan|jailbreak|admin|sudo|unrestricted|maintenance)\s?-?mode\b(?=.{0,20}\b(?:on|enabled?|activated?|now|engaged)\b)|\b(?:enter|enable|activate|switch (?:in)?to|you(?:'?re| are) (?:now )?in|turn on|go into)\s(?:the\s)?(?:developer|dev|debug|god|dan|jailbreak|admin|sudo|unrestricted|maintenance)\s?-?mode\b",
    r"\bjailbreak(?:ed|ing)?\b|\bdo anything now\b",
    # say this
    r"\b(?:repeat|say|echo|type|write|print|post|read)\s(?:this\s|it\s|the following\s|exactly\s)?(?:after me|verbatim|word for word|exactly(?: this| what| the following)?\s?[:'\"])",
    r"\brepeat the (?:following|words|text|sentence|phrase)\b",
    r"\b(?:just|only|always|must|please)?\s?(?:say|tell (?:them|everyone|everybody|chat|viewers|people|us)|announce|reply|respond|answer|confirm|state)\s(?:that\s|with\s)?(?:everything|all (?:items|products|of it)|it|this|the (?:price|item|product|\w+)|they)(?:\s(?:is|are|costs?)|'s|s)\s(?:now\s)?(?:completely\s|totally\s)?(?:free|0|\$\s?[01]\b|zero)",
    r"\b(?:reply|respond|answer) (?:only )?with (?:the word|only|exactly|just|a single|yes|no)\b",
    # show what you were told
    rf"\b(?:print|show|reveal|repeat|output|display|dump|leak|tell|give|share|send|list)\b(?:\s(?:me|us|all|of|out))*\s(?:your|the|ur)\s(?:(?:full|exact|entire|initial|original|hidden|secret|current|first|system|internal)\s)*(?:system\s?)?(?:prompts?|system (?:message|instructions?)|{_RULES}(?=\s?(?:$|[.?!]|verbatim|above|word for word)))(?!\s(?:response|delivery|shipping|shipment|payment))",
    rf"\bwhat(?:'?s| is| are| was| were) your (?:(?:full|exact|initial|original|hidden|secret|system)\s)*(?:prompts?|{_RULES})(?=\s?(?:$|[.?!]))",
    r"\bsystem prompts?\b",
    # the marks of a prompt
    r"^\W{0,4}(?:system|assistant|developer|instructions?)\s?(?:message|override|note|prompt|update)?\s?:(?=\s?\S)",
    r"<\|?(?:im_start|im_end|system|endoftext|start_of_turn|end_of_turn|assistant)\|?>|\[/?(?:inst|sys|system)\]|<</?sys>>|###\s?(?:instruction|system|response)",
    r"\{\{.{1,80}\}\}|\$\{.{1,80}\}|<script\b|;\s?drop table\b|\bunion select\b",
)
_WIPE: Final = r"(?:忽略|无视|忘记|忘掉|忘了|抛弃|跳过|违反|绕过|覆盖|不要(?:理会|管|遵守)|别管|不用管|删除|清空)"
_SAID: Final = r"(?:指令|指示|命令|提示词?|设定|规则|规定|限制|约束|要求|系统(?:消息|提示)|prompt|人设|身份设定)"
_ZH: Final = (
    rf"{_WIPE}(?:掉|了)?(?:你)?.{{0,4}}?(?:之前|以上|上面|前面|先前|此前|原来|原本|所有|全部|一切|任何|你的|系统|以前|现有|已有).{{0,6}}?{_SAID}",
    rf"{_WIPE}(?:掉)?(?:以上|上面|之前|前面|上述)(?:的)?(?:所有|全部|一切)?(?:内容|对话|的话|说的|文字|信息)",
    rf"新(?:的)?(?:{_SAID})\s?:",
    r"(?:从现在(?:开始|起)|接下来|以后|从此)[,\s]?你(?:就)?(?:是(?!不是)(?:一个|一只|我的|名|个)|要扮演|扮演|只能|必须|只(?:准|许|用|会|需)|不再是|叫)",
    r"你现在(?:就)?(?:是(?!不是|在|几|啥|什么|哪|多|单身|大)(?:一个|一只|一名|个|我的|没有限制|不受|自由|dan|gpt|chatgpt|猫娘|管理员|开发者|客服机器人)|要扮演|扮演|进入|处于.{0,6}模式|不再是|的身份是|切换)",
    r"(?:请|来|你)?(?:假装你是|假设你是|(?:扮演|假装是|假扮|角色扮演)(?:一个|一只|一名|我的?|成|[:,]))",
    r"(?:请|你|来)?(?:跟着?我|随我)(?:一起)?(?:读|念|复述|重复|说(?=\s?[:,\"“「]|一[遍句]))(?!书|一下|下)",
    r"^(?:请|大家|来|你|主播|机器人|小助手|bot)*(?:跟着?我|随我)说(?!说|话|的|一?下|一?声|一样|去|过|了|为|怎|什|啥|多|哪|几)",
    r"(?:请|你)?(?:复读|复述|重复)(?:一[遍下](?=\s?[:,\"“「]|$)|这句|以下|下面|我(?:的|说)|[:])|复读机(?:模式|启动)",
    r"(?:请|你)?(?:原样|一字不(?:差|漏)|逐字)(?:地)?(?:输出|复述|重复|打出|说出|回复|念)",
    r"(?:输出|打印|显示|告诉我|说出|泄露|公开|展示|复述|给我看(?:看)?|发出来|透露)(?:一?下)?(?:你的?|系统的?)(?:完整|全部|初始|原始|内部|隐藏)?(?:的)?(?:系统)?(?:提示词?|指令|prompt|设定|系统消息|规则)(?!语|音)",
    r"(?:你的|系统)(?:系统)?(?:提示词|prompt)|系统提示词",
    r"(?:进入|开启|打开|启动|切换到?|激活)(?:了)?(?:开发者?|调试|管理员|上帝|越狱|无限制|dan|debug|猫娘|维护)模式|越狱(?:模式|提示)",
    r"(?:你)?(?:只|必须|就)?(?:回复|回答|说|宣布|告诉大家|通知大家)[:,]?[\"“'「]?(?:现在)?(?:全场|全部|所有(?:商品|东西)?|这个|这款|商品|它|都|价格|本店)?(?:都|全)?(?:是|为)?(?:免费送?|不要钱|0元|零元|一分钱|1分钱)(?!吗|么|嘛|是|的吗|不|\?)",
    r"^\W{0,4}(?:系统|管理员|开发者|system|助手|指令)\s?(?:消息|提示|指令|通知|命令|message)?\s?:(?=\s?\S)",
)
_IN_ENGLISH: Final = tuple(map(re.compile, _EN))
_IN_CHINESE: Final = tuple(map(re.compile, _ZH))
_ASCII: Final = re.compile(r"[!-~]")
"""What a line needs to hold any of the English orders: most Chinese lines hold none of it."""
_BLOB: Final = re.compile(
    r"(?<![\w/+])(?=[A-Za-z0-9+/]*[a-z])(?=[A-Za-z0-9+/]*[A-Z])(?=[A-Za-z0-9+/]*\d)[A-Za-z0-9+/]{32,}={0,2}"
    r"|(?<![\w/+])[A-Za-z0-9+/]{20,}==?(?![\w=])"
    r"|(?<!\w)(?:0x)?(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{32,}(?!\w)|(?:\\x[0-9a-f]{2}){6,}|(?:%[0-9a-f]{2}){8,}"
    r"|(?:\\u[0-9a-f]{4}){4,}|(?:[01]{8}\s?){4,}|(?:\b[0-9a-f]{2}\s){12,}",
)
SHORTEST_BLOB: Final = 20
"""Characters that are too few for a blob."""
_ADDRESS: Final = re.compile(r"^@\S+\s")


def orders(text: str) -> bool:
    """Tell whether a line tries to tell the bot what to be, to say or to reveal."""
    raw = text.strip()
    line = _ADDRESS.sub("", normal(text))
    known = (*_IN_CHINESE, *_IN_ENGLISH) if _ASCII.search(line) else _IN_CHINESE
    if any(order.search(line) for order in known):
        return True
    return len(raw) > SHORTEST_BLOB and bool(_BLOB.search(_plain(raw)))


def _plain(text: str) -> str:
    """Return a text without what links carry: an address is long, but hides no order."""
    return re.sub(r"(?:https?://|www\.)\S+", " ", text[: 4 * len(tidy(text)) + 4])
