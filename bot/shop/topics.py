"""Which attribute of a product a text asks about, by the words that viewers use for it."""

import re

from bot.model import Intent, Product
from bot.shop.kinds import kinds, plain

_PATTERNS: dict[str, str] = {
    "restock": r"补货(?!了?[没吗])|补不补|还会(补|上|有)|再上|什么时候(有货|上架|再有)|预售|restock(?!ed)|back in stock(?! (yet|now|again\?))"
    r"|more coming|get(ting)? more",
    "stock": r"剩(几|多少)|(按钮|链接).{0,3}灰|[下拍]不了单?|up for grabs|还有(货|吗|没|木|不|多少[件个]|几[件个])|有货|库存|现货|卖[完光没]|售罄|[没断缺]货|抢[完光]|补货了?[没吗]|补上了?[没吗]|还能(拍|买|下单|抢)|restocked|still (get|buy|order)\b|in stock|sold out"
    r"|out of stock|\bleft\b|available|\boos\b",
    "price": r"降到多少|卖多少|原价|到手价|报个?价|多少(钱|米|元|块|刀|镑|欧|一[盒袋件包斤个条支瓶罐桶双套])|多钱|几(?:块|刀|镑|欧|文|蚊|钿)|[几多]个?米(?![a-z\u3400-\u9fff])|啥价|[什甚]么价|价格|价钱|标价|报价|[怎咋](么)?卖"
    r"|h[oa]?w ?mu?ch(?!.{0,30}(weigh|water|hold|stock|left))(?=[,.;!，。]|\W*($|\?|(is|are|r|for|does|do|did|was|would|will|the|this"
    r"|that|it|to|n|and|pls|plz|please|u|you|these|those|in|now|today|tonight|rn|on|about|with|per|each|a|an|one|both|no|link|number"
    r"|total|shipped|cost|money|if|when|after|before|hm|lol|rn|usd|dollars?|\d)\b|[$#\u3400-\u9fff]))|price|how many (?:bucks|quid|dollars|pounds|euros?)"
    r"|\bgo(?:es|ing)? for(?: what|\W*$)|\bset me back\b|\bcosts?\b|\bhm\b|\$\?",
    "discount": r"优惠|[能以再有更]\S{0,3}便宜|便宜[点些一]|打折|折扣|几折|券|满减|立减|立省|活动|砍价|少点|送不送|[送带]\S{0,2}(东西|礼|啥|什么)|赠品|freebie|free gift|money off|\b(get|take|knock)\b.{0,12}\boff\b|\bsav(e|es|ing|ings)\b|discount|coupon|promo"
    r"|\bcodes?\b|\bdeals?\b|bundle|cheaper|(%|\d|percent) off\b|\bsale\b",
    "colors": r"颜色|色号|[几多什哪啥]\S{0,2}色|有\S{1,3}色|colou?rs?\b|shades?\b",
    "sizes": r"尺码|码数|哪[些几]\S{0,2}码|几[个种]\S{0,2}码|有\S{0,4}码|(穿|有)\d{2}(?!\d|斤|kg)|\bsizes\b|\b(xs|xl|xxl|2xl|3xl)\b",
    "material": r"材质|材料|面料|料子|什么料|成[分份]|配料|什么做的|什么皮|纯棉|真皮|material|fabric"
    r"|made (of|from|out)|ingredients?\b|leather|cotton|100%",
    "payment": r"支付|付款|微信付|支付宝|花呗|月付|分期|fenqi|能?用?微信|信用卡|货到付|\bpay(ment|pal)?\b|card\b|apple pay|\bcod\b|\bcash ?app\b|\bvenmo\b|\bzelle\b|\bklarna\b|\bamex\b|\bcash (on|when)\b",
    "shipping": r"包邮|包u|运费|邮费|发货|快递|几天到|多久到|今天发|寄|发到|到货|[多几]\S{0,2}能到|[啥何几]时候?到|\b(gets?|arrives?|comes?) here\b|how (long|soon).{0,30}(arriv|get here|come)|[哪今明后当]\S?[天日]\S{0,2}[能会]?发|(多久|几天|时候|几时|啥时)\S{0,3}发|\bship|deliver|postage|courier",
    "warranty": r"保修|质保|联保|保(多久|几年|多长时间)|warr[ae]nt[yi]|guarantee",
    "returns": r"[能可]\S{0,3}退|退(货|换|款|不退|得了)|(?<!退)退吗|[怎包]\S{0,2}退|换货|[能可包]\S{0,2}换[吗不嘛么]|售后|运费险|return|refund|exchange"
    r"|\b(send|ship|give|bring)\b.{1,24}\bback\b|不(合适|喜欢|满意)",
    "link": r"几号|哪个号|多少号|链接|小黄车|购物车|\blink\b|what number|which number",
    "size_guide": r"穿(多大|什么|啥|几)|[拿选要]\S{0,3}码|多大码|偏[大小码]|正码|显瘦|what size|which size"
    r"|size should|runs? (small|big|large)|true to size|\bfit\b",
}
_NAMED = r"[黑白灰红蓝绿黄粉紫棕橙橘青]色|[黑白灰红蓝绿黄粉紫棕橙橘青]的"
_NAMED += (
    r"|\b(black|white|gr[ae]y|red|blue|green|pink|yellow|purple|brown|beige|orange|navy|teal)\b"
)
COLOR = re.compile(_NAMED)
"""A colour by its name: who asks whether there is some wants to know which colours there are."""
TOPICS = {topic: re.compile(pattern) for topic, pattern in _PATTERNS.items()}

