"""What a pack forbids is found in whatever spelling; ordinary words of goods and chat are not."""

import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.errors import BadConfig
from bot.model import Abilities, Catalogue, Fact, Faq, Product, Rules
from bot.rules.guard import check
from bot.shop.catalogue import load as load_catalogue
from bot.shop.lexicon import DEFAULT, SHIPPED, Packs, flagged, load, parse
from bot.shop.lexicon.matcher import fold
from tests.rules.test_guard import PLAN

LEXICON = load(SHIPPED)
DEMO = Path(__file__).parents[2] / "bot" / "demo" / "catalog.toml"
WORDS = sorted({word for term, _ in LEXICON._terms for word in term.words})


def reasons(text: str, lexicon: Packs = LEXICON) -> set[str]:
    return {found.reason for found in lexicon.find(text)}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("这是最佳选择", "absolute_term"), ("国家级品质", "absolute_term"), ("质量最好", "absolute_term"),
        ("我们家最好的一款", "absolute_term"), ("最好用的锅", "absolute_term"), ("独一无二的设计", "absolute_term"),
        ("极致体验", "absolute_term"), ("全网最火", "absolute_term"), ("顶级工艺, 最顶级", "absolute_term"),
        ("全网最低价", "absolute_price"), ("史低", "absolute_price"), ("今天最便宜", "absolute_price"), ("最大优惠", "absolute_price"),
        ("第一品牌", "first_rank"), ("销量第一", "first_rank"), ("全国唯一", "uniqueness"), ("唯一品牌", "uniqueness"),
        ("100%有效", "absolute_promise"), ("百分百有效", "absolute_promise"), ("绝对不掉色", "absolute_promise"), ("永久不变形", "absolute_promise"),
        ("国家领导人推荐", "false_endorsement"), ("央视推荐", "false_endorsement"), ("再不抢就没了", "bait"),
        ("能治疗失眠", "medical_claim"), ("消炎杀菌", "medical_claim"), ("有抗癌作用", "medical_claim"), ("降血压", "medical_claim"),
        ("祛疤膏", "efficacy_claim"), ("减肥茶", "efficacy_claim"), ("医美级", "efficacy_claim"), ("立即见效", "efficacy_claim"),
        ("7天美白", "efficacy_claim"), ("一个月瘦10斤", "efficacy_claim"), ("喝了就瘦", "efficacy_claim"),
        ("best price guaranteed", "absolute_price"), ("our lowest price ever", "absolute_price"), ("the #1 brand", "first_rank"),
        ("number one seller in the US", "first_rank"), ("World's best", "first_rank"), ("risk-free", "absolute_promise"),
        ("a miracle cream", "absolute_promise"), ("100% safe", "absolute_promise"), ("100 percent effective", "absolute_promise"),
        ("Guaranteed results", "absolute_promise"), ("FDA approved", "endorsement"), ("clinically proven", "endorsement"),
        ("doctor recommended", "endorsement"), ("it cures acne", "medical_claim"), ("lose weight", "efficacy_claim"),
        ("lose up to 10 lbs", "efficacy_claim"), ("傻逼", "abuse"), ("你个sb", "abuse"), ("fucking", "abuse"), ("sh1t", "abuse"),
        ("f*ck", "abuse"), ("习近平", "politics"), ("台独", "politics"), ("Donald Trump", "politics"), ("加微信", "contact"),
        ("vx", "contact"), ("wx abc12345", "contact"), ("vx13800abc", "contact"), ("v信", "contact"), ("加我v", "contact"), ("企鹅号 123456", "contact"), ("QQ12345678", "contact"), ("qq 12345", "contact"), ("www.a.example", "link"),
        ("13812345678", "contact"), ("电话 0571-88886666", "contact"), ("telegram", "contact"), ("Whats App", "contact"),
        ("医生推荐", "medical_claim"), ("中医院专用", "medical_claim"), ("告别结膜炎", "medical_claim"), ("杀菌率高达100%", "medical_claim"),
        ("绝对不掉毛", "absolute_promise"), ("reverses gum disease in a week", "medical_claim"), ("kills 99.9% of germs", "medical_claim"),
        ("pediatrician approved", "endorsement"), ("the number one purifier in America", "first_rank"), ("best bed rail on earth", "first_rank"),
        ("call me at 555 123 4567", "contact"), ("+44 20 7946 0958", "contact"), ("www.a.com", "link"), ("a@b.com", "link"),
    ],
)  # fmt: skip
def test_what_may_not_be_said_is_found_with_its_reason(text: str, reason: str) -> None:
    assert reason in reasons(text)


