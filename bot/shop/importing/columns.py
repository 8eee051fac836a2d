"""Guess what each column of a seller's table holds, in Chinese and English."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.errors import BadCatalogue
from bot.shop.catalogue import PRODUCT, Expected
from bot.shop.importing.cells import Cell, blank, plain, value

WORDS: Mapping[str, str] = {
    "sku": "款号 货号 商品编码 商品编号 商家编码 款式编码 产品编号 编码 编号,商品 id,sku,sku id,sku code,"
    "handle,item no,item number,item code,product code,product id,style no,code,article,id",
    "link": "链接 几号链接 链接号 链接序号 链接编号 讲解序号 序号,link,link no,link number,no,number,#",
    "name": "名称 商品名 商品名称 产品名称 品名 款名 商品标题 宝贝标题 标题 商品 产品 宝贝,name,title,"
    "product name,product title,item name,product,item",
    "price": "直播价 直播间价 到手价 券后价 秒杀价 活动价 促销价 优惠价 折后价 现价 售价 销售价 一口价 单价 "
    "价格 价钱 零售价,live price,sale price,final price,current price,selling price,unit price,"
    "price,variant price,retail price",
    "list_price": "原价 划线价 吊牌价 市场价 专柜价 日常价 门市价 指导价 建议零售价 正价 标价,list price,"
    "market price,compare at price,compare at,variant compare at price,original price,"
    "regular price,rrp,msrp,was,was price,tag price",
    "stock": "库存 库存量 库存数量 库存数 现货数量 数量,stock,qty,quantity,inventory,inventory quantity,"
    "inventory qty,stock quantity,variant inventory qty",
    "sizes": "尺码 规格 尺寸 码数 大小,size,sizes",
    "size_guide": "尺码表 尺寸表 尺码说明 尺码建议 尺码推荐 推荐尺码 选码,size guide,size chart,sizing,fit",
    "colors": "颜色 色号 颜色分类 配色 花色,color,colors,colour,colours,shade,shades",
    "material": "材质 面料 成分 材料 质地 配料,material,materials,fabric,composition,ingredients",
    "notes": "卖点 备注 说明 描述 详情 介绍 特点 亮点,description,short description,notes,note,remarks,details,"
    "selling points,features,body html,body",
    "aliases": "别名 昵称 关键词 简称 俗称 搜索词 英文名,alias,aliases,nickname,nicknames,keyword,"
    "keywords,short name",
    "discount": "优惠 活动 促销 折扣 优惠券 满减,discount,discounts,promotion,promo,offer,deal,coupon",
    "shipping": "发货 运费 物流 快递 配送 邮费 包邮,shipping,delivery,shipping time,shipping cost,"
    "delivery cost,postage",
    "returns": "售后 退换 退货 退换货 质保 保修,returns,return policy,after sale,after sales,"
    "after sales service,refund,refunds,warranty",
}  # fmt: skip
"""Headings by key, the best first: Chinese ones are found inside others, English ones are whole."""
PRIVATE = re.compile(
    "成本|进价|进货|供货|批发|代理价|拿货|底价|供应商|毛利|利润|佣金|提成|内部|保密|"
    r"\b(?:costs?|supplier|wholesale|margin|profit|commission|purchase|internal|private)\b"
)
"""What no viewer may learn: not taken unless --map says so."""
OTHERWISE = "or price"
"""A list price that is the price of a product for which no other price is given."""
ELSEWHERE = (
    "图片 主图 详情图 视频 网址 二维码 条码 条形码 上架 币种 货币,image,images,image url,picture,photo,video,url,"
    "product url,currency,barcode,status,published,tags,gift card,product category,in stock,available"
)
"""What no reply can state."""
_SHOPS_OWN = re.compile(r"(?:variant|seo|google shopping|image|option[123]?|included) ")
_HEAD, _TAIL = re.compile(r"^(?:商品|产品|宝贝|款式|货品)"), re.compile(r"(?:说明|信息|备注|描述|情况|方式|政策|时间|介绍)$")  # fmt: skip
_BRACKETS = re.compile(r"\(.*?\)|\[.*?\]|【.*?】|/\s*\w*$")
SINGLE = frozenset({"sku", "link", "name", "price", "list_price", "stock"})
NOT_TAKEN = "ignore"
_INSIDE = 1000  # a heading that only holds the word comes after all that are the word


@dataclass(frozen=True, slots=True)
class Column:
    """One column and the product's key that it fills: None where it is not taken, and ``why``."""

    index: int
    name: str
    key: str | None
    why: str = ""


def _table(words: str, key: str, start: int = 0) -> dict[str, tuple[str, int]]:
    zh, *en = words.split(",")
    return {word: (key, start + rank) for rank, word in enumerate([*zh.split(), *en])}


_KNOWN = {word: hit for key, words in WORDS.items() for word, hit in _table(words, key).items()}
_USELESS = _table(ELSEWHERE, "")