FEE = re.compile(
    r"(运费|邮费|快递费|快递)\S{0,3}多少(钱|元|块)?|多少(钱|元|块)(的)?(运费|邮费|快递费)"
    r"|(ship|deliver|postage)\S* (price|cost|fee)s?|(extra|additional|more) (cost|fee|charge|money)s?"
    r"|\b(does|is) (it|that) (cost )?extra|[要加]多少(钱|元|块)|(how ?much|price|cost)\S*.{0,12}(ship|deliver|postage)"
)
"""What asks for the price of the shipping, not of the product."""
BEFORE = re.compile(
    r"(没|没有|不|未)?(打折|优惠|活动)(之|以)?前|before (the |it was )?(discount|sale|deal)"
)
"""What asks for the list price: no offer is asked for."""

DEFAULTS: dict[Intent, tuple[str, ...]] = {
    "price": ("price",),
    "discount": ("discount",),
    "stock": ("stock",),
    "size": ("size_guide",),
    "product": (),
    "order": ("link",),
    "shipping": ("shipping",),
    "after_sale": ("returns",),
}
"""What an intent asks for when no word says more."""

ALTERNATIVES: dict[Intent, tuple[str, ...]] = {
    "stock": ("restock", "colors", "sizes"),
    "size": ("sizes",),
    "order": ("payment",),
    "product": ("material", "colors", "sizes"),
}
"""What takes an intent's default's place when its words are there."""

WHICH = re.compile(r"几号|哪个号|多少号|(which|what) (link|number)|\blink\?")
"""Asks for a link number; a line that gives one names a product by it."""
ALONGSIDE = ("price", "material", "discount", "warranty")
"""What may be asked in the same breath as anything else."""

NAMED = ("price", "stock", "discount", "shipping", "material", "colors", "size_guide")
"""What a line may ask by its words although it was read as something near it."""

