"""A spec gets a sentence that is true of its value, and a product's stuff its own name."""

import pytest

from bot.model import Lang, Product
from bot.studio.kinds import figure, kind
from bot.studio.labels import stuff


@pytest.mark.parametrize(
    ("key", "said", "lang", "expected"),
    [
        ("Weight", "6.8 lb", "en", "weight"),
        ("Weight", "420 gsm", "en", None),  # it does not weigh that
        ("克重", "260g", "zh", None),
        ("重量", "约1.9g", "zh", "weight"),
        ("Capacity", "0.9 L", "en", "capacity"),
        ("Capacity", "10,000 mAh", "en", None),  # it does not hold that
        ("续航", "约40天", "zh", "battery"),
        ("Battery", "2,000 mAh", "en", None),
        ("蓝牙", "5.3", "zh", "version"),
        ("Sleeps", "2 people", "en", "verb"),
        ("Mounts with", "a screw", "en", "verb"),
        ("内含", "笔袋、直尺", "zh", "verb"),
        ("Set of", "one", "en", "phrase"),
        ("Dishwasher safe", "yes", "en", "flag"),
        ("香精", "不添加", "zh", "flag"),
        ("开封后", "冷藏", "zh", "when"),
        ("Once opened", "refrigerate", "en", "when"),
        ("按键", "静音按键", "zh", "told"),
        ("Roast", "medium", "en", None),
        ("Size", "1.7 fl oz", "en", None),  # no tape measures that
        ("Size", "1.7 x 1.5 in", "en", "size"),
        ("Runs", "small", "en", "verb"),
        ("Ships", "in two boxes", "en", "verb"),
        ("适配", "Mac / Windows", "zh", "verb"),
        ("产自", "秦岭", "zh", "origin"),
        ("Do not", "tumble dry", "en", "phrase"),
        ("Sold as", "a pair", "en", "phrase"),
        ("Best before", "03/2028", "en", "phrase"),
        ("Reapply", "every 2 hours", "en", "phrase"),
        ("Nickel", "free", "en", "phrase"),
        ("Gift wrap", "free", "en", None),
        ("不要", "烘干", "zh", "phrase"),
        ("里面有", "海报一张", "zh", "phrase"),
        ("烛芯剪到", "6毫米", "zh", "phrase"),
        ("挂在", "皮绳上", "zh", "phrase"),
        ("Missing a piece?", "email us", "en", "asked"),
        ("Is it vegan", "yes", "en", "asked"),
        ("会结晶吗", "会，正常现象", "zh", "asked"),
        ("一份几双", "2双", "zh", "asked"),
        ("Until when can I return it", "30 days", "en", "asked"),
        ("Machine-washable", "cover only", "en", "flag"),
        ("几岁能穿", "3岁起", "zh", "asked"),
        ("多功能", "三合一", "zh", None),
        ("缺片", "找客服补", "zh", "flag"),
        ("Folded", "5 x 4 x 3 cm", "en", "flag"),
        ("UV stable", "no, fades outside", "en", "flag"),
        ("Waterproof", "IPX4", "en", "flag"),
        ("Cable", "1.5 m", "en", None),
        ("Water resistance", "IPX5", "en", None),
        ("Burns", "pine needles", "en", "flag"),
        ("Wobbly", "not on hard floors", "en", "flag"),
        ("Turn it", "once a month", "en", "flag"),
        ("Box spring needed", "no, works on slats", "en", "flag"),
        ("Fits", "standard 750 ml", "en", "verb"),
        ("Washing machine", "30 degrees", "en", None),
        ("送不送手机夹", "送", "zh", "asked"),
        ("热水行不行", "45度以下", "zh", "asked"),
        ("正像还是倒像", "正的", "zh", "asked"),
        ("乳胶过敏的", "别买", "zh", "phrase"),
        ("不锈钢刀", "一把", "zh", None),
        ("一盒", "30贴", "zh", "phrase"),
        ("一箱水能用", "连续6小时", "zh", "phrase"),
        ("一包装", "3条", "zh", None),
        ("一包多少粒", "约200粒", "zh", "asked"),
    ],
)
def test_a_spec_gets_sentences_that_fit_its_value(
    key: str, said: str, lang: Lang, expected: str | None
) -> None:
    assert kind(key, said, lang) == expected


@pytest.mark.parametrize("said", ["6 ft", "100-240 V", "22 x 14 x 9 in", "38", "about 45 hours"])
def test_a_figure_is_one(said: str) -> None:
    assert figure(said)


@pytest.mark.parametrize("said", ["2 USB-C, 1 USB-A", "IPX5", "USB 2.0, 480 Mbps", "brass snaps"])
def test_what_is_more_than_a_figure_is_none(said: str) -> None:
    assert not figure(said)


@pytest.mark.parametrize(
    ("name", "material", "expected"),
    [
        ("咖啡磨豆机", "不锈钢刀盘", "材质"),
        ("挂耳咖啡", "咖啡豆", "配料"),
        ("盐焗带壳巴旦木", "巴旦木、食用盐", "配料"),
        ("哑光唇泥", "蜂蜡、维生素E", "成分"),
        ("气垫梳", "ABS", "材质"),
        ("轻薄羽绒服", "锦纶100%", "材质"),
    ],
)
def test_a_material_is_called_what_it_is(name: str, material: str, expected: str) -> None:
    assert stuff(Product("A", name, 1.0, material=material), "zh")["stuff"] == expected
