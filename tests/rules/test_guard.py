"""Nothing is said that the plan does not state: no number, link, contact or banned word."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.model import Abilities, Answer, Fact, Lang, Rules
from bot.rules.guard import PASSED, Verdict, check, nameable, numbers
from bot.rules.prompts import fill, prompt
from bot.rules.wording import template
from bot.shop.lexicon import DEFAULT, load
from tests.rules.plans import answers

PLAN = Answer(
    "price",
    "zh",
    (Fact("A1.price", "129 CNY", "129元"), Fact("A1.stock", "5", "5")),
    "k",
    product="A1",
    name="卫衣",
)
GOOD = "卫衣129元，还有5件哦"
UNLIMITED = Abilities(length=0)
DIGITS = re.compile(r"\d+")


def verdict(text: str, plan: Answer = PLAN, **given: tuple[str, ...]) -> Verdict:
    return check(text, plan, Abilities(), Rules(**given))  # type: ignore[arg-type]  # banned alone


def plan(*said: str, name: str = "卫衣") -> Answer:
    facts = tuple(Fact(f"A1.f{n}", text, text) for n, text in enumerate(said))
    return replace(PLAN, facts=facts, name=name)


def test_a_text_with_every_fact_and_nothing_else_passes() -> None:
    assert verdict(GOOD) == PASSED
    assert verdict("宝子，卫衣现在只要 129 元，还有 5 件～") == PASSED


@given(answers(), st.data())
def test_a_changed_number_is_refused(planned: Answer, data: st.DataObject) -> None:
    text = template(planned, "1")
    found = [match for match in DIGITS.finditer(text) if match[0].isascii()]
    assume(found)
    at = data.draw(st.sampled_from(found))
    digits = data.draw(st.integers(0, 10**7).map(str))
    changed = text[: at.start()] + digits + text[at.end() :]
    assume(numbers(changed) - numbers(text) - named(planned))
    assert check(changed, planned, UNLIMITED, Rules()).reason == "ungrounded"


@given(
    answers(), st.integers(0, 10**9), st.sampled_from(["{} {}", "{}，{}", "{1} {0}", "{}（{}）"])
)
def test_an_added_number_is_refused(planned: Answer, number: int, form: str) -> None:
    text = template(planned, "1")
    assume(str(number) not in numbers(text) | named(planned))
    added = form.format(text, number)
    assert check(added, planned, UNLIMITED, Rules()).reason == "ungrounded"


def named(planned: Answer) -> frozenset[str]:
    """The numbers of names, which may be said: "iPhone 15"."""
    return numbers(" ".join([planned.name or "", *(fact.id for fact in planned.facts)]))


@given(answers(), st.integers(0, 3))
def test_a_removed_number_is_refused(planned: Answer, which: int) -> None:
    assume(len(planned.facts) > 1)
    fact = planned.facts[which % len(planned.facts)]
    text = template(replace(planned, facts=tuple(f for f in planned.facts if f != fact)), "1")
    assume(numbers(fact.said) - numbers(text))
    assert check(text, planned, UNLIMITED, Rules()).reason == "ungrounded"


@pytest.mark.parametrize(
    "text",
    [
        "卫衣129元",  # 5 is a fact of its own, not a part of a number
        "卫衣129元，还有15件",
        "卫衣还有5件",
        "卫衣1129元，还有5件",
        "卫衣12.9元，还有5件",
        "卫衣129.5元，还有5件",
        "卫衣129元，还有5.5件",
        "卫衣129元，还有5,000件",
        "卫衣129元，还有5件，3折",
        "卫衣129元，还有5件，第１件",
        "卫衣129元，还有5件，②",
        "卫衣129元，还有5件，٣",
        "",
    ],
)
def test_a_wrong_number_is_refused(text: str) -> None:
    assert not verdict(text).ok


@pytest.mark.parametrize(
    "text", ["卫衣１２９元，还有５件", "卫衣 129 元 还有 5 件", "卫衣129元！5件！卫衣129元！"]
)
def test_a_number_in_another_dress_is_the_same(text: str) -> None:
    assert verdict(text).ok


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("129.00", {"129"}),
        ("129.50", {"129.5"}),
        ("１２９", {"129"}),
        ("1,299", {"1299"}),
        ("1,299.00", {"1299"}),
        ("12,99", {"12,99"}),
        ("0.0", {"0"}),
        ("100", {"100"}),
        ("36，37", {"36", "37"}),
        ("36、37", {"36", "37"}),
        ("link 3.", {"3"}),
        ("①", {"1"}),
        ("", set()),
    ],
)
def test_numbers_have_one_form(text: str, found: set[str]) -> None:
    assert numbers(text) == found


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("1299元", "1299元，也就是1,299.00"),
        ("129.50", "129.50，即129.5"),
        ("1,299", "1,299 (1299)"),
    ],
)
def test_a_stated_number_may_be_said_again_in_another_form(said: str, text: str) -> None:
    assert verdict(text, plan(said)).ok


def test_a_number_of_the_products_name_may_be_said_beside_a_fact() -> None:
    assert verdict("iPhone 15 129元", plan("129元", name="iPhone 15")).ok


@pytest.mark.parametrize(
    "numeral", ["九折", "两件", "一百元", "三天", "十二小时", "五码", "二十块", "三岁"]
)
def test_a_chinese_numeral_before_a_unit_that_no_fact_states_is_refused(numeral: str) -> None:
    found = verdict(f"{GOOD}，{numeral}")
    assert (found.reason, found.detail.partition(" ")[0]) == ("ungrounded", "number")


def test_a_chinese_numeral_of_a_fact_does_not_cover_another() -> None:
    assert verdict("两件九折", plan("两件九折")).ok
    assert not verdict("两件九折，三件八折", plan("两件九折")).ok
    assert not verdict("二十天发货，十天到", plan("二十天发货")).ok


@pytest.mark.parametrize("text", ["一起看看", "十分好看", "万一", "第一名"])
def test_a_chinese_numeral_that_counts_nothing_may_be_said(text: str) -> None:
    assert verdict(f"{GOOD}，{text}").ok


@pytest.mark.parametrize(
    "addition",
    [
        "https://a.b", "http:x", "www.shop", "taobao.com", "ｔａｏｂａｏ．ｃｏｍ", "a-b.top/x", "T.ME",
        "加微信", "加 v", "微信号", "vx: abc", "VX abc", "vx号abc", "WhatsApp", "whats app", "telegram",
    ],
)  # fmt: skip
def test_a_link_or_a_contact_that_no_fact_states_is_refused(addition: str) -> None:
    found = verdict(f"{GOOD} {addition.replace('加 v', '加v')}")
    assert found.reason == "ungrounded"
    assert found.detail.partition(" ")[0] in ("link", "contact")


def test_a_contact_does_not_reach_over_what_the_catalogue_says() -> None:
    assert verdict("微纯棉信 卫衣", plan("纯棉")).ok


@pytest.mark.parametrize("number", ["qq 12345678", "13800138000"])
def test_a_telephone_number_is_refused(number: str) -> None:
    assert not verdict(f"{GOOD} {number}").ok


def test_a_link_of_a_fact_does_not_cover_another() -> None:
    assert verdict("发货见 www.a.com", plan("www.a.com")).ok
    assert not verdict("www.a.com 或 www.b.com", plan("www.a.com")).ok


@pytest.mark.parametrize("text", ["支付：微信、支付宝", "Ends with a.m. and p.m.", "the VX: fits"])
def test_what_only_looks_like_a_contact_passes_where_a_fact_states_it(text: str) -> None:
    assert verdict(text, plan(text)).ok


@pytest.mark.parametrize(
    "said", ["全网最低", "全 网 最 低", "全.网.最.低", "全网最\u200b低", "全網最低", "全网、最低"]
)
def test_a_banned_word_is_refused_whatever_stands_between(said: str) -> None:
    banned = ("全网最低", "全網最低")
    found = verdict(f"{GOOD}，{said}", banned=banned)
    assert (found.reason, found.detail in banned) == ("banned_word", True)


@pytest.mark.parametrize("said", ["BEST", "b e s t", "ｂｅｓｔ", "B-E-S-T"])
def test_a_banned_latin_word_is_refused_in_any_case(said: str) -> None:
    assert verdict(f"{GOOD} {said}", banned=("Best",)).reason == "banned_word"


def test_a_banned_word_is_refused_in_a_fact_and_in_an_faq_answer() -> None:
    assert verdict("国家级", plan("国家级"), banned=("国家级",)).reason == "banned_word"
    faq = replace(PLAN, faq="国家级品质")
    assert verdict("国家级品质", faq, banned=("国家级",)).reason == "banned_word"


def test_a_banned_word_at_the_end_of_a_long_text_is_found() -> None:
    found = check(f"{GOOD}{'好看' * 400}最低", PLAN, UNLIMITED, Rules(banned=("最低",)))
    assert found.reason == "banned_word"


def test_a_contact_at_the_end_of_a_long_text_is_found() -> None:
    assert not check(f"{GOOD}{'好看' * 400}加微信", PLAN, UNLIMITED, Rules()).ok


@pytest.mark.parametrize("word", ["", " ", "！！", "🚫"])
def test_a_banned_word_without_letters_bans_nothing(word: str) -> None:
    assert verdict(GOOD, banned=(word,)).ok


def test_an_faq_answer_passes_as_it_stands_alone() -> None:
    faq = replace(PLAN, faq="今晚10点，加微信 www.a.com")
    assert verdict("今晚10点，加微信 www.a.com", faq).ok
    for other in ("今晚10点，加微信 www.a.com ", "今晚9点", GOOD):
        assert verdict(other, faq).reason == "ungrounded"


@pytest.mark.parametrize("text", ["", " ", "\n", f"{GOOD}\n!", f"{GOOD}\x00", f"{GOOD}\ud800"])
def test_what_no_chat_can_show_is_refused(text: str) -> None:
    assert verdict(text).reason == "unreadable"


def test_a_text_longer_than_the_platform_takes_is_refused() -> None:
    assert check(GOOD, PLAN, Abilities(length=len(GOOD)), Rules()).ok
    short = Abilities(length=len(GOOD) - 1)
    assert check(GOOD, PLAN, short, Rules()).reason == "too_long"


@given(st.text(st.characters(), max_size=60))
def test_any_text_gets_a_verdict(text: str) -> None:
    assert check(text, PLAN, Abilities(), Rules(banned=("x",))).reason != ""


@pytest.mark.parametrize(
    ("text", "ok"),
    [
        ("卫衣现在129元，原价199元", True),
        ("The hoodie is ¥129 now; list price ¥199.", True),
        ("卫衣这边直播间129元，现在199元哦", False),
        ("The hoodie is ¥129 right now. It's ¥199.", False),
        ("卫衣原价129元，原价199元", False),
        ("卫衣现在199元，原价129元", False),
    ],
)
def test_a_list_price_is_said_as_such_and_a_price_as_a_price(text: str, ok: bool) -> None:  # noqa: FBT001
    lang: Lang = "zh" if "卫衣" in text else "en"
    said = ("129元", "199元") if lang == "zh" else ("¥129", "¥199")
    facts = (
        Fact("A1.price", "129 CNY", said[0]),
        Fact("A1.list_price", "199 CNY", said[1]),
    )
    planned = Answer("price", lang, facts, "k", "A1", "卫衣" if lang == "zh" else "hoodie")
    assert check(text, planned, Abilities(), Rules()).ok is ok


PRICES = Answer(
    "price",
    "en",
    (Fact("A1.price", "59 USD", "$59"), Fact("A1.list_price", "99 USD", "$99")),
    "k",
    product="A1",
    name="mug",
)


@pytest.mark.parametrize(
    "text",
    [
        "The mug was $59; now $99.",
        "The mug is now $99, list price $59",
        "list price $59, the mug is $99",
        "The mug is $59 or $99.",
    ],
)
def test_a_list_price_is_not_said_as_the_price_nor_the_price_as_the_list_price(text: str) -> None:
    assert verdict(text, PRICES).reason == "ungrounded"


@pytest.mark.parametrize("text", ["The mug is $59; list price $99.", "RRP: $99, now $59!"])
def test_a_price_and_a_list_price_are_said_as_what_they_are(text: str) -> None:
    assert verdict(text, PRICES).ok


@pytest.mark.parametrize(
    "text",
    [
        "$59 for the mug, usually $99.",
        "The mug is $59; regular price $99.",
        "The mug was $99, now $59!",
        "Before: $99, now $59!",
    ],
)
def test_a_list_price_is_not_said_to_have_been_paid(text: str) -> None:
    assert verdict(text, PRICES).reason == "ungrounded"


def test_a_stock_is_not_said_as_a_price() -> None:
    assert not verdict("卫衣价格5，129元").ok
    assert not verdict("卫衣129元，5").ok


@pytest.mark.parametrize(
    "name", ["Original Mug", "Regular Fit Tee", "原价大衣", "Half price tee", "520"]
)
def test_a_products_name_does_not_turn_its_price_into_another(name: str) -> None:
    named = replace(PRICES, name=name)
    for seed in map(str, range(20)):
        assert check(template(named, seed), named, UNLIMITED, Rules()).ok
        zh = replace(named, lang="zh")
        assert check(template(zh, seed), zh, UNLIMITED, Rules()).ok


LEXICON = load(DEFAULT)


@pytest.mark.parametrize(
    "text",
    [
        "卫衣129元，还有5件，5元", "卫衣129元，还有5件，129件", "卫衣129元，还有5件，5折", "卫衣129元，还有5件，5天",
        "卫衣129元，还有5件，第5名", "卫衣129元，还有5件，5%", "卫衣129元，还有5件，点5号链接", "卫衣129元，还有5件，¥5",
        "卫衣129元，还有5件，5码", "卫衣129元，还有5件，5点", "卫衣129元，还有5件，129斤", "卫衣129元，还有5件，5kg",
    ],
)  # fmt: skip
def test_a_number_does_not_count_anything_but_its_fact(text: str) -> None:
    assert verdict(text).reason == "ungrounded"


@pytest.mark.parametrize("size", ["XL", "xxl", "S", "M码", "l码", "均码", "free size", "Ｌ"])
def test_a_size_that_no_fact_states_is_refused(size: str) -> None:
    found = verdict(f"{GOOD}，{size}")
    assert (found.reason, found.detail.partition(" ")[0]) == ("ungrounded", "size")
    assert verdict(f"有{size}，也有{size}", plan(size)).ok


@pytest.mark.parametrize("text", ["I'm glad you like it", "it's soft", "L'Oréal", "Small talk, ML"])
def test_a_letter_that_is_no_size_may_be_said(text: str) -> None:
    assert "size" not in verdict(f"{GOOD} {text}").detail


@pytest.mark.parametrize(
    "day", ["明天到", "后天发", "今晚", "次日", "周五", "星期天", "月底", "下午", "tomorrow", "on Friday", "next week", "same-day"]
)  # fmt: skip
def test_a_day_that_no_fact_states_is_refused(day: str) -> None:
    assert verdict(f"{GOOD}，{day}").detail.startswith("day ")
    assert verdict(f"说{day}，就{day}", plan(f"说{day}")).ok


@pytest.mark.parametrize(
    "money", ["$", "€", "£", "美元", "欧元", "USD", "dollars", "韩币", "港币", "yen"]
)
def test_a_currency_that_is_not_the_catalogues_is_refused(money: str) -> None:
    assert verdict(f"{GOOD}，{money}").detail.startswith("currency ")


@pytest.mark.parametrize("text", ["卫衣129元，就是129块，还有5件", "卫衣129元(¥129)，还有5件"])
def test_the_catalogues_currency_may_be_said_in_other_words(text: str) -> None:
    assert verdict(text).ok


@pytest.mark.parametrize(
    "numeral",
    ["五折", "对折", "半价", "百分之二十", "三成", "两个", "二十斤", "三点", "十二月", "two left", "ten days", "half price", "fifty percent", "a dozen pieces"],
)  # fmt: skip
def test_a_quantity_in_words_is_refused(numeral: str) -> None:
    assert verdict(f"{GOOD}，{numeral}").detail.startswith("number ")


@pytest.mark.parametrize(
    "text", ["一个不错的选择", "一款", "两全其美", "成套", "one of us", "half the fun", "这一点"]
)
def test_a_numeral_that_is_no_quantity_may_be_said(text: str) -> None:
    assert not verdict(f"{GOOD}，{text}").detail.startswith("number ")


@pytest.mark.parametrize(
    "claim",
    ["包邮", "送您一份", "买一送一", "正品", "质保", "预售", "顺丰", "保证", "纯棉", "不掉色", "free shipping", "a free gift", "guaranteed", "refunds", "waterproof", "DHL", "sold out"],
)  # fmt: skip
def test_a_promise_that_no_fact_makes_is_refused(claim: str) -> None:
    assert verdict(f"{GOOD}，{claim}").reason == "ungrounded"
    assert verdict(f"{claim}，就是{claim}", plan(claim)).ok or "一" in claim


def test_goods_in_stock_may_be_called_so_and_not_sold_out() -> None:
    assert verdict("卫衣129元，有货，还有5件").ok
    assert not verdict("卫衣129元，还有5件，就要卖完").ok


def test_a_stock_of_none_may_be_said_in_other_words() -> None:
    none = replace(PLAN, facts=(Fact("A1.stock", "0", "已售罄"),))
    assert verdict("卫衣已售罄，卖完啦", none).ok
    assert not verdict("卫衣已售罄，马上补货", none).ok


def test_feel_free_is_no_promise() -> None:
    assert verdict("卫衣129元，还有5件, feel free to ask").ok


@pytest.mark.parametrize(
    ("text", "ok"),
    [
        ("卫衣的材质：棉，发货：预售", True),
        ("棉，预售，卫衣", True),
        ("发货：棉，材质：预售", False),
        ("卫衣材质是预售，发货：棉", False),
        ("退换：棉，发货：预售", False),
        ("尺码有棉，发货：预售", False),
    ],
)
def test_a_text_is_not_said_under_the_name_of_another(text: str, ok: bool) -> None:  # noqa: FBT001
    facts = (Fact("A1.material", "纯色棉", "纯色棉"), Fact("A1.shipping", "预售", "预售"))
    assert verdict(text.replace("棉", "纯色棉"), replace(PLAN, facts=facts)).ok is ok


def test_specs_are_said_under_their_own_keys() -> None:
    facts = (Fact("A1.specs.克重", "500g", "500g"), Fact("A1.specs.容量", "400ml", "400ml"))
    specs = replace(PLAN, facts=facts)
    assert verdict("克重：500g，容量：400ml", specs).ok
    assert not verdict("克重：400ml，容量：500g", specs).ok


KEYS: dict[Lang, tuple[str, ...]] = {
    "en": (
        "Fabric weight", "price tag", "shipping weight", "Stock code", "Return spring", "Original box", "Material", "Offer",
        "Link", "Sizing", "Two left pockets", "Made in 24 hours",
    ),
    "zh": ("材质厚度", "发货重量", "面料克重", "退换标签", "原价", "库存码", "价格标签", "链接", "尺码", "活动"),
}  # fmt: skip
STATED: dict[Lang, tuple[Fact, ...]] = {
    "en": (
        Fact("A1.price", "59 USD", "$59"), Fact("A1.list_price", "99 USD", "$99"), Fact("A1.stock", "7", "7"),
        Fact("A1.link", "12", "12"), Fact("A1.material", "cotton", "cotton"), Fact("A1.discount", "10% off", "10% off"),
        Fact("A1.size_guide", "runs small", "runs small"),
    ),
    "zh": (
        Fact("A1.price", "59 CNY", "59元"), Fact("A1.list_price", "99 CNY", "99元"), Fact("A1.stock", "7", "7"),
        Fact("A1.link", "12", "12"), Fact("A1.material", "纯棉", "纯棉"), Fact("A1.discount", "两件9折", "两件9折"),
        Fact("A1.size_guide", "正码", "正码"),
    ),
}  # fmt: skip
KEYED = [(lang, key) for lang, keys in KEYS.items() for key in keys]


def keyed(lang: Lang, key: str, *others: Fact) -> Answer:
    """A plan whose spec has this key, among other facts."""
    name = "卫衣" if lang == "zh" else "hoodie"
    own = Fact(f"A1.specs.{key}", "320 gsm", "320 gsm")
    return Answer("product", lang, (own, *others), "k", "A1", name)


@pytest.mark.parametrize(("lang", "key"), KEYED)
def test_a_template_may_say_a_spec_whose_key_holds_the_name_of_another_attribute(
    lang: Lang, key: str
) -> None:
    for fact in (None, *STATED[lang]):
        planned = keyed(lang, key, *filter(None, [fact]))
        turned = replace(planned, facts=planned.facts[::-1])
        said = {(template(p, str(seed)), p) for p in (planned, turned) for seed in range(12)}
        assert {text: check(text, p, UNLIMITED, Rules()) for text, p in said} == {
            text: PASSED for text, _ in said
        }


@pytest.mark.parametrize(("lang", "key"), KEYED)
def test_a_model_may_say_a_spec_whose_key_holds_the_name_of_another_attribute(
    lang: Lang, key: str
) -> None:
    wording = "★的①" if lang == "zh" else "The ★: ①."
    planned = keyed(lang, key)
    said = fill(wording, prompt(planned, "?"))  # it begins the key with a small letter
    assert check(said, planned, UNLIMITED, Rules()) == PASSED
    with_price = keyed(lang, key, STATED[lang][0])
    for wording in (
        ("★现在②，①哦", "★②、①哦") if lang == "zh" else ("The ★ is ② now, ①.", "★: ②, ①", "② and ①")
    ):
        said = fill(wording, prompt(with_price, "?"))
        assert check(said, with_price, UNLIMITED, Rules()) == PASSED


@pytest.mark.parametrize(
    "text",
    [
        "The hoodie: fabric 320 gsm; cotton.",  # a part of the key is another attribute
        "The hoodie: weight 320 gsm; material: 320 gsm; cotton.",
        "The hoodie: shipping, fabric weight, made of 320 gsm; cotton.",
        "Fabric weight: cotton; material: 320 gsm.",
        "The hoodie: fabric weight: cotton; material: 320 gsm.",
        "The hoodie: FABRIC WEIGHT is cotton; 320 gsm.",
        "Fabric weight is cotton; 320 gsm.",
    ],
)
def test_a_key_lends_its_words_to_its_own_spec_alone(text: str) -> None:
    assert verdict(text, keyed("en", "Fabric weight", STATED["en"][4])).reason == "ungrounded"


@pytest.mark.parametrize("key", ["Original box", "Weight", "Price tag", "Warranty", "重量"])
@pytest.mark.parametrize("form", ["{}: {}", "{} {}", "{} is {}", "{}是{}", "{}：{}"])
@pytest.mark.parametrize("dress", [str, str.lower, str.upper])
def test_a_figure_is_not_said_under_the_key_of_a_spec(
    key: str, form: str, dress: Callable[[str], str]
) -> None:
    for fact in STATED["en"][:4]:
        planned = keyed("en", key, fact)
        for shape in ("The hoodie: {}; 320 gsm.", "The hoodie: 320 gsm; {}"):
            text = shape.format(form.format(dress(key), fact.said))
            assert not check(text, planned, UNLIMITED, Rules()).ok, text


@pytest.mark.parametrize("dress", [str, str.lower, str.upper])
def test_a_spec_is_not_said_under_the_key_of_another_in_any_case(
    dress: Callable[[str], str],
) -> None:
    facts = (Fact("A1.specs.Weight", "500 g", "500 g"), Fact("A1.specs.Capacity", "16 oz", "16 oz"))
    specs = replace(PRICES, facts=facts)
    weight, capacity = dress("Weight"), dress("Capacity")
    for form in ("The mug: {} {}, {} {}", "{}: {}; {}: {}", "Its {} is {} and the {} is {}."):
        right = form.format(weight, "500 g", capacity, "16 oz")
        assert check(right, specs, UNLIMITED, Rules()).ok, right
        wrong = form.format(weight, "16 oz", capacity, "500 g")
        assert not check(wrong, specs, UNLIMITED, Rules()).ok, wrong


@pytest.mark.parametrize("text", ["shipping weight 2 kg, weight 1 kg", "Shipping weight: 2 kg"])
def test_a_key_that_ends_in_another_is_a_key_of_its_own(text: str) -> None:
    facts = (
        Fact("A1.specs.Shipping weight", "2 kg", "2 kg"),
        Fact("A1.specs.weight", "1 kg", "1 kg"),
    )
    specs = replace(PRICES, facts=facts if "1 kg" in text else facts[:1])
    assert verdict(text, specs) == PASSED
    assert not verdict(text.replace("2 kg", "1 kg", 1), specs).ok


def test_a_price_is_no_count_and_a_link_is_said_as_one() -> None:
    link = replace(PLAN, facts=(PLAN.facts[0], Fact("A1.link", "3", "3")))
    assert verdict("卫衣129元，点3号链接", link).ok
    assert not verdict("卫衣还有129元件，点3号链接", link).ok
    assert not verdict("卫衣129元，3", link).ok


def test_the_name_of_another_product_is_refused() -> None:
    others = ("围巾", "wool scarf", "Mug 2", "帽")
    assert check(f"{GOOD}，配围巾好看", PLAN, UNLIMITED, Rules(), others).detail == "product 围巾"
    assert not check(f"{GOOD} with the Wool Scarf", PLAN, UNLIMITED, Rules(), others).ok
    assert check(f"{GOOD} woolscarfs", PLAN, UNLIMITED, Rules(), others).ok
    assert check(GOOD, PLAN, UNLIMITED, Rules(), ("卫衣", "衣")).ok  # a part of its own name
    stated = plan("配围巾")
    assert check("卫衣，配围巾", stated, UNLIMITED, Rules(), others).ok


@pytest.mark.parametrize(
    "word", ["全网最低价", "第一品牌", "治愈", "加微信", "微 信 abc", "13812345678", "傻逼", "台独", "best price ever", "FDA approved"]
)  # fmt: skip
def test_a_word_of_a_pack_is_refused_with_its_reason(word: str) -> None:
    found = check(f"{GOOD}，{word}", PLAN, UNLIMITED, Rules(lexicon=LEXICON))
    assert found.reason == "banned_word"
    assert re.match(r".+: [a-z_]+ \([a-z.]+\): \S", found.detail)


def test_a_word_of_a_pack_is_refused_in_an_faq_answer_too() -> None:
    faq = replace(PLAN, faq="售后请加微信 abc123")
    assert (
        check("售后请加微信 abc123", faq, UNLIMITED, Rules(lexicon=LEXICON)).reason == "banned_word"
    )


@pytest.mark.parametrize(
    "name",
    ["Ann", "小美同学", "用户1234567890", "微信用户", "xX_Bob_Xx", "最佳男友", "100%快乐", "V"],
)
def test_an_ordinary_name_may_stand_in_a_mention(name: str) -> None:
    assert nameable(name, LEXICON) == name


@pytest.mark.parametrize(
    "name", ["加微信abc", "薇信abc123", "vx_danmate", "13812345678", "www.a.shop", "me@shop.com", "傻逼主播", "f.u.c.k", "台独", "telegram_me", " ", ""]
)  # fmt: skip
def test_a_name_with_a_contact_abuse_or_politics_is_left_out(name: str) -> None:
    assert nameable(name, LEXICON) is None


def test_without_packs_a_name_with_a_link_is_left_out_all_the_same() -> None:
    assert nameable("www.a.shop", None) is None
    assert nameable("傻逼主播", None) == "傻逼主播"


def test_a_text_that_rests_on_no_fact_is_refused() -> None:
    assert verdict("。", plan()).reason == "ungrounded"
    assert verdict("你好呀", plan()).reason == "ungrounded"