def heading(name: str) -> str:
    """Return a heading as the tables above write it: no brackets, units, case or camel humps."""
    text = unicodedata.normalize("NFKC", name)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", _BRACKETS.sub("", text) or text).lower()
    runs = re.findall(r"[a-z0-9]+|#|[^\W\x00-\x7f]+", text)
    return " ".join(runs)


def guess(name: str) -> tuple[str, int] | None:
    """Return the key that a heading names and how surely (0 is best); None for any other."""
    if name.startswith("specs."):  # JSON's own table of them
        return "specs", 0
    text = heading(name)
    for form in (text, _HEAD.sub("", text), _TAIL.sub("", text)):
        if form in _KNOWN:
            return _KNOWN[form]
    inside = [word for word in _KNOWN if word in text and not word.isascii() and len(word) > 1]
    longest = max(map(len, inside), default=0)
    hits = {_KNOWN[word] for word in inside if len(word) == longest}
    if len({key for key, _ in hits}) != 1:
        return None  # none, or two that are equally good
    key, rank = min(hits, key=lambda hit: hit[1])
    return key, rank + _INSIDE


def hidden(name: str) -> str | None:
    """Say why a column is not for viewers; None if it may be."""
    text, known = heading(name), heading(name) in _KNOWN
    bare = unicodedata.normalize("NFKC", name).lower().replace("_", " ")
    if PRIVATE.search(bare.replace(text, "") if known else f"{text} {bare}"):
        return "private"
    if known:
        return None
    inside = any(not word.isascii() and word in text for word in _USELESS)
    return "no use in chat" if text in _USELESS or inside or _SHOPS_OWN.match(text) else None


def assign(
    names: Sequence[str], rows: Sequence[Sequence[Cell]], wanted: Mapping[str, str]
) -> tuple[Column, ...]:
    """Give each column its key: what ``wanted`` says by name, else what the heading says.

    Raises BadCatalogue for a name that no column has and a key that no product has.
    """
    _check(names, wanted)
    filled = [[row[at] for row in rows if not blank(row[at])] for at in range(len(names))]
    guesses = [
        None if name in wanted else _sane(guess(name), cells)
        for name, cells in zip(names, filled, strict=True)
    ]
    best: dict[str, int] = {}
    taken = set(wanted.values())
    for at, hit in sorted(enumerate(guesses), key=lambda each: each[1][1] if each[1] else 0):
        usable = hit and hit[0] in SINGLE - taken and filled[at] and not hidden(names[at])
        if hit and usable:
            best.setdefault(hit[0], at)
    made = [
        _column(at, name, guesses[at], filled[at], best, taken) if name not in wanted
        else Column(at, name, None if wanted[name] == NOT_TAKEN else wanted[name], "--map")
        for at, name in enumerate(names)
    ]  # fmt: skip
    return tuple(made)


def _check(names: Sequence[str], wanted: Mapping[str, str]) -> None:
    faults = [
        f'--map "{name}={key}": expected a column of the file ({", ".join(names)})'
        for name, key in wanted.items()
        if name not in names
    ]
    keys = (*PRODUCT, NOT_TAKEN)
    faults += [
        f'--map "{name}={key}": expected one of {", ".join(keys)}'
        for name, key in wanted.items()
        if key not in keys
    ]
    faults += [
        f"--map: expected one column for the {key}, got {', '.join(given)}"
        for key in sorted(SINGLE)
        if len(given := [name for name, other in wanted.items() if other == key]) > 1
    ]
    if faults:
        raise BadCatalogue(*faults)


def _sane(hit: tuple[str, int] | None, cells: Sequence[Cell]) -> tuple[str, int] | None:
    """Drop a guess that no cell bears out: 链接 may hold addresses, 数量 words."""
    if hit is None or hit[0] not in ("link", "stock") or not cells:
        return hit
    for cell in cells:
        try:
            value(hit[0], cell)
        except Expected:
            continue
        return hit
    return None


def _column(
    at: int,
    name: str,
    hit: tuple[str, int] | None,
    cells: Sequence[Cell],
    best: dict[str, int],
    taken: set[str],
) -> Column:
    if not cells:
        return Column(at, name, None, "empty")
    if why := hidden(name):
        return Column(at, name, None, why)
    if all(plain(cell).startswith(("http://", "https://")) for cell in cells):
        return Column(at, name, None, "no use in chat")
    key = hit[0] if hit else "specs"
    if key not in SINGLE or best.get(key) == at:
        return Column(at, name, key, OTHERWISE if heading(name) == "regular price" else "")
    if key == "price" and "list_price" not in {*best, *taken}:
        best["list_price"] = at  # 价格 beside 直播价 is what it costs elsewhere
        return Column(at, name, "list_price", OTHERWISE)
    if key == "name":
        return Column(at, name, "aliases")
    return Column(at, name, None, f"another {key}")