@pytest.mark.parametrize(
    "text",
    [
        "最近上新", "最后3件", "最多放3层", "最少2件起", "最大承重20kg", "最大容量5L", "最小码S", "最高水位线", "最高温度200度", "最低温度-20度",
        "最早明天发", "最晚48小时", "第一次用先烫一遍", "第一时间发货", "第一天就发", "第一排", "第一个问题", "唯一链接", "100%棉", "100% cotton", "100%纯棉",
        "绝对不能直接看太阳", "绝对禁止酒后使用", "告别毛病多的旧款", "100%遮光", "the best of the two", "best kept dry",
        "100ml", "绝对湿度", "屋顶级联", "最好手洗", "最好不要暴晒", "最好先试穿", "最好用冷水洗", "最佳赏味期30天", "最新款", "最终解释权", "支付宝、微信",
        "可以微信支付", "支持微信", "微信支付或支付宝", "支付宝，微信都行", "微辣", "微胖可穿", "微波炉可用", "[微笑]", "治愈系香薰", "复古方格", "新生发布", "万一不合适",
        "抗皱面料", "表面抗氧化处理", "快干掉色", "去死角刷头", "废物利用", "今日你好", "生日你说了算", "做爱心便当", "六四折", "三六四号", "大写M", "SKU 13800138",
        "价格1380元", "货号1381234567890123", "订单号20251124138123456789", "best before 2027", "at best in dry places", "number 1 link", "link #1", "most sizes", "one of the best sellers for me",
        "cotton, 100% organic wool", "uv cure lamp", "slimming fit", "assorted colors", "classic pass", "cockpit", "Scunthorpe", "Essex", "peacock blue", "shuttlecock", "analysis",
        "grape juice", "rapeseed oil", "Dickens", "therapist", "button", "cucumber", "garden hoe", "pussy willow", "trumpet", "nazareth", "ships in 3-5 days", "size 36-40", "$1,299.00",
        "120-140 cm", "call it a day", "text size 12", "the telegraph", "sizes: S, M, L", "S B M 码", "as S or M", "brand new ❤", "wow 💚", '13" L x 13" W x 3" H', "10 inches w x 24 inches h", "it's a dress",
    ],
)  # fmt: skip
def test_what_sellers_and_viewers_ordinarily_say_is_not(text: str) -> None:
    assert [str(found) for found in LEXICON.find(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "全 网 最 低 价", "全.网.最.低", "全-网-最-低", "全网最\u200b低", "全網最低價", "全网🔥最低", "全网最低～", "微 信", "薇信", "薇❤️", "ｖｘ", "V X", "v-x", "w.x", "微\u200b信号",
        "1 3 8 - 1 2 3 4 - 5 6 7 8", "１３８１２３４５６７８", "138-1234-5678", "138.1234.5678", "幺三八一二三四五六七八", "ＦＵＣＫ", "f u c k", "f.u.c.k", "fuuuuck", "fuсk", "🅵🆄🅲🅺",
        "ＢＥＳＴ price guaranteed", "b e s t price", "risk – free", "t e l e g r a m", "傻 逼", "傻*逼", "傻傻逼", "減肥", "治療", "W E C H A T",
    ],
)  # fmt: skip
def test_no_spelling_hides_a_word(text: str) -> None:
    assert reasons(text) - {"link"}


def narrow(word: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in word)


DRESSES = (
    str.upper, str.title, narrow, "\u200b".join,
    lambda word: word if word[-1].isdigit() else f"{word}{word[-1] * 3}",
    lambda word: unicodedata.normalize("NFD", word), lambda word: word.replace(" ", "  "),
)  # fmt: skip


def test_every_word_is_found_as_it_is_written() -> None:
    assert [word for word in WORDS if not reasons(word)] == []


@given(
    st.sampled_from(WORDS),
    st.sampled_from(DRESSES),
    st.sampled_from(["", "好物 ", "this is ", "，", "! ", "【"]),
    st.sampled_from(["", "，真的", ", yes", "！！", "】"]),
)
def test_a_word_is_found_in_any_dress_and_place(
    word: str, dress: object, before: str, after: str
) -> None:
    assert callable(dress)
    assert reasons(f"{before}{dress(word)}{after}")