_SPECS = (
    (r"产地|哪里产|哪产|哪儿产|原产|from where|where .*(from|made)|origin", r"产地|产区|origin|made in"),
    (r"保质|过期|能放多久|shelf|expir|best before", r"保质|有效期|shelf|expir"),
    (r"续航|能用多久|用多长时间|几个?小时|待机|电池|battery|how long .*(last|charge)", r"续航|电池|battery"),
    (r"防水|进水|淋雨|waterproof|water.?resist|splash|sweat", r"防水|waterproof|water"),
    (r"容量|装多少|多少(毫升|ml|升)|几升|how (big|much (water|does it hold))|capacity|\bml\b|\boz\b",
     r"容量|净含量|capacity|volume"),
    (r"功率|多少瓦|几瓦|\bw\b|watt", r"功率|power|watt"),
    (r"电压|\d{3} ?v\b|伏|volt", r"电压|voltage"),
    (r"多重|重量|沉不沉|重不重|weigh|heavy", r"重量|克重|weight"),
    (r"几克|多少克|净重|\bgrams?\b", r"净含量|净重|重量|克重|weight|\bnet\b"),
    (r"几岁|多大(的)?(孩子|宝宝|小孩|娃)|宝宝|what age|how old|toddler|years? old|\bkids?\b", r"年龄|岁|age"),
    (r"(?<!穿)多[大长宽高]|尺寸|多少(厘米|cm|公分)|dimension|how (big|tall|long|wide)", r"尺寸|大小|size|dimension"),
    (r"蓝牙|bluetooth", r"蓝牙|bluetooth"),
    (r"充电口|接口|type.?c|usb|charger|charging port", r"充电口|接口|port|usb"),
    (r"厚|克重|薄|thick|gsm", r"克重|厚|gsm"),
    (r"版型|宽松|修身|oversize|loose|fitted", r"版型|fit"),
    (r"跟|heel", r"跟高|heel"),
    (r"电脑|笔记本|ipad|平板|寸|laptop|macbook|inch", r"电脑|笔记本|容纳|内袋|laptop|fits"),
    (r"几颗|多少颗|几包|几个装|规格|一盒多少|how many", r"规格|数量|件数|count"),
    (r"烘焙|深烘|浅烘|roast", r"烘焙|roast"),
)  # fmt: skip
SPECS = tuple((re.compile(asked), re.compile(key)) for asked, key in _SPECS)


def asked(text: str, intent: Intent, product: Product | None) -> tuple[str, ...]:
    """Return the topics that a tidy ``text`` of this intent asks about, most wanted first."""
    text = BEFORE.sub("原价", text)
    found = [topic for topic in ALTERNATIVES.get(intent, ()) if TOPICS[topic].search(text)]
    if "restock" in found:
        return ("restock",)
    if intent == "stock" and COLOR.search(text) and "colors" not in found:
        found.append("colors")
    if intent in ("product", "size") and product:
        found += specs(text, product)  # how big a cup is may be read as either
    if intent in ("product", "size") and product and _noted(text, product):
        found.append("notes")
    topics = found or _instead(text, intent, product) or list(DEFAULTS.get(intent, ()))
    if intent in ("after_sale", "product") and TOPICS["warranty"].search(text):
        return ("warranty",)
    if intent == "after_sale" and not TOPICS["returns"].search(text):
        return ()  # trouble of some kind: the returns policy is no answer to it
    if intent == "shipping":
        text = FEE.sub(" ", text)
    topics += [topic for topic in ALONGSIDE if topic not in topics and TOPICS[topic].search(text)]
    if "link" not in topics and WHICH.search(text):
        topics.append("link")
    return tuple(topics)


def colored(text: str) -> bool:
    """Tell whether a tidy text speaks of colours."""
    named = TOPICS["colors"].search(text) or COLOR.search(text)
    return bool(named) or bool(kinds().colors.spans(plain(text)))


def _instead(text: str, intent: Intent, product: Product | None) -> list[str]:
    """Return the one topic that the words name, where the intent's own has no word for it."""
    own = DEFAULTS.get(intent, ())
    if not own or any(TOPICS[topic].search(text) for topic in own):
        return []
    named = [t for t in NAMED if t not in own and TOPICS[t].search(text)]
    named += specs(text, product) if product else []
    return named if len(named) == 1 else []


def _noted(text: str, product: Product) -> bool:
    notes = (product.notes or "").lower()
    return any(asks.search(text) and key.search(notes) for asks, key in SPECS)


def explicit(text: str, topics: tuple[str, ...]) -> bool:
    """Tell whether a tidy text has words for one of the topics, rather than implying them."""
    return any(
        topic.startswith("specs.")
        or (topic in TOPICS and TOPICS[topic].search(text))
        or (topic == "colors" and COLOR.search(text))
        for topic in topics
    )


def specs(text: str, product: Product) -> list[str]:
    """Return ``specs.<key>`` for each of the product's specs that ``text`` asks about."""
    found = []
    for key in product.specs:
        named = key.lower() in text
        if named or any(a.search(text) and k.search(key.lower()) for a, k in SPECS):
            found.append(f"specs.{key}")
    return found
