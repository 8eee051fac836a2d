"""Players whose scripted models are kept, and what they were asked."""

from contextlib import AsyncExitStack, nullcontext

from bot.commands.offline import Models
from bot.flow.shops import RoomShops
from bot.inference.cache import Outputs
from bot.inference.kept import KeptJudge, KeptReader, KeptWriter, Late
from bot.model import Abilities, Catalogue, ChatMessage, Pace, Reading, Rules, Window
from bot.replay.player import Player
from bot.web.lines import as_json
from tests.fakes import ScriptedJudge, ScriptedReader, ScriptedWriter, said
from tests.flow.desk import SHOP, WORDS

PACE = Pace((Window("account", 20, 31.5), Window("room", 1, 1.05)))
TEXTS = ("1号多少钱", "你好", "4号多少钱", "几点下播", "有货吗", "可以试吗", "材质怎么样", "666")


class VectorReader(ScriptedReader):
    """Reads as its parent, with numbers that only float32 or float64 hold."""

    async def read(self, text: str) -> Reading:
        plain = await super().read(text)
        vector = (0.1, 1 / 3, -len(text) / 7)
        single = tuple(float(__import__("numpy").float32(each)) for each in vector)
        return Reading(plain.intent, 0.9871, {plain.intent: 0.9871}, "neutral", plain.lang, single)


class Cast:
    """The scripted models of one run."""

    def __init__(self) -> None:
        self.reader = VectorReader(WORDS)
        self.judge = ScriptedJudge({"材质": "棉"})
        self.writer = ScriptedWriter(None)
        self.opened: list[str] = []

    def _late(self, stack: AsyncExitStack, name: str) -> "Late[object]":
        def opens() -> "nullcontext[object]":
            self.opened.append(name)
            return nullcontext(getattr(self, name))

        return Late(stack, opens)

    def models(self, stack: AsyncExitStack, outputs: Outputs) -> Models:
        return Models(
            KeptReader(outputs, self._late(stack, "reader")),  # type: ignore[arg-type]  # by name
            KeptJudge(outputs, self._late(stack, "judge")),  # type: ignore[arg-type]
            KeptWriter(outputs, self._late(stack, "writer")),  # type: ignore[arg-type]
        )


def log(count: int) -> list[ChatMessage]:
    return [
        said(f"{TEXTS[n % 8]}{'啊' * (n % 2)}", number=n, author=f"v{n % 7}", at=1e9 + n * 0.7)
        for n in range(count)
    ]


def player(models: Models, rules: Rules | None = None, shop: Catalogue = SHOP) -> Player:
    return Player(
        shops=RoomShops({}, shop, models.reader),
        reader=models.reader,
        writer=models.writer,
        rules=rules or Rules(),
        abilities=Abilities(),
        pace=PACE,
        judge=models.judge,
        foresight=models.foresight,
    )


async def played(
    models: Models, messages: list[ChatMessage], rules: Rules | None = None, shop: Catalogue = SHOP
) -> list[str]:
    use = player(models, rules, shop)
    return [as_json(outcome) async for outcome in use.play(messages)]