@given(st.sampled_from([word for word in WORDS if all("一" <= c <= "鿿" for c in word)]), st.data())
def test_an_ideograph_may_stand_apart(word: str, data: st.DataObject) -> None:
    gaps = data.draw(st.lists(st.sampled_from(["", " ", "-", "~", "❤"]), min_size=9, max_size=9))
    text = "".join(c + gap for c, gap in zip(word, gaps, strict=False))
    assert reasons(text + word[len(gaps) :])


@given(st.sampled_from([word for word in WORDS if word.isascii() and word.isalpha()]))
def test_a_latin_word_is_not_found_inside_another(word: str) -> None:
    assert not [found for found in LEXICON.find(f"x{word}zz") if found.word == word]


@pytest.mark.parametrize("text", ["质量不错最，好价格", "全网。最低", "价格最！好看"])
def test_a_word_does_not_reach_over_the_end_of_a_clause(text: str) -> None:
    assert not reasons(text)


@given(st.text(st.characters(), max_size=80))
def test_any_text_can_be_searched_and_what_is_found_stands_in_it(text: str) -> None:
    line = fold(text)
    assert all(found.word in line for found in LEXICON.find(text))


@given(st.from_regex("[ab微信1](?:[-'. ❤]?[ab微信1]){0,6}", fullmatch=True))
def test_any_word_that_a_pack_may_hold_is_found_where_it_stands(word: str) -> None:
    assume(fold(f"说 {word} 吗") == f"说 {fold(word)} 吗")  # " a a a1" is shortened, "a a a1" not
    assert reasons(f"说 {word} 吗", packs(pack(terms=[term(words=[word])])))


def test_a_find_says_what_why_and_by_which_pack() -> None:
    [found] = LEXICON.find("我们是第一品牌")
    assert (found.word, found.pack, found.reason) == ("第一品牌", "advertising.zh", "first_rank")
    assert "art. 9(3)" in found.why
    assert str(found).startswith("第一品牌: first_rank (advertising.zh): PRC Advertising Law")


def test_links_are_forbidden_only_by_a_pack_that_is_named() -> None:
    assert set(SHIPPED) - set(DEFAULT) == {"links"}
    assert "link" not in reasons("www.a.com", load(DEFAULT))


def pack(**keys: object) -> dict[str, object]:
    return {"name": "my", "language": "zh", "about": "ours"} | keys


def term(**keys: object) -> dict[str, object]:
    return {"reason": "ours", "why": "because"} | keys


def packs(*made: dict[str, object]) -> Packs:
    return Packs(tuple(parse(one, "my.toml") for one in made))


def test_a_pack_of_the_shop_adds_words_and_patterns() -> None:
    mine = packs(pack(terms=[term(words=["竞品"]), term(pattern="旧款[0-9]")]))
    assert [found.word for found in mine.find("竞品的旧款7")] == ["竞品", "旧款7"]


def test_an_exemption_covers_the_word_that_stands_within_it_alone() -> None:
    mine = packs(pack(terms=[term(words=["最大"], exempt=["最大容量"], exempt_pattern="最大码.")]))
    assert not reasons("最大容量，最 大 容量，最大码数", mine)
    assert [found.word for found in mine.find("最大容量，最大")] == ["最大"]


def test_what_one_pack_allows_none_forbids() -> None:
    mine = load(["advertising.zh"])
    allowing = packs(pack(allow=["最佳拍档"], terms=[]))
    both = Packs((*mine.packs, *allowing.packs))
    assert reasons("最佳拍档", mine)
    assert not reasons("最佳拍档", both)
    assert reasons("最佳", both)


@pytest.mark.parametrize(
    ("data", "faults"),
    [
        ({}, ["name: expected a value (missing)", "language: expected a value (missing)", "about: expected a value (missing)"]),
        (pack(naem=1), ["naem: expected one of name, language, about, allow, terms (unknown key)"]),
        (pack(language="de"), ['language: expected "zh", "en" or "any", got "de"']),
        (pack(terms=3), ["terms: expected a list of tables, got 3"]),
        (pack(terms=["x"]), ['terms[0]: expected a table, got "x"']),
        (pack(terms=[term()]), ["terms[0]: expected words or a pattern (missing)"]),
        (pack(terms=[term(words="x")]), ['terms[0].words: expected a list of words, got "x"']),
        (pack(allow=["！"]), ['allow: expected words with a letter, a digit or an ideograph, got ["！"]']),
        (pack(terms=[term(words=["x"]), {"words": ["y"]}]), ["terms[1].reason: expected a value (missing)", "terms[1].why: expected a value (missing)"]),
        (pack(terms=[term(words=["x"], reason="a b")]), ['terms[0].reason: expected a short code such as "absolute_term", got "a b"']),
        (pack(terms=[term(pattern="(")]), ['terms[0].pattern: expected a regular expression (missing ), unterminated subpattern at position 0), got "("']),
        (pack(terms=[term(pattern="x*")]), ['terms[0].pattern: expected a regular expression that an empty text does not match, got "x*"']),
        (pack(terms=[term(words=["x"], exempt_pattern=1)]), ["terms[0].exempt_pattern: expected a regular expression, got 1"]),
        (pack(name=" "), ['name: expected a text that is not empty, got " "']),
    ],
)  # fmt: skip
def test_each_fault_of_a_pack_is_named_with_its_path(
    data: dict[str, object], faults: list[str]
) -> None:
    with pytest.raises(BadConfig) as raised:
        parse(data, "my.toml")
    assert list(raised.value.faults) == [f"my.toml: {fault}" for fault in faults]


