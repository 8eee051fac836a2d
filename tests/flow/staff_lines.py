"""Lines of hosts and moderators beside a question that the demo's shop can answer, judged by hand.

Each: what a viewer asks, what somebody of the staff says next, and whether that answers it. The
hoodie (A1, 129 yuan) is on screen. ``TUNED`` were looked at while the rule was made, ``FRESH`` were
written before it and only measured.
"""

from typing import Final, TypeAlias

Lines: TypeAlias = dict[str, tuple[tuple[str, ...], tuple[str, ...]]]
"""By question: the lines that answer it, and those that do not."""

TUNED: Final[Lines] = {
    "多少钱": (
        ("只要129！", "姐妹们今天只要99", "多少钱？129！", "129到手，不用问了", "一百二十九"),
        (
            "价格在小黄车里",
            "拍1号链接",
            "卫衣拍1号",
            "多少钱？",
            "你们猜多少钱",
            "这件卫衣多少钱来着",
            "欢迎新来的宝宝",
            "160斤穿XL",
            "库存只有50件了",
            "48小时内发货",
            "咖啡59一盒",
            "3号烧水杯89",
            "还有3分钟上链接",
            "今天来了200个人",
            "价格等会儿公布",
            "现在下单的扣1",
            "点赞到1万就开价",
            "谢谢大家支持",
            "正在给大家看细节",
        ),
    ),
    "卫衣多少钱": (
        ("卫衣129哈", "卫衣今天99拿走"),
        (),
    ),
    "咖啡多少钱": (
        ("咖啡今天59两盒立减20", "4号59"),
        ("卫衣129", "59一盒"),
    ),
    "还有货吗": (
        (
            "有货的放心拍",
            "卖完了宝贝",
            "还剩最后几件",
            "没货了",
            "只有50件了抓紧",
            "马上给大家补货",
        ),
        (
            "129元",
            "今晚十点下播",
            "喜欢的点点关注",
            "咖啡还有80盒",
            "还有什么想看的",
            "等我看下库存",
        ),
    ),
    "160斤穿多大": (
        ("160斤穿XL", "160的拿XL就行", "L码穿120到140斤"),
        ("参考尺码表哈", "黑色还有货", "129元", "我160斤穿着刚好"),
    ),
    "什么时候发货": (
        ("48小时内发货哦", "今天拍明天发", "付款后两天内发出"),
        ("全国包邮", "十点下播"),
    ),
    "包邮吗": (
        ("全场包邮", "新疆西藏不包邮，其他都包"),
        ("7天无理由退换",),
    ),
    "能退吗": (
        ("支持7天无理由退换", "不满意直接退"),
        ("129", "退后一点给大家看全身"),
    ),
    "有优惠吗": (
        ("两件9折", "今天没有优惠了", "下单送袜子"),
        ("尺码看图",),
    ),
    "什么材质": (
        ("80%棉20%涤纶", "纯棉的很舒服"),
        ("今天穿的是灰色",),
    ),
    "有什么颜色": (
        ("黑灰燕麦三个颜色",),
        ("颜色都很好看",),
    ),
    "几号链接": (
        ("1号链接", "卫衣在1号"),
        ("链接马上上",),
    ),
    "几点下播": (
        ("十点下播", "播到十点"),
        ("明天十点开播", "十点发货"),
    ),
    "how much is it": (
        ("it's 59 dollars", "$20 today only", "129 yuan guys"),
        ("how much do you think?", "welcome everyone", "we ship in 48 hours", "link 1 is up"),
    ),
    "how much is the hoodie": (
        ("hoodie is 129",),
        ("coffee is 59",),
    ),
    "is it in stock": (
        ("yes still available", "sold out sorry", "only 50 left"),
        ("let me check", "stay till the end for a giveaway"),
    ),
    "how long does shipping take": (
        ("ships within 48 hours",),
        ("let's go",),
    ),
    "what is it made of": (
        ("it's 80% cotton",),
        ("love this fabric",),
    ),
    "can i return it": (
        ("7 day returns no questions asked",),
        (),
    ),
}

FRESH: Final[Lines] = {
    "多少钱": (
        (
            "今天直播间价129",
            "这件119，比昨天便宜十块",
            "卫衣一件129两件9折",
            "129块宝宝们",
            "什么价？99元！只有今天",
            "一件一百二十九",
        ),
        (
            "大家觉得值多少",
            "想知道价格的扣1",
            "先看面料再说价格",
            "2号鞋子169",
            "M码100斤以上的",
            "看右下角1号链接",
            "在线人数破500了",
            "我身高165",
            "倒计时10 9 8",
            "耳机领券减10元",
            "全国包邮哈",
            "主播在讲解了别急",
            "包包多少钱一会说",
            "哈哈哈哈",
        ),
    ),
    "卫衣多少钱": (
        ("1号129元", "1号链接现在99块"),
        (),
    ),
    "咖啡多少钱": (
        ("黑咖啡59元",),
        ("今天卫衣99", "咖啡18个月保质期"),
    ),
    "还有货吗": (
        ("库存充足", "抱歉已经售罄了", "黑色没了灰色还有", "最后20件"),
        ("鞋子没货了", "有货没货都看小黄车", "尺码偏大一码", "谁还没拍"),
    ),
    "160斤穿多大": (
        ("165以下体重的都是XL", "建议XL", "正码，按平时拿"),
        ("160份库存", "全棉的"),
    ),
    "什么时候发货": (
        ("现货，当天就发", "预计后天发出"),
        ("什么时候发货我问下仓库", "发个红包给大家"),
    ),
    "包邮吗": (
        ("包的包的，全国包邮",),
        ("包包在8号",),
    ),
    "能退吗": (
        ("七天内都可以退", "运费险我们送，放心买"),
        ("退场音乐放一下",),
    ),
    "有优惠吗": (
        ("满两件打九折", "已经是最低了没法再优惠"),
        ("优惠券等下发",),
    ),
    "什么材质": (
        ("棉的，加绒",),
        ("材质在详情页",),
    ),
    "有什么颜色": (
        ("有黑色灰色和燕麦色",),
        ("黑色最好卖",),
    ),
    "几号链接": (
        ("小黄车第一个", "链接1"),
        ("1号买家快付款",),
    ),
    "几点下播": (
        ("今天播到晚上十点",),
        ("别走啊还早呢",),
    ),
    "how much is it": (
        ("129 for the hoodie", "today only, just 99!", "price? 129"),
        ("200 people watching, wow", "who wants one?", "size M fits most", "back in 5 minutes"),
    ),
    "is it in stock": (
        ("we have plenty", "all gone"),
        ("shoes are sold out", "thanks for the follow"),
    ),
    "how long does shipping take": (
        ("two days", "about 48h after you order"),
        ("free shipping",),
    ),
    "what is it made of": (
        ("cotton and polyester",),
        ("made it to 1000 likes",),
    ),
    "can i return it": (
        ("yes within a week",),
        ("i will return in a minute",),
    ),
}
