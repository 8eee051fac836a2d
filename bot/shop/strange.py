"""Tells whether a line that asks for a figure speaks of something that no product is called."""

import re
from typing import Final

from rapidfuzz.distance import OSA

from bot.shop.alike import FILLERS, PLAIN
from bot.shop.kinds import kinds
from bot.shop.topics import TOPICS

_CHAT: Final = frozenset(
    re.findall(
        r"\w+",
        "absolute accept account actually address adorable after already also always amazing"
        " annoying anot answers anybody anything arms around arrive arrived asian asked asking"
        " audio avail available away awful back bank bday beautiful been before behind better"
        " between bigger bling blurry boring boss both bought boxes brand break breaks bring"
        " broke broken bucks bust buying call called came cancel cancelled cant care carry"
        " cart cash cashing cast catch chance change channel charge charged chart chat cheap"
        " cheaper cheapest check checkout chest choose class clean click clip close closer"
        " code colours combine come comes coming comment comments compare contact cook copy"
        " corners costs coupon cover cracked credit crying crypto customer daily damage dark"
        " date days dead deals dear delay deliver delivered delivery demo design diameter"
        " didnt died difference dinner disappointed disc discount disgusting doesn doesnt"
        " doing dolla dollars done dont down each earn ears easy edition else empty ending"
        " enough euros even ever every everybody everything exam example exchange expensive"
        " expired explain extra fast fedex feeling feels fight final finally find finished"
        " fire firm first fits five fixed flash flavor flip fold follow followers friday"
        " friend friendly from full game gave getting gimme give giveaway giving goal goes"
        " going gone gonna goodnight gorgeous gotta grab grabs guarantee haha half happy hate"
        " having hear heat heavy height hell hella help here heyyy hold hole honestly hope"
        " host hour hours house hows ignore inbox included ingredients inside international"
        " item items join joined joke just keep keeps kill killing kilo kind"
        " kinda kindly know label lagging late later leave legit lemme length less"
        " life like likes list live lives living lmao local look looking looks losers lost"
        " loud lovely loves lower lowest lying mail make makes match material"
        " mean measurement message mine miss missed missing mode model mods monday money month"
        " months more morning move must name never next nobody normal"
        " nothing number obsessed offer offers okay once ones online only open opened"
        " option ordered orders over overpriced packaging packed page paid pair payday payment"
        " paypal people perfect person pick pickup pics picture piece play plus point points"
        " policy possible post postage pounds preorder pretty prices profile promo pull"
        " purchase pwede quality quid quit rate read reading ready real received referral"
        " refund replay reply restock retail returned returning returns reviews ridiculous"
        " right room running runs safe said same save says scam schedule screen second seen"
        " sell seller selling send sent service shipped ships shop showing shut sick"
        " side sign since site sitting sizing slow smell smells sold some someone soon sorry"
        " sound speak special spend spin stand start starting status stay steal store"
        " story stuck stuff subscribe sunday support swap swatch take talk test text"
        " than thank thats them then they thing things three through throw thru ticket tiktok"
        " till times together tonight took total track tracking trade trash true trust turn"
        " type under units until used using version very vibes video view viewers visit voice"
        " voucher wait waiting walk walked wanna wants warranty waste watching wats wear"
        " website week weekend weeks weight welcome well went whats whatsapp wheel wheres"
        " while whole wholesale width without wont work working works worst worth wrong"
        " yall yalls year yesss yesterday youre yung euro rupees rupee pesos ringgit dozen msrp"
        " priced include includes including answer telling madam hand drop release usual usually"
        " normally previous range quantity howmuch hmuch batch diff isnt whts saying repeat write"
        " roughly bestie plss hundred quick decide batao kitna berapa lahat mgkno magkano koto"
        " meron ubos quanto costa onhand waitlist warehouse unavailable greyed shown taken spot"
        " restocking restocked remain remaining availability notify adding discontinued"
        " scared forever catch ballpark depends hidden anywhere showed smaller darker"
        " shade shades finish similar earlier dare pricelist exist replenished anymore engraving",
    )
)
"""What viewers say in any room, by danmate's own training lines: no names of goods."""
_MEANT: Final = ("much", "price", "cost", "stock", "available")
"""What a word is that has one letter wrong: prcie, mutch."""
_WORD: Final = re.compile(r"[a-z]{4,}")
_ASKS: Final = re.compile(
    rf"(?P<what>[\u3400-\u9fff]{{2,}})(?={TOPICS['price'].pattern}|{TOPICS['stock'].pattern})"
)
_SAID: Final = re.compile(
    "主播|老板|亲亲?|姐姐?|宝宝?|家人们?|客服|小助手|请问|问一?下|想知道|麻烦|现在|今[天晚]|明天|刚才?|直播间?|活动|优惠|折扣"
    "|券后|到手|单独?买|一共|总共|加起来|原来|之前|以前|到底|究竟|大概|差不多|那么|然后|所以|还是|这些|那些|链接|商品|产品|东西|宝贝"
    "|价格?|库存|卖完|先说|坐等|别废话|告诉|公布|估计|平时|平均|一起|老公|老婆|我妈|问问|弱弱|折后|打完折?|领完?|实付|最后付?"
    "|[大中小均]码|尺码|码数|颜色|色号|[黑白灰红蓝绿黄粉紫棕橙橘青米金银]色?|港币|秒杀|看不到|购物车|隐藏|显示|点进去|页面|后台|屏幕|预售|半天|每次|声音小?|等等|遍|次|报|说|问"
    "|[一二两三四五六七八九十几半0-9]+[\u3400-\u9fff]|全[套拿部]|拿下|没[有听看][清见到]?|听[清见到]|上[了新]"
    "|[这那此该个件条双套盒袋瓶罐包斤款是的得地了么吗呢啊呀哈哦嘛吧要卖买拍讲还有没不又再就都也才只想给我你它咱啥哪怎多少能可以会到在和跟下上]"
)
"""What stands before such a question and is no name: who is asked, when, how many of them."""


def strange(line: str) -> bool:
    """Tell whether a plain line that names no product asks for the figure of something else.

    Then what is on screen is not meant: "gold foil washi price" is no question about a printer.
    A colour, a size or a trait is one of what is on screen.
    """
    for span in (*kinds().colors.spans(line), *kinds().traits.spans(line)):
        line = line[: span.start] + " " * (span.end - span.start) + line[span.end :]
    if not all(map(_said, _WORD.findall(line))):
        return True
    return any(len(_SAID.sub("", found["what"])) > 1 for found in _ASKS.finditer(line))


def _said(word: str) -> bool:
    """Tell whether a word says nothing of what is asked about."""
    known = word in _KNOWN or word.rstrip("s") in _KNOWN
    return known or any(OSA.distance(word, meant, score_cutoff=1) <= 1 for meant in _MEANT)


_KNOWN: Final = _CHAT | FILLERS | PLAIN
