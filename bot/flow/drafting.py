"""A plan becomes a text: worded by the model or by template, and judged by the guard."""

from dataclasses import dataclass

from bot.flow.services import Services
from bot.flow.trace import Trace
from bot.model import Answer, ChatMessage, Reply, Source
from bot.rules import guard, prompts, wording
from bot.rules.guard import Verdict
from bot.shop.lookup import Shop


@dataclass(frozen=True, slots=True)
class Worded:
    """A planned answer with its words, and whether they may be said."""

    plan: Answer
    text: str
    source: Source
    shop: Shop
    verdict: Verdict

    def reply(self, message: ChatMessage) -> Reply:
        """Return the reply to ``message``, without a time to post it."""
        return Reply(
            id=f"re:{message.id}",
            room=message.room,
            text=self.text,
            source=self.source,
            facts=self.plan.facts,
            answers=(message.id,),
            names=(message.author,) if message.author else (),
            product=self.plan.product,
            shop_version=self.shop.catalogue.version,
        )


async def drafted(
    message: ChatMessage, planned: Answer, shop: Shop, use: Services, trace: Trace
) -> Worded:
    """Word the plan: by the model where it may and where its words pass, else by template.

    Where messages wait for longer than the model may take, there is no time for it.
    """
    if planned.free and use.writer and use.lag() < use.rules.write_within:
        prompt = prompts.prompt(planned, message.text)
        text = await use.writer.write(prompt, planned.lang, use.rules.write_within)
        trace.done("write")
        if (
            text
            and (draft := _judged(text, "model", message, planned, shop, use, trace)).verdict.ok
        ):
            return draft
    source: Source = "faq" if planned.faq is not None else "template"
    text = wording.template(planned, message.id)
    return _judged(text, source, message, planned, shop, use, trace)


def _judged(
    text: str,
    source: Source,
    message: ChatMessage,
    planned: Answer,
    shop: Shop,
    use: Services,
    trace: Trace,
) -> Worded:
    others = shop.index.others(text, planned.product)
    verdict = guard.check(text, planned, use.abilities(message.room), use.rules, others)
    trace.checked(source, text, verdict)
    trace.done("check")
    return Worded(planned, text, source, shop, verdict)
