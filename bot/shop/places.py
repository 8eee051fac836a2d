"""Places that viewers want things sent to, in Chinese and English."""

import re

from bot.shop.kinds import Words

_PLACES = (
    ("canada", "加拿大", "toronto", "vancouver"), ("usa", "united states", "the us", "to us", "america",
     "美国", "california", "texas", "new york"), ("mexico", "墨西哥"), ("brazil", "巴西"),
    ("uk", "united kingdom", "england", "scotland", "london", "英国"), ("ireland", "爱尔兰"),
    ("germany", "deutschland", "德国"), ("france", "法国"), ("spain", "西班牙"), ("italy", "意大利"),
    ("netherlands", "holland", "荷兰"), ("poland", "波兰"), ("sweden", "瑞典"), ("norway", "挪威"),
    ("europe", "eu", "欧洲", "欧盟"), ("australia", "aussie", "澳大利亚", "澳洲"),
    ("new zealand", "nz", "新西兰"), ("japan", "日本"), ("korea", "韩国"), ("singapore", "新加坡"),
    ("malaysia", "马来西亚", "大马"), ("thailand", "泰国"), ("vietnam", "越南"),
    ("philippines", "菲律宾"), ("indonesia", "印尼"), ("india", "印度"), ("russia", "俄罗斯"),
    ("dubai", "uae", "迪拜"), ("south africa", "南非"), ("hawaii", "夏威夷州"), ("alaska", "阿拉斯加"),
    ("hong kong", "hk", "香港", "港澳台"), ("macau", "澳门"), ("taiwan", "台湾"),
    ("xinjiang", "新疆", "乌鲁木齐", "喀什", "伊犁"), ("tibet", "西藏", "拉萨"),
    ("inner mongolia", "内蒙古", "内蒙", "呼和浩特"), ("ningxia", "宁夏"), ("qinghai", "青海", "西宁"),
    ("gansu", "甘肃", "兰州"), ("hainan", "海南", "海口", "三亚"), ("northeast", "东北", "黑龙江", "吉林",
     "辽宁", "哈尔滨", "沈阳"), ("yunnan", "云南", "昆明"), ("guangdong", "广东", "广州", "深圳"),
    ("jiangsu zhejiang shanghai", "江浙沪", "上海", "江苏", "浙江", "杭州", "南京", "苏州"),
    ("beijing", "北京"), ("sichuan", "四川", "成都"),
    ("abroad", "overseas", "international", "internationally", "worldwide", "outside the us",
     "国外", "海外", "境外", "国际"),
)  # fmt: skip
PLACES = Words((name, names[0]) for names in _PLACES for name in names)

_WORLD = (
    r"\bonly\b|worldwide|global|international|overseas|abroad|outside|elsewhere|anywhere"
    r"|(other|all) countr|[仅只]|海外|国外|境外|全球|其他国家"
)
_LAND = (
    r"|全国|全境|其[他它余](地区|省)|偏远|nationwide|(all|50|48) (us )?states|lower 48|contiguous"
)
_BEYOND, _WITHIN = re.compile(_WORLD), re.compile(_WORLD + _LAND)
_PARTS = frozenset({
    "hawaii", "alaska", "xinjiang", "tibet", "inner mongolia", "ningxia", "qinghai", "gansu",
    "hainan", "northeast", "yunnan", "guangdong", "jiangsu zhejiang shanghai", "beijing", "sichuan",
})  # fmt: skip
"""Places that are a part of a shop's own country."""


def covers(line: str, wanted: frozenset[str]) -> bool:
    """Tell whether a plain text on shipping settles it for all places ``wanted``.

    It names one, or says what holds everywhere else: 全国包邮 does for Sichuan, not for Hong Kong.
    """
    rest = _WITHIN if wanted <= _PARTS else _BEYOND
    return bool(wanted & places(line)) or rest.search(line) is not None


def places(line: str) -> frozenset[str]:
    """Return the places that a plain line names, each by its first name."""
    return frozenset(span.means for span in PLACES.spans(line))