def test_the_faults_of_all_files_are_named_at_once(tmp_path: Path) -> None:
    broken, wrong, bytes_ = (tmp_path / f"{name}.toml" for name in ("broken", "wrong", "bytes"))
    broken.write_text("name = ", "utf-8")
    wrong.write_text(
        'name = "x"\nlanguage = "zh"\nabout = "y"\n[[terms]]\nwords = ["z"]\n', "utf-8"
    )
    bytes_.write_bytes(b"\xff")
    with pytest.raises(BadConfig) as raised:
        load([str(tmp_path / "no.toml"), str(broken), "politics", str(bytes_), str(wrong)])
    faults = [line.removeprefix(f"{tmp_path}/") for line in raised.value.faults]
    assert [line.partition(": ")[0] for line in faults] == [
        "no.toml", "broken.toml", "bytes.toml", "wrong.toml", "wrong.toml",
    ]  # fmt: skip
    assert faults[0] == "no.toml: expected a file (No such file or directory)"
    assert faults[2] == "bytes.toml: expected UTF-8 text, byte 0 is not"


@given(st.dictionaries(st.sampled_from(["name", "terms", "allow", "about", "language", "x"]),
    st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(st.sampled_from(["words", "pattern", "reason", "why", "y"]), inner, max_size=4), max_leaves=6)))  # fmt: skip
def test_any_tables_are_a_pack_or_named_faults(data: dict[str, object]) -> None:
    try:
        assert parse(data, "p").name
    except BadConfig as fault:
        assert fault.faults
        assert all(line.startswith("p: ") and ": expected " in line for line in fault.faults)


SHOP = Catalogue(
    "店", "CNY", "zh",
    (
        Product("A", "卫衣", 1.0, notes="可机洗"),
        Product(
            "B", "国家级面霜", 2.0, aliases=("霜", "最佳面霜"), specs={"功效": "祛斑"}, notes="全网最低，治疗痘痘",
            colors=("白", "极致黑", "绝佳红"), discount="全网最低价",
        ),
    ),
    faq=(Faq(("怎么联系",), "加微信 abc"), Faq(("最好的？",), "都好")),
    shipping="绝对当天到", payment="支付宝、微信",
)  # fmt: skip


def test_each_forbidden_word_of_a_catalogue_is_named_with_its_path() -> None:
    found = flagged(SHOP, LEXICON)
    assert [(flag.path, flag.found.word) for flag in found] == [
        ("shop.shipping", "绝对"),
        ("products[1].name", "国家级"),
        ("products[1].aliases[1]", "最佳"),
        ("products[1].colors[2]", "绝佳"),
        ("products[1].discount", "全网最低"),
        ("products[1].discount", "最低价"),
        ("products[1].notes", "全网最低"),
        ("products[1].notes", "治疗"),
        ("products[1].specs.功效", "祛斑"),
        ("faq[0].answer", "加微"),
        ("faq[0].answer", "微信"),
    ]
    assert str(found[1]).startswith("products[1].name: 国家级: absolute_term (advertising.zh): ")


def test_what_is_flagged_is_blocked_when_a_reply_quotes_it() -> None:
    plan = replace(PLAN, facts=(Fact("B.notes", "全网最低", "全网最低"),), name="面霜")
    found = check("全网最低", plan, Abilities(), Rules(lexicon=LEXICON))
    assert found.reason == "banned_word"
    assert found.detail.startswith("全网最低: absolute_price (advertising.zh)")


def test_nothing_of_the_demo_catalogue_is_flagged() -> None:
    assert flagged(load_catalogue(DEMO), LEXICON) == []
