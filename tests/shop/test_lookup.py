"""A text is about the product, attributes or FAQ row that its writer meant, or about none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Catalogue, Faq, Intent, Product, Question, Reading, Vector
from bot.shop.lookup import Shop, questions, resolve
from bot.shop.text import language

PRODUCTS = (
    Product(
        "A1", "加绒连帽卫衣", 129.0, link=1, aliases=("卫衣", "hoodie"), size_guide="M 100-120斤"
    ),
    Product("B2", "卫衣清洗剂", 19.0, link=2, aliases=("清洗剂", "cleaner")),
    Product("C3", "运动鞋", 169.0, link=3, aliases=("鞋", "sneaker", "running sneakers")),
    Product("D12", "帆布包", 79.0, link=12, aliases=("tote bag", "tote")),
    Product("E5", "耳机", 149.0, aliases=("earbuds",)),
    Product("F111", "杯子", 89.0, link=111),
)
ROWS = (
    Faq(("几点下播", "什么时候结束"), "今晚10点下播哦～"),
    Faq(("do you ship to canada",), "Yes, to Canada."),
    Faq(("满200减多少", "满两百减多少"), "满200减20"),
    Faq(("怎么买", "怎么下单"), "点小黄车"),
    Faq(("👍",), "谢谢"),
)
SHOP = Shop(Catalogue("店", "CNY", "zh", PRODUCTS, ROWS), {})


def read(text: str, intent: Intent = "price", vector: Vector = ()) -> Reading:
    return Reading(intent, 0.9, {}, "neutral", language(text, "zh"), vector)


def ask(
    text: str, intent: Intent = "price", showing: str | None = "A1", vector: Vector = ()
) -> Question:
    return resolve(text, read(text, intent, vector), SHOP, showing)


def test_two_products_named_are_rivals() -> None:
    question = ask("卫衣和鞋哪个好")
    assert question.product is None
    assert set(question.rivals) == {"A1", "C3"}


def test_a_product_and_its_longer_neighbour_are_rivals() -> None:
    assert set(ask("卫衣和卫衣清洗剂多少钱").rivals) == {"A1", "B2"}


def test_two_links_named_are_rivals() -> None:
    assert ask("1号和3号多少钱").rivals == ("A1", "C3")


def test_a_link_beats_a_name() -> None:
    question = ask("3号卫衣多少钱")
    assert (question.product, question.rivals) == ("C3", ())


def test_the_product_on_screen_is_meant_where_none_is_named() -> None:
    question = ask("多少钱", showing="E5")
    assert (question.product, question.named) == ("E5", False)


@pytest.mark.parametrize("showing", [None, "Z9"])
def test_without_a_product_on_screen_none_is_meant(showing: str | None) -> None:
    question = ask("多少钱", showing=showing)
    assert (question.product, question.named) == (None, False)


def test_a_mention_before_the_question_is_no_part_of_it() -> None:
    assert named_in("@hoodie_fan 鞋多少钱") == "C3"
    assert named_in("@主播3号链接多少钱") == "C3"


def named_in(text: str) -> str | None:
    return ask(text).product


@pytest.mark.parametrize(
    "text",
    [
        "我昨天买的怎么还没发货", "我买的什么时候发", "我在你家买的卫衣", "上次拍的还没到", "还没收到",
        "怎么还不发货", "收到是坏的", "收到少了一件", "发错货了", "少发一双", "我的快递到哪了",
        "我的订单呢", "催一下", "能补差价吗", "收到破了",
        "where is my order", "where's my package", "my parcel hasn't arrived",
        "my hoodie still hasn't arrived", "i got the wrong size", "it arrived broken",
        "when will mine ship", "i ordered 2 weeks ago and nothing yet", "has my order shipped",
        "received a damaged one", "can i change my order", "刚付完款 地址写错了帮我改下",
        "我刚才那单备注错了", "i bought the cube 9 days ago n its still not here",
        "前天付的款 还没给我发 单号也查不着", "帮忙瞅瞅我椅子那笔退款走到哪步了",
        "退的浴巾你们签收三天了，钱几时到我卡上？尾号5527", "物流停在杭州没动了",
        "ordered the shirt in blue n u sent me green", "can yall check order 5518 has the heat pack",
        "still no refund for the monstera that came rotten", "十一号拍的帘子咋还是待揽收",
        "我退回去的那件 都签收一礼拜了 钱呢", "usps says delivered but theres no box on my porch",
        "paid like an hour ago did it go thru on ur end",
        "can someone change the address on my order", "idk if it shipped, where is my order",
    ],
)  # fmt: skip
def test_a_line_about_the_viewers_own_order_is_known(text: str) -> None:
    assert ask(text, "after_sale").own_order


@pytest.mark.parametrize(
    "text",
    [
        "多久发货", "几天到", "能退吗", "七天无理由吗", "运费险有吗", "我想买的是3号", "我要买的那个多少钱",
        "收到货多少天内能退", "收到不满意能退吗", "收到了感觉不错", "买了能换码吗", "包邮吗", "我的天",
        "用坏了保多久", "坏了包换吗", "what if the mug arrives broken", "万一收到破了怎么办",
        "how long is shipping", "can i return it", "do you refund", "what is your return policy",
        "do you ship to my country", "gift for my son, how long to ship", "for my mom does it come in red",
        "退款几天到账", "退的话钱多久到账", "can i order 1000 pieces", "do u cover plants that arrive dead", "can i order 3",
        "you sent it by ups or usps usually?", "will it arrive before friday", "how do i order", "who pays return shipping",
    ],
)  # fmt: skip
def test_a_question_about_the_policy_is_not_about_an_order(text: str) -> None:
    assert not ask(text, "shipping").own_order


@pytest.mark.parametrize(
    "text",
    [
        "gold foil washi price plz", "锤钻光机啥价呀", "shiwu号挂包那个多少米", "how much is the ottoman",
        "榫卯小凳多少钱",
    ],
)  # fmt: skip
def test_a_figure_of_what_is_called_otherwise_is_not_that_of_what_is_on_screen(text: str) -> None:
    assert named_in(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "how much", "hw much is it rn", "soo this one's going for what", "whats the damage on it",
        "how much for whatever ur holding rn", "姐姐 现在啥价", "主播这款今晚啥价呀", "今天到手多少钱",
        "两件多少钱", "手上那个多少钱", "hw mutch", "prcie plss", "紫色还有吗", "大码没货了？", "弱弱问下 平时几块", "price pls", "老板还有货吗",
    ],
)  # fmt: skip
def test_who_names_nothing_asks_for_the_figure_of_what_is_on_screen(text: str) -> None:
    assert named_in(text) == "A1"


@pytest.mark.parametrize("text", ["几点下播", "几点下播？？？", " 几 点 下 播 ", "什么时候结束"])
def test_an_faq_row_is_found_by_its_own_words_whatever_the_intent(text: str) -> None:
    assert ask(text, "chitchat").faq == ROWS[0]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("今天几点下播", ROWS[0]),
        ("几点下播呀", ROWS[0]),
        ("满200减多少呢", ROWS[2]),
        ("can you ship to canada?", ROWS[1]),
        ("do u ship to Canada", ROWS[1]),
    ],
)
def test_an_faq_row_is_found_by_nearly_its_words(text: str, row: Faq) -> None:
    assert ask(text, "stream").faq == row


@pytest.mark.parametrize(
    "text",
    [
        "do you ship to china", "满300减多少", "满300减多少呢", "几点上播呢", "下播", "买", "?", "🙏",
        "when do you ship to canada",
    ],
)  # fmt: skip
def test_a_question_that_differs_in_what_matters_is_not_the_faqs(text: str) -> None:
    assert ask(text, "stream").faq is None


def test_a_line_that_names_a_product_and_its_attribute_needs_the_faqs_own_words() -> None:
    shop = Shop(Catalogue("店", "CNY", "zh", PRODUCTS, (Faq(("怎么买便宜",), "领券"),)), {})
    text = "卫衣怎么买便宜"
    question = resolve(text, read(text, "discount"), shop, None)
    assert (question.product, question.topics, question.faq) == ("A1", ("discount",), None)
    assert resolve("怎么买便宜", read(text, "discount"), shop, "A1").faq is not None


def test_an_faq_row_of_other_words_is_left_to_the_judge() -> None:
    assert ask("到啥时候下播", "stream", vector=(1.0, 0.0)).faq is None


def test_an_faq_without_readable_words_is_never_asked_for() -> None:
    assert "" not in SHOP.rows
    assert ask("？", "stream").faq is None


def test_the_first_of_two_rows_with_one_question_wins() -> None:
    rows = (Faq(("a b",), "new"), Faq(("ab",), "old"))
    shop = Shop(Catalogue("s", "USD", "en", (), rows), {})
    assert resolve("AB?", read("AB", "stream"), shop, None).faq == rows[0]


@pytest.mark.parametrize(
    ("reference", "sku"),
    [("A1", "A1"), ("a1", "A1"), ("1", "A1"), ("#3", "C3"), (" d12 ", "D12"), ("9", None), ("", None),
     ("³", None), ("３", None)],
)  # fmt: skip
def test_a_moderator_names_a_product_by_sku_or_link(reference: str, sku: str | None) -> None:
    found = SHOP.find(reference)
    assert (found.sku if found else None) == sku


def test_every_faq_question_needs_an_embedding() -> None:
    assert questions(ROWS[:2]) == ["几点下播", "什么时候结束", "do you ship to canada"]


@given(st.text(max_size=60), st.sampled_from(["price", "stream", "size", "product", "chitchat"]))
def test_any_text_gives_a_question_about_at_most_one_product(text: str, intent: Intent) -> None:
    question = ask(text, intent)
    assert not (question.product and question.rivals)
    assert question.product is None or question.product in SHOP.by_sku


@pytest.mark.parametrize(
    ("text", "intent", "topics"),
    [
        ("120斤有我穿的吗", "stock", ("size_guide",)),
        ("120斤", "size", ("size_guide",)),
        ("10斤装多少钱", "price", ("price",)),
        ("is it 20 pounds", "price", ("price",)),
    ],
)
def test_a_weight_asks_what_fits_but_not_where_a_price_is_asked(
    text: str, intent: Intent, topics: tuple[str, ...]
) -> None:
    assert ask(text, intent).topics == topics


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("多少钱", ()),
        ("多少钱？包邮吗", ("多少钱", "包邮吗")),
        ("鲜花饼能放多久 多少一盒", ("鲜花饼能放多久", "多少一盒")),
        ("how long is it good for? also is apple pay ok", ("how long is it good for", "is apple pay ok")),
        ("whats the price and do u ship", ("whats the price", "do u ship")),
        ("how many left n when would it get here", ("how many left", "when would it get here")),
        ("nice!!! how much", ("nice", "how much")),
        ("ok, hm", ()),
        ("还有货吗", ()),
        ("", ()),
    ],
)  # fmt: skip
def test_a_line_is_cut_into_clauses_where_it_may_ask_twice(
    text: str, parts: tuple[str, ...]
) -> None:
    assert ask(text).parts == parts
